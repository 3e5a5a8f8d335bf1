/* SPDX-License-Identifier: MIT */
/*
 * profile.c - TCG plugin: instructions by function, between the marks of a
 * user program.
 *
 * A mark is `nopl MARK+slot(%rax)`, which does nothing (tests/bench/bench.h):
 * from it on, what the processor runs counts for that slot; slot 0 counts
 * nothing.  Other threads and the kernel count for it as well.
 *
 *      -plugin profile.so,symbols=FILE,out=FILE[,until=FUNCTION]
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

static unsigned slot;
static uint64_t functions_seen;
static const struct function *until;
static const char *out;

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

/* ---- what is translated */

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
    functions_read(argument(argc, argv, "symbols"));
    if (name != NULL && (until = function_named(name)) == NULL)
        refuse("no symbol", name);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, write_counts, NULL);
    return 0;
}
