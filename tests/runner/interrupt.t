#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""interrupt.t - interrupts that nobody asked for do no harm.

Firmware may leave devices and interrupt controllers in any state.  The test
stops the machine on its way up and stores into the controllers' registers
what the firmware could have.
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import done, equal, ok                 # noqa: E402
from machinelib import Stub, symbols               # noqa: E402

AT = symbols()
STORE = bytes.fromhex("8907")           # mov [rdi], eax, in 32-bit mode too
ICR = 0x300
TO_SELF = 0x44000                       # and a vector: fixed, asserted
IOAPICS = (0xfec00000, 0xfec10000)
ENTRY = 0x10
MICROVM = "-machine microvm,acpi=on,ioapic2=on -device isa-serial"


def store(machine, address, value):
    """The processor stores 32 bits, here; then it is as it was before."""
    saved = {name: machine.get(name) for name in ("rip", "rdi", "rax")}
    code = machine.read(saved["rip"], len(STORE))
    machine.write(saved["rip"], STORE)
    machine.set("rdi", address)
    machine.set("rax", value)
    machine.step()
    machine.write(saved["rip"], code)
    for name, old in saved.items():
        machine.set(name, old)


for vector in (0x20, 0x27, 0x50, 0xef, 0xff):
    with Stub("interrupt", cmdline="test=t_clock") as machine:
        machine.go(AT["timer_calibrate"])
        store(machine, machine.word(AT["registers"]) + ICR, TO_SELF | vector)
        code, status, log = machine.finish(20)
    equal((code, status), (33, "exit 0"),
          f"a left-over interrupt at {vector:#x} does not bar the timer")

with Stub("ioapic", qemu_args=MICROVM) as machine:
    machine.go(AT["boot_pvh"])
    for window in IOAPICS:
        for pin in (5, 23):
            store(machine, window, ENTRY + 2 * pin)
            store(machine, window + 0x10, 0x40 + pin)
    machine.go(AT["acpi_init"])
    before = machine.monitor("human-monitor-command",
                             **{"command-line": "info pic"})
    machine.go(AT["features_init"])
    after = machine.monitor("human-monitor-command",
                            **{"command-line": "info pic"})
PIN = re.compile(r"^ +pin .*$", re.M)
equal(len([pin for pin in PIN.findall(before) if "masked" not in pin]), 4,
      "the firmware has left inputs of two IO-APICs on")
on = [pin for pin in PIN.findall(after) if "masked" not in pin]
ok(len(PIN.findall(after)) == 48 and not on,
   "all inputs of both are masked, before any is used", after)

done()
