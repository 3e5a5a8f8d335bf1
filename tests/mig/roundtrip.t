#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each kind of argument from client to server and back, and lies on the way.

The program is made of the stubs of kinds.defs and *.c here, by each compiler,
under ASan and UBSan; its tests are counted as ours.
"""

import glob
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tap import HERE, REPORTING, WARNINGS, Tap, compilers, mig, run  # noqa: E402


def generate(tap):
    code, text = mig(
        "-Iinclude",
        "--user-header", tap.path("kinds.h"),
        "--user-client", tap.path("kindsUser.c"),
        "--server-header", tap.path("kinds_server.h"),
        "--server-source", tap.path("kindsServer.c"),
        f"{HERE}/kinds.defs",
    )  # fmt: skip
    tap.ok(code == 0, "mig: stubs of every kind of argument", text)
    return code == 0


def build_and_run(tap, compiler):
    program = tap.path(compiler)
    sources = sorted(glob.glob(f"{HERE}/*.c"))
    sources += [tap.path("kindsUser.c"), tap.path("kindsServer.c"), *REPORTING]
    code, text = run(
        compiler, *WARNINGS, "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all", f"-I{tap.directory}", f"-I{HERE}",
        "-I.", "-Iinclude", "-o", program, *sources,
    )  # fmt: skip
    tap.ok(code == 0, f"{compiler}: the stubs compile without a warning", text)
    if code == 0:
        tap.program(compiler, program)


def main():
    tap = Tap()
    if generate(tap):
        for compiler in compilers():
            build_and_run(tap, compiler)
    tap.end()


main()
