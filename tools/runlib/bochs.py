# SPDX-License-Identifier: MIT
"""bochs.py - Bochs as the machine: slower than QEMU, and nearer to the
processors' books.  It boots the ISO by BIOS.

The console is a pseudo terminal.  Bochs has no exit device: the kernel's last
word, the status line on port 0xe9, comes on Bochs' standard output; then the
machine is ended, and the exit code is what the line says.  Debian's Bochs has
its debugger built in, which tells where a triple fault happened.  It cannot
do without a display: SDL has one that shows nothing.
"""

import os
import pty
import re
import subprocess
import tty

from runlib import verdict

MODEL = "corei7_haswell_4770"
IPS = 20_000_000                # instructions in a second of the guest's time

SETUP = """\
display_library: sdl2, options="hideIPS"
plugin_ctrl: speaker=0
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/vgabios/vgabios.bin
megs: {megs}
cpu: model={model}, ips={ips}, reset_on_triple_fault=0
clock: sync={sync}
ata0-master: type=cdrom, path="{iso}", status=inserted
boot: cdrom
com1: enabled=1, mode=term, dev={terminal}
port_e9_hack: enabled=1
log: "{log}"
panic: action=fatal
error: action=report
info: action=ignore
"""

# The debugger's line on where the machine is; the first is at its start.
PLACE = re.compile(r"^\(0\)\.?\[?\S* ?\[0x[0-9a-f]+\] \w+:([0-9a-f]+) ")
REASON = re.compile(r"exiting with the following message:\n(.*)")


def megabytes(size):
    """MEM= in whole MiB, as Bochs counts."""
    units = {"K": 1, "M": 1 << 10, "G": 1 << 20}
    unit = size[-1].upper()
    kib = int(size.rstrip("KkMmGg")) * units.get(unit, 1 << 10)
    return max(1, kib >> 10)


class Output:
    """Bochs' standard output, where the machine's end is told."""

    def __init__(self, stream):
        self.stream = stream
        self.open = True
        self.text = ""
        self.status = ""
        self.ended = ""
        self.reason = "Bochs has ended"
        self.place = None

    def fileno(self):
        return self.stream.fileno()

    def read(self):
        """Takes what came.  True when the machine has ended."""
        data = os.read(self.fileno(), 65536)
        self.open = bool(data)
        self.text += data.decode("latin-1")
        *lines, self.text = self.text.split("\n")
        for line in lines:
            self._line(line)
        if not self.open and not self.ended:
            self.ended = "stopped"
        return bool(self.ended)

    def _line(self, line):
        place = PLACE.match(line)
        if place and self.place is not None:
            self.ended = self.ended or "reset"
        elif self.place is not None and not self.ended:
            self.ended, self.status = "exit", line
        if place:
            self.place = int(place.group(1), 16)

    def instruction_pointer(self):
        return self.place


class Bochs:
    """Bochs' process, started; `person` says that somebody types."""

    name = "Bochs"

    def __init__(self, config, log, status_path, complaints, person):
        self.status_path = status_path
        self.complaints = complaints
        self.console, self.theirs = pty.openpty()
        tty.setraw(self.theirs)
        os.set_blocking(self.console, False)
        self.keys = self.console
        setup = os.path.splitext(log)[0] + ".bochs"
        with open(setup, "w", encoding="utf-8") as file:
            file.write(SETUP.format(
                megs=megabytes(config.mem), model=config.cpu or MODEL, ips=IPS,
                sync="slowdown" if person else "none", iso=config.iso,
                terminal=os.ttyname(self.theirs), log=setup + ".log"))
        with open(setup + ".go", "w", encoding="utf-8") as file:
            file.write("c\n")
        self.process = subprocess.Popen(
            ["bochs", "-f", setup, "-rc", setup + ".go"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=complaints, env={**os.environ, "SDL_VIDEODRIVER": "dummy"})
        self.control = Output(self.process.stdout)

    def read(self):
        """What the guest has said; nothing when there is no more."""
        try:
            return os.read(self.console, 65536)
        except BlockingIOError:
            return b""

    def end(self, ended):
        """Ends the machine; returns the exit code of QEMU's exit device."""
        self.process.kill()
        self.process.wait()
        status = self.control.status
        with open(self.status_path, "w", encoding="utf-8") as file:
            file.write(status)
        if ended != "exit":
            return None
        if status.startswith("panic:"):
            return verdict.PANIC
        return verdict.PASS if status == "exit 0" else verdict.FAIL

    def errors(self):
        self.complaints.seek(0)
        text = self.complaints.read().decode("utf-8", "replace")
        reason = REASON.search(text)
        return reason.group(1) if reason else text

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        os.close(self.console)
        os.close(self.theirs)
