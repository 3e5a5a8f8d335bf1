#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""panic.t - a panic is reported whole, and ends the machine with 37."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, done, equal, ok          # noqa: E402
from machinelib import Stub, symbols               # noqa: E402
from runlib.symbols import Symbols                 # noqa: E402

AT = symbols()
PANIC = 37
NOWHERE = 0x123456789000
LOAD = bytes.fromhex("488b07")          # mov rax, [rdi]
REASON = "panic: a function's stack frame was overwritten"
FAULT = f"panic: trap: page fault in the kernel at {NOWHERE:#x}, error 0x0"
AGAIN = " (and a panic within it)"
ROW = re.compile(r"^#   (\w+ +[0-9a-f]+ ?)+")


def call(machine, name):
    """As if the instruction here were a call."""
    rsp = machine.get("rsp") - 8
    machine.write(rsp, (machine.get("rip") + 1).to_bytes(8, "little"))
    machine.set("rsp", rsp)
    machine.set("rip", AT[name])


def deep_in(machine, name):
    """In the body of a function that a trap of the first task has called."""
    machine.go(AT["console_write"])
    machine.go(AT[name])
    machine.step()
    machine.step()


def report_of(log, reason):
    """The lines from the reason on, and the functions of the backtrace."""
    lines = log.splitlines()
    start = lines.index("# " + reason) if "# " + reason in lines else -1
    ok(start >= 0, "the reason stands on a line of its own", *lines[-20:])
    lines = lines[start + 1:]
    table = Symbols(BUILD, f"{BUILD}/ostia.elf")
    told = [table.line(line) for line in lines]
    names = [line.split()[3] for line in told
             if line.startswith("#   at ") and len(line.split()) > 3]
    return lines, names


def common(code, status, reason, lines):
    equal((code, status), (PANIC, reason), "code and status are a panic's")
    ok(all(line.startswith("# ") for line in lines), "all lines are the log's",
       *lines)
    text = "\n".join(lines)
    wanted = ("rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 "
              "rip rflags cs ss cr0 cr2 cr3 cr4").split()
    equal([name for name in wanted
           if not re.search(rf"\b{name} +[0-9a-f]", text)], [],
          "every register is told")
    ok(re.fullmatch(r"#   task 1 \"bootstrap\", thread \d+", lines[-1]),
       "the last line tells task and thread", lines[-1])


with Stub("panic", cmdline="test=hello") as machine:
    deep_in(machine, "copyio_prepare")
    caller = machine.word(machine.get("rbp") + 8)
    call(machine, "__stack_chk_fail")
    code, status, log = machine.finish()
lines, names = report_of(log, REASON)
common(code, status, REASON, lines)
equal(names[:2], ["__stack_chk_fail", "copyio_prepare"],
      "the backtrace begins where panic was called")
equal([name.partition(".")[0] for name in names[-2:]],
      ["syscall_enter", "syscall_entry"], "... and ends at the trap")
ok(f"#   at {caller:#018x}" in lines, "it has the caller's return address")

with Stub("panic-fault", cmdline="test=hello") as machine:
    deep_in(machine, "copyio_prepare")
    place = machine.get("rip")
    machine.write(place, LOAD)
    machine.set("rdi", NOWHERE)
    machine.set("r15", 0x5ca1ab1e)
    code, status, log = machine.finish()
lines, names = report_of(log, FAULT)
common(code, status, FAULT, lines)
equal(names[:1], ["copyio_prepare"], "the backtrace begins at the fault")
ok(f"#   at {place:#018x}" in lines and
   f"rip {place:016x}" in "\n".join(lines), "rip is the instruction's")
ok(f"rdi {NOWHERE:016x}" in log and "r15 000000005ca1ab1e" in log and
   f"cr2 {NOWHERE:x}" in log, "registers are those of the fault")

with Stub("panic-twice", cmdline="test=hello") as machine:
    deep_in(machine, "copyio_prepare")
    call(machine, "__stack_chk_fail")
    machine.go(AT["report_registers"])
    call(machine, "__stack_chk_fail")
    code, status, log = machine.finish()
equal((code, status), (PANIC, REASON + AGAIN),
      "a panic within a panic ends the machine and tells both")
equal(log.splitlines()[-1:], ["# " + REASON], "what was told before is kept")

done()
