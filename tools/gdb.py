# SPDX-License-Identifier: MIT
"""gdb.py - what `make debug` adds to GDB.

    ostia-attach SOCKET BUILD   attach to QEMU, which waits
    ostia-program NAME          also take the symbols of the program NAME

All user programs are linked at one address, so a breakpoint in one also stops
any other that has code there: the running thread's task tells which it is.
"""

import os

import gdb


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
        path = os.path.join(Attach.build, "user", argument.strip())
        gdb.execute(f"add-symbol-file {path}")

    def complete(self, text, word):
        folder = os.path.join(Attach.build, "user")
        return [name for name in os.listdir(folder) if name.startswith(word)]


Attach()
Program()
