#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make.t - the variables of make: the folders that they choose, and that none
is passed over in silence."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, done, equal, ok, run     # noqa: E402


def make(*words, **variables):
    return run("make", "--no-print-directory", *words, **variables)


def folder(*words, **variables):
    return make("--eval=show: ; @echo $(B)", "show", *words,
                **variables).stdout.strip()


for words, wanted in (((), "build"), (("DEBUG=0",), "build"),
                      (("DEBUG=1",), "build-debug"), (("CC=gcc",), "build"),
                      (("CC=clang",), "build-clang"),
                      (("CC=/usr/bin/clang-14", "DEBUG=1"),
                       "build-clang-14-debug"),
                      (("CC=clang", "B=mine"), "mine")):
    equal(folder(*words), wanted, f"make {' '.join(words)} builds in {wanted}")
equal(folder(DEBUG=1, CC="clang"), "build-clang-debug",
      "... also where the environment says so")
result = make("--eval=show: ; @$(MAKE) again\nagain: ; @echo $(B)", "show",
              "DEBUG=1")
equal(result.stdout.strip(), "build-debug", "a make within make builds there")
equal(make("DEBUG=yes", "help").returncode, 2, "DEBUG=yes is refused")

for word, meant in (("task=x.c", "TASK="), ("TASK_ARG=1", "TASK_ARGS="),
                    ("TIMOUT=3", "TIMEOUT="), ("mem=64M", "MEM="),
                    ("tasks=x.c", "TASKS="), ("CMD_LINE=x", "CMDLINE=")):
    result = make("help", word)
    ok(result.returncode == 2 and f"is {meant} meant?" in result.stderr,
       f"make {word} is refused: {meant} is meant", result.stderr)
result = make("help", "frobnicate=1")
ok(result.returncode == 2 and "frobnicate= means nothing here" in
   result.stderr, "what nothing is near to is refused too", result.stderr)
for word in ("SMP=1 MEM=64M ICOUNT=1 ACCEL=tcg BOOT=pvh DEBUG=1 V=1 CMDLINE=x "
             "TIMEOUT=3 CROSS= TASK=x TASKS=x TASK_CFLAGS= TASK_ARGS=x T=x "
             "QEMU_ARGS=x B=x HOSTCC=gcc NASM=nasm LIMIT=1").split():
    equal(make("help", word).returncode, 0, f"make {word} is known")
result = make("run", "x.c")
ok(result.returncode == 2 and 'make run TASK="x.c"' in result.stderr,
   "a program as a goal is told how to be run", result.stderr)
result = run("tools/run", "shell", B=BUILD, TASK_ARGS="x")
ok(result.returncode == 2 and "TASK_ARGS= is there, and no TASK=" in
   result.stderr, "arguments without a program are refused", result.stderr)

done()
