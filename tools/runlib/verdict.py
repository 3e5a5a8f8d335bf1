# SPDX-License-Identifier: MIT
"""verdict.py - what a run's end means.

The machine's exit code says pass, fail or panic; the status line says it in
words.  Where the two do not agree, or the machine ended in any other way, the
run has failed.  Nothing on the console can make a failure a pass.
"""

import dataclasses
import re

PASS, FAIL, PANIC = 33, 35, 37
EXIT = re.compile(r"^exit (-?\d+)$")
BAD_NEWS = re.compile(r"^(exit (?!0$)|crashed|panic)")

# What tools/run itself ends with, besides a task's own status.
TIMED_OUT, PANICKED, BROKEN, CRASHED = 124, 125, 126, 139


@dataclasses.dataclass
class Verdict:
    """`kind`: pass, fail, crash, panic, triple fault, hang, silence, quit or
    broken; `text` says it to a person; `code` is what tools/run exits with."""
    kind: str
    text: str
    code: int

    @property
    def good(self):
        return self.kind == "pass"


def judge(outcome, timeout=0):
    if outcome.ended == "quit":
        return Verdict("quit", "ended from the keyboard", 0)
    if outcome.ended == "silence" or \
            (outcome.ended == "deadline" and not outcome.started):
        return Verdict("silence", "silence: the kernel said nothing in "
                       f"{outcome.seconds:.0f} s", BROKEN)
    if outcome.ended == "deadline":
        limit = f"{timeout or outcome.seconds:.3g}"
        return Verdict("hang", f"timed out after {limit} s", TIMED_OUT)
    if outcome.ended == "reset":
        at = f" at {outcome.where}" if outcome.where else ""
        return Verdict("triple fault", f"kernel panic: triple fault{at}",
                       PANICKED)
    if outcome.ended == "stopped":
        return Verdict("broken", f"the machine stopped: {outcome.reason}",
                       BROKEN)
    return _by_code(outcome)


def _by_code(outcome):
    status = outcome.status
    if outcome.code == PASS:
        if BAD_NEWS.match(status):
            return Verdict("broken", "the exit code says pass, the status "
                           f"\"{status}\"", BROKEN)
        return Verdict("pass", status or "exit 0", 0)
    if outcome.code == FAIL:
        return _failed(status)
    if outcome.code == PANIC:
        reason = re.sub(r"^panic: *", "", status) or "no reason given"
        return Verdict("panic", f"kernel panic: {reason}", PANICKED)
    text = f"{outcome.emulator} ended with {outcome.code}"
    if outcome.errors:
        text += ": " + outcome.errors.splitlines()[-1]
    return Verdict("broken", text, BROKEN)


def _failed(status):
    number = EXIT.match(status)
    if number and int(number.group(1)) == 0:
        return Verdict("broken", "the exit code says fail, the status "
                       "\"exit 0\"", BROKEN)
    if number:
        return Verdict("fail", status, int(number.group(1)) & 255 or 1)
    if status.startswith("crashed"):
        return Verdict("crash", status, CRASHED)
    return Verdict("fail", status or "failed without a status", 1)
