#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""invariants.t - each invariant of vm/, kernel/core/, the trees and the page
tables that has a number fires an assertion when it is broken; t_ipc_check.c has
those of ipc/."""

import glob
import json
import os
import re
import shlex
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, done, equal, ok, run     # noqa: E402
from machinelib import configuration               # noqa: E402
from runlib.machine import command                 # noqa: E402

B = os.path.relpath(BUILD)
DEBUG = B if B.endswith("-debug") else f"{B}-debug"
KERNEL = f"{DEBUG}/ostia.elf"
TREE = "kernel/base/tree.c"     # broken by a test on the host
SOURCES = [*glob.glob("vm/*.[ch]"), *glob.glob("kernel/core/*.[ch]"),
           "kernel/x86_64/pmap.c"]
NUMBERED = re.compile(r"^(?: \*|/\*) \(([A-Z]+[0-9])\) ", re.MULTILINE)
LAST = re.compile(r"panic: kernel/x86_64/pmap\.c:\d+: assertion failed: .*"
                  r"pmap != cpu_current\(\)->cpu_pmap\n")


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def numbered(*paths):
    return {name for path in paths for name in NUMBERED.findall(text_of(path))}


compiler = {"CC": os.environ["CC"]} if "CC" in os.environ else {}
build = run("make", f"-j{os.cpu_count()}", "DEBUG=1", f"B={DEBUG}", KERNEL,
            **compiler)
equal(build.returncode, 0, "there is a debug kernel")

config = configuration(cmdline="test=t_ledger").with_(kernel=KERNEL)
status = config.log_path("invariants", "status")
words = command(config, "tcg", serial=(
    "-serial", f"file:{config.log_path('invariants')}"))
words += ["-debugcon", f"file:{status}", "-S", "-gdb", "stdio"]
told = run("gdb", "-nx", "-q", "-batch", "-x", "tests/runner/invariants.py",
           "-ex", f"python run({shlex.join(words)!r})", KERNEL)
broken = set()
for line in told.stdout.splitlines():
    if line.startswith('["'):
        text, wanted, got = json.loads(line)
        broken.add(text.partition(":")[0])
        file, _, condition = wanted.partition(": ")
        ok(got.startswith(file + ": ") and condition in got, text,
           f"wanted {wanted}", f"got {got}")
ok(LAST.fullmatch(text_of(status)),
   "P3: a pmap is freed that is loaded, and the machine ends",
   text_of(status), *(told.stdout + told.stderr).splitlines()[-20:])
equal(numbered(*SOURCES) - broken - {"P3"}, set(),
      "no invariant that has a number is left out")
equal(numbered(TREE) - set(re.findall(r'"([A-Z]+[0-9]): ', text_of(
    "tests/host/t_tree.c"))), set(), "... nor one of the trees")
done()
