# SPDX-License-Identifier: MIT
"""every header compiles alone"""

import concurrent.futures
import os
import subprocess

from checklib import BUILD, sources
from runlib.config import build_flags

KERNEL = ("kernel", "ipc", "vm")
USER = ("include", "user", "tests/guest", "tests/ipc", "tests/bench",
        "tests/latency")


def compile_alone(job):
    path, words = job
    done = subprocess.run(words + ["-fsyntax-only", "-x", "c", "-"],
                          input=f'#include "{path}"\n', text=True,
                          capture_output=True)
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    return f"{path}: {errors[0] if errors else 'does not compile alone'}" \
        if done.returncode else ""


def check():
    values = build_flags(BUILD)
    kernel = values["CC"] + values["KFLAGS"]
    user = values["CC"] + values["CFLAGS"] + ["-Werror", "-Wall", "-Wextra",
                                              "-iquote", "."]
    generated = [os.path.join(where, name)
                 for where, _, names in os.walk(f"{BUILD}/include")
                 for name in names]
    jobs = [(path, kernel) for path in sources(".h", folders=KERNEL)]
    jobs += [(path, user)
             for path in sources(".h", folders=USER) + sorted(generated)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield from filter(None, pool.map(compile_alone, jobs))
