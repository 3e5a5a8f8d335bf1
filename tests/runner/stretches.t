#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stretches.t - the tools that measure: the plugin counts a stretch with
interrupts off to the instruction, and figures that are too high are found."""

import importlib.machinery
import importlib.util
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, done, equal, ok          # noqa: E402
from machinelib import configuration               # noqa: E402
from runlib import plugin, task                    # noqa: E402

TIMES = 5                       # that stretch.c does each


def tool(name):
    """A script of tools/ as a module."""
    loader = importlib.machinery.SourceFileLoader(name, f"tools/{name}")
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(name, loader))
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def measured():
    """The kinds of stretches of stretch.c, however short, and what it says
    itself."""
    config = configuration(timeout=60)
    program = task.Program("stretch", ["tests/runner/stretch.c"])
    if not task.compile_all(config, [program]) or \
            not task.link(config, [program]):
        return [], {}
    outcome, lines = plugin.run(config, "stretches", "stretches",
                                {"least": 1}, [program], with_ram=True)
    with open(outcome.log, encoding="utf-8", errors="replace") as file:
        words = [line.split() for line in file]
    return [line.split() for line in lines[1:]], \
        {int(word[1], 16): int(word[2]) for word in words
         if word[:1] == ["length"]}


if not plugin.supported():
    ok(True, "the plugin # SKIP QEMU here takes no plugins")
else:
    kinds, told = measured()
    for number, what in ((0x1000001, "a trap that does nothing"),
                         (0x100000c, "a trap that gives 8 pages back")):
        found = [(int(kind[0]), int(kind[1])) for kind in kinds
                 if kind[2] == "trap" and int(kind[3], 16) == number]
        equal(max(found, default=(0,))[0], told.get(number),
              f"{what}: its stretch is as long as the clock says")
        ok(sum(times for _, times in found) >= TIMES,
           "... and each call is counted", found)
    ok(told.get(0x100000c, 0) > 3 * told.get(0x1000001, 1),
       "the one is much longer than the other", told)
    ok(any(kind[2:4] == ["vector", "0xe"] for kind in kinds),
       "a page fault of user mode is a stretch")
    ok(any(kind[4] == "machine_idle" for kind in kinds),
       "an idle processor ends one")
    ok(any(kind[2:4] == ["vector", "0x30"] for kind in kinds),
       "... and the timer begins the next")
    longest = max((int(kind[0]) for kind in kinds), default=0)
    ok(longest < 1000000, "the boot is none", longest)

latency = tool("latency")
for entry, number, text in (("trap", 0x100001f, "trap 31"),
                            ("trap", 0x3000003, "machdep trap 3"),
                            ("trap", 5, "trap 0x5"),
                            ("vector", 14, "vector 14"),
                            ("window", 0, "after a window")):
    equal(latency.entry_text(entry, number), text, f"{text} is told as such")
kinds = {}
for name, lines in (("one", ["", "300 2 trap 0x100001f out copy 50",
                             "900 1 vector 0x30 out copy 90"]),
                    ("two", ["", "500 3 trap 0x100001f out copy 40"]),
                    ("three", ["", "20 1 trap 0x100001f out copy 60"])):
    latency.merge(kinds, name, lines)
equal([(kind.longest, kind.times, kind.program) for kind in kinds.values()],
      [(500, 6, "two"), (900, 1, "one")],
      "of stretches that are alike the longest is told")

bench = tool("bench")
equal([line.split()[0] for line in bench.too_high(
    [("a", 1020, "x"), ("b", 1021, "x"), ("c", 9, "x"), ("d", 5, "x")],
    {"a": 1000, "b": 1000, "d": 6})], ["b"],
    "a figure more than 2 % above the expected one is found, and no other")

done()
