# SPDX-License-Identifier: MIT
"""tap.py - reads the Test Anything Protocol, with a plan for each program."""

import re

PLAN = re.compile(r"^1\.\.(\d+)\s*(?:#.*)?$")
POINT = re.compile(r"^(not )?ok\b\s*(\d*)\s*(?:-\s*)?(.*)$")
SECTION = re.compile(r"^# test (t_\w+)$")


class Tap:
    """One program's report: its points, and what is wrong with it."""

    def __init__(self, name):
        self.name = name
        self.plan = None
        self.passed = 0
        self.failed = []
        self.problems = []
        self.skipped = False

    def line(self, text):
        plan = PLAN.match(text)
        point = POINT.match(text)
        if plan:
            if self.plan is not None:
                self.problems.append("two plans")
            self.plan = int(plan.group(1))
            self.skipped = self.plan == 0
        elif text.startswith("Bail out!"):
            self.problems.append(text)
        elif point:
            self._point(*point.groups())

    def _point(self, bad, number, text):
        count = self.passed + len(self.failed) + 1
        if number and int(number) != count:
            self.problems.append(f"point {number} came as the {count}th")
        if bad:
            self.failed.append(f"{count} - {text}" if text else str(count))
        else:
            self.passed += 1

    def end(self):
        count = self.passed + len(self.failed)
        if self.plan is None:
            self.problems.append("no plan (1..N)")
        elif self.plan != count:
            self.problems.append(f"{count} of {self.plan} points came")
        return self

    @property
    def good(self):
        return not self.failed and not self.problems


def read(name, lines):
    """The report of one program."""
    tap = Tap(name)
    for line in lines:
        tap.line(line.rstrip("\r\n"))
    return tap.end()


def read_all(lines):
    """The reports of a run of many, divided by `# test NAME` lines."""
    taps = []
    for line in lines:
        line = line.rstrip("\r\n")
        section = SECTION.match(line)
        if section:
            taps.append(Tap(section.group(1)))
        elif taps:
            taps[-1].line(line)
    return [tap.end() for tap in taps]
