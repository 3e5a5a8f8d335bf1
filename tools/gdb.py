# SPDX-License-Identifier: MIT
"""gdb.py - what `make debug` adds to GDB.

    ostia-attach SOCKET BUILD   attach to QEMU, which waits
    ostia-program NAME          also take the symbols of the program NAME
    ostia-current               the task and thread that run, or ran last
    ostia-tasks                 all tasks
    ostia-threads [TASK]        all threads, or those of the task with this
                                number: their states, and what they wait for
    ostia-ports TASK            the names of a task and the rights behind them
    ostia-waits                 what each thread of the run waits for, and
                                whether anybody could ever answer
    ostia-queue                 the threads that are ready to run, best first
    $ostia_in("NAME")           whether the task that runs has this name

All user programs are linked at one address, so a breakpoint in one also stops
any other that has code there, but for `hbreak PLACE if $ostia_in("NAME")`.
"""

import os
import sys

import gdb

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from gdblib import waits                            # noqa: E402
from gdblib.kernel import (describe, elements, entries,     # noqa: E402
                           right_text, state, task_name, task_of, tasks,
                           threads, value)

OTHER_FILES = (".o", ".tar", ".program")    # beside a task's program


class Attach(gdb.Command):
    """ostia-attach SOCKET BUILD: attach to QEMU."""

    def __init__(self):
        super().__init__("ostia-attach", gdb.COMMAND_USER)
        self.build = "build"

    def invoke(self, argument, from_tty):
        socket, Attach.build = gdb.string_to_argv(argument)
        for setting in ("pagination off", "confirm off",
                        "architecture i386:x86-64"):
            gdb.execute(f"set {setting}", to_string=True)
        gdb.execute(f"target remote {socket}")
        print("Attached.  `hbreak kernel_main` and `continue` go to the "
              "kernel's C code; `ostia-program NAME` adds a program.")


class Program(gdb.Command):
    """ostia-program NAME: take the symbols of a user program."""

    def __init__(self):
        super().__init__("ostia-program", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        name = argument.strip()
        for folder in self.folders():
            path = os.path.join(folder, name)
            if name and os.path.isfile(path):
                gdb.execute(f"add-symbol-file {path}")
                return
        raise gdb.GdbError(f"there is no program {name}; the Tab key "
                           "completes the names that there are")

    def complete(self, text, word):
        return [name for folder in self.folders()
                for name in os.listdir(folder)
                if name.startswith(word) and not name.endswith(OTHER_FILES)]

    @staticmethod
    def folders():
        """Ours first, then those that TASK= has left."""
        paths = [os.path.join(Attach.build, name) for name in ("user", "task")]
        return filter(os.path.isdir, paths)


class Listing(gdb.Command):
    """One of the commands below: prints what its function yields."""

    def __init__(self, name, lines):
        self.lines = lines
        self.__doc__ = f"{name}: {lines.__doc__}"
        super().__init__(name, gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        try:
            for line in self.lines(argument):
                print(line)
        except gdb.MemoryError as error:
            raise gdb.GdbError(f"{error}: has the kernel come up yet?")


def list_current(argument):
    """the task and thread that run, or ran last."""
    thread = value("boot_cpu.cpu_thread")
    if int(thread) == 0:
        yield "no thread"
    else:
        idle = " (idle)" if value("boot_cpu.cpu_idle") else ""
        yield describe(thread) + idle


class In(gdb.Function):
    """ostia_in("NAME"): whether the task that runs has this name."""

    def __init__(self):
        super().__init__("ostia_in")

    def invoke(self, name):
        thread = value("boot_cpu.cpu_thread")
        return int(thread) != 0 and \
            task_name(thread["th_task"]) == name.string()


def list_tasks(argument):
    """all tasks."""
    yield "task  threads  names  name"
    for task in tasks():
        space = task["task_space"]
        names = int(space["is_names"]) if int(space) else 0
        ends = int(task["task_sched"]["sk_ast"]) & int(gdb.parse_and_eval("AST_TERMINATE"))
        end = "  (ends)" if ends else ""
        yield (f"{int(task['task_id']):4}  "
               f"{int(task['task_thread_count']):7}  {names:5}  "
               f"{task_name(task)}{end}")


def list_threads(argument):
    """all threads, or those of the task with this number."""
    chosen = [task_of(argument)] if argument.strip() else list(tasks())
    for task in chosen:
        for thread in threads(task):
            yield f"{describe(thread)}: {state(thread)}"


def list_ports(argument):
    """the names of a task and the rights behind them."""
    space = task_of(argument)["task_space"]
    if int(space) == 0:
        raise gdb.GdbError("That task has no names.")
    yield "    name  right        urefs  port"
    for entry in entries(space):
        yield right_text(*entry)


def list_queue(argument):
    """the threads that are ready to run, best first, by root job."""
    levels = value("levels")
    low, high = levels.type.range()
    for priority in range(high, low - 1, -1):
        for job in elements(levels[priority]["lv_jobs"], "sched_queue",
                            "sq_link"):
            for sched in elements(job["sq_threads"], "sched_thread",
                                  "st_run_link"):
                thread = sched.cast(gdb.lookup_type("struct thread").pointer())
                yield f"priority {priority}: {describe(thread)}"


def list_waits(argument):
    """what each thread of the run waits for, and whether anybody could ever
    answer."""
    yield from waits.report(Attach.build)


Attach()
Program()
In()
Listing("ostia-current", list_current)
Listing("ostia-tasks", list_tasks)
Listing("ostia-threads", list_threads)
Listing("ostia-ports", list_ports)
Listing("ostia-queue", list_queue)
Listing("ostia-waits", list_waits)
