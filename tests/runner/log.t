#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""log.t - the raw log of a run is TAP as it comes (D11)."""

import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, done, equal, ok, run     # noqa: E402
from machinelib import boot                        # noqa: E402

TEST = "t_libc"
TAP = re.compile(r"(?:not )?ok \d+\b|1\.\.\d+$|# |#?$")
UNFINISHED = """#include <stdio.h>
int main(void)
{
    printf("no newline");
    fflush(stdout);
    *(volatile int *)0x10 = 1;
}
"""


def proved(path):
    return subprocess.run(["prove", "-e", "cat", path], capture_output=True,
                          text=True, timeout=60)


outcome, log = boot("log", cmdline=f"test={TEST}")
equal(outcome.status, "exit 0", f"{TEST} passes")
equal([line for line in log.splitlines() if not TAP.match(line)], [],
      "every line is a point, the plan, or a comment")
result = proved(outcome.log)
ok(result.returncode == 0 and "Result: PASS" in result.stdout,
   "prove reads the raw log", result.stdout, result.stderr)

iso = os.path.join(BUILD, "runner", "log.iso")
os.makedirs(os.path.dirname(iso), exist_ok=True)
subprocess.check_call(["tools/mkiso", iso, f"{BUILD}/ostia.elf",
                       f"{BUILD}/bootfs.tar", f"test={TEST}"])
outcome, log = boot("log-iso", boot="bios", silence=60, iso=iso)
result = proved(outcome.log)
ok(result.returncode == 0 and "Result: PASS" in result.stdout,
   "... also with the loader's text before it", result.stdout, result.stderr)

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "unfinished.c")
    with open(path, "w", encoding="utf-8") as file:
        file.write(UNFINISHED)
    result = run("tools/run", "task", B=BUILD, TASK=path, ACCEL="tcg")
with open(f"{BUILD}/log/task-unfinished.log", encoding="utf-8") as file:
    lines = file.read().splitlines()
ok("no newline" in lines and any(line.startswith("# crash: unfinished (task ")
                                 for line in lines),
   "a kernel line begins anew where a task has left one unfinished", *lines)

done()
