#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""copies.t - copies of the boot files, which the first task alone can make:
they have the bytes, and interrupts are not off for long while they are made."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, TOP, done, equal, ok     # noqa: E402
from machinelib import configuration               # noqa: E402
from runlib import plugin, task                    # noqa: E402

LIMIT = 12000                   # instructions, as in latency.t
os.environ["TASK_CFLAGS"] = f"-I{TOP}"
CALLS = ("trap", "window")      # how the stretches of a call begin
BOOT = 1000000                  # longer: the boot itself


def measured():
    """What the program says, and the stretches of calls."""
    config = configuration(timeout=60)
    program = task.Program("copies", ["tests/runner/copies.c"])
    if not task.compile_all(config, [program]) or \
            not task.link(config, [program]):
        return [], []
    files = f"{BUILD}/task/copies.tar"
    subprocess.check_call(["tools/mkbootfs", files,
                           task.paths(config, [program])["copies"],
                           f"{BUILD}/ostia.elf"])
    outcome, lines = plugin.run(config.with_(bootfs=files), "copies",
                                "stretches", {}, with_ram=True)
    with open(outcome.log, encoding="utf-8", errors="replace") as file:
        return file.read().splitlines(), [line.split() for line in lines[1:]]


if not plugin.supported():
    ok(True, "the plugin # SKIP QEMU here takes no plugins")
else:
    said, kinds = measured()
    points = [line for line in said if line.startswith(("ok ", "not ok "))]
    for line in points:
        ok(line.startswith("ok "), line.partition(" - ")[2])
    ok(f"1..{len(points)}" in said, "the program came to its end", *said[-20:])
    calls = [kind for kind in kinds if kind[2] in CALLS]
    ok(calls, "stretches of calls are found", kinds)
    equal([kind for kind in calls if int(kind[0]) > LIMIT], [],
          f"no stretch of these is longer than {LIMIT} instructions")

done()
