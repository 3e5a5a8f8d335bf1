# SPDX-License-Identifier: MIT
"""Runs the C preprocessor over a .defs file and keeps track of lines."""

import re
import shlex
import subprocess

from .errors import MigError, Position

MARKER = re.compile(r'^#\s*(?:line\s+)?(\d+)\s+"((?:[^"\\]|\\.)*)"')
DIAGNOSTIC = re.compile(r"^(.*?):(\d+):(?:\d+:)?\s*(?:fatal )?error:\s*(.*)$")
DEFAULT_CPP = "cc -E -x c -undef -nostdinc"


class Line:
    """One line of preprocessed text with its place in the original."""

    def __init__(self, position, text):
        self.position = position
        self.text = text


def preprocess(path, options, cpp=None):
    """Returns (lines, files): the text, and every file that it came from."""
    command = shlex.split(cpp or DEFAULT_CPP) + options + [path]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise MigError(
            None, f"cannot run the preprocessor {command[0]}: {error.strerror}"
        ) from error
    if done.returncode != 0:
        raise preprocessor_error(path, done.stderr.decode(errors="replace"))
    return split(path, done.stdout.decode(errors="replace"))


def preprocessor_error(path, stderr):
    for line in stderr.splitlines():
        match = DIAGNOSTIC.match(line)
        if match:
            where = Position(match.group(1), int(match.group(2)))
            return MigError(where, match.group(3))
    first = stderr.strip().splitlines()
    return MigError(None, first[0] if first else f"cannot preprocess {path}")


def split(path, text):
    lines, files = [], [path]
    name, number = path, 1
    for raw in text.splitlines():
        match = MARKER.match(raw)
        if match:
            number, name = int(match.group(1)), unescape(match.group(2))
            if not name.startswith("<") and name not in files:
                files.append(name)
            continue
        if not raw.startswith("#"):
            lines.append(Line(Position(name, number), raw))
        number += 1
    return lines, files


def unescape(name):
    return re.sub(r"\\(.)", r"\1", name)
