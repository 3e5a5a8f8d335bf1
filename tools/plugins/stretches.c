/* SPDX-License-Identifier: MIT */
/*
 * stretches.c - TCG plugin: how many instructions the kernel runs with
 * interrupts off.
 *
 * A stretch begins with the kernel's first instruction after user mode, or
 * with one that an interrupt or CLI has after STI; it ends with the last
 * instruction before user mode, or with STI.  A fault of the kernel itself
 * is part of the stretch that it happens in.
 *
 *      USER --- any instruction of the kernel ---> OFF
 *      OFF ---- an instruction of user mode -----> USER    the stretch ends
 *      OFF ---- STI -----------------------------> ON      the stretch ends
 *      ON ----- a vector's entry, or CLI --------> OFF
 *
 * The boot is in no stretch: it ends with user mode or STI, not with a fault of
 * the kernel.  An exit that comes to no instruction of user mode is one.
 *
 *      -plugin stretches.so,symbols=FILE,ram=FILE,out=FILE[,least=N]
 *
 * `ram` is the file behind the guest's memory, which the trap's number is
 * read from: the interface does not show registers.  `out` gets a line for
 * each kind of stretch of N instructions or more:
 *
 *      LONGEST TIMES ENTRY NUMBER END MOST PERCENT
 *
 * ENTRY is `trap` with rax as the NUMBER, `vector`, or `window` for CLI; END
 * the function that the stretch ended in, MOST the one that had most of the
 * longest one's instructions, and how much of them.  TIMES counts.  Stretches
 * are of one kind if ENTRY, NUMBER, END and MOST are the same.  The first line
 * says how many stretches there were, long and short.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin.h"

#define LEAST     2000
#define KINDS_MAX 4096

#define OPCODE_CLI      0xfa
#define OPCODE_STI      0xfb
#define OPCODE_PUSH_RAX 0x50

enum entry {
    ENTRY_NONE,
    ENTRY_TRAP,
    ENTRY_VECTOR,
    ENTRY_WINDOW
};

static const char *const entry_names[] = { "", "trap", "vector", "window" };

/* Instructions that run one after the other, all of one function. */
struct block {
    struct function *function;
    unsigned length;
    enum entry entry; /* that it begins with */
    unsigned vector;
};

struct kind {
    enum entry entry;
    uint64_t number;
    const struct function *end, *most;
    uint64_t longest, times, percent;
};

static enum {
    BOOT,
    USER,
    OFF,
    ON
} state;
static uint64_t executed; /* instructions of the kernel, since the start */
static const struct function *current;

/* The stretch that we are in, if the state is OFF. */
static struct {
    enum entry entry;
    uint64_t number;
    uint64_t begin; /* what `executed` was */
    struct function *most;
    uint64_t generation;
} stretch;

static struct kind kinds[KINDS_MAX];
static unsigned kinds_count;
static uint64_t stretches, least = LEAST;
static const struct function *syscall_entry, *exit_sysret, *exit_iret;
static const uint8_t *ram;
static size_t ram_size;
static const char *out;

/* ---- kinds */

static struct kind *
kind_of_stretch(void)
{
    struct kind *kind;

    for (kind = kinds; kind < kinds + kinds_count; kind++)
        if (kind->entry == stretch.entry && kind->number == stretch.number &&
            kind->end == current && kind->most == stretch.most)
            return kind;
    if (kinds_count == KINDS_MAX)
        refuse("too many kinds of stretches", "a larger least= is needed");
    kinds_count++;
    *kind = (struct kind){ .entry = stretch.entry,
                           .number = stretch.number,
                           .end = current,
                           .most = stretch.most };
    return kind;
}

static void
record(uint64_t length)
{
    struct kind *kind;

    if (length < least)
        return;
    kind = kind_of_stretch();
    kind->times++;
    if (length <= kind->longest)
        return;
    kind->longest = length;
    kind->percent = stretch.most->count[0] * 100 / length;
}

/* ---- stretches */

static void
begin(enum entry entry, uint64_t number)
{
    state = OFF;
    stretch.entry = entry;
    stretch.number = number;
    stretch.begin = executed;
    stretch.most = NULL;
    stretch.generation++;
}

/* `more` instructions have run that are not in `executed` yet. */
static void
end(unsigned more)
{
    stretches++;
    record(executed + more - stretch.begin);
}

/* Blocks are counted whole, also those that a fault has cut short. */
static void
tally(struct function *function, unsigned length)
{
    if (function->since != stretch.generation) {
        function->since = stretch.generation;
        function->count[0] = 0;
    }
    function->count[0] += length;
    if (stretch.most == NULL || function->count[0] > stretch.most->count[0])
        stretch.most = function;
}

/* ---- what runs; QEMU calls these before the instruction counts itself */

static bool
is_exit(const struct function *function)
{
    return function != NULL &&
           (function == exit_sysret || function == exit_iret);
}

/* User mode, or the boot before the kernel is at its addresses. */
static void
user_block(unsigned vcpu, void *data)
{
    (void)vcpu, (void)data;
    if (state == OFF)
        end(0);
    if (state != BOOT || is_exit(current))
        state = USER;
}

static void
kernel_block(unsigned vcpu, void *data)
{
    const struct block *block = data;

    if (block->entry != ENTRY_NONE && is_exit(current))
        user_block(vcpu, NULL);
    if ((state == USER || state == ON) && block->entry != ENTRY_NONE)
        begin(block->entry, block->vector);
    current = block->function;
    if (state == OFF)
        tally(block->function, block->length);
}

static void
sti(unsigned vcpu, void *data)
{
    (void)vcpu, (void)data;
    if (state == OFF)
        end(1);
    state = ON;
}

static void
cli(unsigned vcpu, void *data)
{
    (void)vcpu;
    if (state != ON)
        return;
    begin(ENTRY_WINDOW, 0);
    current = data;
    tally(data, 1);
}

/* The number of the trap is on its way into the frame. */
static void
rax_saved(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *data)
{
    struct qemu_plugin_hwaddr *hwaddr = qemu_plugin_get_hwaddr(info, vaddr);
    uint64_t address;

    (void)vcpu, (void)data;
    if (hwaddr == NULL)
        return;
    address = qemu_plugin_hwaddr_phys_addr(hwaddr);
    if (address + sizeof stretch.number <= ram_size)
        memcpy(&stretch.number, ram + address, sizeof stretch.number);
}

/* ---- what is translated */

static void
watch_instruction(struct qemu_plugin_insn *insn, struct function *function)
{
    const uint8_t *bytes = qemu_plugin_insn_data(insn);

    qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
                                               &executed, 1);
    if (qemu_plugin_insn_size(insn) != 1)
        return;
    if (bytes[0] == OPCODE_STI)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, sti,
                                               QEMU_PLUGIN_CB_NO_REGS, NULL);
    if (bytes[0] == OPCODE_CLI)
        qemu_plugin_register_vcpu_insn_exec_cb(
            insn, cli, QEMU_PLUGIN_CB_NO_REGS, function);
    if (bytes[0] == OPCODE_PUSH_RAX && function == syscall_entry)
        qemu_plugin_register_vcpu_mem_cb(
            insn, rax_saved, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_W, NULL);
}

/* Never freed: QEMU does not say when it forgets a translation. */
static struct block *
new_block(uint64_t address, size_t length)
{
    struct block *block = calloc(1, sizeof *block);

    if (block == NULL)
        refuse("no memory", "a block");
    block->function = function_at(address);
    block->length = (unsigned)length;
    if (address != block->function->start)
        return block;
    if (block->function == syscall_entry)
        block->entry = ENTRY_TRAP;
    else if (sscanf(block->function->name, "vector_%u", &block->vector) == 1)
        block->entry = ENTRY_VECTOR;
    return block;
}

static void
translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    uint64_t address = qemu_plugin_tb_vaddr(tb);
    size_t length = qemu_plugin_tb_n_insns(tb);
    struct block *block;

    (void)id;
    if (address < KERNEL_BEGIN) {
        qemu_plugin_register_vcpu_tb_exec_cb(tb, user_block,
                                             QEMU_PLUGIN_CB_NO_REGS, NULL);
        return;
    }
    block = new_block(address, length);
    qemu_plugin_register_vcpu_tb_exec_cb(tb, kernel_block,
                                         QEMU_PLUGIN_CB_NO_REGS, block);
    for (size_t i = 0; i < length; i++)
        watch_instruction(qemu_plugin_tb_get_insn(tb, i), block->function);
}

/* ---- the plugin */

static void
write_kinds(qemu_plugin_id_t id, void *data)
{
    FILE *file = output(out);

    (void)id, (void)data;
    fprintf(file, "stretches %llu\n", (unsigned long long)stretches);
    for (const struct kind *kind = kinds; kind < kinds + kinds_count; kind++)
        fprintf(file, "%llu %llu %s %#llx %s %s %llu\n",
                (unsigned long long)kind->longest,
                (unsigned long long)kind->times, entry_names[kind->entry],
                (unsigned long long)kind->number, kind->end->name,
                kind->most->name, (unsigned long long)kind->percent);
    fclose(file);
}

static void
map_ram(const char *path)
{
    int file = path != NULL ? open(path, O_RDONLY) : -1;
    struct stat status;

    if (file < 0 || fstat(file, &status) != 0)
        refuse("cannot read", path != NULL ? path : "ram=");
    ram_size = (size_t)status.st_size;
    ram = mmap(NULL, ram_size, PROT_READ, MAP_SHARED, file, 0);
    if (ram == MAP_FAILED)
        refuse("cannot map", path);
    close(file);
}

EXPORT int qemu_plugin_version = 1; /* of the interface */

EXPORT int
qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                    char **argv)
{
    const char *number = argument(argc, argv, "least");

    (void)info;
    out = argument(argc, argv, "out");
    if (number != NULL)
        least = strtoull(number, NULL, 10);
    functions_read(argument(argc, argv, "symbols"));
    syscall_entry = function_named("syscall_entry");
    exit_sysret = function_named("exit_sysret");
    exit_iret = function_named("exit_iret");
    if (syscall_entry == NULL || exit_sysret == NULL || exit_iret == NULL)
        refuse("no symbol", "syscall_entry, exit_sysret or exit_iret");
    map_ram(argument(argc, argv, "ram"));
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, write_kinds, NULL);
    return 0;
}
