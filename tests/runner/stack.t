#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stack.t - the bound on the kernel's stack: it finds what it is there for,
and a real run stays below it (adversarial 'what we build' 10).
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, done, equal, ok          # noqa: E402
from machinelib import Stub, symbols               # noqa: E402
from checklib import stack                         # noqa: E402

FOLDER = os.path.join(BUILD, "runner", "stack")
PAINT = 0xa5
SECONDS = 6                     # of a run of all tests
NEEDED = ("panic", "panic_trap", "__stack_chk_fail", "trap_on_ist",
          "trap_from_user", "trap_from_kernel", "kernel_main", "syscall_enter")


def kernel_of(*lines):
    """A kernel in which syscall_enter has this code; the others return."""
    os.makedirs(FOLDER, exist_ok=True)
    text = "section .rodata\ndq stray\nsection .data\ndq 0\nsection .text\n"
    for name in NEEDED[:-1] + ("stray_continue",):
        text += f"global {name}\n{name}:\n ret\n"
    text += "\n".join(("global syscall_enter", *lines, ""))
    with open(f"{FOLDER}/k.asm", "w", encoding="utf-8") as file:
        file.write(text if "stray:" in text else
                   text.replace("dq stray", "dq stray_continue"))
    subprocess.check_call(["nasm", "-f", "elf64", "-o", f"{FOLDER}/k.o",
                           f"{FOLDER}/k.asm"])
    subprocess.check_call(["ld", "-Ttext=0xffffffff80100000", "-e",
                           "syscall_enter", "-z", "noexecstack", "-o",
                           f"{FOLDER}/k.elf", f"{FOLDER}/k.o"])
    found, faults = stack.measure(f"{FOLDER}/k.elf")
    return found[0][2], found[0][3], "\n".join(faults)


size, chain, faults = kernel_of(
    "syscall_enter:", " push rbp", " sub rsp, 0x40", " call below", " ret",
    "below:", " push rbx", " jmp last", "last:", " sub rsp, 0x100", " ret")
# A call each, and panic's; below gives its frame up before it jumps to last.
equal((size, chain), (8 + 8 + 0x40 + 8 + 0x100 + 8,
                      ("syscall_enter", "below", "last")),
      "frames add up along the deepest chain")
equal(faults, "", "a kernel without rings has no fault")
faults = kernel_of("syscall_enter:", " call one", "one:", " call two", " ret",
                   "two:", " jmp one")[2]
ok("calls itself: one -> two -> one" in faults, "a ring is found", faults)
faults = kernel_of("syscall_enter:", " call [rdi]", " ret", "other:",
                   " call rax", " ret")[2]
ok("other calls through a pointer" in faults,
   "so is a call through an unknown pointer", faults)
faults = kernel_of("syscall_enter:", " ret", "stray:", " ret")[2]
ok("stray: its address is taken" in faults,
   "... and a function that is behind none that is known", faults)

found, faults = stack.measure(f"{BUILD}/ostia.elf")
equal(faults, [], "Ostia's kernel has none of these")
what, limit, bound, chain = found[0]

# The stack is painted when it is empty; the deepest word that changed tells.
AT = symbols()
top = 0
with Stub("stack", cmdline="test=all") as machine:
    machine.go(AT["syscall_enter"])
    top = machine.word(AT["boot_cpu"] + 8)
    machine.write(top - limit, bytes([PAINT]) * (limit - 256))
    machine.go_for(SECONDS, AT["machine_halt"])
    memory = machine.read(top - limit, limit)
used = limit - next(place for place, byte in enumerate(memory)
                    if byte != PAINT)
print(f"# {used} bytes were used, {bound} is the bound")
ok(256 < used <= bound, "what a run of the tests uses is within the bound",
   used, bound)
done()
