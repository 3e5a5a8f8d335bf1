# SPDX-License-Identifier: MIT
"""kernel.py - the kernel's structures, as GDB sees them in a machine that has
stopped."""

import struct

import gdb

RIGHTS = ((1 << 16, "SEND"), (1 << 17, "RECEIVE"), (1 << 18, "SEND_ONCE"),
          (1 << 19, "PORT_SET"), (1 << 20, "DEAD_NAME"))
CHUNK = 128                     # IE_CHUNK
PART = 2048                     # IPC_TABLE_PART
UREFS = 0xffff
TYPES = sum(bit for bit, _ in RIGHTS)


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


def nodes(node, kind, link):
    """Each element of the tree below `node`, in order, likewise."""
    if int(node) == 0:
        return
    pointer = gdb.lookup_type(f"struct {kind}").pointer()
    offset = next(field.bitpos // 8 for field in pointer.target().fields()
                  if field.name == link)
    yield from nodes(node["left"], kind, link)
    yield gdb.Value(int(node) - offset).cast(pointer)
    yield from nodes(node["right"], kind, link)


def threads(task):
    return nodes(task["task_threads"]["root"], "thread", "th_task_node")


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
    sched = thread["th_ipc"]["ith_sched"]
    text = str(sched["st_state"]).replace("TH_", "").lower()
    if sched["st_held"]:
        text += ", suspended"
    elif int(sched["st_continue"]) != 0:
        text += f", goes on with {function_at(sched['st_continue'])}"
        port = thread["th_ipc"]["ith_object"]
        if text.startswith("waiting") and int(port) != 0:
            text += f" ({int(port):#x})"
    return text


def describe(thread):
    task = thread["th_task"]
    return (f"thread {int(thread['th_id'])} of task {int(task['task_id'])} "
            f"\"{task_name(task)}\"")


def entries(space):
    """Each slot in use of a space's name table: name, bits, object."""
    table = space["is_entries"]
    kind = gdb.lookup_type("struct ipc_entry")
    index_at = next(field.bitpos // 8 for field in kind.fields()
                    if field.name == "ie_index")    # ie_bits lies before it
    for number in range(int(table["it_length"])):
        part, slot = divmod(number, PART)
        chunk = int(table["it_parts"][part][slot])
        if chunk == 0:
            continue
        memory = gdb.selected_inferior().read_memory(chunk,
                                                     CHUNK * kind.sizeof)
        for place in range(0, CHUNK * kind.sizeof, kind.sizeof):
            bits, index = struct.unpack_from("<II", memory,
                                             place + index_at - 4)
            if bits & TYPES:
                # The object is the first member, in a union without a name.
                yield (index << 8 | bits >> 24, bits,
                       struct.unpack_from("<Q", memory, place)[0])


def port_at(address):
    return gdb.Value(address).cast(gdb.lookup_type("struct ipc_port").pointer())


def port_text(port):
    """What a port is: a kernel object, or how much waits in it."""
    if str(port["ip_state"]) == "IP_KERNEL":
        kind = value("ipc_kobject_ops")[int(port["ip_kotype"])]["iko_name"]
        return f"kernel object: {kind.string() if int(kind) else '?'}"
    return (f"{int(port['ip_msgcount'])} messages, "
            f"{int(port['ip_srights'])} send rights")


def right_text(name, bits, port):
    names = [name for bit, name in RIGHTS if bits & bit]
    text = f"{name:#8x}  {'+'.join(names):<12} {bits & UREFS:5}"
    if "DEAD_NAME" in names or "PORT_SET" in names:
        return text
    return f"{text}  {port:#x}  {port_text(port_at(port))}"
