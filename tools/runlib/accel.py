# SPDX-License-Identifier: MIT
"""accel.py - KVM, if it can run our guest; else TCG.

Some hosts offer a /dev/kvm that cannot run a full guest.  The only sound test
is to boot one: the bootstrap server's first line says that kernel and user
mode both work.  The answer is kept in the build directory.
"""

import os
import platform

from runlib import config as configuration
from runlib.machine import Machine

PROBE_SECONDS = 4


def choose(config, kvm="/dev/kvm"):
    """tcg or kvm, for this configuration on this host; Bochs has neither."""
    if config.emu == "bochs":
        return ""
    if config.accel == "kvm":
        return demand(config, kvm)
    if config.accel:
        return config.accel
    if config.icount or not os.access(kvm, os.R_OK | os.W_OK):
        return "tcg"
    answer = remembered(config)
    if answer:
        return answer
    answer = probe(config)
    if answer == "tcg":
        configuration.say(f"{kvm} cannot run Ostia here, so QEMU emulates the "
                          "processor (TCG)")
    return answer


def demand(config, kvm):
    """kvm, or a refusal; a bad answer of before is not taken for this."""
    if remembered(config) == "kvm":
        return "kvm"
    if not os.access(kvm, os.R_OK | os.W_OK) or probe(config) != "kvm":
        raise configuration.Refused(
            f"{kvm} cannot run Ostia here; without ACCEL=kvm QEMU emulates "
            "the processor (TCG)")
    return "kvm"


def kept_in(config):
    return os.path.join(config.build, "accel")


def this_host():
    return platform.node() + " " + platform.release()


def remembered(config):
    """What the last probe on this host found, or None."""
    try:
        with open(kept_in(config), encoding="utf-8") as file:
            kept, host = file.read().strip().split(" ", 1)
        return kept if host == this_host() else None
    except (OSError, ValueError):
        return None


def probe(config):
    answer = "kvm" if works(config) else "tcg"
    with open(kept_in(config), "w", encoding="utf-8") as file:
        file.write(f"{answer} {this_host()}\n")
    return answer


def works(config):
    """Boots by KVM until the bootstrap server speaks."""
    short = config.with_(boot="pvh", cmdline="", timeout=PROBE_SECONDS,
                         mem="256M", smp="1")
    machine = Machine(short, "kvm", "kvm-probe", lambda data: None,
                      until=lambda console: console.ready)
    return machine.run().ended == "quit" and machine.console.ready
