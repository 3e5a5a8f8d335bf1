#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""console.t - a console that nobody reads for a while loses no line, and
keeps nobody from running but those who write; nor does a guest lose what is
typed faster than it reads."""

import array
import fcntl
import os
import re
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, done, equal, ok          # noqa: E402
from machinelib import Stub                        # noqa: E402

TEST = "t_console_flood"
LINES = 400                     # as there
CRASHED = 32                    # tasks, one of them with all its threads
SECONDS = 60
WHOLE = re.compile(
    r"ok \d+ - .*|1\.\.\d+|# writer [AB] (\d+) 0*\1|# flood\.{56}|"
    r"# (ostia|bootstrap|test|job): ?.*|"
    r"# crash: \w+ \(task \d+ thread \d+\): EXC_BAD_ACCESS .* at 0x10|"
    r"# crash: \d+ more, without a report|"
    r"#   ([\w]+ +[0-9a-f]+ ?)+|#   at 0x[0-9a-f]{16} in \w+")


def waiting(pipe):
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def idle(machine):
    text = machine.monitor("human-monitor-command",
                           **{"command-line": "info registers"})
    return "HLT=1" in text


def stalls(machine, pipe, size):
    """The pipe is full, and the processor has nothing to do."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and not machine.ended():
        if waiting(pipe) == size and idle(machine):
            return True
        time.sleep(0.01)
    return False


ours, theirs = os.pipe()
size = fcntl.fcntl(theirs, 1031, 4096)  # F_SETPIPE_SZ
with Stub("console", stdout=theirs, cmdline=f"test={TEST}") as machine:
    os.close(theirs)
    machine.start()
    ok(stalls(machine, ours, size),
       "while nobody reads, the processor waits idle")
    with os.fdopen(ours, "rb") as file:
        lines = file.read().decode("utf-8", "replace").splitlines()
    code, status, _ = machine.process.wait(60), machine.status(), None
equal((code, status), (33, "exit 0"), "read again, all go on to their ends")

for name in "AB":
    numbers = [int(line.split()[3]) for line in lines
               if line.startswith(f"# writer {name} ")]
    equal(numbers, list(range(LINES)), f"every line of {name} came, in order")
equal([line for line in lines if not WHOLE.fullmatch(line)], [],
      "every line is whole")
told = sum("EXC_BAD_ACCESS" in line for line in lines)
untold = sum(int(count) for count in re.findall(
    r"^# crash: (\d+) more", "\n".join(lines), re.M))
equal(told + untold, CRASHED,
      "every crash of a task is reported once, or counted at least")
ok(untold > 0, f"there is room for few reports ({told})")

typed = "".join(f"nobody {number} {'x' * 40}\n" for number in range(LINES))
result = subprocess.run(
    ["tools/run", "shell"], input=typed + "exit\n", capture_output=True,
    text=True, timeout=SECONDS,
    env={"PATH": os.environ["PATH"], "B": BUILD, "ACCEL": "tcg"})
numbers = re.findall(r"^ostia\$ nobody (\d+) x{40}$", result.stdout, re.M)
equal([int(number) for number in numbers], list(range(LINES)),
      "every line that was typed at once is read")
equal(result.returncode, 0, "... to the last")

done()
