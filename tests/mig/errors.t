#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is wrong with a .defs file is said with its file, line and text.

Each case is a file of statements.  The first line that ends in a comment
`// ERROR: message` is where the error must be, and what it must be.
"""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tap import HERE, Tap, mig  # noqa: E402

MARK = re.compile(r"^(.*?)\s*// ERROR: (.*)$")


def cases():
    """(name, text) of each case in errors.txt; '=== name' begins one."""
    name, lines = None, []
    with open(f"{HERE}/errors.txt", encoding="utf-8") as file:
        for line in file.read().splitlines():
            if line.startswith("=== "):
                if name:
                    yield name, lines
                name, lines = line[4:], []
            elif name:
                lines.append(line)
    yield name, lines


def one(tap, name, lines):
    path, number, wanted = tap.path("case.defs"), None, None
    for index, line in enumerate(lines):
        match = MARK.match(line)
        if match:
            number = index + 1
            wanted = match.group(2).replace("{path}", path)
            lines[index] = match.group(1)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    output = tap.path("case.h")
    code, text = mig("-Iinclude", "--user-header", output, path)
    expected = f"{path}:{number}: error: {wanted}\n    {lines[number - 1].strip()}\n"
    tap.ok(
        code == 1 and text == expected and not os.path.exists(output),
        name,
        f"expected:\n{expected}got:\n{text}",
    )


def included(tap):
    """An error in an included file is that file's."""
    with open(tap.path("inner.defs"), "w", encoding="utf-8") as file:
        file.write("type a = int_t;\n")
    with open(tap.path("outer.defs"), "w", encoding="utf-8") as file:
        file.write('subsystem s 100;\n\n#include "inner.defs"\n')
    _, text = mig(tap.path("outer.defs"))
    good = text.startswith(f"{tap.path('inner.defs')}:1: error: expected a type")
    tap.ok(good, "an error in an included file names that file", text)


def preprocessor(tap):
    with open(tap.path("case.defs"), "w", encoding="utf-8") as file:
        file.write("subsystem s 100;\n#include <mach/none.defs>\n")
    code, text = mig(tap.path("case.defs"))
    good = code == 1 and text.startswith(f"{tap.path('case.defs')}:2: error: ")
    tap.ok(good, "a file that is not there: the line that wants it", text)
    with open(tap.path("case.defs"), "w", encoding="utf-8") as file:
        file.write("subsystem s 100;\n#error no such machine\n")
    code, text = mig(tap.path("case.defs"))
    good = code == 1 and text.startswith(f"{tap.path('case.defs')}:2: error: ")
    tap.ok(good, "#error: its line", text)
    code, text = mig("--cpp", "/no/such/cpp", tap.path("case.defs"))
    tap.ok(code == 1 and "cannot run the preprocessor /no/such/cpp" in text,
           "a preprocessor that cannot be run is named", text)


def command_line(tap):
    code, text = mig("no-such.defs")
    tap.ok(code == 1 and "no-such.defs" in text and "Traceback" not in text,
           "a .defs file that is not there", text)
    path = f"{HERE}/kinds.defs"
    code, text = mig("-Iinclude", "--user-client", tap.path("x.c"), path)
    tap.ok(code == 1 and text == "mig: error: --user-client needs --user-header too\n",
           "a C file needs its header", text)
    code, text = mig("-Iinclude", "--user-header", "/no/such/x.h", path)
    tap.ok(code == 1 and "cannot write /no/such/x.h" in text,
           "an output that cannot be written", text)
    code, text = mig("-Iinclude", "--kernel-server-header", tap.path("x.h"), path)
    good = code == 1 and "expected 'subsystem KernelServer kinds'" in text
    tap.ok(good, "a kernel output needs KernelServer", text)


def trap_target(tap):
    path = tap.path("case.defs")
    with open(path, "w", encoding="utf-8") as file:
        file.write("subsystem KernelServer s 100;\n"
                   "#include <mach/std_types.defs>\n"
                   "traproutine f(p : mach_port_t);\n")
    code, text = mig("-Iinclude", "--kernel-server-header", tap.path("x.h"), path)
    good = code == 1 and text.startswith(f"{path}:3: error: expected an object")
    tap.ok(good, "a trap of the kernel whose target is no object", text)


def overlap(tap):
    paths = []
    for name, base in (("first", 100), ("second", 101)):
        paths.append(tap.path(f"{name}.defs"))
        with open(paths[-1], "w", encoding="utf-8") as file:
            file.write(f"subsystem KernelServer {name} {base};\n"
                       "#include <mach/std_types.defs>\n"
                       f"routine {name}_a(p : mach_port_t);\n"
                       f"routine {name}_b(p : mach_port_t);\n")
    code, text = mig("-Iinclude", "--kernel-table", tap.path("t.h"), *paths)
    good = code == 1 and text.startswith(f"{paths[1]}:1: error: subsystem second begins")
    tap.ok(good, "subsystems of the kernel that overlap", text)


def main():
    tap = Tap()
    for name, lines in cases():
        one(tap, name, lines)
    included(tap)
    preprocessor(tap)
    command_line(tap)
    trap_target(tap)
    overlap(tap)
    tap.end()


main()
