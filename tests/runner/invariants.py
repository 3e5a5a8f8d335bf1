# SPDX-License-Identifier: MIT
"""invariants.py - GDB breaks invariants of a kernel that runs, one by one.

At the entry of a function, a field is given a wrong value; the machine goes on
to `panic`; what it was told is printed; and field and registers are as they
were before, for the next.  The last panic is let happen.

    gdb -x invariants.py -ex "python run('QEMU and its arguments')" KERNEL
"""

import json
import os
import subprocess
import sys

import gdb

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "tools"))

from gdblib.kernel import nodes, value              # noqa: E402

PHYSMAP = 0xffff800000000000
KMEM_BASE = 0xffffc00000000000
FRAME = 0x000ffffffffff000
USED = 1 << 52
NO_EXECUTE = 1 << 63
REGISTERS = ("rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15 rsp "
             "rip").split()


def let(**values):
    """Each $name is this value."""
    for name, what in values.items():
        gdb.set_convenience_variable(name, what)
    return True


def entry_at(pmap, address, level):
    """The entry for an address in the table of this level, or None."""
    table = int(pmap["pm_root"])
    for depth in range(3, -1, -1):
        place = PHYSMAP + table + 8 * (address >> (12 + 9 * depth) & 511)
        entry = int(value(f"*(unsigned long *){place}"))
        if depth == level:
            return place if entry & 1 else None
        if not entry & 1:
            return None
        table = entry & FRAME
    return None


def pointer(address):
    return value(f"(unsigned long *){address}")


def map_with_pages():
    """$entry is one of private memory with pages of which the first is mapped
    for writing, $next the one behind it."""
    space = value("map")
    entries = list(nodes(space["map_entries"]["root"], "vm_map_entry",
                         "vme_node"))
    for entry, behind in zip(entries, entries[1:]):
        pages = list(nodes(entry["vme_object"]["vo_pages"]["root"],
                           "vm_pages", "vp_node"))
        if not pages or not int(entry["vme_object"]["vo_private"]):
            continue
        frames = pages[0]["vp_frames"]
        first = next(i for i in range(8) if int(frames[i]))
        at = int(entry["vme_start"] + pages[0]["vp_offset"]
                 + 4096 * first - entry["vme_offset"])
        place = entry_at(space["map_pmap"].dereference(), at, 0)
        if place and int(value(f"*(unsigned long *){place}")) & 2:
            return let(entry=entry, next=behind, pages=pages[0],
                       frame=frames[first].address,
                       object=entry["vme_object"], pte=pointer(place))
    return False


def removes_a_page():
    """pmap_protect, of a page that is mapped and is to be so no more."""
    pmap, start = value("pmap").dereference(), int(value("start"))
    place = entry_at(pmap, start, 0) if int(value("prot")) == 0 else None
    return place and let(pte=pointer(place),
                         table=pointer(entry_at(pmap, start, 1)))


def has(condition, **names):
    """Whether the condition holds; then each $name is this expression's value."""
    def look():
        return bool(value(condition)) and let(
            **{name: value(text) for name, text in names.items()})
    return look


ALWAYS = has("1")

# (function, whether it is ready, what it changes before it fails,
#  (invariant and how it is broken, {field: wrong value}, file: assertion)...)
GROUPS = (
    ("vm_frames_init", ALWAYS, ("total_count",),
     ("B1: a range begins within a page",
      {"boot_info.ram[0].start": "boot_info.ram[0].start + 1"},
      "frames.c: ((range->start | range->end) & PAGE_MASK) == 0"),
     ("B1: a range has no page",
      {"boot_info.ram[0].end": "boot_info.ram[0].start"},
      "frames.c: range->start < range->end"),
     ("B1: two ranges are adjacent",
      {"boot_info.ram[1].start": "boot_info.ram[0].end"},
      "frames.c: range[-1].end < range->start"),
     ("B1: ranges are not in order",
      {"boot_info.ram[0]": "boot_info.ram[1]"},
      "frames.c: range[-1].end < range->start")),
    ("kmem_alloc", has(f"never_used != {KMEM_BASE}"), (),
     ("M1: a range in use is in the list of the free ones",
      {"free_ranges": KMEM_BASE}, "pmap_kernel.c: !(*entry & PTE_PRESENT)")),
    ("sched_let_go", ALWAYS, (),
     ("W2: a held thread does not wait", {"thread->st_state": "TH_RUNNABLE"},
      "sched.c: thread->st_state == TH_WAITING && thread->st_held"),
     ("W2: a held thread is on a queue", {"thread->st_wait_link.next": 1},
      "sched.c: !queue_linked(&thread->st_wait_link)"),
     ("W2: a held thread has a timer", {"thread->st_timer.tm_armed": 1},
      "sched.c: !thread->st_timer.tm_armed")),
    ("vm_map_check", map_with_pages, (),
     ("V1: an entry has no byte", {"$entry->vme_end": "$entry->vme_start"},
      "vm_check.c: entry->vme_start < entry->vme_end"),
     ("V1: an entry begins within a page",
      {"$entry->vme_start": "$entry->vme_start + 1"},
      "vm_check.c: ((entry->vme_start | entry->vme_end) & PAGE_MASK) == 0"),
     ("V1: an entry begins below all memory", {"$entry->vme_start": 0},
      "vm_check.c: entry->vme_start >= VM_MIN_ADDRESS"),
     ("V1: an entry reaches into the kernel", {"$entry->vme_end": PHYSMAP},
      "vm_check.c: entry->vme_end <= VM_MAX_ADDRESS"),
     ("V2: an object ends before its entry", {"$object->vo_size": 0},
      "vm_check.c: entry->vme_object->vo_size"),
     ("V2: an entry holds no reference", {"$object->vo_refs": 0},
      "vm_check.c: object->vo_refs >= count"),
     ("V2: two entries hold one reference",
      {"$next->vme_object": "$object", "$object->vo_private": 0,
       "$object->vo_refs": 1},
      "vm_check.c: object->vo_refs >= count"),
     ("V3: an entry has more access than it may", {"$entry->vme_max_prot": 1},
      "vm_check.c: (entry->vme_prot & ~entry->vme_max_prot) == 0"),
     ("V3: an entry may be written and executed",
      {"$entry->vme_prot": 7, "$entry->vme_max_prot": 7},
      "vm_check.c: (VM_PROT_WRITE | VM_PROT_EXECUTE)"),
     ("V4: two entries overlap", {"$next->vme_start": "$entry->vme_end - 4096",
                                  "$next->vme_end": "$entry->vme_end"},
      "vm_check.c: entry->vme_start >= end"),
     ("V5: a map's size is wrong", {"map->map_size": "map->map_size + 1"},
      "vm_check.c: size == map->map_size"),
     ("V5: a map counts an entry more",
      {"map->map_entry_count": "map->map_entry_count + 1"},
      "vm_check.c: count == map->map_entry_count"),
     ("V6: another frame is mapped", {"*$frame": 4096},
      "vm_check.c: frame == pages->vp_frames[i]"),
     ("V6: a page may be written, though not by its entry",
      {"$entry->vme_prot": 1}, "vm_check.c: entry->vme_prot | VM_PROT_READ"),
     ("V6: a page is mapped that no object has",
      {"map->map_pmap->pm_resident": "map->map_pmap->pm_resident + 1"},
      "vm_check.c: mapped == pmap_resident(map->map_pmap)"),
     ("P2: a page can be written and executed",
      {"*$pte": f"*$pte & ~{NO_EXECUTE}ul"},
      "vm_check.c: entry->vme_prot | VM_PROT_READ"),
     ("O1: pages are not where they belong",
      {"$pages->vp_offset": "$pages->vp_offset + 4096"},
      "vm_check.c: pages->vp_offset % (VP_FRAMES * PAGE_SIZE) == 0"),
     ("O1: of some pages one more is counted than is resident",
      {"$pages->vp_count": "$pages->vp_count + 1"},
      "vm_check.c: here == pages->vp_count"),
     ("O1: an object counts a page more",
      {"$object->vo_resident": "$object->vo_resident + 1"},
      "vm_check.c: count == object->vo_resident"),
     ("O1: a ledger does not count an object's pages",
      {"$object->vo_ledger->le_used": 0},
      "vm_check.c: object->vo_ledger->le_used >= object->vo_resident"),
     ("O2: two entries reach a page of a private object",
      {"$next->vme_object": "$object",
       "$next->vme_offset": "$entry->vme_offset", "$object->vo_refs": 2},
      "vm_check.c: !object->vo_private"),
     ("O3: an object of frames has pages", {"$object->vo_frames": 4096},
      "vm_check.c: node == NULL && !object->vo_private")),
    ("sched_enqueue", has(
        "1", queue="&thread->st_task->sk_owner.wo_job"
              "->sj_queue[thread->st_priority]",
        bit="1ul << thread->st_priority"), (),
     ("SQ1: a queue without threads has its turn",
      {"$queue->sq_threads.next": "&$queue->sq_threads",
       "$queue->sq_link.next": "&$queue->sq_link"},
      "sched.c: queue_linked(&queue->sq_link)"),
     ("SQ1: a queue with threads has none",
      {"$queue->sq_threads.next": "&thread->st_run_link",
       "$queue->sq_link.next": 0},
      "sched.c: queue_linked(&queue->sq_link)"),
     ("LV1: a level's bit tells the opposite",
      {"ready": "ready ^ $bit"}, "sched.c: (ready >> priority & 1)")),
    ("thread_wait", has("1", thread="(struct sched_thread *)self"), (),
     ("W1: a thread that runs is on a queue",
      {"$thread->st_wait_link.next": 1},
      "wait.c: !queue_linked(&thread->st_wait_link)"),
     ("W3: a thread that runs has a timer", {"$thread->st_timer.tm_armed": 1},
      "wait.c: !thread->st_timer.tm_armed")),
    ("thread_handoff", has("1", thread="(struct sched_thread *)thread"), (),
     ("W2: a thread that waits for something is held",
      {"$thread->st_held": 1}, "wait.c: !thread->st_held")),
    ("zalloc", has("ledger->le_slabs[zone->z_index] != 0",
                   slab="ledger->le_slabs[zone->z_index]"), (),
     ("Z1: a full slab is in the list",
      {"$slab->sl_used": 4096}, "kalloc.c: slab->sl_used < zone->z_slab"),
     ("Z1: a slab is in another zone's list", {"$slab->sl_zone": 0},
      "kalloc.c: slab->sl_zone == zone")),
    ("zfree", has("1", slab="(struct slab *)((unsigned long)element "
                            "& ~0xffful)"), (),
     ("Z1: a slab in the list has no element in use", {"$slab->sl_used": 0},
      "kalloc.c: slab->sl_used > 0")),
    ("zalloc", has("ledger->le_slabs[zone->z_index] == 0 && "
                   "ledger->le_spare != 0", spare="ledger->le_spare"), (),
     ("Z2: the spare slab has elements in use", {"$spare->sl_used": 1},
      "kalloc.c: slab->sl_used == 0"),
     ("Z2: the spare slab is charged to another", {"$spare->sl_ledger": 0},
      "kalloc.c: slab->sl_ledger == ledger")),
    ("pmap_protect", removes_a_page, ("*$pte",),
     ("P1: a table counts too few entries",
      {"*$table": f"*$table & ~{0x3ff * USED}ul"},
      "pmap.c: pte_used(*walk->w_entry[1]) > 0")),
    ("pmap_destroy", has("1", table=
                         f"(unsigned long *)({PHYSMAP} + pmap->pm_root)"), (),
     ("P1: a table without entries is not freed", {"*$table": USED},
      "pmap.c: *pt_entry(pmap->pm_root, va, PT_ROOT) == 0")),
    ("ledger_give", has("frames != 0 && ledger->le_parent != 0"), (),
     ("LG1: a ledger counts fewer frames than it has", {"ledger->le_used": 0},
      "ledger.c: ledger->le_used >= frames"),
     ("LG2: a ledger's parent does not count what it holds",
      {"ledger->le_parent->le_used": 0},
      "ledger.c: ledger->le_parent->le_used >= held(ledger)")),
    ("ledger_release", ALWAYS, (),
     ("LG3: a ledger without references loses one", {"ledger->le_refs": 0},
      "ledger.c: ledger->le_refs != 0")),
    ("free_step", has("1", ledger="(struct ledger *)((char *)work - "
                                  "(long)&((struct ledger *)0)->le_work)"), (),
     ("LG3: a ledger ends that has frames", {"$ledger->le_used": 1},
      "ledger.c: ledger->le_refs == 0 && ledger->le_used == 0")),
    ("work_end", has("1", ended="(struct work *)$rdi"), (),
     ("WO1: an owner counts fewer works than it has",
      {"$ended->wk_owner->wo_count": 0}, "work.c: owner->wo_count > 0"),
     ("WK1: work ends that was not begun", {"$ended->wk_link.next": 0},
      "work.c: queue_linked(&work->wk_link)")),
    ("work_later_for", ALWAYS, (),
     ("WK1: work begins that was begun", {"work->wk_link.next": 1},
      "work.c: !queue_linked(&work->wk_link)")),
    ("vm_frame_free", ALWAYS, (),
     ("F1: a frame in use was never used", {"fresh": 4096},
      "frames.c: frame < fresh")),
    ("vm_frame_alloc", has("free_list != 0 && boot_cpu.cpu_pmap != 0", word=
                           f"(unsigned long *)({PHYSMAP} + free_list + 8)"),
     ("free_count",),
     ("F2: a free frame is written to", {"*$word": 0},
      "frames.c: frame->ff_poison[i] =="),
     ("F2: a frame in use is in the list", {"free_list": "boot_cpu.cpu_pmap->pm_root"},
      "frames.c: frame->ff_poison[i] ==")),
)
# A pmap is freed that is loaded (P3): with this the machine ends.
LAST = ("pmap_destroy", ALWAYS, "boot_cpu.cpu_pmap = pmap")


def symbols():
    """By nm: GDB takes a part that the compiler has split off for the whole."""
    text = subprocess.check_output(
        ["nm", gdb.current_progspace().filename], text=True)
    words = [line.split() for line in text.splitlines()]
    return {word[2]: int(word[0], 16) for word in words if len(word) == 3}


AT = symbols()


def stop_at(*addresses):
    """Goes on to one of these; returns which."""
    places = [gdb.Breakpoint(f"*{address}", gdb.BP_HARDWARE_BREAKPOINT)
              for address in set(addresses)]
    gdb.execute("continue", to_string=True)
    for place in places:
        place.delete()
    return int(value("$rip"))


def stops(groups):
    """Goes on, and stops for each group once, whichever is ready first."""
    left = list(groups)
    while left:
        here = stop_at(*[AT[group[0]] for group in left])
        for group in left:
            if AT[group[0]] == here and group[1]():
                left.remove(group)
                yield group
                break


def failed(here):
    """The assertion that has failed, if the machine is where one does."""
    if here != AT["panic"]:
        return "a trap" if here == AT["panic_trap"] else "none"
    text = value("(char *)$rdi").string()
    if "assertion failed" not in text:
        return text
    path, condition = (value(f"(char *){register}").string()
                       for register in ("$rsi", "$rcx"))
    return f"{os.path.basename(path)}: {condition}"


def broken(fields, others):
    """What fails, before the function returns, if the fields have wrong values;
    then they have theirs again, and so have the registers."""
    memory = gdb.selected_inferior()
    registers = [(name, int(value(f"(unsigned long)${name}")))
                 for name in REGISTERS]
    places = [value(text) for text in (*fields, *others)]
    saved = [(int(place.address), bytes(memory.read_memory(
        int(place.address), place.type.sizeof))) for place in places]
    back = int(value("*(unsigned long *)$rsp"))
    for field, wrong in fields.items():
        gdb.execute(f"set var {field} = {wrong}")
    result = failed(stop_at(AT["panic"], AT["panic_trap"], back))
    for address, data in saved:
        memory.write_memory(address, data)
    for name, number in registers:
        gdb.execute(f"set var ${name} = {number}")
    return result


def run(machine):
    """Breaks all; prints a line of JSON for each."""
    gdb.execute("set confirm off")
    gdb.execute(f"target remote | exec timeout 100 {machine}", to_string=True)
    for _, _, others, *cases in stops(GROUPS):
        for text, fields, wanted in cases:
            print(json.dumps([text, wanted, broken(fields, others)]))
    for _ in stops([LAST]):
        gdb.execute(f"set var {LAST[2]}")
    gdb.execute("continue")
