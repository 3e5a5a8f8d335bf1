# SPDX-License-Identifier: MIT
"""the kernel stack is deep enough, nothing calls itself"""

# There is one kernel stack a processor and nothing sleeps on it, so how deep
# it gets can be told.  From the disassembly of ostia.elf come each function's
# frame (all that it pushes and subtracts from rsp, which is never too little)
# and who calls whom.  A call through a pointer reaches each function whose
# address is taken and whose name fits INDIRECT.  Where the stack is thrown
# away a new count begins.  A panic may come anywhere, so its own depth is
# added once.

import os
import re
import struct
import subprocess

from checklib import BUILD

# Function that calls through a pointer -> the names that may be behind it.
TREE = r"summarize|earlier|\w+_less"
STEP = r"(end|object|go_on|free)_step"
COUNTER = r"rdtsc|(start|read)_(cpuid|hypervisor|pit|hpet|pm_timer)"
INDIRECT = {
    "syscall_enter": r"\w+_trap|mach_reply_port|swtch|swtch_pri|"
                     r"thread_switch|thread_fast_set_cthread_self64",
    "resume": r"\w+_continue",
    "step_continue": r"gather_and_commit|post|deliver_pieces|mach_msg_receive",
    "run": STEP, "work_begin": STEP, "work_do": STEP,
    "work_continue": STEP, "reaper_continue": STEP,
    "expire": r"\w+_timed_out", "timer_interrupt": r"\w+_timed_out",
    "ipc_kobject_sender_gone": r"\w+_sender_gone",
    "ipc_kobject_server": r"exception_reply", "carry_out": r"x_\w+",
    "update": TREE, "rotate": TREE, "mend": TREE,
    "unhang": TREE, "tree_changed": TREE,
    "tree_insert": TREE, "tree_remove": TREE,
    "look": COUNTER, "compare": COUNTER, "calibrate": COUNTER,
    "usercopy_words": r"(?!)",      # within itself
}
# These go on with a function on an empty stack ...
FRESH = {"machine_call_on_stack": r"dispatch|resume|"
                                  r"start_system|debug_from_user"}
# ... and these are entered on one.
ENTRIES = ("syscall_enter", "trap_from_user", "trap_from_kernel")
# Addresses of instructions, not of functions that C calls.
LABELS = r"boot_upper|syscall_entry|syscall_entry_general|vector_\d+|" \
         r"copied|faulted|text_\w+"

# A panic ends the machine, a panic within it at once.
PANICS = ("panic", "panic_trap", "__stack_chk_fail")
# A kernel object that gets a message of the kernel itself: a reply, whose
# number is no routine's, or news for an exception.
NESTED = r"exception_reply"

# Calls that could close a ring, and how often a chain may pass them at most.
# The caller is the one that is left when the compiler has put others into it.
LIMITED = {
    # While one thing is taken apart, others that die join its list.
    ("work_begin", "run"): 1,
    ("work_begin", "end_step"): 1,
    ("work_begin", "object_step"): 1,
    ("work_begin", "free_step"): 1,
    ("work_begin", "go_on_step"): 1,
    # What a step of work may send is the kernel's, and fits in one piece.
    ("ipc_kmsg_alloc", "vm_map_copy_at"): 1,
    # An exception message to a kernel object is refused by a reply, which goes
    # to a kernel object too; nothing else that the kernel sends is answered.
    ("ipc_kmsg_send_kernel", "ipc_kobject_server"): 2,
    # It has no right but its destination, which is dead or was given up.
    ("ipc_kmsg_send_kernel", "ipc_kmsg_destroy"): 1,
    # Of the kernel's objects only answers to exceptions have send-once rights.
    ("ipc_notify_send_once", "ipc_kobject_server"): 1,
    # Receive rights are in descriptors; a step ends one.
    ("ipc_port_release_right", "ipc_port_destroy"): 1,
    # Nobody can ask for a notification of a kernel object's port.
    ("ipc_kobject_destroy", "ipc_port_destroy"): 1,
    # The exception was dealt with, or the thread is to end.
    ("act_on_answer", "sched_return"): 1,
    ("unhandled", "sched_return"): 1,
    ("machine_return_to_user", "user_exception"): 1,
}

STACK = 4 * 4096
IST_STACK = 2 * 4096
BOOT_STACK = 16384
MARGIN = 2048                   # what must be left over
UNKNOWN = 1 << 30               # a frame whose size is not in the code
TRAP = 176 + 8 + 16             # frame, call and alignment of a trap inside
TRAPPING = ("usercopy", "usercopy_words", "userprobe")

LINE = re.compile(r"^\s*[0-9a-f]+:\s+(\S+)\s*(.*)$")
HEAD = re.compile(r"^[0-9a-f]+ <(.+)>:$")
PARTS = re.compile(r"\.(?!part|isra|constprop)\w+$")


class Function:
    def __init__(self, name):
        self.name = name
        self.frame = 8          # the return address
        self.calls = set()
        self.jumps = set()      # calls that have given up their own frame
        self.pointer = False


def read_functions(elf):
    """name -> Function, and the addresses that instructions name."""
    text = subprocess.check_output(
        ["objdump", "-d", "--no-show-raw-insn", elf], text=True)
    functions, current, taken = {}, None, set()
    for line in text.splitlines():
        head, match = HEAD.match(line), LINE.match(line)
        if head:
            name = PARTS.sub("", head.group(1))
            current = functions.setdefault(name, Function(name))
        elif match and current:
            instruction(current, *match.groups(), taken)
    return functions, taken


def instruction(function, name, operands, taken):
    taken.update(int(word, 16) for word in
                 re.findall(r"\$0x(ffffffff[0-9a-f]{8})\b", operands))
    if name.startswith("push"):
        function.frame += 8
    elif name == "sub" and operands.endswith(",%rsp"):
        size = re.match(r"\$(0x[0-9a-f]+),", operands)
        size = int(size.group(1), 16) if size else UNKNOWN
        function.frame += size if size <= UNKNOWN else 0    # or it gives back
    if name != "call" and not name.startswith("j"):
        return
    target = re.search(r"<([^>+]+)>", operands)
    if target:
        callee = PARTS.sub("", target.group(1))
        if callee != function.name or name == "call":
            (function.calls if name == "call" else function.jumps).add(callee)
    elif operands.startswith("*") and "," not in operands:
        function.pointer = True     # with a comma it is a switch's table


def address_taken(elf, functions, taken):
    """Names of the functions that instructions or tables hold addresses of."""
    words = [line.split() for line in subprocess.check_output(
        ["nm", elf], text=True).splitlines()]
    names = {int(word[0], 16): word[2] for word in words
             if len(word) == 3 and word[1] in "tT"}
    for section in (".rodata", ".data"):
        out = os.path.join(BUILD, "stack.section")
        subprocess.check_call(["objcopy", "-O", "binary", "-j", section, elf,
                               out])
        with open(out, "rb") as file:
            data = file.read()
        taken |= set(struct.unpack(f"<{len(data) // 8}Q",
                                   data[:len(data) // 8 * 8]))
        os.unlink(out)
    return {names[address] for address in taken if address in names and
            names[address] in functions}


class Graph:
    def __init__(self, elf):
        self.functions, taken = read_functions(elf)
        self.taken = address_taken(elf, self.functions, taken)
        self.depths = {}
        self.fits = {}
        self.known_edges = {}
        self.reached = {}
        self.faults = []

    def fitting(self, pattern):
        if pattern not in self.fits:
            self.fits[pattern] = [name for name in self.taken
                                  if re.fullmatch(pattern, name)]
        return self.fits[pattern]

    def check_pointers(self):
        known = {**INDIRECT, **FRESH}
        for function in self.functions.values():
            if function.pointer and function.name not in known and \
                    not function.name.startswith("boot_"):
                self.faults.append(f"{function.name} calls through a pointer: "
                                   "say in INDIRECT what that may be")
        pattern = "|".join([*known.values(), LABELS])
        for name in sorted(self.taken):
            if not re.fullmatch(pattern, name):
                self.faults.append(f"{name}: its address is taken, and nothing"
                                   " in INDIRECT calls it")

    def behind(self, function, nested):
        """What its call through a pointer may reach."""
        if function.name not in INDIRECT:
            return ()
        return self.fitting(NESTED if nested else INDIRECT[function.name])

    def edges(self, function, passed):
        """(callee, bytes of our own that are on the stack then)."""
        nested = any(call[1] == function.name for call in passed)
        if (function.name, nested) not in self.known_edges:
            frame = function.frame
            callees = [(name, frame) for name in function.calls]
            callees += [(name, 0) for name in function.jumps]
            callees += [(name, frame) for name in self.behind(function, nested)]
            self.known_edges[function.name, nested] = [
                (name, size) for name, size in sorted(callees)
                if name not in PANICS and name in self.functions]
        return self.known_edges[function.name, nested]

    def reach(self, name):
        """The functions below this one, and itself."""
        if name not in self.reached:
            seen, left = {name}, [name]
            while left:
                function = self.functions[left.pop()]
                for passed in ((), ((None, function.name),)):
                    new = {callee for callee, _ in self.edges(function, passed)}
                    left += new - seen
                    seen |= new
            self.reached[name] = seen
        return self.reached[name]

    def depth(self, name, passed=(), above=None):
        """(bytes, the next place of the deepest way down) from here; `passed`
        are the limited calls on the way, sorted, `above` the places."""
        passed = tuple(call for call in passed if call[1] in self.reach(name))
        here, above = (name, passed), {} if above is None else above
        if here in self.depths:
            return self.depths[here]
        if here in above:
            ring = list(above)[list(above).index(here):]
            self.faults.append("calls itself: " + " -> ".join(
                [place[0] for place in ring] + [name]))
            return 0, None
        above[here] = True
        function = self.functions[name]
        most, way = function.frame + (TRAP if name in TRAPPING else 0), None
        for callee, size in self.edges(function, passed):
            call = (name, callee)
            then = passed
            if call in LIMITED:
                # All that lead to `run` count as one.
                call = ("", callee) if callee == "run" else call
                then = tuple(sorted(passed + (call,)))
                if then.count(call) > LIMITED.get((name, callee)):
                    continue
            below = size + self.depth(callee, then, above)[0]
            if below > most:
                most, way = below, (callee, then)
        del above[here]
        self.depths[here] = most, way
        return most, way

    def chain(self, name):
        """The names along the deepest way down."""
        names, place = [], (name, ())
        while place is not None:
            name, passed = place
            names.append(name)
            passed = tuple(call for call in passed
                           if call[1] in self.reach(name))
            place = self.depths[name, passed][1]
        return tuple(names)

    def deepest(self, names):
        size, name = max((self.depth(name)[0], name) for name in names)
        return size, self.chain(name)


def panic_depth(graph):
    return max(graph.depth(name)[0] for name in PANICS)


def measure(elf):
    """(what, limit, bytes, chain) for each stack, and the faults."""
    graph = Graph(elf)
    graph.check_pointers()
    panic = panic_depth(graph)
    starts = [*ENTRIES, *graph.fitting("|".join(FRESH.values()))]
    found = []
    for what, limit, names in (("kernel stack", STACK, starts),
                               ("IST stacks", IST_STACK, ["trap_on_ist"]),
                               ("boot stack", BOOT_STACK, ["kernel_main"])):
        size, chain = graph.deepest(names)
        found.append((what, limit, size + panic, chain))
    return found, list(dict.fromkeys(graph.faults))


def check():
    elf = os.path.join(BUILD, "ostia.elf")
    if not os.path.exists(elf):
        return
    found, faults = measure(elf)
    yield from faults
    for what, limit, size, chain in found:
        print(f"        {what}: at most {size} of {limit} bytes")
        if size > limit - MARGIN:
            yield f"{what}: {size} bytes, {limit - MARGIN} is the most: " + \
                " -> ".join(chain)
