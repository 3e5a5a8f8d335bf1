#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bochs.t - every way in which a machine on Bochs may end is told as what it
is, though Bochs has no exit device."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import done, equal, ok, run            # noqa: E402
from machinelib import end_alike, ends             # noqa: E402


def boot(*words, **variables):
    result = run("tools/run", *words, EMU="bochs", **variables)
    return result.returncode, result.stdout, result.stderr


end_alike(EMU="bochs", TIMEOUT=60)
ends("hang", 124, "timed out after 8 s", "a hang ends in time", EMU="bochs",
     TIMEOUT=8)
ends("good", 126, "Bochs said:", "Bochs's own complaint is told", EMU="bochs",
     TIMEOUT=60, CPU="abacus")

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
