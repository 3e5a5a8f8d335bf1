#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""protect.t - each of the machine's protections, by trying to break it.

The machine is stopped in the kernel, in a trap of a user program.  A probe of
a few instructions is put in the place of kernel code, past all protections,
and run with the registers that a test wants: either it gets through, or the
kernel is about to panic.  Then the machine is put back to where it was.

Adversarial 'what we build' 9.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import done, equal, ok                 # noqa: E402
from machinelib import Stub, boot, symbols         # noqa: E402

AT = symbols()
KERNEL_BASE = 0xffffffff80000000
PHYSMAP_BASE = 0xffff800000000000
PROBE = AT["kvsnprintf"]        # some kernel code that is long enough

LOAD = bytes.fromhex("488b07")          # mov rax, [rdi]
STORE = bytes.fromhex("488907")         # mov [rdi], rax
JUMP = bytes.fromhex("ffe7")            # jmp rdi
PUSH = bytes.fromhex("57")              # push rdi
SGDT = bytes.fromhex("0f0107")          # sgdt [rdi]
STAC = bytes.fromhex("0f01cb")
NOPS = bytes.fromhex("9090")

VECTOR, ERROR, RIP = 120, 128, 136      # struct trap_frame
RSP, FRAME_SIZE = 160, 176
FRAME_END = 16                          # in struct cpu: cpu_frame_end
WRITE, PRESENT, FETCH, USER = 2, 1, 16, 4
CR0_WP, CR4_UMIP = 1 << 16, 1 << 11
CR4_SMEP, CR4_SMAP = 1 << 20, 1 << 21
KERNEL_STACK, IST_STACK = 0x4000, 0x2000
IST = 64 + 36                           # in struct machine_cpu: tss.ist
DOUBLE_FAULT, PROTECTION, PAGE_FAULT = 8, 13, 14


class Prober:
    """`saved` is where the machine is between two probes."""

    def __init__(self, machine):
        self.machine = machine
        self.saved = machine.registers()
        self.code = machine.read(PROBE, 16)

    def run(self, code, target=None, **registers):
        """What became of the probe: "through", or (vector, error, address)."""
        machine = self.machine
        machine.write(PROBE, code + NOPS)
        for name, value in registers.items():
            machine.set(name, value)
        machine.set("rip", PROBE)
        through = target or PROBE + len(code)
        where = machine.go(through, AT["panic_trap"])
        result = "through"
        if where != through:
            frame = machine.get("rdi")
            result = (machine.word(frame + VECTOR),
                      machine.word(frame + ERROR), machine.get("cr2"))
        machine.write(PROBE, self.code)
        machine.restore(self.saved)
        return result

    def refused(self, text, code, address, error, **registers):
        """The access must be a page fault at this address."""
        got = self.run(code, rdi=address, **registers)
        equal(got, (PAGE_FAULT, error, address), text)

    def without(self, register, bit, *words, **registers):
        """The same with the protection off must get through, else it shows
        nothing."""
        old = self.machine.get(register)
        self.machine.set(register, old & ~bit)
        got = self.run(*words, **registers)
        self.machine.set(register, old)
        return got


def image(prober):
    """W^X of the image, and of the same memory in the map of all RAM."""
    for name, text in (("kernel_main", "text"), ("vector_entries",
                                                 "read-only data")):
        address = AT[name] & ~0xf
        alias = address - KERNEL_BASE + PHYSMAP_BASE
        value = prober.machine.word(address)
        for place, where in ((address, "the image"), (alias, "the alias")):
            prober.refused(f"the kernel cannot write its {text} in {where}",
                           STORE, place, WRITE | PRESENT, rax=0)
        got = prober.without("cr0", CR0_WP, STORE, rdi=address, rax=value)
        equal(got, "through", "... without CR0.WP it can")
    data = AT["boot_cpu"]
    equal(prober.run(STORE, rdi=AT["boot_info"] + 1000, rax=0), "through",
          "the kernel's data can be written")
    for place, text in ((data, "its data"),
                        (AT["vector_entries"], "its read-only data"),
                        (data - KERNEL_BASE + PHYSMAP_BASE, "its data's alias"),
                        (AT["kernel_main"] - KERNEL_BASE + PHYSMAP_BASE,
                         "its text's alias")):
        prober.refused(f"the kernel cannot execute {text}", JUMP, place,
                       FETCH | PRESENT)
    stack = prober.saved["rsp"]
    prober.refused("the kernel cannot execute its stack", JUMP, stack,
                   FETCH | PRESENT)


def stacks(prober):
    """Guard pages below each stack; the stack itself is there to its end."""
    machine = prober.machine
    bottom = machine.word(AT["boot_cpu"] + 8) - KERNEL_STACK
    equal(prober.run(LOAD, rdi=bottom), "through",
          "the last word of the kernel stack is there")
    prober.refused("below it is a guard page", LOAD, bottom - 8, 0)
    got = prober.run(PUSH, rsp=bottom)
    equal((got[0], got[2]), (DOUBLE_FAULT, bottom - 8),
          "an overflow of the kernel stack is reported")
    tops = [machine.word(AT["boot_machine"] + IST + 8 * slot)
            for slot in range(4)]
    equal(len(set(tops)), 4, "each IST vector has a stack of its own")
    for slot, top in enumerate(tops, 1):
        equal(prober.run(LOAD, rdi=top - IST_STACK), "through",
              f"IST stack {slot}: its last word is there")
        prober.refused(f"IST stack {slot}: below it is a guard page", LOAD,
                       top - IST_STACK - 8, 0)


def user_frame(machine):
    """The running thread's struct trap_frame."""
    return machine.word(AT["boot_cpu"] + FRAME_END) - FRAME_SIZE


def user_memory(prober):
    """SMEP and SMAP, and each of them off to see that the probe works."""
    frame = user_frame(prober.machine)
    code = prober.machine.word(frame + RIP)
    stack = prober.machine.word(frame + RSP) & ~7
    prober.refused("SMEP: the kernel cannot execute user memory", JUMP, code,
                   FETCH | PRESENT)
    equal(prober.without("cr4", CR4_SMEP, JUMP, target=code, rdi=code),
          "through", "... without SMEP it can")
    value = prober.machine.word(stack)
    prober.refused("SMAP: the kernel cannot read user memory", LOAD, stack,
                   PRESENT)
    prober.refused("SMAP: nor write it", STORE, stack, WRITE | PRESENT)
    equal(prober.run(STAC + STORE, rdi=stack, rax=value), "through",
          "... after STAC it can")
    equal(prober.without("cr4", CR4_SMAP, STORE, rdi=stack, rax=value),
          "through", "... without SMAP it can")
    prober.refused("page 0 is not mapped", LOAD, 0, 0)


with Stub("protect", cmdline="test=hello") as machine:
    machine.go(AT["syscall_enter"])
    machine.go(AT["syscall_enter"])
    prober = Prober(machine)
    image(prober)
    stacks(prober)
    user_memory(prober)
    code, status, log = machine.finish()
    equal((code, status), (33, "exit 0"), "all that did the machine no harm")


def in_user_mode(machine):
    """On to the first instruction after a trap."""
    machine.go(AT["syscall_enter"])
    machine.go(AT["exit_sysret"])
    while machine.get("rip") >= 1 << 47:
        machine.step()
    return machine.get("rip")


def raised(machine):
    machine.go(AT["trap_from_user"])
    frame = user_frame(machine)
    return machine.word(frame + VECTOR), machine.word(frame + ERROR)


with Stub("protect-stack", cmdline="test=hello") as machine:
    in_user_mode(machine)
    machine.set("rip", machine.get("rsp"))
    equal(raised(machine), (PAGE_FAULT, FETCH | USER | PRESENT),
          "a user task cannot execute its stack")
    code, status, log = machine.finish()
    ok(code == 35, "... and it is the task that ends", code, status)

for bit, wanted in ((0, (PROTECTION, 0)), (CR4_UMIP, (3, 0))):
    with Stub("protect-umip", cmdline="test=hello") as machine:
        machine.write(in_user_mode(machine), SGDT + b"\xcc")
        machine.set("rdi", machine.get("rsp") - 64)
        machine.set("cr4", machine.get("cr4") & ~bit)
        equal(raised(machine), wanted, "... without UMIP it can" if bit else
              "UMIP: a user task cannot see where the GDT is")

outcome, log = boot("protect-plain", cmdline="test=t_exception",
                    qemu_args="-cpu qemu64")
ok(outcome.code == 33 and "\nnot ok" not in log,
   "a processor without SMEP, SMAP and UMIP does as well", *outcome.tail)

done()
