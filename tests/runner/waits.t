#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""waits.t - what a time-out tells of each thread: what it waits for, and
whether that can ever come."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, done, equal, ok, run     # noqa: E402
from runlib import waits                           # noqa: E402

PORT = """#include <mach/mach.h>
#include <servers/bootstrap.h>
struct message { mach_msg_header_t h; mach_msg_trailer_t t; };
static mach_port_t port;
static struct message m;
static void make(const char *name)
{
    mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
    mach_port_insert_right(mach_task_self(), port, port,
                           MACH_MSG_TYPE_MAKE_SEND);
    if (name != NULL)
        bootstrap_register(bootstrap_port, name, port);
}
static void receive(mach_port_t from, int more)
{
    mach_msg(&m.h, MACH_RCV_MSG | more, 0, sizeof m, from, 100000, 0);
}
static void send(mach_port_t to, int how, mach_port_t reply)
{
    m.h.msgh_bits = MACH_MSGH_BITS(how, reply ? MACH_MSG_TYPE_MAKE_SEND_ONCE
                                              : 0);
    m.h.msgh_size = sizeof m.h;
    m.h.msgh_remote_port = to;
    m.h.msgh_local_port = reply;
    m.h.msgh_voucher_port = 0;
    mach_msg(&m.h, MACH_SEND_MSG, sizeof m.h, 0, 0, 0, 0);
}
"""
BODIES = {
    # Nobody has a right.
    "deaf": "mach_port_allocate(mach_task_self(), 1, &port); receive(port, 0);",
    "full": "make(0); for (;;) send(port, MACH_MSG_TYPE_MAKE_SEND, 0);",
    "patient": "make(0); receive(port, MACH_RCV_TIMEOUT);",
    "held": "task_suspend(mach_task_self());",
    "loop": "for (;;) { }",
    "set": "mach_port_t set; make(\"my.set\");\n"
           "mach_port_allocate(mach_task_self(), 3, &set);\n"
           "mach_port_move_member(mach_task_self(), port, set);\n"
           "make(0); mach_port_move_member(mach_task_self(), port, set);\n"
           "receive(set, 0);",
    # Raises an exception, and was to handle it itself.
    "raised": "make(0); task_set_exception_ports(mach_task_self(), 0x7fe, port,"
              "EXCEPTION_DEFAULT | MACH_EXCEPTION_CODES, 13);\n"
              "*(volatile int *)16 = 1;",
    # Takes a request and does not answer.
    "mute": "make(\"my.server\"); receive(port, 0); receive(port, 0);",
    "asks": "mach_port_t to; mach_port_allocate(mach_task_self(), 1, &port);\n"
            "bootstrap_look_up(bootstrap_port, \"my.server\", &to);\n"
            "send(to, MACH_MSG_TYPE_COPY_SEND, port); receive(port, 0);",
    # Never takes the request that it is sent.
    "idle": "make(\"my.server\"); make(0); receive(port, 0);",
}


def report(*names):
    """A run that comes to no end: the lines of each program."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            with open(f"{folder}/{name}.c", "w", encoding="utf-8") as file:
                file.write(f"{PORT}int main(void)\n{{\n{BODIES[name]}\n}}\n")
        result = run("tools/run", "task", B=BUILD, TASK_CFLAGS="-w",
                     TASKS=" ".join(f"{folder}/{name}.c" for name in names),
                     TIMEOUT=len(names) + 4,
                     ACCEL=os.environ.get("ACCEL", ""))
    equal(result.returncode, 124, f"{' '.join(names)}: times out")
    told, name = {program: [] for program in names}, ""
    for line in result.stderr.splitlines():
        if line.startswith("  | ") and ", thread " in line:
            name = line[4:].partition(",")[0]
        if line.startswith("  | "):
            told.setdefault(name, []).append(line[4:].strip())
        elif name:
            break
    for program in names:
        if len(told[program]) < 2:
            told[program] = [f"nothing of {program}", result.stderr]
    return told, result.stderr


told, errors = report("deaf", "full", "held", "set", "raised")
for program, does, outlook in (
        ("deaf", "waits for a message to port 0x",
         "nobody ever will: there is no right to send"),
        ("full", "whose queue is full (5 of 5)",
         "nobody ever will: full could receive, and waits"),
        ("held", "is suspended",
         "nobody ever will: bootstrap could resume it, and waits"),
        ("set", 'waits for a message to a set of 2 ports ("my.set", port 0x',
         "nobody ever will: bootstrap, set could send, and all wait "
         "themselves"),
        ("raised", "waits for the answer to its exception",
         "nobody ever will: raised could answer, and waits")):
    lines = told[program]
    ok(does in lines[0], f"{program}: what the thread waits for", *lines)
    ok(f"/{program}.c:" in lines[1], f"{program}: where in its program", *lines)
    equal(lines[-1], outlook, f"{program}: that it never comes")

told, errors = report("mute", "asks")
equal(told["asks"][-1], "nobody ever will: mute could send, and waits",
      "the one with the right to reply waits as well")
ok('to "my.server"' in told["mute"][0] and "nobody" in told["mute"][-1],
   "... for the service that it offers, by its name", *told["mute"])
told, errors = report("idle", "asks")
equal(told["asks"][-1], "nobody ever will: idle could send, and waits",
      "the right to reply is in a message that nobody takes")

told, errors = report("mute", "asks", "loop")
ok("runs" in told["loop"][0], "a thread that runs", errors)
equal(told["asks"][-1], "who may send: mute",
      "... may look a service up, which may go on then")

told, errors = report("patient", "deaf")
ok(", for some time: waits" in told["patient"][0], "a wait with an end",
   errors)
equal(sorted(told), ["deaf", "patient"], "the system's own tasks are left out")

there, waits.shutil.which = waits.shutil.which, lambda name: None
equal(waits.report(None, None, None),
      ["GDB would tell here what each thread waits for: "
       "sudo apt-get install gdb"], "without GDB: what would help")

done()
