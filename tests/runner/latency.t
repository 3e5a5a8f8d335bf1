#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""latency.t - no call keeps interrupts off for long, however much it has to do:
the programs of tests/latency/ that are bounded, under the plugin that measures
(docs/measuring.md)."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import done, equal, ok                 # noqa: E402
from runlib import plugin                          # noqa: E402

LIMIT = "12000"                 # instructions
PROGRAMS = ("l_arrays", "l_console", "l_entries", "l_memory", "l_overwrite",
            "l_rights", "l_threads")

if not plugin.supported():
    ok(True, "the plugin # SKIP QEMU here takes no plugins")
else:
    ran = subprocess.run(["tools/latency", *PROGRAMS], check=False, text=True,
                         env={**os.environ, "LIMIT": LIMIT},
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print("".join(f"# {line}\n" for line in ran.stdout.splitlines()), end="")
    equal(ran.returncode, 0, f"no stretch of these is longer than {LIMIT} "
          "instructions")

done()
