# SPDX-License-Identifier: MIT
"""clang-format changes nothing"""

import subprocess

from checklib import sources


def check():
    files = sources(".c", ".h")
    if not files:
        return
    done = subprocess.run(["clang-format", "--dry-run", *files],
                          capture_output=True, text=True)
    seen = set()
    for line in done.stderr.splitlines():
        if "clang-format-violations" not in line and "error" not in line:
            continue
        path = line.split(":", 1)[0]
        if path not in seen:
            seen.add(path)
            yield f"{line.split(' ', 1)[0]} clang-format -i {path}"
