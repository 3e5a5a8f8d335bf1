#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fail.t - allocation N of the kernel fails, for N = 1, 2, ... (adversarial
55): the boot of one small program may fail, but somebody says so.

Counted from the first user instruction on (kalloc.fail=N).  Allowed is every
end but a panic, a triple fault, a hang and silence.  In steps, until there are no
more allocations; then one by one where the program itself runs, at the end.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import done, ok                         # noqa: E402
from runlib import accel, verdict                   # noqa: E402
from runlib.config import Config                    # noqa: E402
from runlib.machine import Machine                  # noqa: E402

PROGRAM = "hello"
STEP = 9
NEAR = 45                       # one by one, at the end
MOST = 5000
TOLD = "# kalloc: an allocation fails"
SECONDS = 20
SAID = ("pass", "fail", "crash")

base = Config.from_environment().with_(mem="64M", boot="pvh", timeout=SECONDS)
chosen = accel.choose(base)
bad = []
runs = 0


def fails(number):
    """Boots with failure `number`; False if there are not so many."""
    global runs
    config = base.with_(cmdline=f"kalloc.fail={number} test={PROGRAM}")
    outcome = Machine(config, chosen, "fail-nth", lambda data: None,
                      silence=SECONDS).run()
    judged = verdict.judge(outcome, SECONDS)
    if judged.kind not in SAID:
        bad.append(f"kalloc.fail={number}: {judged.text}")
        bad.extend("    " + line for line in outcome.tail[-8:])
    with open(outcome.log, encoding="utf-8", errors="replace") as file:
        told = TOLD in file.read()
    runs += told
    return told


number = 1
while number < MOST and fails(number):
    number += STEP
ok(1 < number < MOST, "allocations fail on demand, and have an end", number)
for number in range(max(1, number - NEAR), number):
    fails(number)
ok(not bad, f"{runs} boots with a failed allocation: none ends in a panic, a "
   "hang or silence", *bad)
done()
