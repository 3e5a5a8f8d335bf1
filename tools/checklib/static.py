# SPDX-License-Identifier: MIT
"""cppcheck finds nothing"""

import os
import subprocess

from checklib import BUILD

CHECKED = ("kernel", "ipc", "vm", "user")

# cppcheck does not know the macros and linker symbols; the last four find
# nothing here that -Wall does not, and alarms about ways that end in panic().
SUPPRESSED = ("missingInclude", "unknownMacro", "nullPointerArithmetic",
              "comparePointers", "va_end_missing", "uninitvar",
              "arrayIndexOutOfBounds", "arrayIndexOutOfBoundsCond")


def check():
    folders = [folder for folder in CHECKED if os.path.isdir(folder)]
    cache = os.path.join(BUILD, "cppcheck")
    os.makedirs(cache, exist_ok=True)
    done = subprocess.run(
        ["cppcheck", "-q", "-j2", "--language=c", "--std=c11",
         "--platform=unix64", "--enable=warning,portability",
         "--inline-suppr", f"--cppcheck-build-dir={cache}", "-I.",
         "-Iinclude", f"-I{BUILD}/gen", "-DDEBUG=0", "-D__x86_64__=1",
         *(f"--suppress={name}" for name in SUPPRESSED),
         "--error-exitcode=1",
         "--template={file}:{line}: {severity}: {message} [{id}]",
         *folders],
        capture_output=True, text=True)
    for line in done.stderr.splitlines():
        if line.strip() and not line.startswith((" ", "^")):
            yield line
