/* SPDX-License-Identifier: MIT */
/*
 * plugin.h - what the TCG plugins share: QEMU's interface for them, and the
 * symbols of the programs that run in the machine.
 *
 * Debian has no package with QEMU's header; these are the declarations of
 * version 1 of the interface (QEMU 4.2 and later) that we use, as
 * docs/devel/tcg-plugins.rst of QEMU's documentation describes them.  QEMU
 * itself defines the functions; a plugin is loaded into it and finds them.
 */
#ifndef OSTIA_TOOLS_PLUGIN_H
#define OSTIA_TOOLS_PLUGIN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_hwaddr;
struct qemu_plugin_insn;
struct qemu_plugin_tb; /* instructions that run one after the other */

enum qemu_plugin_cb_flags {
    QEMU_PLUGIN_CB_NO_REGS
};
enum qemu_plugin_mem_rw {
    QEMU_PLUGIN_MEM_W = 2,
    QEMU_PLUGIN_MEM_RW = 3
};
enum qemu_plugin_op {
    QEMU_PLUGIN_INLINE_ADD_U64
};

typedef void (*tb_trans_t)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*udata_t)(unsigned vcpu, void *data);
typedef void (*mem_t)(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr,
                      void *data);
typedef void (*at_exit_t)(qemu_plugin_id_t id, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           tb_trans_t call);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
                                          udata_t call, int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            udata_t call, int flags,
                                            void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
                                                int op, void *counter,
                                                uint64_t added);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, mem_t call,
                                      int flags, int rw, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, at_exit_t call,
                                    void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(
    const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(qemu_plugin_meminfo_t info,
                                                  uint64_t vaddr);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *hwaddr);

/* What a plugin defines */
extern int qemu_plugin_version;
int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                        char **argv);

/* ---- symbols.c */

#define KERNEL_BEGIN (UINT64_C(1) << 63)
#define SYMBOL_MAX   96
#define SLOTS        16

struct function {
    uint64_t start;
    char name[SYMBOL_MAX];
    uint64_t count[SLOTS]; /* for whatever the plugin counts */
    uint64_t since;        /* when it began to count, in the plugin's terms */
};

/* Reads lines "address name", sorted by address; ends QEMU if it cannot. */
void functions_read(const char *path);
/* The function that has the instruction at this address; never NULL. */
struct function *function_at(uint64_t address);
/* The function of this name, or NULL. */
struct function *function_named(const char *name);
struct function *functions_first(void);
struct function *functions_end(void);
/* The value of "key=value" among a plugin's arguments, or NULL. */
const char *argument(int argc, char **argv, const char *key);
/* Opens a file to be written, or ends QEMU. */
FILE *output(const char *path);
/* Says why on QEMU's standard error, and ends it. */
void refuse(const char *what, const char *which) __attribute__((noreturn));

#endif
