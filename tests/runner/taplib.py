# SPDX-License-Identifier: MIT
"""taplib.py - a TAP report from Python, and running the tools under test."""

import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "tools"))
os.chdir(TOP)

BUILD = os.path.abspath(os.environ.get("B") or "build")
count = 0
failures = 0


def ok(good, text, *details):
    """One point; `details` are shown when it failed."""
    global count, failures
    count += 1
    failures += not good
    print(f"{'ok' if good else 'not ok'} {count} - {text}", flush=True)
    if not good:
        for detail in details:
            for line in str(detail).splitlines():
                print(f"# {line}")


def equal(got, wanted, text):
    ok(got == wanted, text, f"got {got!r}", f"wanted {wanted!r}")


def done():
    print(f"1..{count}")
    sys.exit(1 if failures else 0)


def run(*words, timeout=120, **variables):
    """Runs a tool as make would; variables replace those of this test's own
    environment, and one that is not given is unset."""
    environment = {key: value for key, value in os.environ.items()
                   if key in ("PATH", "HOME", "TERM", "LANG", "TMPDIR")}
    environment.update({key: str(value) for key, value in variables.items()})
    return subprocess.run(words, capture_output=True, text=True,
                          errors="replace", env=environment,
                          stdin=subprocess.DEVNULL, timeout=timeout)
