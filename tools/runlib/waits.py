# SPDX-License-Identifier: MIT
"""waits.py - what the threads of a machine wait for that came to no end.

The machine is stopped by QEMU's stub and read by GDB (tools/gdblib/waits.py):
it need not take part.
"""

import os
import shutil
import subprocess
import tempfile

from runlib.config import TOP

SECONDS = 60
MARK = "[waits]"


OURS = ("user/libc/", "user/libmach/", "kernel/base/")


def report(config, qmp, symbols):
    """Lines for a person; `symbols` knows the programs."""
    if not shutil.which("gdb"):
        return ["GDB would tell here what each thread waits for: "
                "sudo apt-get install gdb"]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "gdb")
        qmp.monitor(f"gdbserver unix:{path},server=on,wait=off")
        lines = ask_gdb(config, path)
    return list(placed(lines, symbols, config.build))


def placed(lines, symbols, build):
    """The lines, with a place of the program's source for each "at" line: the
    innermost that is none of our libraries'."""
    program = ""
    for line in lines:
        if not line.startswith("  at "):
            program = line.partition(",")[0]
            yield line
            continue
        places = []
        for number, address in enumerate(line.split()[1:]):
            # A return address stands behind its call.
            place = symbols.of_program(program, int(address, 16) - bool(number))
            if place:
                places.append(place)
        ours = OURS + (f"{os.path.relpath(build)}/",)
        theirs = [place for place in places if "(" in place and
                  not place.partition("(")[2].startswith(ours)]
        for place in (theirs or places)[:1]:
            yield f"  in {place}"


def ask_gdb(config, path):
    orders = [f"source {TOP}/tools/gdb.py",
              f"ostia-attach {path} {config.build}", f"echo {MARK}\\n",
              "ostia-waits", f"echo {MARK}\\n"]
    words = ["gdb", "-nx", "-q", "-batch"]
    words += [word for order in orders for word in ("-ex", order)]
    try:
        done = subprocess.run(words + [config.kernel], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              errors="replace", timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return ["GDB has found no end"]
    parts = done.stdout.split(MARK + "\n")
    return ("".join(parts[1:2])).splitlines() + [
        f"GDB: {line}" for line in done.stderr.splitlines()[-1:]]
