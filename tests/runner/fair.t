#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fair.t - fair time (D26), in a machine whose clock counts instructions: root
jobs have equal shares whatever they are made of, an answer does not wait behind
the asker's other threads nor a job's end behind another's, and a change of
threads costs the same however many are ready."""

import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, TOP, done, equal, ok, run     # noqa: E402

WITHIN = 0.1                    # of an equal share
LENGTH = 800000                 # microseconds, as in share.c
SLICE = 10000
JOBS = {"one": "threads 1", "threads": "threads 200", "tasks": "tasks 200",
        "chain": "chain 2"}


def figures(pattern, files, arguments=""):
    """What the programs print by this pattern, and all that they print."""
    result = run("tools/run", "task", B=BUILD, ICOUNT=1, MEM="512M",
                 TIMEOUT=120, TASKS=files, TASK_ARGS=arguments,
                 TASK_CFLAGS=f"-I{TOP}")
    found = dict(re.findall(pattern, result.stdout))
    return ({key: int(value) for key, value in found.items()},
            result.stdout + result.stderr)


def jobs(pattern, source, jobs):
    """The same of several jobs made of one source, with these arguments; the
    last argument is the job's place in the run."""
    with tempfile.TemporaryDirectory() as folder:
        for job in jobs:
            os.symlink(f"{TOP}/tests/runner/{source}", f"{folder}/{job}.c")
        return figures(
            pattern, " ".join(f"{folder}/{job}.c" for job in jobs),
            " -- ".join(f"{words} {place}"
                        for place, words in enumerate(jobs.values(), 1)))


shares, text = jobs(r"share (.*): (\d+)", "share.c", JOBS)
ok("late" not in text, "all jobs begin together", text)
equal(set(shares), set(JOBS.values()), "each job tells its share")
for what, share in shares.items():
    wanted = LENGTH / len(JOBS)
    ok(abs(share - wanted) <= WITHIN * wanted,
       f"{what}: the job has the share of one job", f"{share} of {LENGTH}",
       text)

gone, text = jobs(r"gone (\d+): (\d+)", "reap.c", {"few": "1", "many": "6"})
ok(2 * gone.get("1", 1) <= gone.get("6", 0),
   "the reaper gives each job a turn: one task is gone long before another "
   "job's six", text)

times, text = figures(r"answer (\d+): (\d+)", "tests/runner/ask.c")
ok(times.get("1100", 3 * SLICE) <= 2 * SLICE,
   "another job's answer comes before our other threads have their turns", text)

costs, text = figures(r"ready (\d+): (\d+)", "tests/runner/crowd.c")
equal(costs.get("8000"), costs.get("2", "none"),
      "a change of threads costs the same among 8,000 as among 2")

done()
