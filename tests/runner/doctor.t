#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""doctor.t - set-up on a machine that lacks tools, with a false apt-get."""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import done, equal, ok, run            # noqa: E402

THERE = ("sh", "cat", "chmod", "cut", "sort", "tr", "grep", "head", "rm", "ls",
         "env", "gcc", "make", "ld", "xorriso", "mformat")
APT = """#!/bin/sh
echo "$@" >> "$ASKED"
case $1 in install) : > "$BIN/nasm"; : > "$BIN/qemu-system-x86_64"
    : > "$BIN/grub-mkrescue"; chmod +x "$BIN"/* ;; esac
"""


def script(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)


def doctor(user, *words, **variables):
    """Runs it where only THERE is there, as this user.  Gives the status,
    what it said, and what apt-get was asked."""
    with tempfile.TemporaryDirectory() as folder:
        for name in THERE:
            os.symlink(shutil.which(name), os.path.join(folder, name))
        os.symlink(sys.executable, os.path.join(folder, "python3"))
        script(os.path.join(folder, "id"), f"#!/bin/sh\necho {user}\n")
        script(os.path.join(folder, "apt-get"), APT)
        script(os.path.join(folder, "sudo"),
               '#!/bin/sh\necho sudo >> "$ASKED"\nexec "$@"\n')
        asked = os.path.join(folder, "asked")
        open(asked, "w", encoding="utf-8").close()
        result = run("tools/doctor", *words, PATH=folder, BIN=folder,
                     ASKED=asked, **variables)
        with open(asked, encoding="utf-8") as file:
            return result.returncode, result.stdout + result.stderr, file.read()


code, said, asked = doctor(1000, "--setup", "shell")
equal(code, 1, "not root: nothing is installed unasked")
ok("sudo apt-get install" in said and "nasm" in said and
   "qemu-system-x86" in said and "gcc " not in said,
   "not root: one line names what is missing, and no more", said)
equal(asked, "", "not root: apt-get is not run")

for boot, goal, asks in (("", "shell", True), ("pvh", "shell", False),
                         ("", "task", False), ("", "measure", False),
                         ("bios", "task", True), ("uefi", "task", True)):
    code, said, asked = doctor(1000, "--setup", goal, BOOT=boot)
    ok(code == 1 and "nasm" in said and ("grub" in said) == asks,
       f"BOOT={boot} {goal}: GRUB is {'' if asks else 'not '}asked for", said)

code, said, asked = doctor(0, "--setup", "shell")
ok(code == 0 and "install -y" in asked and "nasm" in asked,
   "root: what is missing is installed", said, asked)
ok("missing here:" in said, "root: and named", said)

code, said, asked = doctor(1000, "--setup", "shell", CI="true")
ok(code == 0 and asked.startswith("sudo"), "CI: installed through sudo", said)

code, said, asked = doctor(0, "--setup", "debug")
ok(code == 1 and "still not found: gdb" in said,
   "what an installation did not bring is told", said)

code, said, asked = doctor(1000, "--setup", "run", EMU="bochs")
ok("bochs " in said, "Bochs is asked for where it is to be run", said)

code, said, asked = doctor(0)
ok(code == 1 and "MISSING" in said and
   "sudo apt-get install nasm" in said and asked == "",
   "the report says what mends each fault, and mends nothing", said)

done()
