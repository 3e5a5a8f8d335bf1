#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check.t - the checks find what they are there for."""

import importlib
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import done, equal, ok                 # noqa: E402


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def faults(name):
    out, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")
    found = list(importlib.import_module(f"checklib.{name}").check())
    sys.stdout = out
    return found


TAG = "/* SPDX-License-Identifier: MIT */\n"
LONG = "static void\nlong_one(void)\n{\n" + "    x();\n" * 60 + "}\n"
SHORT = "static void\nshort_one(void)\n{\n" + "    x();\n" * 56 + "}\n"

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    write("ipc/good.c", TAG + '#include "ipc/ipc_port.h"\n'
          '#include "kernel/core/kalloc.h"\n#include "vm/vm_copy.h"\n'
          '#include <mach/port.h>\n#include <stdint.h>\n')
    write("kernel/good.c", TAG + '#include "ipc/ipc_port.h"\n'
          '#include "vm/vm_map.h"\n' + SHORT)
    write("user/bin/good.c", TAG + "#include <stdio.h>\n")
    equal(faults("layers"), [], "layers: what is allowed passes")
    equal(faults("words"), [], "words: a tagged file passes")
    equal(faults("sizes"), [], "sizes: short functions pass")

    write("ipc/bad.c", TAG + '#include "kernel/thread.h"\n')
    write("vm/bad.c", TAG + '#include "ipc/ipc_port.h"\n')
    write("kernel/base/string.h", TAG + '#include "kernel/base/assert.h"\n')
    write("kernel/base/x.c", TAG + '#include "kernel/core/cpu.h"\n')
    write("include/mach/bad.h", TAG + '#include "kernel/core/cpu.h"\n')
    write("user/bin/bad.c", TAG + '#include "kernel/core/cpu.h"\n')
    write("tests/guest/t_bad.c", TAG + '#include "../../ipc/ipc_port.h"\n')
    equal(sorted(fault.split(":")[0] for fault in faults("layers")),
          ["include/mach/bad.h", "ipc/bad.c", "kernel/base/string.h",
           "kernel/base/x.c", "tests/guest/t_bad.c", "user/bin/bad.c",
           "vm/bad.c"], "layers: what crosses a border is found")

    write("vm/long.c", TAG + LONG)
    write("vm/longer.c", TAG + "\n" * 650)
    found = "\n".join(faults("sizes"))
    ok("long_one has 64 lines" in found and "longer.c: 651 lines" in found
       and found.count("\n") == 1, "sizes: long functions and files are found",
       found)

    write("vm/plain.c", "int x;\n")
    write("vm/later.c", TAG + "/* " + "TO" + "DO: more */\n")
    equal(len(faults("words")), 2, "words: no tag, and a promise, are found")
    os.chdir("/")

done()
