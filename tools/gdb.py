# SPDX-License-Identifier: MIT
"""gdb.py - what `make debug` adds to GDB.

    ostia-attach SOCKET BUILD   attach to QEMU, which waits
    ostia-program NAME          also take the symbols of the program NAME
    ostia-current               the task and thread that run, or ran last
    ostia-tasks                 all tasks
    ostia-threads [TASK]        all threads, or those of the task with this
                                number: their states, and what they wait for
    ostia-ports TASK            the names of a task and the rights behind them
    ostia-queue                 the threads that are ready to run, best first
    $ostia_in("NAME")           whether the task that runs has this name

All user programs are linked at one address, so a breakpoint in one also stops
any other that has code there, but for `hbreak PLACE if $ostia_in("NAME")`.
"""

import os

import gdb

OTHER_FILES = (".o", ".tar", ".program")    # beside a task's program


class Attach(gdb.Command):
    """ostia-attach SOCKET BUILD: attach to QEMU."""

    def __init__(self):
        super().__init__("ostia-attach", gdb.COMMAND_USER)
        self.build = "build"

    def invoke(self, argument, from_tty):
        socket, Attach.build = gdb.string_to_argv(argument)
        for setting in ("pagination off", "confirm off",
                        "architecture i386:x86-64"):
            gdb.execute(f"set {setting}", to_string=True)
        gdb.execute(f"target remote {socket}")
        print("Attached.  `hbreak kernel_main` and `continue` go to the "
              "kernel's C code; `ostia-program NAME` adds a program.")


class Program(gdb.Command):
    """ostia-program NAME: take the symbols of a user program."""

    def __init__(self):
        super().__init__("ostia-program", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        name = argument.strip()
        for folder in self.folders():
            path = os.path.join(folder, name)
            if name and os.path.isfile(path):
                gdb.execute(f"add-symbol-file {path}")
                return
        raise gdb.GdbError(f"there is no program {name}; the Tab key "
                           "completes the names that there are")

    def complete(self, text, word):
        return [name for folder in self.folders()
                for name in os.listdir(folder)
                if name.startswith(word) and not name.endswith(OTHER_FILES)]

    @staticmethod
    def folders():
        """Ours first, then those that TASK= has left."""
        paths = [os.path.join(Attach.build, name) for name in ("user", "task")]
        return filter(os.path.isdir, paths)


# ---- the kernel's structures

RIGHTS = ((1 << 16, "SEND"), (1 << 17, "RECEIVE"), (1 << 18, "SEND_ONCE"),
          (1 << 19, "PORT_SET"), (1 << 20, "DEAD_NAME"))
CHUNK = 128                     # IE_CHUNK
UREFS = 0xffff


def value(text):
    return gdb.parse_and_eval(text)


def elements(head, kind, link):
    """Each element of the queue `head`, as a pointer to struct `kind`."""
    pointer = gdb.lookup_type(f"struct {kind}").pointer()
    offset = next(field.bitpos // 8 for field in pointer.target().fields()
                  if field.name == link)
    entry = head["next"]
    while entry != head.address and int(entry) != 0:
        yield gdb.Value(int(entry) - offset).cast(pointer)
        entry = entry["next"]


def tasks():
    return elements(value("tasks"), "task", "task_link")


def task_name(task):
    return task["task_name"].string(errors="replace")


def task_of(argument):
    """The task with this number."""
    for task in tasks():
        if argument.strip() == str(int(task["task_id"])):
            return task
    raise gdb.GdbError("There is no such task: ostia-tasks lists their "
                       "numbers.")


def function_at(pointer):
    """The name of the function that a pointer points to."""
    block = gdb.block_for_pc(int(pointer)) if int(pointer) else None
    while block is not None and block.function is None:
        block = block.superblock
    return block.function.name if block is not None else "?"


def state(thread):
    """What a thread does: its state, and how it will go on."""
    text = str(thread["th_state"]).replace("TH_", "").lower()
    waiter = thread["th_ipc"]["ith_waiter"]
    if thread["th_held"]:
        text += ", suspended"
    elif int(waiter["wr_continue"]) != 0:
        text += f", goes on with {function_at(waiter['wr_continue'])}"
        port = thread["th_ipc"]["ith_object"]
        if text.startswith("waiting") and int(port) != 0:
            text += f" ({int(port):#x})"
    return text


def describe(thread):
    task = thread["th_task"]
    return (f"thread {int(thread['th_id'])} of task {int(task['task_id'])} "
            f"\"{task_name(task)}\"")


def entries(space):
    """Each slot in use of a space's name table."""
    table = space["is_entries"]
    kind = gdb.lookup_type("struct ipc_entry").pointer()
    for number in range(int(table["it_length"])):
        chunk = table["it_chunks"][number]
        if int(chunk) == 0:
            continue
        for place in range(CHUNK):
            entry = chunk.cast(kind)[place]
            if int(entry["ie_bits"]) & sum(bit for bit, _ in RIGHTS):
                yield entry


def port_text(port):
    """What a port is: a kernel object, or how much waits in it."""
    if str(port["ip_state"]) == "IP_KERNEL":
        kind = value("ipc_kobject_ops")[int(port["ip_kotype"])]["iko_name"]
        return f"kernel object: {kind.string() if int(kind) else '?'}"
    return (f"{int(port['ip_msgcount'])} messages, "
            f"{int(port['ip_srights'])} send rights")


def right_text(entry):
    bits = int(entry["ie_bits"])
    names = [name for bit, name in RIGHTS if bits & bit]
    name = int(entry["ie_index"]) << 8 | bits >> 24
    text = f"{name:#8x}  {'+'.join(names):<12} {bits & UREFS:5}"
    if "DEAD_NAME" in names or "PORT_SET" in names:
        return text
    port = entry["ie_port"]
    return f"{text}  {int(port):#x}  {port_text(port)}"


class Listing(gdb.Command):
    """One of the commands below: prints what its function yields."""

    def __init__(self, name, lines):
        self.lines = lines
        self.__doc__ = f"{name}: {lines.__doc__}"
        super().__init__(name, gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        try:
            for line in self.lines(argument):
                print(line)
        except gdb.MemoryError as error:
            raise gdb.GdbError(f"{error}: has the kernel come up yet?")


def list_current(argument):
    """the task and thread that run, or ran last."""
    thread = value("boot_cpu.cpu_thread")
    if int(thread) == 0:
        yield "no thread"
    else:
        idle = " (idle)" if value("boot_cpu.cpu_idle") else ""
        yield describe(thread) + idle


class In(gdb.Function):
    """ostia_in("NAME"): whether the task that runs has this name."""

    def __init__(self):
        super().__init__("ostia_in")

    def invoke(self, name):
        thread = value("boot_cpu.cpu_thread")
        return int(thread) != 0 and \
            task_name(thread["th_task"]) == name.string()


def list_tasks(argument):
    """all tasks."""
    yield "task  threads  names  name"
    for task in tasks():
        space = task["task_space"]
        names = int(space["is_names"]) if int(space) else 0
        end = "" if task["task_active"] else "  (ends)"
        yield (f"{int(task['task_id']):4}  "
               f"{int(task['task_thread_count']):7}  {names:5}  "
               f"{task_name(task)}{end}")


def list_threads(argument):
    """all threads, or those of the task with this number."""
    chosen = [task_of(argument)] if argument.strip() else list(tasks())
    for task in chosen:
        for thread in elements(task["task_threads"], "thread",
                               "th_task_link"):
            yield f"{describe(thread)}: {state(thread)}"


def list_ports(argument):
    """the names of a task and the rights behind them."""
    space = task_of(argument)["task_space"]
    if int(space) == 0:
        raise gdb.GdbError("That task has no names.")
    yield "    name  right        urefs  port"
    for entry in entries(space):
        yield right_text(entry)


def list_queue(argument):
    """the threads that are ready to run, best first."""
    queues = value("run_queue.rq_queue")
    low, high = queues.type.range()
    for priority in range(high, low - 1, -1):
        for thread in elements(queues[priority], "thread", "th_run_link"):
            yield f"priority {priority}: {describe(thread)}"


Attach()
Program()
In()
Listing("ostia-current", list_current)
Listing("ostia-tasks", list_tasks)
Listing("ostia-threads", list_threads)
Listing("ostia-ports", list_ports)
Listing("ostia-queue", list_queue)
