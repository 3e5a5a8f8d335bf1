#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ledgers.t - one ledger a job (D24): beside root jobs that take all they get, a
neighbour gets what is reserved for it, whether it was started before or after
them; and what etc/bootstrap.conf says of limits and reservations."""

import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, TOP, done, equal, ok, run     # noqa: E402
from machinelib import boot, bootfs_with                # noqa: E402

KINDS = ("memory", "entries", "ports", "tasks", "threads", "messages", "jobs",
         "readers")
LEFT = 100                      # frames, as in t_ledger.c
FOLDER = f"{BUILD}/runner"


def beside(kind):
    """Two hogs between two neighbours, of which the last ends the run."""
    programs = {"early": ("neighbour", "2 early"), "hog1": ("hog", f"{kind} 1"),
                "hog2": ("hog", f"{kind} 2"), "late": ("neighbour", "2 late")}
    with tempfile.TemporaryDirectory() as folder:
        for name, (source, _) in programs.items():
            os.symlink(f"{TOP}/tests/runner/{source}.c", f"{folder}/{name}.c")
        return run("tools/run", "task", B=BUILD, MEM="64M", TIMEOUT=30,
                   TASKS=" ".join(f"{folder}/{name}.c" for name in programs),
                   TASK_ARGS=" -- ".join(words
                                         for _, words in programs.values()),
                   TASK_CFLAGS=f"-I{TOP}")


for kind in KINDS:
    result = beside(kind)
    text = result.stdout + result.stderr
    equal(text.count(f"hog {kind}: "), 2, f"{kind}: two jobs take all they get")
    ok(result.returncode == 0,
       f"{kind}: both neighbours get what is reserved for them", text)


def configured(name, text, cmdline):
    """What a boot with this configuration says."""
    path = bootfs_with(f"{FOLDER}/{name}.tar",
                       {"etc/bootstrap.conf": text.encode()})
    return boot(f"ledgers-{name}", bootfs=path, cmdline=cmdline)[1]


os.makedirs(FOLDER, exist_ok=True)
text = configured("sizes", """\
[job a]
program = echo
limit = 2 MB
[job b]
program = echo
limit = 512K
reservation = 1M
[job c]
program = echo
reservation = 64M
[job d]
program = echo_client
limit = 64K
[job e]
program = port_friend
limit = 28M
reservation = 28M
service = org.ostia.port-passing
[job f]
program = echo
reservation = 28M
""", "test=hello")
for line, why in (
        ("etc/bootstrap.conf:3: limit = 2 MB: it must be a size as 512K, 2M or "
         "1G", "a size that is none is told with file, line and what is right"),
        ("etc/bootstrap.conf:4: job 'b': its reservation must be no larger "
         "than its limit", "so is a reservation above the limit"),
        ("job c: its reservation is not to be had: it must be within half of "
         "RAM", "a reservation above half of RAM is told"),
        ("job f: its reservation is not to be had", "so is one for which the "
         "others have reserved too much"),
        ("cannot run 'echo_client': (os/kern) resource shortage",
         "a job that its limit has no room for is told")):
    ok(line in text, why, text)
ok("Hello from a task of Ostia." in text, "the other jobs run all the same",
   text)

text = configured("again", """\
[job shell]
program = t_ledger
arguments = again
run = shell
""", "")
used = [int(frames) for frames in re.findall(r"again: (\d+)", text)]
ok(len(used) == 3 and used[1] - used[0] >= LEFT and used[2] - used[1] >= LEFT,
   "a job that is started again has its ledger, with all that is left there",
   text)

result = subprocess.run(["tools/run", "shell"], input="free\n", text=True,
                        capture_output=True, timeout=120,
                        env={**os.environ, "B": BUILD})
lines = dict(re.findall(r" +\d+  (\w+) +(\d+ +\d+ +\d+)\n", result.stdout))
equal(set(lines), {"bootstrap", "echo", "port_friend", "shell"},
      "free shows the ledger of each job")
for job, figures in lines.items():
    used, limit, reserved = map(int, figures.split())
    ok(0 < used < limit, f"free: {job} has used some of its limit", figures)
    ok(0 < reserved < limit, "free: ... and has something reserved", figures)

done()
