# SPDX-License-Identifier: MIT
"""console.py - from the serial port's bytes to what a person reads.

    loader --- first "# " at a line's start ---> kernel (--- ready ---> task)

The loader's text and escapes are dropped.  Everything after passes as it
comes; only a line that begins like a kernel line is held until it is whole,
so that reports can be symbolised.  In a run for one task, what the kernel and
the bootstrap server say of themselves is left out.
"""

import collections
import re

FIRST_LINE = re.compile(rb"(?:^|[\r\n]|\x1b\[[0-9;?=]*[A-Za-z])(# )")
READY = "# bootstrap: ready"
OWN_LINES = ("# halt",)
REPORTS = ("# panic:", "# crash:")
TAIL = 16
HELD_MAX = 4096


class Console:
    """Feeds `write` with text; keeps the last lines and the marks passed."""

    def __init__(self, write, symbols=None, task_only=False):
        self.write = write
        self.symbols = symbols
        self.task_only = task_only
        self.started = False
        self.ready = False
        self.reporting = False
        self.loader = b""
        self.line = b""
        self.shown = 0
        self.count = 0
        self.tail = collections.deque(maxlen=TAIL)

    def feed(self, data):
        if not self.started:
            self.loader = (self.loader + data)[-65536:]
            match = FIRST_LINE.search(self.loader)
            if not match:
                return
            self.started = True
            data = self.loader[match.start(1):]
        for piece in data.splitlines(keepends=True):
            self._piece(piece)

    def _piece(self, piece):
        self.line += piece
        if self.line.endswith(b"\n"):
            self._whole()
        elif not self.line.startswith(b"#") or len(self.line) > HELD_MAX:
            self._show_rest()

    def _whole(self):
        text = self.line.decode("utf-8", "replace").rstrip("\r\n")
        if self.symbols:
            text = self.symbols.line(text)
        self.tail.append(text)
        self.count += 1
        if self.shown:
            self._show_rest()
        elif self._wanted(text):
            self.write((text + "\n").encode())
        if text == READY:
            self.ready = True
        self.line, self.shown = b"", 0

    def _wanted(self, text):
        if not text.startswith("#"):
            self.reporting = False
        elif text.startswith(REPORTS):
            self.reporting = True
        if not self.task_only or self.reporting:
            return True
        return self.ready and not text.startswith(OWN_LINES)

    def _show_rest(self):
        if not self.task_only or self.ready:
            self.write(self.line[self.shown:])
        self.shown = len(self.line)

    def idle(self):
        """Nothing came for a while: a held line may be a prompt."""
        if self.line and self.shown < len(self.line):
            self._show_rest()

    def last_lines(self):
        lines = list(self.tail)
        if self.line:
            lines.append(self.line.decode("utf-8", "replace"))
        if not self.started and self.loader.strip():
            text = self.loader.decode("utf-8", "replace")
            text = re.sub(r"\x1b\[[0-9;?=]*[A-Za-z]", "", text)
            lines = [part for part in text.splitlines() if part.strip()]
        return lines[-TAIL:]
