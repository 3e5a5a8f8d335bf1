#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""nmi.t - an NMI at every instruction of the ways into and out of the kernel.

Adversarial 50.  While a guest test runs, the machine is stopped at the start
of each way and stepped along it.  At each instruction an NMI is injected; it
must be taken there, and after it every register and all three bases must be
what they were.  Then the guest test goes on, and must pass.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import done, equal, ok                 # noqa: E402
from machinelib import Stub, USER_END, symbols     # noqa: E402

PROGRAM = "t_exception"
AT = symbols()
CS = 16                         # its place above rsp, behind rip and a code
STEPS_MAX = 100
NOWHERE = 0x123456789000


def inject(machine):
    """An NMI here.  Returns what went wrong, or nothing."""
    before = machine.registers()
    machine.monitor("inject-nmi")
    if machine.go(AT["vector_2"]) != AT["vector_2"]:
        return "the NMI did not come"
    if machine.word(machine.get("rsp")) != before["rip"]:
        return "the NMI came late"
    user_gs = before["gs_base"] < USER_END
    machine.go(AT["trap_on_ist"])
    if machine.get("gs_base") != AT["boot_cpu"]:
        return "the handler ran with the user's GS base"
    machine.go(before["rip"])
    after = machine.registers()
    changed = [name for name in before if before[name] != after[name]]
    if changed:
        return f"changed: {changed}"
    if user_gs != (after["gs_base"] < USER_END):
        return "GS was swapped"
    return ""


def walk(machine, last):
    """Steps from here to `last`, or to user mode, an NMI at each place."""
    count, wrong = 0, []
    while count < STEPS_MAX:
        here = machine.get("rip")
        if here == last:
            return count, wrong
        fault = inject(machine)
        count += 1
        if fault:
            wrong.append(f"at {here:#x}: {fault}")
        if here < USER_END and last is None:
            return count, wrong
        machine.step()
    return count, wrong + [f"never came to {last}"]


def from_user(machine):
    return machine.word(machine.get("rsp") + CS) & 3 == 3


def fault_of_user(machine):
    machine.go(AT["vector_14"])
    while not from_user(machine):
        machine.go(AT["vector_14"])


def at(name):
    return lambda machine: machine.go(AT[name])


def returned(machine):
    """Where a handler has called C and goes on."""
    machine.go(machine.word(machine.get("rsp")))


def stray_copy(machine):
    """The kernel copies to where nothing is, as it never does by itself."""
    machine.go(AT["syscall_enter"])
    saved = machine.registers()
    machine.set("rip", AT["usercopy"])
    machine.set("rdi", NOWHERE)
    machine.set("rdx", 16)
    machine.set("rsp", saved["rsp"] - 8)
    machine.write(saved["rsp"] - 8, saved["rip"].to_bytes(8, "little"))
    machine.go(AT["vector_14"])
    machine.saved = saved


def copied(machine):
    """The copy has returned: to what there was before it."""
    machine.go(AT["syscall_enter"])
    machine.restore(machine.saved)


WAYS = (
    ("SYSCALL", at("syscall_entry"), AT["syscall_enter"], None),
    ("SYSRET", at("exit_sysret"), None, None),
    ("a page fault of user mode", fault_of_user, AT["trap_from_user"], None),
    ("IRET to user mode", at("exit_iret"), None, None),
    ("a page fault of the kernel", stray_copy, AT["trap_from_kernel"], None),
    ("IRET to the kernel", returned, AT["faulted"], copied),
    ("a single step", at("vector_1"), AT["trap_on_ist"], None),
    ("a breakpoint", at("vector_3"), AT["trap_from_user"], None),
)

with Stub("nmi", cmdline=f"test={PROGRAM}") as machine:
    machine.go(AT["syscall_entry"])
    total = 0
    for text, come, last, leave in WAYS:
        come(machine)
        count, wrong = walk(machine, last)
        if leave:
            leave(machine)
        total += count
        ok(not wrong, f"{text}: an NMI changes nothing", *wrong)
    ok(total > 150, f"there were {total} places to be hit")
    code, status, log = machine.finish()
    equal((code, status), (33, "exit 0"), "and the guest test passes")
    equal([line for line in log.splitlines() if line.startswith("not ok")],
          [], "... every point of it")

done()
