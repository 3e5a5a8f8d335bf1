#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every output of golden.defs is, letter by letter, what golden/ holds.

golden.t --update writes golden/ anew: read the difference before it is kept.
"""

import difflib
import os
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tap import HERE, Tap, mig  # noqa: E402

OUTPUTS = (
    ("user-header", "user.h"),
    ("user-client", "user_client.c"),
    ("server-header", "server.h"),
    ("server-source", "server.c"),
    ("kernel-server-header", "kernel_server.h"),
    ("kernel-server-source", "kernel_server.c"),
    ("kernel-client-header", "kernel_client.h"),
    ("kernel-client-source", "kernel_client.c"),
    ("kernel-table", "subsystems.h"),
)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def compare(tap, option, name):
    golden = f"{HERE}/golden/{name}.golden"
    made = read(tap.path(name))
    wanted = read(golden) if os.path.exists(golden) else []
    difference = list(difflib.unified_diff(wanted, made, golden, name, lineterm=""))
    tap.ok(not difference, f"--{option}: as it was", "\n".join(difference))


def main():
    tap = Tap()
    options = ["-Iinclude"]
    for option, name in OUTPUTS:
        options += [f"--{option}", tap.path(name)]
    code, text = mig(*options, f"{HERE}/golden.defs")
    tap.ok(code == 0, "mig: all outputs in one run", text)
    for option, name in OUTPUTS if code == 0 else ():
        if sys.argv[1:] == ["--update"]:
            os.makedirs(f"{HERE}/golden", exist_ok=True)
            shutil.copyfile(tap.path(name), f"{HERE}/golden/{name}.golden")
        compare(tap, option, name)
    tap.end()


main()
