# SPDX-License-Identifier: MIT
"""keyboard.py - this terminal (or pipe) as the guest's keyboard.

What is typed waits until the bootstrap server runs; before, a loader would
eat it.  Control-A x ends the run, Control-A twice sends one.

Where a pipe ends, control-D is sent, and again after a while, for a program
may have read it before another that waits for it too.  The shell is typed at:
a last line is ended before.  A task reads bytes (CONSOLE_INPUT=pipe tells libc
that it does): what would be a key in them is marked by control-V.
"""

import atexit
import os
import sys
import termios
import time

ESCAPE = 1
QUIT = (ord("x"), ord("X"))
END = b"\x04"
LITERAL = b"\x16"
AGAIN_SECONDS = 5


class Keyboard:
    """`for_task`: a program reads it, and a terminal's control-C ends the run;
    else the shell does, which sees all keys."""

    def __init__(self, for_task=False):
        self.fd = sys.stdin.fileno() if sys.stdin else os.open(os.devnull,
                                                               os.O_RDONLY)
        self.tty = os.isatty(self.fd)
        self.for_task = for_task
        self.open = not self.tty or self._in_foreground()
        self.ready = False
        self.ended_at = 0.0     # a pipe
        self.typed_at = 0.0     # a key of a terminal
        self.end_said_at = 0.0
        self.last = b"\n"
        self.escaped = False
        self.waiting = b""
        self.saved = None
        if self.tty and self.open:
            self._raw()

    def fileno(self):
        return self.fd

    def _in_foreground(self):
        """Whoever runs in the background would be stopped for reading."""
        try:
            return os.tcgetpgrp(self.fd) == os.getpgrp()
        except OSError:
            return True         # not the terminal that controls us

    def _raw(self):
        self.saved = termios.tcgetattr(self.fd)
        atexit.register(self.restore)
        raw = termios.tcgetattr(self.fd)
        raw[0] &= ~(termios.ICRNL | termios.INLCR | termios.IXON)
        raw[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
        if not self.for_task:
            raw[3] &= ~termios.ISIG
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
        elif self.tty:
            self.typed_at = time.monotonic()
        if self.tty:
            data = self._escapes(data)
        elif self.for_task:
            data = data.replace(LITERAL, LITERAL + LITERAL)
            data = data.replace(END, LITERAL + END)
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
        if not self.end_said_at and not self.for_task and \
                self.last not in b"\r\n":
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
