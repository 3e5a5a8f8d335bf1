#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bochs.t - every way in which a machine on Bochs may end is told as what it
is, though Bochs has no exit device."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import done, equal, ok, run            # noqa: E402
from machinelib import bad_kernel                  # noqa: E402


def boot(*words, **variables):
    result = run("tools/run", *words, EMU="bochs", **variables)
    return result.returncode, result.stdout, result.stderr


def expect(kind, code, words, text, **variables):
    folder = bad_kernel(kind)
    open(f"{folder}/bootfs.tar", "wb").close()
    got, out, err = boot("test", "t_bad", **{"TIMEOUT": 60, "B": folder,
                                             **variables})
    ok(got == code and words in err, f"{kind}: {text}",
       f"status {got}, wanted {code}; wanted \"{words}\"", out, err)
    return out, err


out, err = expect("good", 0, "exit 0", "a good end is a pass")
ok("ok 2 - two" in out, "good: the report is shown", out)
expect("forged", 3, "exit 3", "nothing that a task prints makes a pass")
out, err = expect("panicked", 125, "kernel panic: out of luck",
                  "a panic is told with its reason")
ok("start (tests/runner/bad.asm:" in out,
   "panicked: addresses of the report get names and lines", out)
expect("crashed", 139, "crashed: EXC_BAD_ACCESS (KERN_INVALID_ADDRESS) at 0x10",
       "a crash is told with its words")
out, err = expect("triple", 125, "kernel panic: triple fault at 0x",
                  "a triple fault is no silent reboot")
ok("triple_fault_here" in err, "triple: it is told where", err)
expect("hang", 124, "timed out after 12 s", "a hang ends in time", TIMEOUT=12)
expect("good", 126, "Bochs said:", "Bochs's own complaint is told",
       CPU="abacus")

for variables in ({"BOOT": "pvh"}, {"SMP": 2}, {"ICOUNT": 1},
                  {"QEMU_ARGS": "-S"}):
    got, out, err = boot("shell", **variables)
    name = list(variables)[0]
    ok(got == 2 and name in err and err.count("\n") == 1,
       f"{name} is refused in one line", err)
result = run("tools/run", "shell", EMU="simics")
ok(result.returncode == 2 and "none of qemu, bochs" in result.stderr,
   "so is another emulator", result.stderr)
got, out, err = boot("debug")
equal((got, err.count("\n")), (2, 1), "so is the debugger")

done()
