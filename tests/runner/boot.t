#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""boot.t - a machine or a loader that cannot do is told what is wrong.

Whatever is missing, the last line says it and what to do, on the serial line
and as the status, and the machine ends with 37.
"""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, done, ok                 # noqa: E402
from machinelib import Stub, boot, bootfs_with, symbols     # noqa: E402
from runlib.machine import OVMF                    # noqa: E402

PANIC = 37
AT = symbols()
FOLDER = os.path.join(BUILD, "runner", "boot")
LONGEST = 1023
SCREEN = 0xb8000
LEFT = 400 << 10              # beside the kernel and the boot file system
os.makedirs(FOLDER, exist_ok=True)


def refused(text, words, name="boot", **changes):
    """The run ends with a panic that has these words, in one whole line."""
    outcome, log = boot(name, **changes)
    line = next((line for line in log.splitlines()
                 if re.search(r"(^|\x1b\[\S*?)# panic: ", line)), "")
    line = "panic: " + line.partition("# panic: ")[2]
    ok(outcome.code == PANIC and words in line and outcome.status == line,
       text, f"code {outcome.code}", f"status {outcome.status!r}",
       f"line {line!r}", f"wanted {words!r}", *outcome.tail)


def passed(text, words="", name="boot", **changes):
    outcome, log = boot(name, **changes)
    ok(outcome.code == 33 and outcome.status == "exit 0" and words in log,
       text, f"code {outcome.code}", f"status {outcome.status!r}",
       *outcome.tail)
    return log


def file_of(name, data):
    path = os.path.join(FOLDER, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


# ---- the processor

refused("PVH: no long mode", "no long mode; Ostia needs x86_64",
        qemu_args="-cpu qemu32")
refused("PVH: no NX", "no NX", qemu_args="-cpu max,-nx")
refused("PVH: no SYSCALL", "no SYSCALL", qemu_args="-cpu max,-syscall")
refused("GRUB: no long mode", "no long mode; Ostia needs x86_64", boot="bios",
        silence=60, qemu_args="-cpu qemu32")
passed("the plainest processor does", cmdline="test=hello",
       qemu_args="-cpu qemu64")

# ---- the loader

for entry, spoil in (("boot_pvh", lambda machine: machine.write(
                          machine.get("rbx"), bytes(4))),
                     ("boot_multiboot2", lambda machine: machine.set(
                         "rax", 0x2badb002))):
    with Stub("boot-magic") as machine:
        machine.go(AT["boot_pvh"])
        spoil(machine)
        machine.set("rip", AT[entry])
        code, status, log = machine.finish()
    ok(code == PANIC and "# " + status in log.splitlines() and
       status == "panic: boot: start Ostia by a Multiboot2 loader or by PVH",
       f"{entry}: another loader's magic", code, status, log)

with Stub("boot-screen", qemu_args="-cpu max,-nx") as machine:
    machine.go(AT["boot_refuse.stop"])
    screen = machine.monitor("human-monitor-command",
                             **{"command-line": f"xp /160xb {SCREEN:#x}"})
cells = re.findall(r"0x([0-9a-f]{2})\b", re.sub(r"(?m)^\w+:", "", screen))
text = bytes.fromhex("".join(cells[::2])).decode("latin-1")
ok("panic: boot: this processor has no NX" in text,
   "a refusal is on the screen too", repr(text))

# ---- the boot file system

refused("PVH: no module", "load build/bootfs.tar as the module", bootfs="")
NONE = "no boot/bootstrap in the boot file system; build it with make"
refused("no bootstrap server", NONE,
        bootfs=bootfs_with(f"{FOLDER}/none.tar", {},
                           lambda name: name != "boot/bootstrap"))
refused("an empty bootstrap server", NONE,
        bootfs=bootfs_with(f"{FOLDER}/empty.tar", {"boot/bootstrap": b""}))
refused("a module that is no archive", NONE,
        bootfs=file_of("noise.tar", bytes(range(256)) * 64))
with open(f"{BUILD}/bootfs.tar", "rb") as file:
    archive = file.read()
for size in (1, 3000):
    refused(f"an archive that is cut after {size} bytes", NONE,
            bootfs=file_of("cut.tar", archive[:size]))
refused("an archive that ends within the bootstrap server",
        "bad boot/bootstrap", bootfs=file_of("cut.tar", archive[:3 * 4096]))

# struct boot_image of kernel/bootstrap.c: its fields, those of its first segment,
# and the address of its second.
ENTRY, ADDRESS, SIZE, OFFSET, PROT, SECOND = range(520, 568, 8)
FIELD = {at: int.from_bytes(archive[at:at + 8], "little")
         for at in (ADDRESS, SECOND)}
for text, at, value in (
        ("a segment at 0", ADDRESS, 0),
        ("a segment in the kernel's half", ADDRESS, (1 << 64) - (1 << 31)),
        ("a segment that is too large", SIZE, 1 << 46),
        ("a size that wraps around", SIZE, (1 << 64) - 1),
        ("two segments in one place", SIZE,
         FIELD[SECOND] - FIELD[ADDRESS] + 4096),
        ("a segment beyond the module", OFFSET, 1 << 40),
        ("a segment that begins within a page", OFFSET, 0x1008),
        ("a segment that is writable and executable", PROT, 7),
        ("a protection that there is not", PROT, 1 << 8 | 5),
        ("an entry point that is no address", ENTRY, 1 << 60)):
    refused(text, "build it again with make", bootfs=file_of(
        "bad.tar", archive[:at] + value.to_bytes(8, "little") +
        archive[at + 8:]))

stage = os.path.join(FOLDER, "iso", "boot", "grub")
os.makedirs(stage, exist_ok=True)
subprocess.check_call(["cp", f"{BUILD}/ostia.elf", f"{FOLDER}/iso/boot"])
with open(f"{stage}/grub.cfg", "w", encoding="utf-8") as file:
    file.write("multiboot2 /boot/ostia.elf test=hello\nboot\n")
subprocess.check_call(
    ["grub-mkrescue", "-o", f"{FOLDER}/none.iso", "--locales=", "--fonts=",
     "--themes=", "--install-modules=multiboot2 normal iso9660 part_msdos",
     f"{FOLDER}/iso"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
refused("GRUB: no module", "load build/bootfs.tar as the module", boot="bios",
        silence=60, iso=f"{FOLDER}/none.iso")

# ---- memory

room = (8 << 20) - AT["kernel_phys_end"] - LEFT
refused("too little memory: what to do is told", "give the machine more (MEM=)",
        mem="8M", bootfs=bootfs_with(f"{FOLDER}/large.tar", {}, size=room))
passed("10 MiB are enough for a small task", mem="10M", cmdline="test=hello")

# ---- the command line

words = "test=hello " + "x" * (LONGEST - len("test=hello "))
log = passed("the longest command line is taken", cmdline=words)
ok("is cut" not in log, "... as a whole")
passed("a longer one is cut, and that is told", "is cut after 1023 bytes",
       cmdline=words + "yyyy")

# ---- the third way

if any(map(os.path.exists, OVMF)):
    iso = f"{FOLDER}/uefi.iso"
    subprocess.check_call(["tools/mkiso", iso, f"{BUILD}/ostia.elf",
                           f"{BUILD}/bootfs.tar", "test=hello"])
    passed("UEFI: GRUB boots the ISO to the end", name="boot-uefi",
           boot="uefi", silence=90, iso=iso)
else:
    ok(True, "UEFI # SKIP no OVMF here: sudo apt-get install ovmf")

done()
