# SPDX-License-Identifier: MIT
"""machinelib.py - a machine under a test's control: by QEMU's GDB stub, which
reads and writes registers and memory past every protection, and by QMP, which
injects NMIs.  And `boot`, a whole run that is judged afterwards.
"""

import io
import json
import os
import re
import select
import socket
import struct
import subprocess
import tarfile
import time

from runlib.config import Config
from runlib.machine import Machine, command
from taplib import BUILD, ok, run

USER_END = 1 << 47
OTHERS = ("rflags cs ss ds es fs gs fs_base gs_base "
          "kernel_gs_base").split()
LAYOUT = "<17Q7I3Q"
PACKET = 1024                   # bytes of memory at once
GENERAL = ("rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 "
           "rip").split()
# Their numbers in the stub's protocol, and their sizes in bytes.
REGISTERS = {name: (number, 8) for number, name in enumerate(GENERAL)}
REGISTERS.update(rflags=(17, 4), cs=(18, 4), ss=(19, 4), fs_base=(24, 8),
                 gs_base=(25, 8), kernel_gs_base=(26, 8), cr0=(27, 8),
                 cr2=(28, 8), cr3=(29, 8), cr4=(30, 8), efer=(32, 8))


def configuration(**changes):
    return Config(build=BUILD, kernel=f"{BUILD}/ostia.elf",
                  **{"bootfs": f"{BUILD}/bootfs.tar",
                     "iso": f"{BUILD}/ostia.iso", **changes})


def boot(name, silence=20, **changes):
    """One run from its start to its end: the outcome, and its raw log."""
    config = configuration(**{"timeout": 60, "mem": "64M", **changes})
    outcome = Machine(config, "tcg", name, lambda data: None,
                      silence=silence).run()
    with open(outcome.log, encoding="utf-8", errors="replace") as file:
        return outcome, file.read()


def symbols(path=None):
    """Every symbol of the kernel, local ones too, and its address."""
    text = subprocess.check_output(["nm", path or f"{BUILD}/ostia.elf"],
                                   text=True)
    words = [line.split() for line in text.splitlines()]
    return {word[2]: int(word[0], 16) for word in words if len(word) == 3}


def bad_kernel(kind):
    """A build directory whose kernel is the bad one of this kind."""
    folder = os.path.join(BUILD, "runner", kind)
    os.makedirs(folder, exist_ok=True)
    subprocess.check_call(["nasm", "-f", "elf64", "-g", "-F", "dwarf",
                           f"-DKIND={kind}", "-o", f"{folder}/bad.o",
                           "tests/runner/bad.asm"])
    subprocess.check_call(["ld", "-Ttext", "0x100000", "-z", "noexecstack",
                           "-e", "start", "-o", f"{folder}/ostia.elf",
                           f"{folder}/bad.o"])
    open(f"{folder}/bootfs.tar", "wb").close()  # the ISO of Bochs wants one
    return folder


def ends(kind, code, words, text, **variables):
    """Whether a run of this bad kernel ends with that status and these words.
    Returns   what it wrote to stdout and to stderr"""
    result = run("tools/run", "test", "t_bad", **{"B": bad_kernel(kind),
                                                  **variables})
    ok(result.returncode == code and words in result.stderr, f"{kind}: {text}",
       f"status {result.returncode}, wanted {code}; wanted \"{words}\"",
       result.stdout, result.stderr)
    return result.stdout, result.stderr


def end_alike(**variables):
    """The ends that are told in the same words whatever emulates the machine.
    Returns   {kind: (stdout, stderr)}"""
    told = {kind: ends(kind, code, words, text, **variables)
            for kind, code, words, text in (
        ("good", 0, "exit 0", "a good end is a pass"),
        ("forged", 3, "exit 3", "nothing that a task prints makes a pass"),
        ("panicked", 125, "kernel panic: out of luck",
         "a panic is told with its reason"),
        ("crashed", 139,
         "crashed: EXC_BAD_ACCESS (KERN_INVALID_ADDRESS) at 0x10",
         "a crash is told with its words"),
        ("triple", 125, "kernel panic: triple fault at 0x",
         "a triple fault is no silent reboot"),
    )}
    for kind, channel, words, text in (
            ("good", 0, "ok 2 - two", "the report is shown"),
            ("panicked", 0, "start (tests/runner/bad.asm:",
             "addresses of the report get names and lines"),
            ("triple", 1, "triple_fault_here", "it is told where")):
        ok(words in told[kind][channel], f"{kind}: {text}", told[kind])
    return told


class Ended(Exception):
    """The machine has ended while something was expected of it."""


class Stub:
    """A machine that has not run yet.  Use it in a `with` statement.  The
    console goes to its log, or to `stdout`."""

    def __init__(self, name, stdout=None, **changes):
        config = configuration(**{"mem": "64M", **changes})
        self.log = config.log_path(name)
        self.status_path = config.log_path(name, "status")
        open(self.log, "wb").close()
        self.gdb, gdb = socket.socketpair()
        self.qmp, qmp = socket.socketpair()
        self.gdb.settimeout(120)
        self.qmp.settimeout(30)
        serial = "stdio" if stdout else f"file:{self.log}"
        words = command(config, "tcg", serial=("-serial", serial))
        words += ["-debugcon", f"file:{self.status_path}", "-S"]
        for word, end in (("gdb", gdb), ("qmp", qmp)):
            words += ["-chardev", f"socket,id={word},fd={end.fileno()}"]
        words += ["-gdb", "chardev:gdb", "-mon", "chardev=qmp,mode=control"]
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=stdout,
            stderr=subprocess.DEVNULL,
            pass_fds=[gdb.fileno(), qmp.fileno()])
        gdb.close()
        qmp.close()
        self.received = b""
        self.messages = self.qmp.makefile("rw")
        self.messages.readline()
        self.monitor("qmp_capabilities")
        # Single registers can be had only by who has asked for their names.
        self.ask("qSupported:xmlRegisters=i386")
        self.ask("qXfer:features:read:target.xml:0,ffb")

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        self.process.kill()
        self.process.wait()
        self.gdb.close()
        self.messages.close()
        self.qmp.close()

    # ---- QMP

    def monitor(self, name, **arguments):
        """One command; events that come meanwhile are passed over."""
        text = json.dumps({"execute": name, "arguments": arguments})
        self.messages.write(text + "\n")
        self.messages.flush()
        while True:
            line = self.messages.readline()
            if not line:
                raise Ended("QEMU has closed its control channel")
            answer = json.loads(line)
            if "error" in answer:
                raise ValueError(answer["error"])
            if "return" in answer:
                return answer["return"]

    # ---- the stub's protocol

    def _send(self, text):
        check = sum(text.encode()) & 0xff
        try:
            self.gdb.sendall(f"${text}#{check:02x}".encode())
        except OSError:
            raise Ended(f"no stub for {text}") from None

    def ask(self, text):
        self._send(text)
        return self._answer()

    def _answer(self):
        while True:
            match = re.search(rb"\$([^#]*)#..", self.received)
            if match:
                self.received = self.received[match.end():]
                self.gdb.sendall(b"+")
                return match.group(1).decode()
            try:
                data = self.gdb.recv(65536)
            except OSError:
                data = b""
            if not data:
                raise Ended("the machine has ended")
            self.received += data

    def _stopped(self, answer):
        if answer[:1] not in "ST":
            raise Ended(f"the machine has ended ({answer})")

    def step(self):
        self._stopped(self.ask("s"))
        return self.get("rip")

    def go(self, *addresses):
        """Runs until one of these addresses; returns which.  One where the
        machine is now has to be reached anew."""
        if self.get("rip") in addresses:
            self.step()
        for address in addresses:
            self.ask(f"Z0,{address:x},1")
        try:
            self._stopped(self.ask("c"))
        finally:
            if not self.ended():
                for address in addresses:
                    self.ask(f"z0,{address:x},1")
        return self.get("rip")

    def start(self):
        """Runs, and does not wait for anything."""
        self._send("c")

    def go_for(self, seconds, address):
        """Runs until this address, or for so long."""
        self.ask(f"Z0,{address:x},1")
        self._send("c")
        end = time.monotonic() + seconds
        while b"$" not in self.received and time.monotonic() < end:
            if select.select([self.gdb], [], [], 0.1)[0]:
                self.received += self.gdb.recv(65536)   # "+" comes at once
        if b"$" not in self.received:
            self.gdb.sendall(b"\x03")
        self._stopped(self._answer())
        self.ask(f"z0,{address:x},1")

    def ended(self):
        return self.process.poll() is not None

    def get(self, name):
        number, size = REGISTERS[name]
        data = bytes.fromhex(self.ask(f"p{number:x}"))
        return int.from_bytes(data[:size], "little")

    def set(self, name, value):
        number, size = REGISTERS[name]
        data = value.to_bytes(size, "little").hex()
        if self.ask(f"P{number:x}={data}") != "OK":
            raise ValueError(f"cannot set {name}")

    def registers(self):
        """All general ones, the flags, segments and bases."""
        data = bytes.fromhex(self.ask("g"))
        return dict(zip(GENERAL + OTHERS, struct.unpack_from(LAYOUT, data)))

    def restore(self, registers):
        for name in GENERAL + ["rflags"]:
            self.set(name, registers[name])

    def read(self, address, size):
        data = b""
        while len(data) < size:
            piece = min(PACKET, size - len(data))
            answer = self.ask(f"m{address + len(data):x},{piece:x}")
            if answer.startswith("E"):
                raise ValueError(f"cannot read {size} bytes at {address:#x}")
            data += bytes.fromhex(answer)
        return data

    def word(self, address):
        return int.from_bytes(self.read(address, 8), "little")

    def write(self, address, data):
        for at in range(0, len(data), PACKET):
            piece = data[at:at + PACKET]
            if self.ask(f"M{address + at:x},{len(piece):x}:{piece.hex()}") \
                    != "OK":
                raise ValueError(f"cannot write at {address + at:#x}")

    # ---- how it ends

    def finish(self, seconds=60):
        """Runs on to the end; returns QEMU's exit code, the last status line
        and the raw log."""
        self._send("c")
        end = time.monotonic() + seconds
        while not self.ended() and time.monotonic() < end:
            if select.select([self.gdb], [], [], 0.02)[0]:
                if not self.gdb.recv(65536):
                    break
        try:
            code = self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            code = None
        return code, self.status(), self.console()

    def status(self):
        with open(self.status_path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        return ([line for line in lines if line] or [""])[-1]

    def console(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()


def bootfs_with(path, members, keep=lambda name: True, size=0):
    """A boot file system like the built one; `members` has other bytes for
    some, those that `keep` refuses are left out, and it is padded to `size`."""
    with tarfile.open(f"{BUILD}/bootfs.tar") as old, \
            tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as new:
        for entry in filter(lambda entry: keep(entry.name), old):
            data = old.extractfile(entry)
            if entry.name in members:
                entry.size = len(members[entry.name])
                data = io.BytesIO(members[entry.name])
            new.addfile(entry, data)
        entry = tarfile.TarInfo("etc/padding")
        entry.size = max(0, size - new.offset)
        new.addfile(entry, io.BytesIO(bytes(entry.size)))
    return path
