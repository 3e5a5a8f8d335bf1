#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""firmware.t - what firmware may say: RAM in many pieces, ACPI's tables above
4 GiB.  The test stops the machine at the kernel's first instruction and
rewrites what QEMU has prepared.
"""

import os
import re
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, done, equal, ok                 # noqa: E402
from machinelib import Stub, symbols               # noqa: E402

AT = symbols()
MIB = 1 << 20
MAP, MAP_COUNT, RSDP = 40, 48, 32       # in the PVH start structure
START = MIB                     # where RAM for the kernel begins
WHOLE = 128 * MIB
TOP = (192 * MIB, 256 * MIB - 0x20000)  # the boot file system is there
PIECES = 300
PIECE, HOLE = 0x6000, 0x4000
HEADER = 36                     # of an ACPI table, in bytes
NONE = "no IO-APIC found"
BEYOND = 1 << 45
XSDT, MADT = 0x100000000, 0x13fffffc0   # this one crosses a GiB's end


def round_page(size):
    return (size + 4095) & ~4095


def entry(start, end, kind=1):
    return struct.pack("<QQII", start, end - start, kind, 0)


# ---- RAM in many pieces, every second one reserved

with Stub("ranges", mem="256M", cmdline="test=t_libc") as machine:
    machine.go(AT["boot_pvh"])
    info = machine.get("rbx")
    ranges = entry(START, WHOLE)
    at = WHOLE
    for _ in range(PIECES):
        ranges += entry(at, at + PIECE) + entry(at + PIECE, at + PIECE + HOLE,
                                                2)
        at += PIECE + HOLE
    ranges += entry(*TOP)
    table = WHOLE - 2 * MIB
    machine.write(table, ranges)
    machine.write(info + MAP, struct.pack("<QI", table, 2 + 2 * PIECES))
    code, status, log = machine.finish()
equal((code, status), (33, "exit 0"), f"{PIECES} pieces of RAM do no harm")
told = re.search(r"(\d+) MiB of RAM", log)
ok("too many memory ranges" not in log and told, "none is left out", log[:400])
free = WHOLE - AT["kernel_phys_end"] + PIECES * PIECE + TOP[1] - TOP[0]
free -= round_page(os.path.getsize(f"{BUILD}/bootfs.tar"))
equal(told and int(told.group(1)), free // MIB,
      "all count as RAM")

# ---- ACPI's tables


def summed(data, at):
    """`data` with a byte at `at` that makes the sum of all zero."""
    data = bytearray(data)
    data[at] = 0
    data[at] = -sum(data) & 0xff
    return bytes(data)


def table_at(machine, address):
    size = int.from_bytes(machine.read(address + 4, 4), "little")
    return machine.read(address, size)


def pointers(form, data):
    return [pointer for pointer, in struct.iter_unpack(form, data)]


def find_madt(machine, rsdp):
    root, = pointers("<I", machine.read(rsdp + 16, 4))
    tables = [table_at(machine, pointer) for pointer in
              pointers("<I", table_at(machine, root)[HEADER:])]
    return next(table for table in tables if table[:4] == b"APIC")


def with_tables_at(xsdt, madt):
    """The log of a run whose tables have been moved there."""
    with Stub("acpi", mem="6G", cmdline="test=hello") as machine:
        machine.go(AT["boot_pvh"])
        rsdp = machine.word(machine.get("rbx") + RSDP)
        table = find_madt(machine, rsdp)
        machine.write(xsdt, summed(
            b"XSDT" + struct.pack("<I", HEADER + 8) + table[8:HEADER] +
            struct.pack("<Q", madt), 9))
        if madt < BEYOND:
            machine.write(madt, table)
        pointer = summed(b"RSD PTR \0OSTIA \2" + bytes(4), 8)
        machine.write(rsdp, summed(
            pointer + struct.pack("<IQI", 36, xsdt, 0), 32))
        code, status, log = machine.finish()
    equal((code, status), (33, "exit 0"), f"tables at {xsdt:#x}, {madt:#x}")
    return log


ok(NONE not in with_tables_at(XSDT, MADT),
   "ACPI's tables are read above 4 GiB too")
log = with_tables_at(XSDT, BEYOND)
ok(NONE in log, "one that is nowhere is as good as none", log)

done()
