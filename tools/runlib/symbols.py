# SPDX-License-Identifier: MIT
"""symbols.py - from addresses in reports to functions and lines.

Reports hold lines of two forms:

    #   at 0xffffffff80101234                    the kernel
    #   at 0x0000000000401234 in PROGRAM         a user program

The first of a report is an instruction pointer, the ones below it are return
addresses, which stand one instruction after the call that they mean.
"""

import os
import re
import subprocess

TASK_NAME_MAX = 31              # of a name in a report
AT = re.compile(r"^#\s+at (0x[0-9a-f]+)(?: in ([\w.-]+))?\s*$")


def _short(place):
    """The place below this directory; NASM names the folder twice."""
    path, colon, line = os.path.relpath(place).partition(":")
    parts = path.split("/")
    for index in range(len(parts)):
        candidate = "/".join(parts[index:])
        if os.path.exists(candidate):
            return candidate + colon + line
    return path + colon + line


class Symbols:
    """`tasks`: the programs of `make run TASK=`, paths by their names."""

    def __init__(self, build, kernel, tasks=()):
        self.kernel = kernel
        self.build = build
        self.tasks = {name[:TASK_NAME_MAX]: path
                      for name, path in dict(tasks).items()}
        self.in_report = False
        self.cache = {}

    def line(self, text):
        """The line, with a name added if it is one of a report's addresses."""
        match = AT.match(text)
        if not match:
            self.in_report = False
            return text
        address = int(match.group(1), 16) - (1 if self.in_report else 0)
        self.in_report = True
        name = self.name(self._file(match.group(2)), address)
        return f"{text.rstrip()}  {name}" if name else text

    def of_program(self, program, address):
        """The place of an address in a program that reports call so."""
        return self.name(self._file(program), address)

    def _file(self, program):
        if program is None:
            return self.kernel
        return self.tasks.get(program) or \
            os.path.join(self.build, "user", program)

    def name(self, path, address):
        key = (path, address)
        if key not in self.cache:
            self.cache[key] = self._ask(path, address)
        return self.cache[key]

    @staticmethod
    def _ask(path, address):
        if not os.path.exists(path):
            return ""
        try:
            answer = subprocess.run(
                ["addr2line", "-f", "-e", path, hex(address)],
                capture_output=True, text=True, timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            return ""
        lines = answer.stdout.splitlines()
        if len(lines) < 2 or lines[0] == "??":
            return ""
        place = lines[1].split(" ")[0]
        if place.startswith("??"):
            return lines[0]
        return f"{lines[0]} ({_short(place)})"
