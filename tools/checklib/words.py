# SPDX-License-Identifier: MIT
"""licence tags are there, promises are not"""

import re

from checklib import lines_of, script_files, sources

TAG = "SPDX-License-Identifier: MIT"
PROMISES = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not implemented yet|"
                      r"\bfor now\b", re.IGNORECASE)
OWN = "tools/checklib/words.py"


def check():
    files = sources(".c", ".h", ".asm", ".py", ".defs", ".def", ".t", ".ld")
    for path in sorted(set(files + script_files())):
        lines = lines_of(path)
        if lines and not any(TAG in line for line in lines[:2]):
            yield f"{path}:1: no \"{TAG}\""
        if path == OWN:
            continue
        for number, line in enumerate(lines, 1):
            if PROMISES.search(line):
                yield f"{path}:{number}: {line.strip()}"
