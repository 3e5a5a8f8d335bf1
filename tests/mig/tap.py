# SPDX-License-Identifier: MIT
"""What the test scripts of tools/mig share."""

import os
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = "tests/mig"
REPORTING = ("tests/guest/tap.c", "user/libmach/mach_error.c")
WARNINGS = (
    "-std=gnu11 -O1 -g -Wall -Wextra -Wshadow -Wundef -Wvla -Wpointer-arith "
    "-Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes "
    "-Wold-style-definition -Wformat=2 -Werror"
).split()


class Tap:
    """Counts tests; each prints its line at once."""

    def __init__(self):
        os.chdir(TOP)
        self.count = 0
        self.bad = 0
        self.directory = tempfile.mkdtemp(prefix="mig-test-")

    def ok(self, good, name, notes=""):
        self.count += 1
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good:
            for line in notes.splitlines()[:40]:
                print(f"#   {line}")
        sys.stdout.flush()

    def program(self, title, path):
        """Runs a program that prints TAP: its tests are counted as ours."""
        code, text = run(path)
        notes = []
        for line in text.splitlines():
            if line.startswith(("ok ", "not ok ")):
                name = line.split(" - ", 1)[1]
                self.ok(line.startswith("ok "), f"{title}: {name}")
            else:
                notes.append(line)
        clean = f"{title}: no address, leak or undefined behaviour"
        self.ok(code == 0, clean, "\n".join(notes))

    def path(self, name):
        return os.path.join(self.directory, name)

    def end(self):
        shutil.rmtree(self.directory)
        print(f"1..{self.count}")
        sys.exit(1 if self.bad else 0)


def run(*command):
    """(exit code, everything that it printed)"""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done.returncode, done.stdout.decode(errors="replace")


def mig(*arguments):
    return run("tools/mig", *arguments)


def compilers():
    return [name for name in ("gcc", "clang") if shutil.which(name)]
