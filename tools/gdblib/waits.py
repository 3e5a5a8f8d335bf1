# SPDX-License-Identifier: MIT
"""waits.py - what the threads of a run wait for, and whether it can ever come.

Whoever holds a right to send to a port may send there: a task by a name, or by
one of its special ports; a message in a queue, for who receives it; a request
to be told of a death, for the task that may die; or the kernel.  From these
follows who could go on at all: a task that runs, or waits for a time, or for
what another such task may do.  What is left waits for ever.
"""

import gdb

from gdblib.kernel import (elements, entries, function_at, port_at, task_name,
                           tasks, threads, value)
from gdblib.server import Server, read

SEND, RECEIVE, SEND_ONCE = 1 << 16, 1 << 17, 1 << 18
MAKES = {17: SEND, 18: SEND_ONCE}   # MACH_MSG_TYPE_PORT_…
REMOTE, LOCAL = 0x1f, 0x1f00        # of msgh_bits
DEAD = (1 << 64) - 1
PORTS_MAX = 8000                    # looked at; beyond, anybody may hold a right
KERNEL, KEYS = "the kernel", "whoever types on the console"
THREADS_MAX = 40                    # told of
FRAMES_MAX = 16
USER_END = 1 << 47


class Picture:
    """All rights to send, and who could go on."""

    def __init__(self, build):
        self.server = Server(build)
        self.tasks = {int(task): task for task in tasks()
                      if int(task) != int(value("kernel_task"))}
        self.spaces = {int(task["task_space"]): address
                       for address, task in self.tasks.items()}
        self.holders = {}           # of each port, as `may` takes them
        self.counts = {}            # and how many rights of it were found
        self.whole = True
        for address, task in self.tasks.items():
            self._look_at_task(address, task)
        self._look_at_ports()
        self.awake = set()
        while self._spread():
            pass

    # ---- Who holds a right

    def _hold(self, port, holder, count=1):
        if port in (0, DEAD):
            return
        self.holders.setdefault(port, set()).add(holder)
        self.counts[port] = self.counts.get(port, 0) + count

    def _look_at_task(self, address, task):
        if int(task["task_space"]):
            for _, bits, port in entries(task["task_space"]):
                if bits & (SEND | SEND_ONCE):
                    self._hold(port, address)
        low, high = task["itk_ports"].type.range()
        for place in range(low, high + 1):
            self._hold(int(task["itk_ports"][place]), address)

    def _look_at_ports(self):
        objects = elements(value("ipc_state.is_objects"), "ipc_object",
                           "io_link")
        for number, thing in enumerate(objects):
            if number == PORTS_MAX:
                self.whole = False
                return
            if str(thing["io_kind"]) == "IOT_PORT":
                self._look_at_port(port_at(int(thing)))
        for queue, holder in (("readers", KEYS), ("writers", KERNEL)):
            for waiter in elements(value(f"console.c_{queue}.cq_waiters"),
                                   "console_waiter", "cw_link"):
                self._hold(int(waiter["cw_reply"]), holder)

    def _look_at_port(self, port):
        here = ("port", int(port))
        if int(port["ip_msgcount"]):
            owed = int(port["ip_owed_link"].address)
            for kmsg in elements(port["ip_messages"], "ipc_kmsg", "ikm_link"):
                if int(kmsg["ikm_link"].address) != owed:
                    self._look_at_message(kmsg, here)
        if int(port["ip_request_count"]):
            for request in elements(port["ip_requests"], "ipc_request",
                                    "ir_link"):
                self._hold(int(request["ir_kmsg"]["ikm_remote"]), here)
        for name in ("ip_nsrequest", "ip_pdrequest"):
            if int(port[name]):
                self._hold(int(port[name]["ikm_remote"]), here)
        for waiter in elements(port["ip_senders"], "sched_thread",
                               "st_wait_link"):
            ipc = waiter.cast(gdb.lookup_type("struct ipc_thread").pointer())
            self._look_at_message(ipc["ith_kmsg"], here)

    def _look_at_message(self, kmsg, here):
        """What is in a message is for who receives it."""
        bits = int(kmsg["ikm_header"]["msgh_bits"])
        # Its destination's right is the message's own, and used by it.
        self.counts[here[1]] = self.counts.get(here[1], 0) + 1
        if (bits & LOCAL) >> 8 in MAKES:
            self._hold(int(kmsg["ikm_local"]), here)
        for place in range(int(kmsg["ikm_part_count"])):
            part = kmsg["ikm_parts"][place]
            if int(part["pa_type"]) not in MAKES:
                continue
            if int(part["pa_kind"]) == int(value("PART_PORT")):
                self._hold(int(part["pa_port"]), here)
            elif int(part["pa_kind"]) == int(value("PART_PORTS")):
                for number in range(int(part["pa_first"]),
                                    int(part["pa_last"])):
                    self._hold(int(part["pa_ports"][number]), here)

    def senders(self, port):
        """Who may send to a port."""
        found = set(self.holders.get(int(port), ()))
        rights = int(port["ip_srights"]) + int(port["ip_sorights"])
        if rights > self.counts.get(int(port), 0) or not self.whole:
            found.add(KERNEL)
        return found

    # ---- Who could go on

    def receiver(self, port):
        """The task that receives from a port, or that it stands for."""
        if str(port["ip_state"]) == "IP_KERNEL":
            return int(port["ip_kobject"])
        return self.spaces.get(int(port["ip_receiver"]))

    def may(self, holder):
        """Whether this holder of a right could use it some time."""
        if holder in (KERNEL, KEYS):
            return True
        if not isinstance(holder, tuple):
            return holder in self.awake
        port = port_at(holder[1])
        task = self.receiver(port)
        if task not in self.tasks:
            return True             # on its way, or a thread's
        return task in self.awake

    def _spread(self):
        """More tasks that could go on; false for no one more."""
        more = {address for address, task in self.tasks.items()
                if address not in self.awake and
                any(self.could_go_on(thread) for thread in threads(task))}
        self.awake |= more
        return bool(more)

    def could_go_on(self, thread):
        kind, port = wait_of(thread)
        if is_timed(thread):
            return True
        if kind == "suspended":
            return any(map(self.may, self.resumers(thread)))
        if kind == "send":
            task = self.receiver(port)
            return task not in self.tasks or task in self.awake
        if kind in ("receive", "exception"):
            return any(self.may(holder) for each in members(port)
                       for holder in self.senders(each))
        return kind != "was not started"

    def resumers(self, thread):
        """Who else may resume a suspended thread, or its task."""
        ports = [port for port in (thread["th_self"],
                                   thread["th_task"]["itk_self"]) if int(port)]
        return {holder for port in ports for holder in
                self.holders.get(int(port), ())} - {int(thread["th_task"])}

    # ---- In words

    def called(self, holder):
        if isinstance(holder, tuple):
            task = self.receiver(port_at(holder[1]))
            return self.called(task) if task in self.tasks else KERNEL
        if isinstance(holder, str):
            return holder
        return task_name(self.tasks[holder])

    def port(self, port):
        """A port as a person calls it."""
        name = self.server.names.get(int(port))
        return f'"{name}"' if name else \
            f"port {int(port['ip_receiver_name']):#x}"

    def where(self, thing):
        """A port or set that is received from."""
        ports = members(thing)
        if str(thing["ip_object"]["io_kind"]) == "IOT_PORT":
            return self.port(thing)
        return (f"a set of {len(ports)} ports (" +
                ", ".join(self.port(port) for port in ports[:4]) +
                (", …)" if len(ports) > 4 else ")"))

    def lines(self, thread):
        """What one thread does, and how it may go on."""
        kind, port = wait_of(thread)
        who = (f"{task_name(thread['th_task'])}, thread "
               f"{int(thread['th_id'])}")
        if is_timed(thread):
            who += ", for some time"
        if kind == "send":
            yield (f"{who}: waits to send to {self.port(port)}, whose queue is "
                   f"full ({int(port['ip_msgcount'])} of "
                   f"{int(port['ip_qlimit'])})")
            task = self.receiver(port)
            yield self.verdict({task} if task in self.tasks else {KERNEL},
                               "receive")
        elif kind == "receive":
            yield f"{who}: waits for a message to {self.where(port)}"
            yield self.verdict({holder for each in members(port)
                                for holder in self.senders(each)}, "send")
        elif kind == "exception":
            yield f"{who}: waits for the answer to its exception"
            yield self.verdict(self.senders(port), "answer")
        elif kind == "suspended":
            yield f"{who}: is suspended"
            yield self.verdict(self.resumers(thread), "resume it")
        else:
            yield f"{who}: {kind}"

    def verdict(self, holders, verb):
        awake = sorted({self.called(holder) for holder in holders
                        if self.may(holder)})
        asleep = sorted({self.called(holder) for holder in holders})
        if awake:
            return f"  who may {verb}: {', '.join(awake)}"
        if len(asleep) > 1:
            return (f"  nobody ever will: {', '.join(asleep)} could {verb}, and "
                    "all wait themselves")
        if asleep:
            return f"  nobody ever will: {asleep[0]} could {verb}, and waits"
        return f"  nobody ever will: there is no right to {verb}"


def is_timed(thread):
    sched = thread["th_ipc"]["ith_sched"]
    return str(sched["st_state"]) == "TH_WAITING" and \
        bool(sched["st_timer"]["tm_armed"])


def members(thing):
    """The ports behind what a thread receives from."""
    if str(thing["ip_object"]["io_kind"]) == "IOT_PORT":
        return [thing]
    kind = gdb.lookup_type("struct ipc_pset").pointer()
    return [port_at(int(link["il_port"])) for link in
            elements(thing.cast(kind)["ips_members"], "ipc_link",
                     "il_set_link")]


def wait_of(thread):
    """What a thread does, and the port that it is about."""
    ipc = thread["th_ipc"]
    sched = ipc["ith_sched"]
    state = str(sched["st_state"])
    if int(thread["th_suspend_count"]) or \
            int(thread["th_task"]["task_suspend_count"]):
        return "suspended", None
    if state != "TH_WAITING":
        return "runs" if state == "TH_RUNNING" else "is ready to run", None
    if int(ipc["ith_object"]):
        return "receive", port_at(int(ipc["ith_object"]))
    if int(sched["st_wait_link"]["next"]) and int(ipc["ith_kmsg"]):
        return "send", ipc["ith_kmsg"]["ikm_remote"]
    if int(thread["th_exc_reply"]):
        return "exception", thread["th_exc_reply"]
    name = function_at(sched["st_continue"])
    return f"waits, to go on with {name}", None


def report(build):
    """Lines on each thread of each task of the run: those of the bootstrap
    server and of its services are left out."""
    picture = Picture(build)
    mine = [thread for task in picture.tasks.values()
            if int(task["task_id"]) != 1 and
            int(task["itk_self"]) not in picture.server.system
            for thread in threads(task)]
    for thread in mine[:THREADS_MAX]:
        does, *outlook = picture.lines(thread)
        yield does
        yield "  at " + " ".join(f"{address:#x}" for address in frames(thread))
        yield from outlook
    if len(mine) > THREADS_MAX:
        yield f"and {len(mine) - THREADS_MAX} threads more"


def frames(thread):
    """Where a thread is in its program, and the addresses it returns to."""
    frame = thread["th_frame"]
    where, base = int(frame["tf_rip"]), int(frame["tf_rbp"])
    now = int(value("$rip"))
    if str(thread["th_ipc"]["ith_sched"]["st_state"]) == "TH_RUNNING" and \
            0 < now < USER_END:
        where, base = now, int(value("$rbp"))
    found = [where]
    while 0 < base < USER_END and len(found) < FRAMES_MAX:
        two = read(thread["th_task"], base, 16)
        above = int.from_bytes(two[:8], "little")
        found.append(int.from_bytes(two[8:], "little"))
        if above <= base:
            break
        base = above
    return [address for address in found if address]
