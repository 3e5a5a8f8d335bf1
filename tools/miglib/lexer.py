# SPDX-License-Identifier: MIT
"""Characters to tokens."""

import re

from .errors import MigError

TOKEN = re.compile(
    r"""\s*(?:
        (?P<name>[A-Za-z_][A-Za-z_0-9]*)
      | (?P<number>0[xX][0-9a-fA-F]+|[0-9]+)(?![A-Za-z_0-9])
      | (?P<string>"[^"]*")
      | (?P<mark>[][(){};:,=^*|+/<>.-])
    )""",
    re.VERBOSE,
)
# An import and its path: <a/b.h> is one token here and nowhere else.
IMPORT = re.compile(
    r"\s*\b(import|uimport|simport|dimport|iimport)\s*(<[^>]*>|\"[^\"]*\")",
    re.IGNORECASE,
)


class Token:
    """kind is name, number, string, mark, path (of an import) or end."""

    def __init__(self, kind, text, position):
        self.kind = kind
        self.text = text
        self.position = position

    def shown(self):
        return "the end of the file" if self.kind == "end" else f"'{self.text}'"


def tokens(lines):
    """The tokens of all lines, with an end token last."""
    result = []
    for line in lines:
        tokenize(line, result)
    last = result[-1].position if result else None
    if last is None and lines:
        last = lines[-1].position
    result.append(Token("end", "", last))
    return result


def tokenize(line, result):
    offset, text = 0, line.text.rstrip()
    while offset < len(text):
        match = IMPORT.match(text, offset) or TOKEN.match(text, offset)
        if match is None:
            bad = text[offset:].lstrip()[0]
            raise MigError(line.position, f"a character that means nothing: {bad!r}")
        if match.re is IMPORT:
            result.append(Token("name", match.group(1), line.position))
            result.append(Token("path", match.group(2), line.position))
        else:
            kind = match.lastgroup
            result.append(Token(kind, match.group(kind), line.position))
        offset = match.end()
