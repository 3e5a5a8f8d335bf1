# SPDX-License-Identifier: MIT
"""machine.py - one run of QEMU or Bochs, from its start to the way it ended.

QEMU never reboots and never powers off by itself: it stops, so that a triple
fault can be asked where it happened.  The kernel ends it through the exit
device, with a status line on the debug console; tasks can reach neither.
bochs.py tells what is different there.
"""

import atexit
import dataclasses
import os
import select
import shlex
import subprocess
import tempfile
import time

from runlib import waits
from runlib.bochs import Bochs
from runlib.config import Refused
from runlib.console import Console
from runlib.qmp import Qmp
from runlib.symbols import Symbols

OVMF = ("/usr/share/ovmf/OVMF.fd", "/usr/share/OVMF/OVMF.fd",
        "/usr/share/qemu/OVMF.fd")
LOG_MAX = 64 << 20
IDLE = 0.2
WAITING_MAX = 1 << 16           # bytes typed that QEMU has not taken yet
live = set()


@dataclasses.dataclass
class Outcome:
    """How a run ended: `ended` is exit, reset, stopped, deadline, silence or
    quit (the person's wish); `code` QEMU's, `status` the kernel's last word;
    `waits` says at a deadline what the threads of the run do."""
    ended: str
    code: int
    status: str
    seconds: float
    ready: float
    log: str
    tail: list
    started: bool
    reason: str = ""
    where: str = ""
    errors: str = ""
    emulator: str = "QEMU"
    waits: list = dataclasses.field(default_factory=list)


@atexit.register
def kill_all():
    for process in list(live):
        process.kill()


def command(config, accel, serial=("-serial", "stdio")):
    """QEMU's command line for this configuration."""
    words = ["qemu-system-x86_64", "-machine", "q35", "-m", config.mem,
             "-smp", config.smp, "-display", "none", "-no-user-config",
             "-nic", "none", *serial,
             "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
             "-action", "reboot=shutdown,shutdown=pause",
             "-accel", accel, "-cpu",
             config.cpu or ("host" if accel == "kvm" else "max")]
    if config.icount:
        words += ["-icount", "shift=0,sleep=off"]
    if config.boot == "pvh":
        words += ["-kernel", config.kernel]
        if config.bootfs and os.path.exists(config.bootfs):
            words += ["-initrd", config.bootfs]
        if config.cmdline:
            words += ["-append", config.cmdline]
    else:
        words += ["-boot", "d", "-cdrom", config.iso]
    if config.boot == "uefi":
        firmware = [path for path in OVMF if os.path.exists(path)]
        if not firmware:
            raise Refused("BOOT=uefi needs OVMF: sudo apt-get install ovmf")
        words += ["-bios", firmware[0]]
    return words + shlex.split(config.qemu_args)


class Qemu:
    """QEMU's process, started: the console is its standard streams."""

    name = "QEMU"

    def __init__(self, config, accel, status_path, complaints):
        self.complaints = complaints
        self.control = Qmp()
        words = command(config, accel)
        words += ["-debugcon", f"file:{status_path}", *self.control.options()]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=complaints, pass_fds=[self.control.theirs.fileno()])
        self.control.theirs.close()
        self.console = self.process.stdout.fileno()
        self.keys = self.process.stdin.fileno()
        os.set_blocking(self.keys, False)

    def read(self):
        """What the guest has said; nothing when there is no more."""
        return os.read(self.console, 65536)

    def end(self, ended):
        """Ends the machine, if it has not; returns the exit code."""
        if ended != "exit":
            self.process.kill()
        return self.process.wait()

    def errors(self):
        self.complaints.seek(0)
        return self.complaints.read().decode("utf-8", "replace")

    def close(self):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except OSError:
                pass
        self.control.close()


class Machine:
    """One boot, of `tasks` alone if there are some (their programs with symbols
    by name).  `write` gets the console; the run ends early without a kernel
    line in `silence` seconds, or once `until(console)` is true."""

    def __init__(self, config, accel, name, write, tasks=(), keyboard=None,
                 silence=0, until=None):
        self.config = config
        self.accel = accel
        self.keyboard = keyboard
        self.silence = silence
        self.until = until
        self.log = config.log_path(name)
        self.status_path = config.log_path(name, "status")
        self.symbols = Symbols(config.build, config.kernel, tasks)
        self.console = Console(write, self.symbols, bool(tasks))
        self.ready_at = 0.0
        self.waits = []

    def _emulator(self, complaints):
        if self.config.emu == "bochs":
            return Bochs(self.config, self.log, self.status_path, complaints,
                         person=self.keyboard and self.keyboard.tty)
        return Qemu(self.config, self.accel, self.status_path, complaints)

    def run(self):
        open(self.status_path, "wb").close()
        self.start = time.monotonic()
        with open(self.log, "wb") as log, \
                tempfile.TemporaryFile() as complaints:
            emulator = self._emulator(complaints)
            live.add(emulator.process)
            try:
                ended = self._watch(emulator, log)
                if ended == "deadline" and self.console.ready and \
                        self.config.emu == "qemu":
                    self.waits = waits.report(self.config, emulator.control,
                                              self.symbols)
                code = emulator.end(ended)
                while self._output(emulator, log):
                    pass
                self.console.idle()
                return self._outcome(ended, code, emulator)
            finally:
                emulator.close()
                live.discard(emulator.process)

    def _watch(self, emulator, log):
        """Moves bytes until something ends the run; says what it was."""
        out, control = emulator.console, emulator.control
        while True:
            sources = [out] + ([control] if control.open else [])
            if self.keyboard and self.keyboard.open and \
                    len(self.keyboard.waiting) < WAITING_MAX:
                sources.append(self.keyboard)
            came = select.select(sources, [], [], IDLE)[0]
            if out in came and not self._output(emulator, log):
                return "exit"
            if not came:
                self.console.idle()
            if control in came and control.read():
                return control.ended
            if self.keyboard and self.keyboard in came and \
                    not self.keyboard.read():
                return "quit"
            if self.keyboard:
                self._type(emulator.keys)
            ended = self._late()
            if ended:
                return ended

    def _output(self, emulator, log):
        data = emulator.read()
        if not data:
            return False
        if log.tell() < LOG_MAX:
            log.write(data)
            log.flush()
        self.console.feed(data)
        if self.console.ready and not self.ready_at:
            self.ready_at = time.monotonic() - self.start
        return True

    def _type(self, keys):
        """Sends what was typed, as far as the emulator takes it."""
        keyboard = self.keyboard
        keyboard.ready = self.console.ready
        if not keyboard.ready or not keyboard.waiting:
            return
        try:
            count = os.write(keys, keyboard.waiting)
        except BlockingIOError:
            count = 0
        except OSError:
            count = len(keyboard.waiting)
        keyboard.waiting = keyboard.waiting[count:]

    def _late(self):
        now = time.monotonic() - self.start
        if self.until and self.until(self.console):
            return "quit"
        limit = self.config.timeout
        if self.keyboard and self.keyboard.typed_at and limit:
            limit += self.keyboard.typed_at - self.start
        if self.keyboard and self.keyboard.ended_at and not limit:
            limit = self.keyboard.ended_at - self.start + 60
        if self.silence and now > self.silence and not self.console.started:
            return "silence"
        if limit and now > limit:
            return "deadline"
        return ""

    def _outcome(self, ended, code, emulator):
        with open(self.status_path, "rb") as file:
            lines = file.read().decode("utf-8", "replace").split("\n")
        words = [line.strip() for line in lines if line.strip()]
        where = ""
        pointer = emulator.control.instruction_pointer()
        if ended == "reset" and pointer is not None:
            name = self.symbols.name(self.config.kernel, pointer)
            where = f"{pointer:#x} {name}".strip()
        return Outcome(
            ended=ended, code=code, status=words[-1] if words else "",
            seconds=time.monotonic() - self.start, ready=self.ready_at,
            log=self.log, tail=self.console.last_lines(),
            started=self.console.started, where=where,
            reason=emulator.control.reason, errors=emulator.errors().strip(),
            emulator=emulator.name, waits=self.waits)
