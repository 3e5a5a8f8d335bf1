# SPDX-License-Identifier: MIT
"""machine.py - one run of QEMU, from its start to the way it ended.

QEMU never reboots and never powers off by itself: it stops, so that a triple
fault can be asked where it happened.  The kernel ends it through the exit
device, with a status line on the debug console; tasks can reach neither.
"""

import atexit
import dataclasses
import os
import select
import shlex
import subprocess
import tempfile
import time

from runlib.config import Refused
from runlib.console import Console
from runlib.qmp import Qmp
from runlib.symbols import Symbols

OVMF = ("/usr/share/ovmf/OVMF.fd", "/usr/share/OVMF/OVMF.fd",
        "/usr/share/qemu/OVMF.fd")
LOG_MAX = 64 << 20
IDLE = 0.2
live = set()


@dataclasses.dataclass
class Outcome:
    """How a run ended: `ended` is exit, reset, stopped, deadline, silence or
    quit (the person's wish); `code` QEMU's, `status` the kernel's last word."""
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
             "-accel", accel, "-cpu", "host" if accel == "kvm" else "max"]
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


class Machine:
    """One boot.  `write` gets the console; the run ends early without a kernel
    line in `silence` seconds, or once `until(console)` is true."""

    def __init__(self, config, accel, name, write, task_only=False,
                 keyboard=None, silence=0, until=None):
        self.config = config
        self.accel = accel
        self.keyboard = keyboard
        self.silence = silence
        self.until = until
        self.log = config.log_path(name)
        self.status_path = config.log_path(name, "status")
        self.symbols = Symbols(config.build, config.kernel, task_only)
        self.console = Console(write, self.symbols, task_only)
        self.ready_at = 0.0

    def run(self):
        qmp = Qmp()
        open(self.status_path, "wb").close()
        words = command(self.config, self.accel)
        words += ["-debugcon", f"file:{self.status_path}", *qmp.options()]
        self.start = time.monotonic()
        with open(self.log, "wb") as log, \
                tempfile.TemporaryFile() as complaints:
            process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=complaints, pass_fds=[qmp.theirs.fileno()])
            os.set_blocking(process.stdin.fileno(), False)
            live.add(process)
            qmp.theirs.close()
            try:
                ended = self._watch(process, qmp, log)
                if ended != "exit":
                    process.kill()
                self._drain(process, log)
                code = process.wait()
                complaints.seek(0)
                errors = complaints.read().decode("utf-8", "replace")
            finally:
                process.kill()
                process.wait()
                live.discard(process)
                self._close(process.stdin)
                self._close(process.stdout)
                qmp.close()
        return self._outcome(ended, code, qmp, errors)

    @staticmethod
    def _close(stream):
        try:
            stream.close()
        except OSError:
            pass

    def _watch(self, process, qmp, log):
        """Moves bytes until something ends the run; says what it was."""
        out = process.stdout.fileno()
        while True:
            sources = [out] + ([qmp] if qmp.open else [])
            if self.keyboard and self.keyboard.open:
                sources.append(self.keyboard)
            came = select.select(sources, [], [], IDLE)[0]
            if out in came and not self._output(out, log):
                return "exit"
            if not came:
                self.console.idle()
            if qmp in came and qmp.read():
                reset = qmp.reason == "guest-reset"
                return "reset" if reset else "stopped"
            if self.keyboard and self.keyboard in came and \
                    not self.keyboard.read():
                return "quit"
            if self.keyboard:
                self._type(process)
            ended = self._late()
            if ended:
                return ended

    def _output(self, out, log):
        data = os.read(out, 65536)
        if not data:
            return False
        if log.tell() < LOG_MAX:
            log.write(data)
            log.flush()
        self.console.feed(data)
        if self.console.ready and not self.ready_at:
            self.ready_at = time.monotonic() - self.start
        return True

    def _drain(self, process, log):
        while self._output(process.stdout.fileno(), log):
            pass
        self.console.idle()

    def _type(self, process):
        """Sends what was typed, as far as QEMU takes it."""
        keyboard = self.keyboard
        keyboard.ready = self.console.ready
        if not keyboard.ready or not keyboard.waiting:
            return
        try:
            count = os.write(process.stdin.fileno(), keyboard.waiting)
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
        if self.keyboard and self.keyboard.ended_at and not limit:
            limit = self.keyboard.ended_at - self.start + 60
        if self.silence and now > self.silence and not self.console.started:
            return "silence"
        if limit and now > limit:
            return "deadline"
        return ""

    def _outcome(self, ended, code, qmp, errors):
        with open(self.status_path, "rb") as file:
            lines = file.read().decode("utf-8", "replace").split("\n")
        words = [line.strip() for line in lines if line.strip()]
        where = ""
        pointer = qmp.instruction_pointer()
        if ended == "reset" and pointer is not None:
            name = self.symbols.name(self.config.kernel, pointer)
            where = f"{pointer:#x} {name}".strip()
        return Outcome(
            ended=ended, code=code, status=words[-1] if words else "",
            seconds=time.monotonic() - self.start, ready=self.ready_at,
            log=self.log, tail=self.console.last_lines(),
            started=self.console.started, reason=qmp.reason, where=where,
            errors=errors.strip())
