#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kernels.t - every way in which a machine may end is told as what it is."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, done, equal, ok, run     # noqa: E402
from machinelib import (                           # noqa: E402
    bad_kernel as build, end_alike, ends)
from runlib import suite                           # noqa: E402
from runlib.config import Config                   # noqa: E402


def expect(*words, **variables):
    return ends(*words, **{"TIMEOUT": 20, "ACCEL": "tcg", **variables})


told = end_alike(TIMEOUT=20, ACCEL="tcg")
for kind, words, text in (
        ("good", "bootstrap ready after", "the time to the server is told"),
        ("triple", "| # about to fault", "the last lines are shown")):
    ok(words in told[kind][1], f"{kind}: {text}", told[kind])

expect("failed", 1, "2 - two", "a failed test is told with its text")
expect("denied", 1, "1 - one", "`not ok` fails although the machine says pass")
expect("torn", 126, "the exit code says pass, the status \"exit 3\"",
       "code and status must agree")
expect("cut", 1, "1 of 3 points came", "a plan must be kept")
expect("noplan", 1, "no plan", "a test without a plan is no pass")

out, err = expect("hang", 124, "timed out after 3 s", "a hang ends in time",
                  TIMEOUT=3)
ok("| # waits" in err, "hang: the last lines are shown", err)
expect("silent", 126, "the kernel said nothing", "silence is told apart",
       TIMEOUT=3)

missing = os.path.join(BUILD, "runner", "missing")
os.makedirs(missing, exist_ok=True)
result = run("tools/run", "test", "t_bad", B=missing, ACCEL="tcg")
ok(result.returncode == 126 and "QEMU ended with 1" in result.stderr,
   "no kernel: QEMU's own complaint is told", result.stderr)

result = run("tools/run", "test", "t_bad", B=build("good"), BOOT="floppy")
equal((result.returncode, result.stderr.count("\n")), (2, 1),
      "a wrong variable is refused in one line")


def job(kind):
    """What tools/test makes of a guest test on this kernel."""
    folder = build(kind)
    config = Config(build=folder, kernel=f"{folder}/ostia.elf", accel="tcg")
    return suite.Guest("guest/t_bad", config, "t_bad").run()


result = job("good")
equal((result.passed, result.failures, result.good), (2, 0, True),
      "good: its points are counted")
result = job("failed")
equal((result.passed, result.failed), (1, ["2 - two"]),
      "failed: so are those that failed")
for kind in ("forged", "panicked", "triple"):
    result = job(kind)
    ok(result.failures == 1 and result.tail,
       f"{kind}: counts as one failure, with the last lines")

folder = build("good")
with open(f"{folder}/log/t_bad.log", encoding="utf-8") as file:
    ok(file.read().startswith("# kernel"), "the raw log is kept")

done()
