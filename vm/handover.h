/* SPDX-License-Identifier: MIT */
/*
 * handover.h - from a thread that runs to another that waits, in one go: what
 * the fast path of messages stands on (part of the ipc seam; D30).
 *
 * Words of the running thread's memory are loaded, the other's address space is
 * loaded, words are stored there, and the processor passes over.  A fault on the
 * way is told, and not served: whoever can serve it begins anew.
 *
 * User memory is opened by STAC and closed by CLAC, which are no-operations on a
 * processor that does not bar it (usercopy.asm).
 */
#ifndef OSTIA_VM_HANDOVER_H
#define OSTIA_VM_HANDOVER_H

#include "kernel/base/assert.h"
#include "kernel/core/sched.h"
#include "kernel/core/vm_param.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/pmap_internal.h"
#include "kernel/x86_64/switch.h"
#include "kernel/x86_64/usercopy.h"
#include "vm/copyio.h"
#include "vm/pmap.h"

#define USER_OPEN "71: stac\n\t" PATCH("71b")
#define USER_SHUT "72: clac\n\t" PATCH("72b")
#define PATCH(label) \
    ".pushsection .smap, \"a\"\n\t.quad " label "\n\t.popsection\n\t"
#define MAY_FAULT(label) \
    ".pushsection .extable, \"a\"\n\t.quad " label ", 79f\n\t.popsection\n\t"
/* In a section in which no function lies, whatever the compiler thinks of it. */
#define FAULTED                                          \
    ".pushsection .text.faulted, \"ax\"\n79: " USER_SHUT \
    "jmp %l[faulted]\n\t.popsection"

/* Is it an address of the user half, as far as it does not fault? */
static inline bool
user_half(user_addr_t address)
{
    return address.ua < VM_MAX_ADDRESS;
}

/* Three words of the loaded address space.  Requires  user_half. */
MUSTUSE static ALWAYS_INLINE bool
load_header(user_addr_t from, uint64_t words[3])
{
    uint64_t a = 0, b = 0, c = 0;

    __asm__ goto(
        USER_OPEN
        "1: movq (%3), %0\n\t" MAY_FAULT("1b") "2: movq 8(%3), %1\n\t" MAY_FAULT(
            "2b") "3: movq 16(%3), %2\n\t" MAY_FAULT("3b") USER_SHUT FAULTED
        : "=&r"(a), "=&r"(b), "=&r"(c)
        : "r"(from.ua)
        : "memory"
        : faulted);
    words[0] = a;
    words[1] = b;
    words[2] = c;
    return true;

faulted:
    return false;
}

#define STORE(n)                                                         \
    __asm__ goto("1: movq %1, %c2(%0)\n\t" MAY_FAULT("1b") FAULTED       \
                 :                                                       \
                 : "r"(to.ua), "r"(from[n]), "i"((n) * sizeof(uint64_t)) \
                 : "memory"                                              \
                 : faulted)
/* Calls `one` for WORDS_FEW words at most, the last first. */
#define FEW(one, words)                   \
    do {                                  \
        switch (words) {                  \
        case 4:                           \
            one(3);                       \
            __attribute__((fallthrough)); \
        case 3:                           \
            one(2);                       \
            __attribute__((fallthrough)); \
        case 2:                           \
            one(1);                       \
            __attribute__((fallthrough)); \
        default:                          \
            one(0);                       \
        }                                 \
    } while (0)
#define WORDS_FEW 4

/* WORDS_FEW words, of which some may be too many. */
MUSTUSE static ALWAYS_INLINE bool
load_few(uint64_t *to, user_addr_t from)
{
    uint64_t a = 0, b = 0, c = 0, d = 0;

    __asm__ goto(
        USER_OPEN
        "1: movq (%4), %0\n\t" MAY_FAULT("1b") "2: movq 8(%4), %1\n\t" MAY_FAULT(
            "2b") "3: movq 16(%4), %2\n\t" MAY_FAULT("3b") "4: movq 24(%4), %3\n\t" MAY_FAULT("4b")
            USER_SHUT FAULTED
        : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d)
        : "r"(from.ua)
        : "memory"
        : faulted);
    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = d;
    return true;

faulted:
    return false;
}

/* From 1 to WORDS_FEW words. */
MUSTUSE static ALWAYS_INLINE bool
store_few(user_addr_t to, const uint64_t *from, size_t words)
{
    __asm__ volatile(USER_OPEN : : : "memory");
    FEW(STORE, words);
    __asm__ volatile(USER_SHUT : : : "memory");
    return true;

faulted:
    return false;
}

/* One word or more of the loaded address space, or to it. */
MUSTUSE static ALWAYS_INLINE bool
load_words(uint64_t *to, user_addr_t from, size_t words)
{
    return words <= WORDS_FEW ? load_few(to, from)
           : words <= WORDS_MAX
               ? usercopy_words(to, (void *)from.ua, words)
               : usercopy(to, (void *)from.ua, words * sizeof(*to));
}

MUSTUSE static ALWAYS_INLINE bool
store_words(user_addr_t to, const uint64_t *from, size_t words)
{
    return words <= WORDS_FEW ? store_few(to, from, words)
           : words <= WORDS_MAX
               ? usercopy_words((void *)to.ua, from, words)
               : usercopy((void *)to.ua, from, words * sizeof(*from));
}

MUSTUSE static inline bool
store_bytes(user_addr_t to, const void *from, size_t size)
{
    return usercopy((void *)to.ua, from, size);
}

/* Three words to an address, and one to another.  Requires  user_half. */
MUSTUSE static ALWAYS_INLINE bool
store_header(user_addr_t to, const uint64_t words[3], user_addr_t end,
             uint64_t last)
{
    __asm__ goto(
        USER_OPEN
        "1: movq %1, (%0)\n\t" MAY_FAULT("1b") "2: movq %2, 8(%0)\n\t" MAY_FAULT(
            "2b") "3: movq %3, 16(%0)\n\t" MAY_FAULT("3b") "4: movq %5, (%4)\n\t" MAY_FAULT("4b")
            USER_SHUT FAULTED
        :
        : "r"(to.ua), "r"(words[0]), "r"(words[1]), "r"(words[2]), "r"(end.ua),
          "r"(last)
        : "memory"
        : faulted);
    return true;

faulted:
    return false;
}

/* As thread_handoff and sched_dispatch do it: the turn goes on. */
static ALWAYS_INLINE bool
can_pass(ipc_thread_t self, ipc_thread_t next)
{
    return sched_asts(sched_thread_of(next)) == 0 &&
           sched_thread_of(next)->st_priority ==
               sched_thread_of(self)->st_priority &&
           cpu_current()->cpu_next == NULL;
}

/* As pmap_activate does it. */
static ALWAYS_INLINE void
load_space_of(ipc_thread_t thread)
{
    struct cpu *cpu = cpu_current();
    pmap_t pmap = sched_thread_of(thread)->st_task->sk_pmap;

    if (pmap == cpu->cpu_pmap)
        return;
    cpu->cpu_pmap = pmap;
    write_cr3(pmap->pm_root);
}

/*
 * pass_to - `self` waits on `queue`, and `next`, which waits, goes on in user
 * mode: its trap returns 0.
 *
 * Neither the turn nor the alarm changes: both were right when `self` was last in
 * user mode, and nobody has become ready since.
 *
 * Requires  can_pass; the address space of `next` is loaded.
 */
NORETURN static ALWAYS_INLINE void
pass_to(ipc_thread_t self, ipc_thread_t next, queue_head_t *queue,
        wait_continue_t go_on)
{
    struct cpu *cpu = cpu_current();
    struct sched_thread *from = sched_thread_of(self);
    struct sched_thread *to = sched_thread_of(next);
    struct thread *thread = thread_of(next);
    uint64_t now = ostia_tsc_to_ns(&comm_page, rdtsc()); /* clock_now */

    debug_assert(from == sched_running(cpu));
    debug_assert(to->st_state == TH_WAITING && !to->st_timer.tm_armed);

    from->st_continue = go_on;
    from->st_state = TH_WAITING;
    enqueue_tail(queue, &from->st_wait_link);
    sched_charge(from, now);
    queue_remove(&to->st_wait_link);
    to->st_state = TH_RUNNING;
    to->st_run_start = now;
    cpu->cpu_thread = thread;
    switch_registers(cpu, thread_of(self), thread);
    exit_sysret(&thread->th_frame, 0);
}

#endif
