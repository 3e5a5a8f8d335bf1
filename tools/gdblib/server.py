# SPDX-License-Identifier: MIT
"""server.py - what the bootstrap server knows: the names of services, and which
tasks are a part of the system.

It lies in the server's memory, which the machine may not have mapped now: its
page tables are walked here.
"""

import os

import gdb

from gdblib.kernel import entries, tasks

PHYSMAP = 0xffff800000000000    # PHYSMAP_BASE
FRAME = 0x000ffffffffff000
PAGE = 4096
LARGE = 1 << 7


def read(task, address, size):
    """Bytes of a task's memory, zeros where it was never touched."""
    data = b""
    while size > 0:
        count = min(size, PAGE - address % PAGE)
        place = physical(task, address)
        data += bytes(count) if place is None else bytes(
            gdb.selected_inferior().read_memory(PHYSMAP + place, count))
        address, size = address + count, size - count
    return data


def physical(task, address):
    frame = int(task["task_map"]["map_pmap"]["pm_root"])
    for shift in (39, 30, 21, 12):
        entry = int.from_bytes(gdb.selected_inferior().read_memory(
            PHYSMAP + frame + (address >> shift & 511) * 8, 8), "little")
        if not entry & 1:
            return None
        frame = entry & FRAME
        if entry & LARGE and shift > 12:
            return (frame & -1 << shift) + address % (1 << shift)
    return frame + address % PAGE


def static(name):
    """A static variable, even where a local one of that name is in scope."""
    return gdb.lookup_static_symbol(name).value()


class Server:
    """The first task; `names` are those of ports (by address), `system` the
    addresses of tasks that the configuration started as services."""

    def __init__(self, build):
        self.names, self.system = {}, set()
        self.task = next((task for task in tasks()
                          if int(task["task_id"]) == 1), None)
        program = os.path.join(build, "user", "bootstrap")
        if self.task is None or not int(self.task["task_space"]) or \
                not os.path.exists(program):
            return
        gdb.execute(f"add-symbol-file {program}", to_string=True)
        ports = {name: port
                 for name, _, port in entries(self.task["task_space"])}
        for service in self._list("services", "sn_next"):
            port = ports.get(int(service["sn_port"]))
            if port:
                self.names[port] = service["sn_name"].string(errors="replace")
        for job in self._list("jobs", "jb_next"):
            port = ports.get(int(job["jb_task"]))
            if port and str(job["jb_state"]) == "JOB_RUNNING" and \
                    not job["jb_named"] and not int(job["jb_parent"]):
                self.system.add(port)

    def _list(self, name, link):
        """The elements of a list of the server, from a static pointer on."""
        head = static(name)
        kind = head.type.target()
        place = int.from_bytes(read(self.task, int(head.address), 8), "little")
        while place:
            element = gdb.Value(read(self.task, place, kind.sizeof), kind)
            yield element
            place = int(element[link])
