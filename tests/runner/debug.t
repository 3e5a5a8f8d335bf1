#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""debug.t - `make debug`: GDB attaches, and its commands tell the truth."""

import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, TOP, done, equal, ok     # noqa: E402

# Stops in a routine of the kernel that the program `hello` has called.  By
# ICOUNT the others have always come as far by then.
COMMANDS = """
hbreak syscall_enter
continue
ostia-current
delete
hbreak console_write if boot_cpu.cpu_thread->th_task->task_name[0] == 'h'
continue
backtrace
echo [current]\\n
ostia-current
echo [tasks]\\n
ostia-tasks
echo [threads]\\n
ostia-threads
echo [threads of 1]\\n
ostia-threads 1
echo [ports of 1]\\n
ostia-ports 1
echo [queue]\\n
ostia-queue
echo [wrong]\\n
ostia-ports 999
echo [program]\\n
ostia-program hello
info line main
echo [no program]\n
ostia-program nonesuch
ostia-program
kill
quit
"""

environment = {key: os.environ[key] for key in ("PATH", "HOME")
               if key in os.environ}
result = subprocess.run(
    [f"{TOP}/tools/run", "debug"], input=COMMANDS, text=True, timeout=120,
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    env={**environment, "B": BUILD, "CMDLINE": "test=hello", "ICOUNT": "1"})
parts = re.split(r"(?m)^(?:\(gdb\) )*\[([a-z0-9 ]+)\]$", result.stdout)
part = dict(zip(parts[1::2], parts[2::2]))


def said(name, pattern, text):
    """The answer to one command has a line like this."""
    got = part.get(name, "")
    ok(re.search(pattern, got, re.MULTILINE), text, f"wanted {pattern}",
       got or result.stdout[-3000:])


equal(result.returncode, 0, "tools/run debug ends as GDB does")
ok("Attached." in parts[0], "GDB is attached", parts[0])
ok(re.search(r"Breakpoint 1, syscall_enter \(self=", parts[0]),
   "it stops in the first trap", parts[0])
ok('thread 2 of task 1 "bootstrap"' in parts[0],
   "... of the bootstrap server", parts[0])
ok(re.search(r"#\d+ +0x[0-9a-f]+ in (syscall_enter|mach_msg_ask)", parts[0]) and
   "syscall_entry" in parts[0],
   "a backtrace goes down to the trap", parts[0])
said("current", r'thread \d+ of task \d+ "hello"$', "ostia-current")
said("tasks", r"^ +1 +1 +\d+ +bootstrap$", "ostia-tasks has the first task")
said("tasks", r"^ +\d+ +1 +\d+ +hello$", "... and the one that runs")
said("threads", r'of task \d+ "hello": running$', "ostia-threads: who runs")
said("threads", r'of task 1 "bootstrap": waiting, goes on with '
     r"mach_msg_receive_continue \(0x[0-9a-f]+\)$",
     "... who waits, and with what it goes on")
equal("hello" in part.get("threads of 1", "hello"), False,
      "... of one task alone")
said("ports of 1", r"^ +0x[0-9a-f]+3 +SEND +\d+ +0x[0-9a-f]+ +"
     r"kernel object: task$", "ostia-ports: a task's own port")
said("ports of 1", r"RECEIVE +\d+ +0x[0-9a-f]+ +0 messages, [1-9]\d* send "
     r"rights$", "... and a port that it serves")
ok("Traceback" not in result.stdout and "Error" not in part.get("queue", "E"),
   "ostia-queue", part.get("queue", ""))
said("wrong", "There is no such task", "a wrong number is told as one")
said("program", r"main|hello\.c", "ostia-program finds the program's lines")

ok("there is no program nonesuch; " in result.stdout,
   "a program that is not there is told as that", result.stdout[-1000:])
equal("Traceback" in result.stdout, False, "... without a traceback")

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "mytask.c")
    with open(path, "w", encoding="utf-8") as file:
        file.write("#include <stdio.h>\nint main(void)\n{\n"
                   "    printf(\"hi\\n\");\n    return 0;\n}\n")
    variables = {**environment, "B": BUILD, "TASK": path}
    subprocess.run([f"{TOP}/tools/run", "compile"], env=variables, check=True)
    result = subprocess.run(
        [f"{TOP}/tools/run", "debug", "compiled"], text=True, timeout=120,
        input="hbreak mytask.c:4 if $ostia_in(\"mytask\")\ncontinue\nostia-current\n"
              "ostia-program mytask\nkill\nquit\n",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=variables)
ok(re.search(r"Breakpoint 1, main \(\) at .*mytask\.c:4", result.stdout) and
   re.search(r'thread \d+ of task \d+ "mytask"', result.stdout),
   "make debug TASK= stops in the task's own line", result.stdout[-3000:])
ok(result.stdout.count("add symbol table from file") >= 1 and
   "no program" not in result.stdout,
   "ostia-program finds a task's program too", result.stdout[-3000:])

done()
