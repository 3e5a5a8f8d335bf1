# SPDX-License-Identifier: MIT
"""checklib - the checks of `make check`, one module each, and what they share.

A check is a module with a one-line docstring and a function check() that
yields a line for each fault; it may print a summary of what it measured.
"""

import os

FOLDERS = ("boot", "kernel", "ipc", "vm", "include", "user", "tests", "tools")
BUILD = os.environ.get("B", "") or "build"


def sources(*suffixes, folders=FOLDERS):
    """Every file of the tree with one of these suffixes, sorted."""
    found = []
    for folder in folders:
        for where, names, files in os.walk(folder):
            names[:] = [name for name in names if name != "__pycache__"]
            found += [os.path.join(where, file) for file in files
                      if file.endswith(suffixes)]
    return sorted(found)


def lines_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().splitlines()


def script_files():
    """Scripts without a suffix, found by their first line."""
    found = []
    for path in sources("", folders=("tools", "tests", ".ci")):
        with open(path, "rb") as file:
            if file.read(2) == b"#!":
                found.append(path)
    return found
