#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clock.t - whatever a machine has to measure time with is found and used.

The boot line names it.  All say the same of one machine, coarsely, and a guest
program's waits end; on a machine with nothing the panic says what it lacks.
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import done, ok                        # noqa: E402
from machinelib import Stub, boot, symbols          # noqa: E402

AT = symbols()
LINE = re.compile(r"^# ostia: .* (\d+) MHz by (.*?)\r?$", re.MULTILINE)
PANIC = 37
MACHINES = (
    ("", "the PIT"),
    ("-machine pit=off", "the HPET"),
    ("-machine hpet=off", "the PIT"),
    ("-machine pit=off,hpet=off", "ACPI's PM timer"),
    ("-machine pc,pit=off,hpet=off", "ACPI's PM timer"),
    ("-machine microvm", "the PIT"),
)


def source(text, wanted, **changes):
    """A run of the guest's test of the clock; what the boot line has in MHz."""
    outcome, log = boot("clock", cmdline="test=t_clock", **changes)
    line = LINE.search(log)
    ok(line and line.group(2) == wanted, f"{text}: the clock is by {wanted}",
       line and line.group(0), *outcome.tail)
    ok(outcome.code == 33 and outcome.status == "exit 0" and
       "not ok" not in log, f"{text}: ... and runs",
       f"code {outcome.code}", f"status {outcome.status!r}", *outcome.tail)
    return int(line.group(1)) if line else 0


speeds = {arguments: source(arguments or "the usual machine", wanted,
                            qemu_args=arguments)
          for arguments, wanted in MACHINES}
usual = speeds[""]
ok(all(usual < 2 * speed and speed < 2 * usual for speed in speeds.values()),
   "all sources agree within a factor of 2", speeds)

# With -icount shift=0 an instruction takes a nanosecond.
for arguments, wanted in MACHINES[:4]:
    mhz = source("icount " + arguments, wanted, icount=True,
                 qemu_args=arguments)
    ok(990 <= mhz <= 1010, "... at 1000 MHz", mhz)

# ---- what QEMU's emulation has not: CPUID by hand

CPUID = b"\x0f\xa2"
HYPERVISOR = 1 << 31


def pretend(machine, function, answers):
    """Runs this function with these answers of CPUID, by leaf."""
    machine.go(AT[function])
    back = machine.word(machine.get("rsp"))
    while machine.get("rip") != back:
        rip = machine.get("rip")
        if machine.read(rip, 2) != CPUID:
            machine.step()
            continue
        answer = answers.get(machine.get("rax") & 0xffffffff, (0, 0, 0, 0))
        for name, value in zip(("rax", "rbx", "rcx", "rdx"), answer):
            machine.set(name, value)
        machine.set("rip", rip + len(CPUID))


def told(text, function, answers, wanted):
    with Stub("clock", cmdline="test=t_clock") as machine:
        pretend(machine, function, answers)
        _, _, log = machine.finish()
    line = LINE.search(log)
    ok(line and line.group(0).rstrip().endswith(wanted), text, log)


told("CPUID with its crystal", "start_cpuid",
     {0: (0x16, 0, 0, 0), 0x15: (3, 250, 24000000, 0), 0x16: (2100, 0, 0, 0)},
     ", 2000 MHz by CPUID")
told("CPUID without, and the TSC's rate", "start_cpuid",
     {0: (0x16, 0, 0, 0), 0x15: (2, 216, 0, 0), 0x16: (2600, 3500, 100, 0)},
     ", 2600 MHz by CPUID")
told("CPUID with neither: the next is asked", "start_cpuid",
     {0: (0x16, 0, 0, 0), 0x15: (2, 216, 0, 0)}, " MHz by the PIT")
told("CPUID before leaf 15h: the next is asked", "start_cpuid",
     {0: (0x14, 0, 0, 0), 0x15: (3, 250, 24000000, 0)}, " MHz by the PIT")
told("the hypervisor's leaf", "start_hypervisor",
     {1: (0, 0, HYPERVISOR, 0), 0x40000000: (0x40000010, 0, 0, 0),
      0x40000010: (2112000, 0, 0, 0)}, ", 2112 MHz by the hypervisor")
told("a hypervisor without that leaf", "start_hypervisor",
     {1: (0, 0, HYPERVISOR, 0), 0x40000000: (0x40000001, 0, 0, 0),
      0x40000010: (2112000, 0, 0, 0)}, " MHz by the PIT")

# ---- counters that do not count

STANDS = b"\xb8\x05\0\0\0\xc3"              # mov eax, 5; ret
OVER = b"\x48\xc7\xc0\xff\xff\xff\xff\xc3"    # mov rax, -1; ret


def broken(function, code):
    """The end of a run where this function is another."""
    with Stub("clock", cmdline="test=hello") as machine:
        machine.go(AT["timer_calibrate"])
        machine.write(AT[function], code)
        return machine.finish()


for text, code in (("stands still", STANDS), ("is over at once", OVER)):
    code, _, log = broken("read_pit", code)
    ok(code == 33 and "MHz by the HPET" in log,
       f"a PIT that {text} is given up", code, log)
code, status, log = broken("apic_timer_count", STANDS)
ok(code == PANIC and "the local APIC's timer does not count" in status,
   "a local timer that stands still is told", code, status, log)

outcome, log = boot("clock", qemu_args="-machine microvm,pit=off",
                    cmdline="test=hello")
ok(outcome.code == PANIC and "no CPUID leaf 15h, hypervisor, PIT, HPET or "
   "ACPI timer" in outcome.status and "pit=on" in outcome.status,
   "nothing to measure by: what to do is told", outcome.status, *outcome.tail)

done()
