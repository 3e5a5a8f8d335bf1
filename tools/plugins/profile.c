/* SPDX-License-Identifier: MIT */
/*
 * profile.c - TCG plugin: instructions by function, between the marks of a
 * user program.
 *
 * A mark is `nopl MARK+slot(%rax)`, which does nothing (tests/bench/bench.h):
 * from it on, what the processor runs counts for that slot; slot 0 counts
 * nothing.  Other threads and the kernel count for it as well.
 *
 *      -plugin profile.so,symbols=FILE,out=FILE[,until=FUNCTION][,footprint=1]
 *
 * Slot FOOTPRINT is for one operation: if asked for, of that the cache lines that it touches are
 * counted, its memory accesses in the kernel, loads of CR3 and `wrmsr`s.  Data is
 * told apart by physical addresses, instructions by virtual ones.  `out` has
 *
 *      FOOTPRINT 0 NAME COUNT
 *
 * `until` makes the first instruction of that function of the kernel a mark of
 * slot 0, after it has counted.  `out` gets a line for each function and slot
 * with instructions, in the order in which the functions first ran:
 *
 *      SLOT START NAME COUNT
 */
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

#define MARK        0x0571a000u
#define MARK_LENGTH 7

#define FOOTPRINT  2
#define LINE_SHIFT 6
#define LINES_MAX  4096u

/* What is counted of one operation; user and kernel apart. */
enum {
    USER,
    KERNEL,
    SIDES
};
static struct lines {
    const char *name[SIDES];
    uint64_t count[SIDES];
    uint64_t line[SIDES][LINES_MAX];
} data_lines = { .name = { "data_lines_user", "data_lines_kernel" } },
  code_lines = { .name = { "code_lines_user", "code_lines_kernel" } };
static uint64_t accesses, cr3_loads, msr_writes;

static unsigned slot;
static uint64_t functions_seen;
static const struct function *until;
static const char *out;
static bool footprint; /* is it to be counted? */

/* ---- what runs */

static void
mark(unsigned vcpu, void *data)
{
    (void)vcpu;
    slot = (unsigned)(uintptr_t)data;
}

static void
count(unsigned vcpu, void *data)
{
    struct function *function = data;

    (void)vcpu;
    if (slot == 0)
        return;
    if (function->since == 0)
        function->since = ++functions_seen;
    function->count[slot]++;
}

/* A line that was touched; once. */
static void
touch(struct lines *lines, unsigned side, uint64_t address)
{
    uint64_t line = address >> LINE_SHIFT, *known = lines->line[side];

    for (uint64_t i = 0; i < lines->count[side]; i++)
        if (known[i] == line)
            return;
    if (lines->count[side] < LINES_MAX)
        known[lines->count[side]++] = line;
}

static void
fetch(unsigned vcpu, void *address)
{
    uint64_t at = (uintptr_t)address;

    (void)vcpu;
    if (slot == FOOTPRINT)
        touch(&code_lines, at >= KERNEL_BEGIN ? KERNEL : USER, at);
}

/* `by` is the instruction's address. */
static void
access_memory(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr,
              void *by)
{
    unsigned side = (uintptr_t)by >= KERNEL_BEGIN ? KERNEL : USER;
    const struct qemu_plugin_hwaddr *where;

    (void)vcpu;
    if (slot != FOOTPRINT)
        return;
    where = qemu_plugin_get_hwaddr(info, vaddr);
    touch(&data_lines, side,
          where != NULL ? qemu_plugin_hwaddr_phys_addr(where) : vaddr);
    accesses += side == KERNEL;
}

static void
one_more(unsigned vcpu, void *counter)
{
    (void)vcpu;
    if (slot == FOOTPRINT)
        ++*(uint64_t *)counter;
}

/* ---- what is translated */

/* MOV to CR3 and WRMSR (Intel SDM Vol. 2). */
static void
watch_privileged(struct qemu_plugin_insn *insn)
{
    const uint8_t *bytes = qemu_plugin_insn_data(insn);
    size_t size = qemu_plugin_insn_size(insn);

    if (size == 3 && bytes[0] == 0x0f && bytes[1] == 0x22 &&
        (bytes[2] >> 3 & 7) == 3)
        qemu_plugin_register_vcpu_insn_exec_cb(
            insn, one_more, QEMU_PLUGIN_CB_NO_REGS, &cr3_loads);
    if (size == 2 && bytes[0] == 0x0f && bytes[1] == 0x30)
        qemu_plugin_register_vcpu_insn_exec_cb(
            insn, one_more, QEMU_PLUGIN_CB_NO_REGS, &msr_writes);
}

/* Whether the instruction is a mark; its slot is in *found then. */
static bool
is_mark(const struct qemu_plugin_insn *insn, uintptr_t *found)
{
    static const uint8_t nopl_rax_disp32[] = { 0x0f, 0x1f, 0x80 };
    const uint8_t *bytes = qemu_plugin_insn_data(insn);
    uint32_t displacement;

    if (qemu_plugin_insn_size(insn) != MARK_LENGTH ||
        memcmp(bytes, nopl_rax_disp32, sizeof nopl_rax_disp32) != 0)
        return false;
    memcpy(&displacement, bytes + sizeof nopl_rax_disp32, sizeof displacement);
    *found = displacement % SLOTS;
    return displacement - *found == MARK;
}

static void
watch(struct qemu_plugin_insn *insn)
{
    uint64_t address = qemu_plugin_insn_vaddr(insn);
    uintptr_t found = 0;
    bool marks = is_mark(insn, &found);

    if (!marks)
        qemu_plugin_register_vcpu_insn_exec_cb(
            insn, count, QEMU_PLUGIN_CB_NO_REGS, function_at(address));
    if (footprint) {
        qemu_plugin_register_vcpu_insn_exec_cb(
            insn, fetch, QEMU_PLUGIN_CB_NO_REGS, (void *)address);
        qemu_plugin_register_vcpu_mem_cb(insn, access_memory,
                                         QEMU_PLUGIN_CB_NO_REGS,
                                         QEMU_PLUGIN_MEM_RW, (void *)address);
        watch_privileged(insn);
    }
    if (marks || (until != NULL && address == until->start))
        qemu_plugin_register_vcpu_insn_exec_cb(
            insn, mark, QEMU_PLUGIN_CB_NO_REGS, (void *)found);
}

static void
translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
        watch(qemu_plugin_tb_get_insn(tb, i));
}

/* ---- the plugin */

static int
by_order(const void *left, const void *right)
{
    const struct function *a = left, *b = right;

    return a->since < b->since ? -1 : a->since > b->since;
}

static void
write_counts(qemu_plugin_id_t id, void *data)
{
    struct function *first = functions_first(), *last = functions_end();
    FILE *file = output(out);

    (void)id, (void)data;
    qsort(first, (size_t)(last - first), sizeof *first, by_order);
    for (const struct function *f = first; f < last; f++)
        for (unsigned s = 1; s < SLOTS; s++)
            if (f->count[s] != 0)
                fprintf(file, "%u %#llx %s %llu\n", s,
                        (unsigned long long)f->start, f->name,
                        (unsigned long long)f->count[s]);
    for (unsigned side = 0; footprint && side < SIDES; side++)
        fprintf(file, "%u 0 %s %llu\n%u 0 %s %llu\n", FOOTPRINT,
                data_lines.name[side],
                (unsigned long long)data_lines.count[side], FOOTPRINT,
                code_lines.name[side],
                (unsigned long long)code_lines.count[side]);
    if (footprint)
        fprintf(file,
                "%u 0 accesses %llu\n%u 0 cr3_loads %llu\n%u 0 wrmsrs "
                "%llu\n",
                FOOTPRINT, (unsigned long long)accesses, FOOTPRINT,
                (unsigned long long)cr3_loads, FOOTPRINT,
                (unsigned long long)msr_writes);
    fclose(file);
}

EXPORT int qemu_plugin_version = 1; /* of the interface */

EXPORT int
qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                    char **argv)
{
    const char *name = argument(argc, argv, "until");

    (void)info;
    out = argument(argc, argv, "out");
    footprint = argument(argc, argv, "footprint") != NULL;
    functions_read(argument(argc, argv, "symbols"));
    if (name != NULL && (until = function_named(name)) == NULL)
        refuse("no symbol", name);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, write_counts, NULL);
    return 0;
}
