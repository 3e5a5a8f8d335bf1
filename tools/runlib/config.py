# SPDX-License-Identifier: MIT
"""config.py - what to boot and how, out of the environment of make."""

import dataclasses
import os
import re
import shlex
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

TASK_TIMEOUT = 60


class Refused(Exception):
    """The user asked for something that cannot be; the text says what."""


def _env(name, default=""):
    return os.environ.get(name, "") or default


def _number(name, default):
    text = _env(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1
    if value <= 0:
        raise Refused(f"{name}={text} is not a positive number")
    return value


def _shaped(name, default, pattern, what):
    text = _env(name, default)
    if not re.fullmatch(pattern, text):
        raise Refused(f"{name}={text} is not {what}")
    return text


@dataclasses.dataclass
class Config:
    """One run of the machine; the fields are design.md's variables."""
    build: str = "build"
    emu: str = "qemu"
    cpu: str = ""
    boot: str = "pvh"
    mem: str = "256M"
    smp: str = "1"
    accel: str = ""
    icount: bool = False
    cmdline: str = ""
    timeout: float = 0
    verbose: bool = False
    kernel: str = ""
    bootfs: str = ""
    iso: str = ""
    qemu_args: str = ""

    @classmethod
    def from_environment(cls, boot="pvh"):
        """`boot` is the way that is taken if the user names none."""
        build = _env("B", "build")
        emu = _env("EMU", "qemu")
        config = cls(
            build=build, emu=emu, cpu=_shaped("CPU", "", r"[\w.,+=-]*",
                                              "a processor model"),
            boot=_env("BOOT", "bios" if emu == "bochs" else boot),
            mem=_shaped("MEM", "256M", "0*[1-9][0-9]*[KkMmGg]?",
                        "a size, like 64M or 1G"),
            smp=_shaped("SMP", "1", "0*[1-9][0-9]*", "a positive number"),
            accel=_env("ACCEL"),
            icount=_shaped("ICOUNT", "0", "[01]", "0 or 1") == "1",
            cmdline=_env("CMDLINE"),
            timeout=_number("TIMEOUT", 0), verbose=bool(_env("V")),
            kernel=f"{build}/ostia.elf", bootfs=f"{build}/bootfs.tar",
            iso=f"{build}/ostia.iso", qemu_args=_env("QEMU_ARGS"))
        if config.boot not in ("pvh", "bios", "uefi"):
            raise Refused(f"BOOT={config.boot} is none of pvh, bios, uefi")
        if config.accel not in ("", "tcg", "kvm"):
            raise Refused(f"ACCEL={config.accel} is none of tcg, kvm")
        if config.accel == "kvm" and config.icount:
            raise Refused("ICOUNT=1 counts by TCG, not with ACCEL=kvm")
        if config.emu not in ("qemu", "bochs"):
            raise Refused(f"EMU={config.emu} is none of qemu, bochs")
        if config.emu == "bochs":
            config.check_bochs()
        if int(config.smp) > 1:
            say(f"SMP={config.smp}: the machine has so many processors, and "
                "Ostia uses one of them")
        return config

    def check_bochs(self):
        """Refuses what only QEMU can do."""
        for name, wrong in (
                (f"BOOT={self.boot}", self.boot != "bios"),
                (f"SMP={self.smp}", int(self.smp) != 1),
                (f"ACCEL={self.accel}", self.accel), ("ICOUNT=1", self.icount),
                ("QEMU_ARGS", self.qemu_args)):
            if wrong:
                raise Refused(f"EMU=bochs cannot do {name}: that is QEMU's")

    def with_(self, **changes):
        return dataclasses.replace(self, **changes)

    def log_path(self, name, suffix="log"):
        folder = os.path.join(self.build, "log")
        os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, f"{name}.{suffix}")


def build_flags(build):
    """The compilers and linkers with their flags, as the Makefile has them."""
    values = {}
    with open(os.path.join(build, "tools.mk"), encoding="utf-8") as file:
        for line in file:
            key, _, value = line.strip().partition("=")
            values[key] = shlex.split(value)
    return values


def say(text):
    """One line for the person at the terminal, apart from the guest's."""
    print(f"ostia: {text}", file=sys.stderr, flush=True)
