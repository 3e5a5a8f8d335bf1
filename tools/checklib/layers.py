# SPDX-License-Identifier: MIT
"""each folder includes what it may"""

import re

from checklib import lines_of, sources

INCLUDE = re.compile(r"^\s*[#%]\s*include\s+[\"<]([^\">]+)[\">]")

# The compiler's own headers; <mach/…> and kernel/base are open to all.
FREESTANDING = r"std(int|def|arg|bool|noreturn|align)\.h|limits\.h|asmdefs\.inc"
PUBLIC = r"(mach|mach_debug|ostia|servers)/.+"
BASE = r"kernel/base/\w+\.h"
EVERYBODY = (FREESTANDING, PUBLIC, BASE)

# Floor -> the folders that it stands on.  The longest folder that fits counts.
FLOORS = {
    "include": (),
    "kernel/base": (),
    "kernel/core": ("kernel/core",),
    # The machine is on top of core: it fills what core's headers declare.
    "kernel/x86_64": ("kernel/x86_64", "kernel/core"),
    "vm": ("vm", "kernel/core", "kernel/x86_64"),
    "ipc": ("ipc", "mig"),
    "kernel": ("kernel", "ipc", "vm", "mig"),
    "boot": ("kernel/x86_64",),
}

# ipc/ stands on these alone, so that it compiles for the host.
SEAM = r"kernel/core/(wait|work|ledger|kalloc|clock)\.h|vm/(copyio|handover|vm_copy)\.h"

# The includes that run back up -> why they do.
BACK = {
    r"kernel/x86_64/.+ vm/pmap\.h": "pmap.c is the machine's side of it",
    r"kernel/core/(sched|kmem)\.c vm/pmap\.h": "... and the kernel's own map "
                                               "is there before vm/",
    r"kernel/x86_64/.+ kernel/thread\.h": "registers lie in the thread",
    r"kernel/core/panic\.c kernel/x86_64/machine\.h": "a panic shows registers",
    r"ipc/.+ kernel/syscall\.h": "a trap's arguments",
    r"vm/vm_user\.c mig/mach_vm_server\.h": "routines that mig calls",
}

# These include their own headers and the compiler's, since user programs
# compile them too.
LONE = {"string", "exc_names"}
LENT = (rf"{FREESTANDING}|kernel/base/(string|exc_names)\.h|string\.h|"
        r"mach/(exception_types|kern_return)\.h")

# User code has no path to the kernel; base/ is what is lent to it.
USER = ("user", "tests/guest", "tests/ipc")
RING = "tests/ipc/ring_host.c"      # the kernel's side of tests/ipc/
USER_FORBIDDEN = re.compile(r"^(\.\./)*(kernel|ipc|vm|boot|mig)/")


def floor_of(path):
    fitting = [folder for folder in FLOORS if path.startswith(folder + "/")]
    return max(fitting, key=len) if fitting else None


def allowed(path, name):
    floor = floor_of(path)
    below = "|".join(FLOORS[floor])
    return (any(re.fullmatch(rule, name) for rule in EVERYBODY)
            or below and re.fullmatch(rf"({below})/.+", name)
            or floor == "ipc" and re.fullmatch(SEAM, name)
            or any(re.fullmatch(rule, f"{path} {name}") for rule in BACK))


def includes(path):
    for number, line in enumerate(lines_of(path), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1)


def check():
    for path in sources(".c", ".h", ".asm", ".def",
                        folders=("boot", "kernel", "ipc", "vm", "include")):
        lone = (floor_of(path) == "kernel/base" and _stem(path) in LONE)
        for number, name in includes(path):
            if not (re.fullmatch(LENT, name) if lone else allowed(path, name)):
                yield (f"{path}:{number}: {floor_of(path)}/ may not include "
                       f"{name}")
    for path in sources(".c", ".h", ".asm", folders=USER):
        for number, name in includes(path):
            if USER_FORBIDDEN.match(name) and path != RING:
                yield f"{path}:{number}: user code may not include {name}"


def _stem(path):
    return path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
