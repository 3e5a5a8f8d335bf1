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

# Folder -> what it may include besides.  The longest folder that fits counts.
RULES = {
    "include": (),
    "kernel/base": (),
    "ipc": (r"ipc/\w+\.h", r"kernel/(wait|work|kalloc|clock|copyio|syscall)\.h",
            r"vm/vm_copy\.h", r"mig/\w+\.h"),
    "vm": (r"vm/\w+\.h", r"kernel/(wait|work|kalloc|cpu)\.h",
           r"mig/mach_vm_server\.h"),
    "kernel/x86_64": (r"kernel/.+", r"vm/(pmap|vm_param|vm_page)\.h"),
    "boot": (r"kernel/x86_64/\w+\.(h|inc)",),
    "kernel": (r"(kernel|ipc|vm|mig)/.+",),
}

# These include their own headers and the compiler's, since user programs
# compile them too.
LONE = {"string", "elf", "tar", "exc_names"}

# User code has no path to the kernel; base/ is what is lent to it.
USER = ("user", "tests/guest", "tests/ipc")
RING = "tests/ipc/ring_host.c"      # the kernel's side of tests/ipc/
USER_FORBIDDEN = re.compile(r"^(\.\./)*(kernel|ipc|vm|boot|mig)/")


def rule_for(path):
    fitting = [folder for folder in RULES if path.startswith(folder + "/")]
    return max(fitting, key=len) if fitting else None


def includes(path):
    for number, line in enumerate(lines_of(path), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1)


def check():
    for path in sources(".c", ".h", ".asm", ".def",
                        folders=("boot", "kernel", "ipc", "vm", "include")):
        folder = rule_for(path)
        allowed = EVERYBODY + RULES[folder]
        if folder == "kernel/base" and _stem(path) in LONE:
            allowed = (FREESTANDING,
                       r"kernel/base/(string|elf|tar|exc_names)\.h",
                       r"string\.h", r"mach/(exception_types|kern_return)\.h")
        for number, name in includes(path):
            if not any(re.fullmatch(rule, name) for rule in allowed):
                yield f"{path}:{number}: {folder}/ may not include {name}"
    for path in sources(".c", ".h", ".asm", folders=USER):
        for number, name in includes(path):
            if USER_FORBIDDEN.match(name) and path != RING:
                yield f"{path}:{number}: user code may not include {name}"


def _stem(path):
    return path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
