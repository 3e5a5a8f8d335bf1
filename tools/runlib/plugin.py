# SPDX-License-Identifier: MIT
"""plugin.py - runs under a TCG plugin of tools/plugins/, in a machine whose
clock counts instructions, so that every run of a program is the same.
"""

import os
import re
import subprocess
import tempfile

from runlib import task
from runlib.config import Refused
from runlib.machine import Machine

SECONDS = 600
UNITS = {"": 1 << 20, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
# Parts of functions that the compiler has made functions of their own; any
# other name with a dot is a label within a function of assembly.
PART = re.compile(r"\.(part|isra|constprop|cold)\b")


def supported():
    """Whether QEMU here takes plugins; it looks for this one later."""
    return subprocess.run(
        ["qemu-system-x86_64", "-plugin", "/nonexistent", "-version"],
        capture_output=True).returncode == 0


def symbols(path):
    """(address, kind, name) of each symbol of an ELF file, in order."""
    text = subprocess.check_output(["nm", "-n", path], text=True)
    words = [line.split() for line in text.splitlines()]
    return [(int(word[0], 16), word[1], word[2]) for word in words
            if len(word) == 3]


def functions(path):
    """The functions of an ELF file with their addresses, in order."""
    return [(address, name) for address, kind, name in symbols(path)
            if kind in "tTwW" and ("." not in name or PART.search(name))]


def public_symbols(path):
    return {name for _, kind, name in symbols(path) if kind.isupper()}


def size_of(mem):
    """MEM= in bytes."""
    digits = mem.rstrip("KkMmGg")
    return int(digits) * UNITS[mem[len(digits):].upper()]


def run(config, name, plugin, arguments, programs=(), with_ram=False):
    """Boots under the plugin, with these programs of the user's or with what
    the command line says; returns the outcome and the lines of the plugin."""
    library = os.path.abspath(f"{config.build}/plugins/{plugin}.so")
    if not supported():
        raise Refused("QEMU here has no TCG plugins (Debian's has)")
    tasks = task.paths(config, programs)
    if programs:
        config = config.with_(bootfs=task.boot_files(config, programs, []))
    with tempfile.TemporaryDirectory(
            dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        known = sorted(sum((functions(path) for path in
                            [config.kernel, *tasks.values()]), []))
        with open(f"{folder}/symbols", "w", encoding="utf-8") as file:
            file.writelines(f"{at:x} {symbol}\n" for at, symbol in known)
        words = [f"{library},symbols={folder}/symbols,out={folder}/out"]
        words += [f"{key}={value}" for key, value in arguments.items()]
        options = ["-plugin", ",".join(words)]
        if with_ram:
            size = size_of(config.mem)
            with open(f"{folder}/ram", "wb") as file:
                file.truncate(size)
            options[1] += f",ram={folder}/ram"
            options += ["-object", f"memory-backend-file,id=ram,size={size},"
                        f"mem-path={folder}/ram,share=on",
                        "-machine", "memory-backend=ram"]
        config = config.with_(
            icount=True, boot="pvh", timeout=config.timeout or SECONDS,
            qemu_args=f"{config.qemu_args} {' '.join(options)}".strip())
        outcome = Machine(config, "tcg", name, lambda data: None,
                          tasks=tasks).run()
        if not os.path.exists(f"{folder}/out"):
            return outcome, []
        with open(f"{folder}/out", encoding="utf-8") as file:
            return outcome, file.read().splitlines()
