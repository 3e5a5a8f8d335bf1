/* SPDX-License-Identifier: MIT */
/*
 * t_trap.c - the trap itself: numbers, registers, flags, stacks.
 *
 * Adversarial 21, 37, 50, 51, 53.
 */
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>
#include <string.h>

#include "child.h"
#include "tap.h"

#define TRAPS_MACH  128u
#define SWTCH       60
#define INVALID     1 /* a number of class 1 that is no trap */
#define FAULT_PAGES 64u
#define UPPER       0xdeadbeef00000000ull
#define LAST_PAGE   0x7f7ffffff000ull /* of those that can be mapped */
#define RFLAGS_CF   0x1u
#define RFLAGS_TF   0x100u
#define RFLAGS_IF   0x200u
#define RFLAGS_DF   0x400u
#define RFLAGS_IOPL 0x3000u
#define RFLAGS_NT   0x4000u
#define RFLAGS_AC   0x40000u
#define RFLAGS_ID   0x200000u

/* ---- numbers */

static bool
is_trap(unsigned number)
{
    static const unsigned char numbers[] = {
#define TRAP(number, type, name, parameters) (number),
#include <mach/traps.def>
    };

    for (unsigned i = 0; i < sizeof numbers; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

TEST(unlisted)
{
    unsigned wrong = 0;

    for (unsigned n = 0; n < TRAPS_MACH; n++)
        if (!is_trap(n) &&
            raw_trap(RAW_MACH(n), 0, 0, 0, 0, 0) != KERN_INVALID_ARGUMENT)
            wrong++;
    is(wrong, 0, "numbers that are no trap: KERN_INVALID_ARGUMENT");
    is((long long)raw_trap(RAW_MACHDEP(0), 0, 0, 0, 0, 0),
       KERN_INVALID_ARGUMENT, "... of the machine's class too");
}

/* What is no trap at all raises EXC_SYSCALL, with rax as its code. */
extern const char bare_trap[], bare_trap_done[];
__asm__(".pushsection .text\n"
        "bare_trap:\n"
        "movq %rdi, %rax\n"
        "syscall\n"
        "bare_trap_done:\n"
        "ud2\n"
        ".popsection");

static struct {
    mach_port_t task, port;
    uint64_t stack;
} child;

TEST(beyond)
{
    static const uint64_t numbers[] = {
        0,
        1,
        59,
        128,
        0x1000080,
        0x1ffffff,
        0x2000000,
        0x2000004,
        0x3000004,
        0x3ffffff,
        0x4000000,
        0xff000000,
        0x7fffffff,
        0xffffffff,
        0x100000000 | 0x100003c,
        0xffffffff0100003c,
        0x8000000000000000,
        ~0ull,
    };
    struct caught caught;
    mach_port_t thread;

    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        thread = child_bare_thread(child.task, bare_trap, child.stack,
                                   numbers[i], 0);
        thread_resume(thread);
        if (!catch_next(child.port, &caught))
            break;
        ok(ALL(caught.type == EXC_SYSCALL, (uint64_t)caught.code == numbers[i],
               caught.subcode == 1,
               thread_registers(thread).__rip == (uint64_t)bare_trap_done),
           "trap %#llx raises EXC_SYSCALL", (unsigned long long)numbers[i]);
        thread_terminate(thread);
        catch_drop(&caught);
        mach_port_deallocate(mach_task_self(), thread);
    }
}

/* ---- registers */

/* Loads all registers from rdi, traps, and stores them there again. */
enum {
    RAX,
    RBX,
    RCX,
    RDX,
    RSI,
    RDI,
    RBP,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    RSP,
    FLAGS,
    REGISTERS
};

extern void trap_with(uint64_t *registers);
__asm__(".pushsection .text\n"
        "trap_with:\n"
        "pushq %rbx\npushq %rbp\npushq %r12\npushq %r13\npushq %r14\n"
        "pushq %r15\n"
        "movq %rdi, save_area(%rip)\n"
        "movq %rsp, save_rsp(%rip)\n"
        "pushq 128(%rdi)\npopfq\n"
        "movq 0(%rdi), %rax\nmovq 8(%rdi), %rbx\nmovq 24(%rdi), %rdx\n"
        "movq 32(%rdi), %rsi\nmovq 48(%rdi), %rbp\nmovq 56(%rdi), %r8\n"
        "movq 64(%rdi), %r9\nmovq 72(%rdi), %r10\nmovq 88(%rdi), %r12\n"
        "movq 96(%rdi), %r13\nmovq 104(%rdi), %r14\nmovq 112(%rdi), %r15\n"
        "movq 120(%rdi), %rsp\nmovq 40(%rdi), %rdi\n"
        "syscall\n"
        "movq save_area(%rip), %rcx\n"
        "movq %rax, 0(%rcx)\nmovq %rbx, 8(%rcx)\nmovq %rdx, 24(%rcx)\n"
        "movq %rsi, 32(%rcx)\nmovq %rdi, 40(%rcx)\nmovq %rbp, 48(%rcx)\n"
        "movq %r8, 56(%rcx)\nmovq %r9, 64(%rcx)\nmovq %r10, 72(%rcx)\n"
        "movq %r12, 88(%rcx)\nmovq %r13, 96(%rcx)\nmovq %r14, 104(%rcx)\n"
        "movq %r15, 112(%rcx)\nmovq %rsp, 120(%rcx)\n"
        "movq save_rsp(%rip), %rsp\n"
        "pushfq\npopq 128(%rcx)\n"
        "pushq $0x202\npopfq\n"
        "popq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbp\npopq %rbx\n"
        "ret\n"
        ".popsection\n"
        ".pushsection .bss\n"
        ".balign 8\n"
        "save_area: .skip 8\n"
        "save_rsp: .skip 8\n"
        ".popsection");

static void
fill(uint64_t *registers, uint64_t rax)
{
    for (unsigned i = 0; i < REGISTERS; i++)
        registers[i] = 0x1111111111111111ull * i + 0x123;
    registers[RAX] = rax;
    registers[RSP] = (uint64_t)registers;
    registers[FLAGS] = RFLAGS_IF | 2;
}

/* Whether a trap changed rax, rcx and r11 alone */
static bool
preserves(uint64_t *registers, uint64_t rax)
{
    uint64_t before[REGISTERS];

    memcpy(before, registers, sizeof before);
    registers[RAX] = rax;
    trap_with(registers);
    for (unsigned i = 0; i < REGISTERS; i++)
        if (i != RAX && i != RCX && i != R11 && registers[i] != before[i]) {
            note("register %u: %#llx, was %#llx", i,
                 (unsigned long long)registers[i],
                 (unsigned long long)before[i]);
            return false;
        }
    return true;
}

static volatile int others;

static void
yield_for_ever(void *argument)
{
    (void)argument;
    while (1) {
        others++;
        swtch();
    }
}

TEST(registers)
{
    uint64_t registers[REGISTERS];
    mach_port_t thread;

    fill(registers, 0);
    ok(preserves(registers, RAW_MACH(INVALID)),
       "a trap that fails preserves all registers but rax, rcx, r11");
    is((long long)registers[RAX], KERN_INVALID_ARGUMENT, "... its code in rax");
    fill(registers, 0);
    ok(preserves(registers, RAW_MACH(27)), "thread_self_trap preserves them");

    fill(registers, 0);
    registers[RDI] = 0; /* nobody */
    registers[RSI] = SWITCH_OPTION_WAIT;
    registers[RDX] = 5;
    ok(preserves(registers, RAW_MACH(61)), "a trap that waits does too");
    is((long long)registers[RAX], KERN_SUCCESS, "... and succeeds");

    thread = guest_thread(yield_for_ever, NULL);
    fill(registers, 0);
    ok(preserves(registers, RAW_MACH(SWTCH)), "a trap that switches does too");
    ok(others > 0, "... and did switch");
    thread_terminate(thread);
    mach_port_destroy(mach_task_self(), thread);
}

/* 32-bit arguments: what stands above them does not count. */
TEST(upper_halves)
{
    mach_port_t port = MACH_PORT_NULL, self = mach_task_self();
    kern_return_t kr;

    kr = (kern_return_t)raw_trap(RAW_MACH(16), UPPER | self,
                                 UPPER | MACH_PORT_RIGHT_RECEIVE,
                                 (uint64_t)&port, 0, 0);
    is_kr(kr, KERN_SUCCESS, "upper halves of a task's name and a right");
    is(guest_type(port), MACH_PORT_TYPE_RECEIVE, "... are not looked at");
    kr = (kern_return_t)raw_trap(RAW_MACH(19), UPPER | self, UPPER | port,
                                 UPPER | MACH_PORT_RIGHT_RECEIVE,
                                 UPPER | 0xffffffff, 0);
    is_kr(kr, KERN_SUCCESS, "upper halves of a name and a delta of -1");
    is(guest_type(port), 0, "... are not looked at");
    kr = (kern_return_t)raw_trap(RAW_MACH(61), UPPER,
                                 UPPER | SWITCH_OPTION_NONE, UPPER, 0, 0);
    is_kr(kr, KERN_SUCCESS, "upper halves of an option and a time");
}

/* ---- flags */

TEST(flags)
{
    static const struct {
        const char *name;
        uint64_t flag;
    } flags[] = {
        { "CF", RFLAGS_CF },
        { "DF", RFLAGS_DF },
        { "AC", RFLAGS_AC },
        { "NT", RFLAGS_NT },
        { "ID", RFLAGS_ID },
        { "CF, DF, AC, NT and ID",
          RFLAGS_CF | RFLAGS_DF | RFLAGS_AC | RFLAGS_NT | RFLAGS_ID },
    };
    uint64_t registers[REGISTERS];

    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
        fill(registers, 0);
        registers[FLAGS] |= flags[i].flag;
        ok(preserves(registers, RAW_MACH(INVALID)),
           "51: %s set over a trap, kept after it", flags[i].name);
        registers[RSI] = SWITCH_OPTION_WAIT;
        registers[RDI] = 0;
        registers[RDX] = 2;
        ok(preserves(registers, RAW_MACH(61)), "51: ... and over a wait");
    }
    fill(registers, RAW_MACH(INVALID));
    registers[FLAGS] |= RFLAGS_IOPL;
    trap_with(registers);
    is((long long)(registers[FLAGS] & (RFLAGS_IOPL | RFLAGS_IF)), RFLAGS_IF,
       "37: POPF gives no IOPL");
}

/* Writes to a page with AC, NT and DF set; returns the flags after it. */
static uint64_t
touch(volatile char *page)
{
    uint64_t after;

    __asm__ volatile("pushfq\n"
                     "orl $0x44400, (%%rsp)\n"
                     "popfq\n"
                     "movb $1, (%1)\n"
                     "pushfq\n"
                     "popq %0\n"
                     "pushq $0x202\n"
                     "popfq"
                     : "=&r"(after)
                     : "r"(page)
                     : "memory", "cc");
    return after;
}

/* The way in is a fault, and the kernel clears frames that were full. */
TEST(flags_fault)
{
    const uint64_t flags = RFLAGS_AC | RFLAGS_NT | RFLAGS_DF;
    char *pages = guest_pages(FAULT_PAGES);
    unsigned kept = 0, dirty = 0;

    memset(pages, 0xff, FAULT_PAGES * GUEST_PAGE);
    guest_unmap(pages, FAULT_PAGES * GUEST_PAGE);
    pages = guest_pages(FAULT_PAGES);
    for (unsigned i = 0; i < FAULT_PAGES; i++)
        kept += (touch(pages + i * GUEST_PAGE) & flags) == flags;
    for (unsigned i = 0; i < FAULT_PAGES * GUEST_PAGE; i++)
        dirty += pages[i] != (i % GUEST_PAGE == 0);
    is(kept, FAULT_PAGES,
       "50: AC, NT and DF set over page faults, kept after them");
    is(dirty, 0, "50: ... and the kernel worked with DF clear");
    guest_unmap(pages, FAULT_PAGES * GUEST_PAGE);
}

/* ---- stacks */

TEST(stacks)
{
    static const uint64_t stacks[] = {
        0,
        8,
        GUEST_NON_CANONICAL - 8,
        GUEST_NON_CANONICAL,
        GUEST_PHYSMAP_ADDRESS,
        GUEST_KERNEL_ADDRESS,
        ~0ull,
        ~7ull,
    };
    uint64_t registers[REGISTERS];
    unsigned kept = 0;

    for (unsigned i = 0; i < sizeof stacks / sizeof *stacks; i++) {
        fill(registers, 0);
        registers[RSP] = stacks[i];
        kept += preserves(registers, RAW_MACH(INVALID));
        fill(registers, 0);
        registers[RSP] = stacks[i];
        registers[RDI] = 0;
        registers[RSI] = SWITCH_OPTION_WAIT;
        registers[RDX] = 1;
        kept += preserves(registers, RAW_MACH(61));
    }
    is(kept, 2 * sizeof stacks / sizeof *stacks,
       "51: traps with rsp anywhere come back with all registers");

    /* mach_msg_trap's seventh argument lies on the stack. */
    for (unsigned i = 0; i < sizeof stacks / sizeof *stacks; i++) {
        fill(registers, 0);
        registers[RSP] = stacks[i];
        memset(&registers[RDX], 0, sizeof(uint64_t));
        registers[RDI] = registers[RSI] = registers[R10] = 0;
        registers[R8] = registers[R9] = 0;
        ok(preserves(registers, RAW_MACH(31)),
           "51: mach_msg_trap with rsp at %#llx comes back",
           (unsigned long long)stacks[i]);
    }
}

/* ---- rip at the border of the user's half */

TEST(last_page)
{
    mach_vm_address_t page = LAST_PAGE, beyond = LAST_PAGE + GUEST_PAGE;
    static const unsigned char code[] = { 0x0f, 0x05 };
    x86_thread_state64_t state;
    struct caught caught;
    mach_port_t thread;

    is_kr(mach_vm_allocate(child.task, &page, GUEST_PAGE, VM_FLAGS_FIXED),
          KERN_SUCCESS, "51: the last page can be mapped");
    is_kr(mach_vm_allocate(child.task, &beyond, GUEST_PAGE, VM_FLAGS_FIXED),
          KERN_INVALID_ADDRESS, "51: ... and nothing above it");
    child_write(child.task, (void *)(LAST_PAGE + GUEST_PAGE - sizeof code),
                code, sizeof code);
    mach_vm_protect(child.task, LAST_PAGE, GUEST_PAGE, FALSE,
                    VM_PROT_READ | VM_PROT_EXECUTE);
    thread = child_bare_thread(child.task,
                               (void *)(LAST_PAGE + GUEST_PAGE - sizeof code),
                               child.stack, 0, 0);
    state = thread_registers(thread);
    state.__rax = RAW_MACH(INVALID);
    thread_put_registers(thread, &state);
    thread_resume(thread);
    ok(catch_next(child.port, &caught), "51: SYSCALL as its last instruction");
    state = thread_registers(thread);
    ok(ALL(caught.type == EXC_BAD_ACCESS, caught.code == KERN_INVALID_ADDRESS,
           (uint64_t)caught.subcode == LAST_PAGE + GUEST_PAGE,
           state.__rip == LAST_PAGE + GUEST_PAGE),
       "51: ... comes back, and faults behind it");
    is((long long)state.__rax, KERN_INVALID_ARGUMENT,
       "51: ... with the trap's result");
    thread_terminate(thread);
    catch_drop(&caught);
    mach_port_deallocate(mach_task_self(), thread);
}

/* ---- single steps over a trap */

extern const char step_trap[], step_trap_end[];
__asm__(".pushsection .text\n"
        "step_trap:\n"
        "movl $0x1000001, %eax\n"
        "syscall\n"
        "nop\n"
        "movl $0x1000001, %eax\n"
        "syscall\n"
        "nop\n"
        "step_trap_end:\n"
        "ud2\n"
        ".popsection");

/* 50: each step ends in user mode, and the thread gets through. */
TEST(single_steps)
{
    mach_port_t thread =
        child_bare_thread(child.task, step_trap, child.stack, 0, 0);
    x86_thread_state64_t state = thread_registers(thread);
    unsigned steps = 0, outside = 0;
    struct caught caught = { 0 };

    state.__rflags |= RFLAGS_TF;
    thread_put_registers(thread, &state);
    thread_resume(thread);
    while (catch_next(child.port, &caught) && caught.type == EXC_BREAKPOINT &&
           steps < 100) {
        state = thread_registers(thread);
        outside += state.__rip < (uint64_t)step_trap ||
                   state.__rip > (uint64_t)step_trap_end;
        steps++;
        catch_answer(&caught, KERN_SUCCESS);
    }
    ok(ALL(steps >= 4, steps <= 6), "50: single steps over two traps (%u)",
       steps);
    is(outside, 0, "50: ... each ends in the program");
    ok(ALL(caught.type == EXC_BAD_INSTRUCTION,
           thread_registers(thread).__rip == (uint64_t)step_trap_end),
       "50: ... and the thread gets through");
    is((long long)thread_registers(thread).__rax, KERN_INVALID_ARGUMENT,
       "50: ... with the traps' results");
    thread_terminate(thread);
    catch_drop(&caught);
    mach_port_deallocate(mach_task_self(), thread);
}

/* ---- the base of GS */

TEST(gs)
{
    static const uint64_t bad[] = { GUEST_NON_CANONICAL, GUEST_PHYSMAP_ADDRESS,
                                    GUEST_KERNEL_ADDRESS, ~0ull };
    struct mach_thread_block *block = _mach_thread_block();
    static uint64_t words[2] = { 0x1234, 0x5678 };
    unsigned refused = 0;
    uint64_t got;

    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        refused += raw_trap(RAW_MACHDEP(3), bad[i], 0, 0, 0, 0) ==
                       KERN_INVALID_ARGUMENT &&
                   _mach_thread_block() == block;
    is(refused, 4, "51: a GS base outside the user's half is refused");

    raw_trap(RAW_MACHDEP(3), (uint64_t)words, 0, 0, 0, 0);
    swtch();
    raw_trap(RAW_MACH(61), 0, SWITCH_OPTION_WAIT, 2, 0, 0);
    __asm__ volatile("movq %%gs:8, %0" : "=r"(got));
    raw_trap(RAW_MACHDEP(3), (uint64_t)block, 0, 0, 0, 0);
    is((long long)got, 0x5678, "the GS base is kept over traps and switches");
    ok(_mach_thread_block() == block, "... and can be set back");
}

int
main(void)
{
    child.task = child_copy();
    child.port = catch_port(child.task);
    child.stack = child_pages(child.task, 1) + GUEST_PAGE;
    tap_run_tests();
    child_end(child.task);
    return tap_done();
}
