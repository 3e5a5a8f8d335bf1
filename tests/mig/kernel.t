#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The kernel's stubs of golden.defs, on the host: who owns which right."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tap import HERE, REPORTING, WARNINGS, Tap, compilers, mig, run  # noqa: E402


def main():
    tap = Tap()
    code, text = mig(
        "-Iinclude",
        "--kernel-server-header", tap.path("golden_server.h"),
        "--kernel-server-source", tap.path("golden_server.c"),
        "--kernel-client-header", tap.path("golden_user.h"),
        "--kernel-client-source", tap.path("golden_user.c"),
        f"{HERE}/golden.defs",
    )  # fmt: skip
    tap.ok(code == 0, "mig: kernel stubs of every kind of argument", text)
    for compiler in compilers() if code == 0 else ():
        program = tap.path(compiler)
        code, text = run(
            compiler, *WARNINGS, "-DDEBUG=1", "-fsanitize=address,undefined",
            "-fno-sanitize-recover=all", f"-I{tap.directory}", f"-I{HERE}/kernel",
            "-I.", "-Iinclude", "-o", program, f"{HERE}/kernel/stubs.c",
            tap.path("golden_server.c"), tap.path("golden_user.c"), *REPORTING,
        )  # fmt: skip
        tap.ok(code == 0, f"{compiler}: the stubs compile without a warning", text)
        if code == 0:
            tap.program(compiler, program)
    tap.end()


main()
