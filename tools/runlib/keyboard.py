# SPDX-License-Identifier: MIT
"""keyboard.py - this terminal (or pipe) as the guest's keyboard.

What is typed waits until the bootstrap server runs; before, a loader would
eat it.  Control-A x ends the run, Control-A twice sends one.

Where a pipe ends, its last line is ended and control-D is sent, so that the
shell ends too; and again after a while, for a program may have read it first.
"""

import atexit
import os
import sys
import termios
import time

ESCAPE = 1
QUIT = (ord("x"), ord("X"))
END = b"\x04"
AGAIN_SECONDS = 5


class Keyboard:
    def __init__(self):
        self.fd = sys.stdin.fileno()
        self.tty = os.isatty(self.fd)
        self.open = True
        self.ready = False
        self.ended_at = 0.0
        self.end_said_at = 0.0
        self.last = b"\n"
        self.escaped = False
        self.waiting = b""
        self.saved = None
        if self.tty:
            self._raw()

    def fileno(self):
        return self.fd

    def _raw(self):
        self.saved = termios.tcgetattr(self.fd)
        atexit.register(self.restore)
        raw = termios.tcgetattr(self.fd)
        raw[0] &= ~(termios.ICRNL | termios.INLCR | termios.IXON)
        raw[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG |
                    termios.IEXTEN)
        termios.tcsetattr(self.fd, termios.TCSADRAIN, raw)

    def restore(self):
        """Gives the terminal back as it was."""
        if self.saved:
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self.saved)
            self.saved = None

    def read(self):
        """Takes what was typed.  False when the person wants to leave."""
        data = os.read(self.fd, 4096)
        if not data:
            self.open = False
            self.ended_at = time.monotonic()
        if self.tty:
            data = self._escapes(data)
        if data is None:
            return False
        self.waiting += data
        self.last = data[-1:] or self.last
        return True

    def look(self, console):
        """Says a pipe's end, once somebody may hear it; never the run's."""
        if self.open or self.tty or self.waiting or not console.ready:
            return False
        now = time.monotonic()
        if not self.end_said_at and self.last not in b"\r\n":
            self.waiting += b"\n"
        if now > self.end_said_at + AGAIN_SECONDS or not self.end_said_at:
            self.end_said_at = now
            self.waiting += END
        return False

    def _escapes(self, data):
        kept = bytearray()
        for byte in data:
            if self.escaped and byte in QUIT:
                return None
            if byte == ESCAPE and not self.escaped:
                self.escaped = True
                continue
            self.escaped = False
            kept.append(byte)
        return bytes(kept)
