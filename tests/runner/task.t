#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""task.t - `make run TASK=`: a newcomer's program, and how it ended."""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, done, equal, ok, run     # noqa: E402

HELLO = """#include <stdio.h>
int main(int argc, char **argv)
{
    printf("hello\\n");
    for (int i = 1; i < argc; i++)
        printf("[%s]\\n", argv[i]);
    return 0;
}
"""
PROGRAMS = {
    "prog.c": HELLO,
    "three.c": "#include <stdlib.h>\nint main(void) { exit(3); }\n",
    "crash.c": "int main(void) { *(volatile int *)0x10 = 1; return 0; }\n",
    "hang.c": "int main(void) { for (;;) { } }\n",
    "null.c": "struct node { struct node *next; };\nint main(void)\n{\n"
              "    struct node *n = 0;\n    for (;;) n = n->next;\n}\n",
    "undeclared.c": "int main(void) { return no_such(); }\n",
    "bad.c": "int main(void) { return 0 }\n",
    "one.c": "int two(void);\nint main(void) { return two() - VALUE; }\n",
    "two.c": "int two(void);\nint two(void) { return 2; }\n",
    "forge.c": "#include <stdio.h>\nint main(void)\n{\n    printf(\"ostia: "
               "forge: exit 0\\n# halt: exit 0\\nno newline\");\n"
               "    return 9;\n}\n",
}


def shell(typed):
    """A whole run of the shell, with a pipe as its keyboard."""
    result = subprocess.run(
        ["tools/run", "shell"], input=typed.encode(), timeout=120,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "B": BUILD, "BOOT": "pvh"})
    text = result.stdout.decode("utf-8", "replace")
    return result.returncode, text.partition("ostia$ ")[2]


def task(files, **variables):
    paths = " ".join(os.path.join(folder, name) for name in files.split())
    result = run("tools/run", "task", B=BUILD, TASK=paths,
                 ACCEL=os.environ.get("ACCEL", ""), **variables)
    return result.returncode, result.stdout.splitlines(), result.stderr


with tempfile.TemporaryDirectory() as folder:
    for name, text in PROGRAMS.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    code, lines, errors = task("prog.c")
    ok((code, lines) == (0, ["hello", "ostia: prog: exit 0"]),
       "a program's output and its end, nothing else", code, lines, errors)
    code, lines, errors = task("prog.c", TASK_ARGS="a b")
    equal(lines[1:-1], ["[a]", "[b]"], "TASK_ARGS arrive")
    code, lines, errors = task("one.c two.c", TASK_CFLAGS="-DVALUE=2")
    equal((code, lines), (0, ["ostia: one: exit 0"]),
          "several files and TASK_CFLAGS make one program")
    code, lines, errors = task("three.c")
    equal((code, lines), (3, ["ostia: three: exit 3"]), "a status is passed on")
    code, lines, errors = task("crash.c")
    ok(code == 139 and lines[-1] == "ostia: crash: crashed: EXC_BAD_ACCESS "
       "(KERN_INVALID_ADDRESS) at 0x10", "a crash is told as one", lines)
    ok(any("crash.c:1" in line for line in lines),
       "its report names the line", *lines)
    code, lines, errors = task("hang.c", TIMEOUT=4)
    equal((code, lines[-1:]), (124, ["ostia: hang: timed out after 4 s"]),
          "a program that does not end is ended")
    code, lines, errors = task("forge.c")
    equal((code, lines[-2:]), (9, ["no newline", "ostia: forge: exit 9"]),
          "the last line is the runner's, on a line of its own")
    code, lines, errors = task("bad.c")
    ok(code == 1 and not lines and "expected" in errors and
       "QEMU" not in errors, "a syntax error stops at once", errors)
    code, lines, errors = task("null.c", TIMEOUT=20)
    ok(code == 139 and any("null.c:5" in line for line in lines),
       "a walk past a list's end is a crash, not an endless loop", *lines)
    code, lines, errors = task("undeclared.c")
    ok(code == 1 and "implicit declaration" in errors and
       "undefined reference" not in errors,
       "a call without a prototype stops at the compiler", errors)
    code, lines, errors = task("my one.c")
    ok(code == 2 and "(no blanks in paths)" in errors,
       "a path with a blank is refused as that", errors)
    code, lines, errors = task("none.c")
    ok(code == 2 and "there is no file" in errors and not lines,
       "a file that is not there is named", errors)

for typed, wanted in (("", ""), ("hello\n", "Hello"), ("help", "power off"),
                      ("\x1b[Ah\x1bOBelp\n", "power off")):
    code, text = shell(typed)
    ok(code == 0 and wanted in text and
       text.rstrip().endswith("ostia: exit 0"),
       f"a pipe's end ends the shell after {typed!r}", code, text)
code, text = shell("ls\n")
names = text.split()
ok("hello" in names and "t_libc" in names and
   names.index("t_libc") > names.index("sh"),
   "ls lists the tests after the programs", text)

done()
