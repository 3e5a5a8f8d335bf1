#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every output of golden.defs is, letter by letter, what golden/ holds.

The outputs say much twice: the structures of the messages stand in each
header.  golden/ holds it once: a line `= FILE FIRST LAST` stands for these lines
of an output that comes before.

golden.t --update writes golden/ anew: read the difference before it is kept.
"""

import difflib
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tap import HERE, Tap, mig  # noqa: E402

OUTPUTS = (
    ("user-header", "user.h"),
    ("server-header", "server.h"),
    ("kernel-server-header", "kernel_server.h"),
    ("kernel-client-header", "kernel_client.h"),
    ("user-client", "user_client.c"),
    ("server-source", "server.c"),
    ("kernel-server-source", "kernel_server.c"),
    ("kernel-client-source", "kernel_client.c"),
    ("kernel-table", "subsystems.h"),
)
SHORTEST = 16  # lines that are not held twice
SAME = re.compile(r"^= (\S+) (\d+) (\d+)$")


def read(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def longest(lines, start, before):
    """(length, name, first) of the longest run of `before` = {name: lines} that
    stands at lines[start]"""
    best = (0, "", 0)
    for name, other in before.items():
        for first, line in enumerate(other):
            length = 0
            if line == lines[start]:
                pairs = zip(lines[start:], other[first:])
                length = next((i for i, (a, b) in enumerate(pairs) if a != b),
                              min(len(lines) - start, len(other) - first))
            best = max(best, (length, name, first), key=lambda run: run[0])
    return best


def shorten(lines, before):
    at, short = 0, []
    while at < len(lines):
        length, name, first = longest(lines, at, before)
        if length < SHORTEST:
            short.append(lines[at])
        else:
            short.append(f"= {name} {first + 1} {first + length}")
        at += length if length >= SHORTEST else 1
    return short


def expand(lines, before):
    whole = []
    for line in lines:
        same = SAME.match(line)
        if same:
            name, first, last = same.groups()
            whole += before.get(name, [])[int(first) - 1:int(last)]
        else:
            whole.append(line)
    return whole


def main():
    tap = Tap()
    options = ["-Iinclude"]
    before = {}
    for option, name in OUTPUTS:
        options += [f"--{option}", tap.path(name)]
    code, text = mig(*options, f"{HERE}/golden.defs")
    tap.ok(code == 0, "mig: all outputs in one run", text)
    for option, name in OUTPUTS if code == 0 else ():
        golden, made = f"{HERE}/golden/{name}.golden", read(tap.path(name))
        if sys.argv[1:] == ["--update"]:
            with open(golden, "w", encoding="utf-8") as file:
                file.write("\n".join(shorten(made, before)) + "\n")
        before[name] = expand(read(golden), before)
        difference = list(difflib.unified_diff(before[name], made, golden, name,
                                               lineterm=""))
        tap.ok(not difference, f"--{option}: as it was", "\n".join(difference))
    tap.end()


main()
