#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""units.t - the runner's parts: console, TAP, choice of tests, KVM's probe."""

import io
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import done, equal, ok                 # noqa: E402
from runlib import accel, suite, tap               # noqa: E402
from runlib.config import Config, Refused          # noqa: E402
from runlib.console import Console                 # noqa: E402


def shown(*pieces, **options):
    out = []
    console = Console(out.append, **options)
    for piece in pieces:
        console.feed(piece)
    console.idle()
    return b"".join(out).decode()


equal(shown(b"SeaBIOS\r\n\x1b[2J\x1b[1;1HGRUB", b"\x1b[0m# Ostia\n# x\n"),
      "# Ostia\n# x\n", "console: the loader's text and escapes are dropped")
equal(shown(b"Booting #1 # x\r\n# Ostia\n"), "# Ostia\n",
      "console: a # within the loader's line is not the kernel's")
equal(shown(b"# Ostia\nname? "), "# Ostia\nname? ",
      "console: a prompt without a line's end is shown")
equal(shown(b"# Ostia\n# "), "# Ostia\n# ",
      "console: even one that looks like the kernel's line, after a while")
equal(shown(b"# Ostia\nab", b"cd", b"ef\n"), "# Ostia\nabcdef\n",
      "console: a line in pieces is shown once")
equal(shown(b"# Ostia\n# bootstrap: ready\nhello\n# halt: exit 0\n",
            task_only=True), "hello\n",
      "console: a task's run shows the task alone")
equal(shown(b"# Ostia\n# bootstrap: ready\n# mine\n", task_only=True),
      "# mine\n", "console: a task may print lines that begin with #")
equal(shown(b"# Ostia\n# panic: bad\n#   at 0x1\nrest\n", task_only=True),
      "# panic: bad\n#   at 0x1\n",
      "console: a panic before the task is shown whole")
equal(shown(b"# Ostia\n\xff\xfe\n"), "# Ostia\n\ufffd\ufffd\n",
      "console: bytes that are no text do no harm")

report = tap.read("x", ["1..2", "ok 1 - a", "# c", "ok 2 - b"])
ok(report.good and report.passed == 2, "tap: a plain report is good")
ok(tap.read("x", ["ok 1", "ok 2", "1..2"]).good, "tap: the plan may be last")
equal(tap.read("x", ["1..1", "not ok 1 - a"]).failed, ["1 - a"],
      "tap: a failed point is told with its text")
ok(not tap.read("x", ["1..2", "ok 1", "ok 3"]).good,
   "tap: points come in order")
ok(not tap.read("x", ["1..1", "ok 1", "1..1"]).good, "tap: one plan")
ok(not tap.read("x", ["1..1", "ok 1", "Bail out! x"]).good,
   "tap: bailing out is a failure")
ok(not tap.read("x", []).good, "tap: nothing is a failure")
reports = tap.read_all(["# test t_a", "1..1", "ok 1", "# test t_b", "1..1",
                        "not ok 1"])
equal([(each.name, each.good) for each in reports],
      [("t_a", True), ("t_b", False)], "tap: a run of many is divided")

report = [f"ok {n} - a" for n in range(1, 40)]
report[19] = "not ok 20 - b"
shown_lines = suite.around_failures(report)
ok("not ok 20 - b" in shown_lines and "ok 19 - a" in shown_lines and
   len(shown_lines) < 15, "suite: the lines around a failed point are shown",
   *shown_lines)
equal(suite.around_failures(["ok 1 - a"]), [],
      "suite: nothing is shown of a report without failed points")


def refusal(function, *arguments, **options):
    try:
        return f"not refused: {function(*arguments, **options)}"
    except Refused as refused:
        return str(refused)


for variable, bad in (("MEM", "abc"), ("MEM", "0"), ("MEM", "64X"),
                      ("SMP", "many"), ("ICOUNT", "yes")):
    os.environ[variable] = bad
    told = refusal(Config.from_environment)
    ok(told.startswith(f"{variable}={bad} is not"),
       f"config: {variable}={bad} is refused", told)
    del os.environ[variable]
os.environ["SMP"] = "2"
stderr, sys.stderr = sys.stderr, io.StringIO()
Config.from_environment()
told, sys.stderr = sys.stderr.getvalue(), stderr
ok("SMP=2" in told and "uses one" in told,
   "config: that one processor of several is used is told", told)
del os.environ["SMP"]
for size in ("64M", "1G", "256", "65536k"):
    os.environ["MEM"] = size
    equal(Config.from_environment().mem, size, f"config: MEM={size}")
    del os.environ["MEM"]

with tempfile.TemporaryDirectory() as build:
    config = Config(build=build, kernel="none")
    equal(accel.choose(config, kvm=f"{build}/none"), "tcg",
          "kvm: TCG where there is no KVM")
    told = refusal(accel.choose, config.with_(accel="kvm"),
                   kvm=f"{build}/none")
    ok("cannot run Ostia here" in told,
       "kvm: whoever asks for it where it is not is refused", told)
    equal(accel.choose(config.with_(icount=True)), "tcg",
          "kvm: instruction counts need TCG")
    device = os.path.join(build, "kvm")
    open(device, "w", encoding="utf-8").close()
    stderr, sys.stderr = sys.stderr, open(os.devnull, "w", encoding="utf-8")
    first = accel.choose(config, kvm=device)
    sys.stderr = stderr
    ok(first == "tcg" and os.path.exists(f"{build}/accel"),
       "kvm: a device that boots nothing is not used, and this is kept")
    told = refusal(accel.choose, config.with_(accel="kvm"), kvm=device)
    ok("cannot run Ostia here" in told, "kvm: ... nor by who asks for it",
       told)
    with open(f"{build}/accel", "w", encoding="utf-8") as file:
        file.write(f"kvm {accel.this_host()}\n")
    equal(accel.choose(config.with_(accel="kvm"), kvm=device), "kvm",
          "kvm: whoever asks for it gets it where it has run")

jobs = [suite.Script(name, []) for name in
        ("host/t_queue", "guest/t_port", "guest/t_queue")]
equal([job.name for job in suite.named(jobs, ["t_queue", "guest/t_port"])],
      ["host/t_queue", "guest/t_port", "guest/t_queue"],
      "suite: several names choose all their tests")
try:
    suite.named(jobs, ["queue", "t_prot"])
    told = "nothing"
except Refused as refused:
    told = str(refused)
equal(told, "there is no test named t_prot",
      "suite: each name must be a test's")

done()
