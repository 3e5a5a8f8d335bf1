# SPDX-License-Identifier: MIT
"""suite.py - the tests there are, each as a job with one result.

    tests/*/*.t        scripts that print TAP (the tools' own tests)
    tests/host/t_*.c   host programs, built as $B/host/t_NAME
    tests/guest/t_*.c  guest programs, each in a machine of its own by PVH
                       (but t_abuse_*), and all in one machine that GRUB boots
                       from the ISO
    tests/ipc/t_*.c    both: host/t_NAME and guest/t_NAME
    memory, boot       small, ordinary and large machines; the default boot,
                       also on Bochs with processors of two makers
    nightly            all guest tests on each of these
"""

import dataclasses
import glob
import os
import subprocess
import time

from runlib import accel, tap, verdict
from runlib.config import Refused
from runlib.machine import Machine

SCRIPT_SECONDS = 300
GUEST_SECONDS = 120
ALL_SECONDS = 400
NIGHTLY_SECONDS = 3600
BOCHS_MODELS = {"intel": "corei7_haswell_4770", "amd": "ryzen"}
SILENCE = {"pvh": 30, "bios": 90, "uefi": 120}
SIZES = ("32M", "256M", "5G")
SMALL_TESTS = ("t_boot", "t_hello", "t_libc")
PROMPT = "ostia$ "
SHOWN = 3                       # failed points of a report, with the lines
ARROW = "\x1b[D"                # the cursor key, which changes no line
BEFORE, AFTER = 3, 6            # before and after each


@dataclasses.dataclass
class Result:
    """What a job gives: its points, and why it failed beyond them."""
    name: str
    passed: int = 0
    failed: list = dataclasses.field(default_factory=list)
    problems: list = dataclasses.field(default_factory=list)
    tail: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0
    note: str = ""

    @property
    def good(self):
        return not self.failed and not self.problems

    @property
    def failures(self):
        return len(self.failed) or (1 if self.problems else 0)


def add_report(result, report, prefix=""):
    result.passed += report.passed
    result.failed += [prefix + text for text in report.failed]
    result.problems += [prefix + text for text in report.problems]


def around_failures(lines):
    """The lines around the first points that failed."""
    lines = [line.rstrip("\r\n") for line in lines]
    bad = [number for number, line in enumerate(lines)
           if line.startswith("not ok")]
    shown, end = [], 0
    for number in bad[:SHOWN]:
        begin = max(end, number - BEFORE)
        if begin > end:
            shown.append("...")
        end = max(end, number + AFTER + 1)
        shown += lines[begin:end]
    return shown + (["..."] if bad and end < len(lines) else [])


def evidence(outcome, judged):
    """What a person wants to see of a guest that has failed."""
    with open(outcome.log, encoding="utf-8", errors="replace") as file:
        tail = around_failures(file)
    if judged.kind not in ("pass", "fail") or not tail:
        tail += outcome.errors.splitlines() + outcome.tail + outcome.waits
    return tail + [f"raw log: {outcome.log}"]


class Script:
    """A program of the host that prints TAP and ends with 0."""

    def __init__(self, name, words):
        self.name = name
        self.words = words

    def run(self):
        result = Result(self.name)
        start = time.monotonic()
        try:
            done = subprocess.run(
                self.words, stdin=subprocess.DEVNULL, capture_output=True,
                text=True, errors="replace", timeout=SCRIPT_SECONDS)
            output, errors, code = done.stdout, done.stderr, done.returncode
        except subprocess.TimeoutExpired as late:
            output = (late.stdout or b"").decode("utf-8", "replace")
            errors, code = "", None
        except OSError as error:
            output, errors, code = "", str(error), -1
        result.seconds = time.monotonic() - start
        lines = output.splitlines()
        add_report(result, tap.read(self.name, lines))
        if code is None:
            result.problems.append(f"no end within {SCRIPT_SECONDS} s")
        elif code != 0 and not result.failed:
            result.problems.append(f"ended with {code}")
        if not result.good:
            result.tail = around_failures(lines) or lines[-40:]
            result.tail += errors.splitlines()[-40:]
        return result


class Guest:
    """One boot for one guest test, or for all of them."""

    def __init__(self, name, config, test, expected=(), seconds=GUEST_SECONDS):
        self.name = name
        self.test = test
        self.expected = expected
        words = f"{config.cmdline} test={test}".strip()
        self.config = config.with_(cmdline=words,
                                   timeout=config.timeout or seconds)

    def run(self):
        result = Result(self.name)
        config = self.config
        log = self.name.replace("/", "-")
        if config.boot != "pvh":
            config = with_iso(config, log)
        outcome = Machine(config, accel.choose(config), log,
                          lambda data: None,
                          silence=SILENCE[config.boot]).run()
        judged = verdict.judge(outcome, config.timeout)
        result.seconds = outcome.seconds
        result.note = ready_note(outcome)
        if not judged.good:
            result.problems.append(judged.text)
        with open(outcome.log, encoding="utf-8", errors="replace") as file:
            self._reports(result, file)
        if not result.good:
            result.tail = evidence(outcome, judged)
        return result

    def _reports(self, result, lines):
        if not self.expected:
            add_report(result, tap.read(self.test, lines))
            return
        reports = tap.read_all(lines)
        for report in reports:
            add_report(result, report, report.name + ": ")
        missing = set(self.expected) - {report.name for report in reports}
        for name in sorted(missing):
            result.problems.append(f"{name} did not run")


class Typist:
    """A keyboard that answers each prompt with the next line."""

    open = False                # there is nothing to select on
    tty = False
    ended_at = 0.0
    typed_at = 0.0

    def __init__(self, lines):
        self.lines = list(lines)
        self.waiting = b""
        self.prompts = 0
        self.ready = False
        self.answered = -1

    def look(self, console):
        at_prompt = console.line.decode("utf-8", "replace") == PROMPT
        if at_prompt and self.answered != console.count:
            self.answered = console.count
            self.prompts += 1
            if self.lines:
                self.waiting += self.lines.pop(0).encode() + b"\r"
        return False


class Session:
    """The default boot, by GRUB: the demos, then a prompt that runs a program
    by its name and ends the machine."""

    def __init__(self, name, config):
        self.name = name
        self.config = config.with_(boot="bios", cmdline="",
                                   timeout=config.timeout or GUEST_SECONDS)

    def run(self):
        result = Result(self.name)
        config = self.config
        typist = Typist(["he" + ARROW + "llo", "exit"])
        outcome = Machine(config, accel.choose(config),
                          self.name.replace("/", "-"),
                          lambda data: None, silence=SILENCE["bios"],
                          keyboard=typist, until=typist.look).run()
        judged = verdict.judge(outcome, config.timeout)
        result.seconds = outcome.seconds
        result.note = ready_note(outcome)
        with open(outcome.log, encoding="utf-8", errors="replace") as file:
            typed = file.read().partition(PROMPT + "hello")[2]
        for good, text in (
                (typist.prompts >= 1, "the default boot ends at a prompt"),
                ("Hello" in typed, "the prompt runs a program by its name"),
                (judged.good, f"the prompt ends the machine ({judged.text})")):
            if good:
                result.passed += 1
            else:
                result.failed.append(text)
        if not result.good:
            result.tail = evidence(outcome, judged)
        return result


def ready_note(outcome):
    if not outcome.ready:
        return ""
    return f"bootstrap server after {outcome.ready:.2f} s"


def with_iso(config, log):
    iso = os.path.join(config.build, f"{log}.iso")
    subprocess.check_call(["tools/mkiso", iso, config.kernel, config.bootfs,
                           config.cmdline])
    return config.with_(iso=iso)


def stems(ring):
    """The tests of a ring, host or guest: its own, and those of both."""
    return sorted(os.path.splitext(os.path.basename(path))[0]
                  for folder in (ring, "ipc")
                  for path in glob.glob(f"tests/{folder}/t_*.c"))


def jobs(config, both_ways=False):
    """Every job, those that take longest first.  With `both_ways` each guest test
    that runs alone does without the fast path of messages, and iso/all with it."""
    guests = stems("guest")
    alone = config
    if both_ways:
        alone = config.with_(cmdline=f"{config.cmdline} ipc.fastpath=0".strip())
    found = []
    if guests:
        # Some fill all memory that they may have: there is enough of less.
        found.append(Guest("iso/all", config.with_(boot="bios", mem="128M"),
                           "all", guests, ALL_SECONDS))
        found.append(Session("boot/prompt", config))
        for maker, model in BOCHS_MODELS.items():
            found.append(Session(f"boot/bochs-{maker}", config.with_(
                emu="bochs", cpu=model)))
    for path in sorted(glob.glob("tests/*/*.t")):
        name = os.path.splitext(path[len("tests/"):])[0]
        found.append(Script(name, [os.path.abspath(path)]))
    for test in stems("host"):
        found.append(Script(f"host/{test}", [os.path.abspath(
            os.path.join(config.build, "host", test))]))
    found += [Guest(f"guest/{test}", alone, test)
              for test in guests if not is_long(test)]
    small = [test for test in SMALL_TESTS if test in guests] or guests
    for size in SIZES if small else ():
        found.append(Guest(f"memory/{size}", config.with_(
            emu="qemu", mem=size, boot="pvh"), small[0]))
    return found


def is_long(test):
    """Programs that fill a job's memory run once, among all others."""
    return test.startswith("t_abuse_")


def long_jobs(config):
    """... or alone, by their names."""
    return [Guest(f"guest/{test}", config, test)
            for test in stems("guest") if is_long(test)]


def nightly_jobs(config):
    """Those that take too long for every change."""
    return [Guest(f"nightly/bochs-{maker}",
                  config.with_(emu="bochs", boot="bios", cpu=model), "all",
                  stems("guest"), NIGHTLY_SECONDS)
            for maker, model in BOCHS_MODELS.items()]


def matches(job, name):
    """A test's name may be given whole, or by its last part."""
    last = job.name.split("/")[-1]
    return name in (job.name, last, last[2:] if last.startswith("t_") else "")


def named(jobs, names):
    """Those of these names, in the order of `jobs`."""
    for name in names:
        if not any(matches(job, name) for job in jobs):
            raise Refused(f"there is no test named {name}")
    return [job for job in jobs if any(matches(job, name) for name in names)]
