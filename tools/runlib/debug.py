# SPDX-License-Identifier: MIT
"""debug.py - QEMU halted before its first instruction, GDB attached to it."""

import os
import shutil
import socket
import subprocess

from runlib.config import Refused, TOP
from runlib.machine import command


def debug(config, programs=()):
    """`programs` are tasks' whose symbols GDB takes too."""
    if config.emu != "qemu":
        raise Refused("make debug takes QEMU, which GDB can be attached to")
    if not shutil.which("gdb"):
        raise Refused("make debug needs GDB: sudo apt-get install gdb")
    console = config.log_path("debug")
    words = command(config, "tcg", serial=("-serial", f"file:{console}"))
    # It listens before GDB can ask for it: QEMU gets it with its ears open.
    path = os.path.join(config.build, "gdb.sock")
    if os.path.exists(path):
        os.remove(path)
    ear = socket.socket(socket.AF_UNIX)
    ear.bind(path)
    ear.listen()
    words += ["-S", "-chardev",
              f"socket,id=gdb,fd={ear.fileno()},server=on,wait=off",
              "-gdb", "chardev:gdb"]
    machine = subprocess.Popen(words, stdin=subprocess.DEVNULL,
                               start_new_session=True,
                               pass_fds=[ear.fileno()])
    try:
        ear.close()
        print(f"The guest's console goes to {console}", flush=True)
        orders = [f"source {TOP}/tools/gdb.py",
                  f"ostia-attach {path} {config.build}"]
        orders += [f"add-symbol-file {program}" for program in programs]
        options = [word for order in orders for word in ("-ex", order)]
        return subprocess.call(["gdb", "-q", *options, config.kernel])
    finally:
        machine.kill()
        machine.wait()
