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
    """tcg or kvm, for this configuration on this host."""
    if config.accel:
        return config.accel
    if config.icount or not os.access(kvm, os.R_OK | os.W_OK):
        return "tcg"
    path = os.path.join(config.build, "accel")
    host = platform.node() + " " + platform.release()
    try:
        with open(path, encoding="utf-8") as file:
            kept, kept_host = file.read().strip().split(" ", 1)
        if kept_host == host:
            return kept
    except (OSError, ValueError):
        pass
    answer = "kvm" if works(config) else "tcg"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{answer} {host}\n")
    if answer == "tcg":
        configuration.say(f"{kvm} cannot run Ostia here, so QEMU emulates the "
                          "processor (TCG)")
    return answer


def works(config):
    """Boots by KVM until the bootstrap server speaks."""
    probe = config.with_(boot="pvh", cmdline="", timeout=PROBE_SECONDS,
                         mem="256M", smp="1")
    machine = Machine(probe, "kvm", "kvm-probe", lambda data: None,
                      until=lambda console: console.ready)
    return machine.run().ended == "quit" and machine.console.ready
