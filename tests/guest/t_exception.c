/* SPDX-License-Identifier: MIT */
/*
 * t_exception.c - every exception that user mode can raise, as a message.
 *
 * A child runs snippets, each in a thread of its own.  The first exception
 * must be the one of the table; then the thread is sent on behind it, and its
 * UD2 with a mark in ebx shows that it went on.
 */
#include "child.h"
#include "tap.h"

#define MARK         0x600du
#define MARK_LENGTH  5 /* bytes of the MOV that sets it */
#define RFLAGS_TF    0x100u
#define FAR_PATIENCE 500 /* ms */
#define ERROR_IDT    2   /* in a #GP's error code */
#define VECTOR_BP    3
#define VECTOR_OF    4
#define INT_SLOT     4 /* bytes of a slot of the table of INT n */
/* A processor counts in gates of 8 bytes, QEMU in those of 16. */
#define BYTES_PER_GATE 8

/* rdi: a read-only page; rsi: a page that is not mapped; both of the child */
#define SNIPPET(name, before, fault)                             \
    extern const char name[], name##_at[], name##_go[];          \
    __asm__(".pushsection .text\n" #name ":\n" before "\n" #name \
            "_at:\n" fault "\n" #name "_go:\n"                   \
            "movl $0x600d, %ebx\nud2\n.popsection")

SNIPPET(div_zero, "xorl %edx, %edx\nxorl %ecx, %ecx", "divl %ecx");
SNIPPET(div_large, "movl $0x80000000, %eax\ncltd\nmovl $-1, %ecx",
        "idivl %ecx");
SNIPPET(step, "pushfq\norl $0x100, (%rsp)\npopfq", "nop");
SNIPPET(step_late, "pushfq\norl $0x100, (%rsp)\npopfq", "movq (%rdi), %rax");
SNIPPET(int3, "", ".byte 0xcc");
SNIPPET(undefined, "", "ud2");
SNIPPET(lock_bad, "", ".byte 0xf0, 0x90"); /* LOCK NOP */
SNIPPET(wrgsbase_, "xorl %eax, %eax", ".byte 0xf3, 0x48, 0x0f, 0xae, 0xd8");
SNIPPET(rdfsbase_, "", ".byte 0xf3, 0x48, 0x0f, 0xae, 0xc0");
SNIPPET(rdgsbase_, "", ".byte 0xf3, 0x48, 0x0f, 0xae, 0xc8");
SNIPPET(read_counter, "xorl %ecx, %ecx", "rdpmc");
SNIPPET(into_64, "", ".byte 0xce");
SNIPPET(halt, "", "hlt");
SNIPPET(close_interrupts, "", "cli");
SNIPPET(open_interrupts, "", "sti");
SNIPPET(port_in, "movl $0xf4, %edx", "inb %dx, %al");
SNIPPET(port_out, "movl $0xf4, %edx", "outb %al, %dx");
SNIPPET(debug_port, "movl $0xe9, %edx", "outb %al, %dx");
SNIPPET(read_msr, "movl $0xc0000080, %ecx", "rdmsr");
SNIPPET(write_msr, "movl $0xc0000082, %ecx", "wrmsr");
SNIPPET(read_cr0, "", "movq %cr0, %rax");
SNIPPET(write_cr3, "xorl %eax, %eax", "movq %rax, %cr3");
SNIPPET(read_dr0, "", "movq %dr0, %rax");
SNIPPET(read_dr6, "", "movq %dr6, %rax");
SNIPPET(read_dr7, "", "movq %dr7, %rax");
SNIPPET(write_dr7, "xorl %eax, %eax", "movq %rax, %dr7");
SNIPPET(load_idt, "", "lidt -16(%rsp)");
SNIPPET(load_tr, "movl $0x30, %eax", "ltr %ax");
SNIPPET(swap_gs, "", "swapgs");
SNIPPET(sys_ret, "movq $0, %rcx", "sysretq");
SNIPPET(invalidate, "", "invlpg (%rsp)");
SNIPPET(clear_ts, "", "clts");
SNIPPET(write_back, "", "wbinvd");
SNIPPET(kernel_segment, "movl $0x10, %eax", "movw %ax, %ds");
SNIPPET(null_stack_segment, "xorl %eax, %eax", "movw %ax, %ss");
SNIPPET(non_canonical, "movabsq $0x800000000000, %rax", "movq (%rax), %rax");
SNIPPET(read_null, "xorl %eax, %eax", "movq (%rax), %rax");
SNIPPET(read_hole, "", "movq (%rsi), %rax");
SNIPPET(write_hole, "", "movq %rax, (%rsi)");
SNIPPET(write_readonly, "", "movq %rax, (%rdi)");
SNIPPET(modify_readonly, "", "lock incl (%rdi)");
SNIPPET(read_kernel, "movq $-0x80000000, %rax", "movq (%rax), %rcx");
SNIPPET(write_kernel, "movq $-0x80000000, %rax", "movq %rcx, (%rax)");
SNIPPET(read_physmap, "movabsq $0xffff800000000000, %rax", "movq (%rax), %rcx");
SNIPPET(call_hole, "", "call *%rsi");
SNIPPET(call_data, "", "call *%rdi");
SNIPPET(call_kernel, "movq $-0x80000000, %rax", "call *%rax");
SNIPPET(divide_x87,
        "fninit\nfnstcw -8(%rsp)\nandw $0xffc0, -8(%rsp)\nfldcw -8(%rsp)\n"
        "fld1\nfldz\nfdivrp",
        "fwait");

/* What the second code must be */
enum subcode {
    ZERO,
    ANY,
    HOLE,
    READONLY,
    KERNEL,
    PHYSMAP
};

static const struct snippet {
    const char *text;
    const char *start, *at, *go;
    exception_type_t type;
    int code;
    enum subcode subcode;
    bool trap; /* reported behind the instruction */
    bool away; /* reported where it jumped to */
} snippets[] = {
#define FAULT(text, name, type, code, subcode)                              \
    {                                                                       \
        text, name, name##_at, name##_go, type, code, subcode, false, false \
    }
#define TRAP(text, name, type, code)                                    \
    {                                                                   \
        text, name, name##_at, name##_go, type, code, ZERO, true, false \
    }
#define AWAY(text, name, code, subcode)                                  \
    {                                                                    \
        text, name, name##_at, name##_go, EXC_BAD_ACCESS, code, subcode, \
            false, true                                                  \
    }
#define GENERAL(text, name) \
    FAULT(text, name, EXC_BAD_ACCESS, EXC_I386_GPFLT, ANY)
    FAULT("#DE: division by zero", div_zero, EXC_ARITHMETIC, EXC_I386_DIV,
          ZERO),
    FAULT("#DE: quotient too large", div_large, EXC_ARITHMETIC, EXC_I386_DIV,
          ZERO),
    TRAP("#DB: a single step", step, EXC_BREAKPOINT, EXC_I386_SGL),
    TRAP("#DB: a single step of a load", step_late, EXC_BREAKPOINT,
         EXC_I386_SGL),
    TRAP("#BP: INT3", int3, EXC_BREAKPOINT, EXC_I386_BPT),
    FAULT("#UD: UD2", undefined, EXC_BAD_INSTRUCTION, EXC_I386_INVOP, ZERO),
    FAULT("#UD: LOCK where it may not be", lock_bad, EXC_BAD_INSTRUCTION,
          EXC_I386_INVOP, ZERO),
    FAULT("#UD: WRGSBASE is not allowed", wrgsbase_, EXC_BAD_INSTRUCTION,
          EXC_I386_INVOP, ZERO),
    FAULT("#UD: RDFSBASE is not allowed", rdfsbase_, EXC_BAD_INSTRUCTION,
          EXC_I386_INVOP, ZERO),
    FAULT("#UD: RDGSBASE is not allowed", rdgsbase_, EXC_BAD_INSTRUCTION,
          EXC_I386_INVOP, ZERO),
    FAULT("#UD: INTO does not exist", into_64, EXC_BAD_INSTRUCTION,
          EXC_I386_INVOP, ZERO),
    GENERAL("#GP: HLT", halt),
    GENERAL("#GP: CLI", close_interrupts),
    GENERAL("#GP: STI", open_interrupts),
    GENERAL("#GP: IN from the exit port", port_in),
    GENERAL("#GP: OUT to the exit port", port_out),
    GENERAL("#GP: OUT to the debug console", debug_port),
    GENERAL("#GP: RDMSR", read_msr),
    GENERAL("#GP: WRMSR of the trap entry", write_msr),
    GENERAL("#GP: read CR0", read_cr0),
    GENERAL("#GP: write CR3", write_cr3),
    GENERAL("#GP: RDPMC", read_counter),
    GENERAL("#GP: read DR0", read_dr0),
    GENERAL("#GP: read DR6", read_dr6),
    GENERAL("#GP: read DR7", read_dr7),
    GENERAL("#GP: write DR7", write_dr7),
    GENERAL("#GP: LIDT", load_idt),
    GENERAL("#GP: LTR", load_tr),
    GENERAL("#GP: SWAPGS", swap_gs),
    GENERAL("#GP: SYSRET", sys_ret),
    GENERAL("#GP: INVLPG", invalidate),
    GENERAL("#GP: CLTS", clear_ts),
    GENERAL("#GP: WBINVD", write_back),
    GENERAL("#GP: a data segment of the kernel's", kernel_segment),
    GENERAL("#GP: no stack segment", null_stack_segment),
    GENERAL("#GP: a non-canonical address", non_canonical),
    FAULT("#PF: read of address 0", read_null, EXC_BAD_ACCESS,
          KERN_INVALID_ADDRESS, ZERO),
    FAULT("#PF: read of a hole", read_hole, EXC_BAD_ACCESS,
          KERN_INVALID_ADDRESS, HOLE),
    FAULT("#PF: write of a hole", write_hole, EXC_BAD_ACCESS,
          KERN_INVALID_ADDRESS, HOLE),
    FAULT("#PF: write of a read-only page", write_readonly, EXC_BAD_ACCESS,
          KERN_PROTECTION_FAILURE, READONLY),
    FAULT("#PF: change of a read-only page", modify_readonly, EXC_BAD_ACCESS,
          KERN_PROTECTION_FAILURE, READONLY),
    FAULT("#PF: read of the kernel", read_kernel, EXC_BAD_ACCESS,
          KERN_INVALID_ADDRESS, KERNEL),
    FAULT("#PF: write of the kernel", write_kernel, EXC_BAD_ACCESS,
          KERN_INVALID_ADDRESS, KERNEL),
    FAULT("#PF: read of the map of all memory", read_physmap, EXC_BAD_ACCESS,
          KERN_INVALID_ADDRESS, PHYSMAP),
    AWAY("#PF: execution of a hole", call_hole, KERN_INVALID_ADDRESS, HOLE),
    AWAY("#PF: execution of data", call_data, KERN_PROTECTION_FAILURE,
         READONLY),
    AWAY("#PF: execution of the kernel", call_kernel, KERN_INVALID_ADDRESS,
         KERNEL),
    FAULT("#MF: an x87 division by zero", divide_x87, EXC_ARITHMETIC,
          EXC_I386_EXTERR, ANY),
};

static struct place {
    mach_port_t task;
    mach_port_t port; /* gets its exceptions */
    uint64_t stack;   /* its upper end, of one page */
    uint64_t readonly, hole;
} place;

static void
make_place(void)
{
    place.task = child_copy();
    place.port = catch_port(place.task);
    place.stack = child_pages(place.task, 1) + GUEST_PAGE;
    place.readonly = child_pages(place.task, 1);
    place.hole = child_pages(place.task, 1);
    mach_vm_protect(place.task, place.readonly, GUEST_PAGE, FALSE,
                    VM_PROT_READ);
    mach_vm_deallocate(place.task, place.hole, GUEST_PAGE);
}

/* Starts a thread at `rip`, and waits for its exception. */
static bool
run(const char *rip, mach_port_t *thread, struct caught *caught)
{
    *thread = child_bare_thread(place.task, rip, place.stack, place.readonly,
                                place.hole);
    thread_resume(*thread);
    return catch_next(place.port, caught);
}

/* The thread waits for our answer, and gets none. */
static void
end(mach_port_t thread, struct caught *caught)
{
    thread_terminate(thread);
    catch_drop(caught);
    mach_port_deallocate(mach_task_self(), thread);
}

static uint64_t
wanted_subcode(enum subcode which)
{
    switch (which) {
    case HOLE:
        return place.hole;
    case READONLY:
        return place.readonly;
    case KERNEL:
        return GUEST_KERNEL_ADDRESS;
    case PHYSMAP:
        return GUEST_PHYSMAP_ADDRESS;
    case ZERO:
    case ANY:
        break;
    }
    return 0;
}

/* Whether the exception is the one that the table wants */
static bool
check(const struct snippet *want, const struct caught *got,
      const x86_thread_state64_t *state)
{
    uint64_t subcode = wanted_subcode(want->subcode);
    uint64_t rip = (uint64_t)(want->trap ? want->go : want->at);

    if (want->away)
        rip = subcode;
    if (got->type == want->type && got->code == want->code &&
        (want->subcode == ANY || (uint64_t)got->subcode == subcode) &&
        state->__rip == rip)
        return true;
    note("type %d, code %lld, subcode %#llx, rip %#llx", got->type, got->code,
         (unsigned long long)got->subcode, (unsigned long long)state->__rip);
    note("not type %d, code %d, subcode %#llx, rip %#llx", want->type,
         want->code, (unsigned long long)subcode, (unsigned long long)rip);
    return false;
}

/* Sends the thread on at `go`; true if it comes to the mark there. */
static bool
goes_on(struct caught *caught, x86_thread_state64_t *state, const char *go)
{
    state->__rip = (uint64_t)go;
    state->__rsp = place.stack;
    state->__rflags &= ~(uint64_t)RFLAGS_TF;
    if (thread_put_registers(caught->thread, state) != KERN_SUCCESS)
        return false;
    catch_answer(caught, KERN_SUCCESS);
    if (!catch_next(place.port, caught))
        return false;
    *state = thread_registers(caught->thread);
    return caught->type == EXC_BAD_INSTRUCTION &&
           (uint32_t)state->__rbx == MARK &&
           state->__rip == (uint64_t)go + MARK_LENGTH;
}

static void
test_snippet(const struct snippet *snippet)
{
    x86_thread_state64_t state;
    struct caught caught;
    mach_port_t thread;

    if (!ok(run(snippet->start, &thread, &caught), "%s: raised", snippet->text))
        return;
    state = thread_registers(thread);
    ok(ALL(check(snippet, &caught, &state), caught.thread == thread,
           caught.task == place.task),
       "%s: codes, thread, task and rip are right", snippet->text);
    ok(goes_on(&caught, &state, snippet->go),
       "%s: set on behind it, the thread goes on", snippet->text);
    end(thread, &caught);
}

TEST(snippets)
{
    for (unsigned i = 0; i < sizeof snippets / sizeof *snippets; i++)
        test_snippet(&snippets[i]);
}

/* ---- what an emulator may raise otherwise, or not at all */

SNIPPET(push_high, "movabsq $0x900000000000, %rsp", "pushq %rax");
SNIPPET(icebp, "", ".byte 0xf1");
SNIPPET(misaligned, "pushfq\norl $0x40000, (%rsp)\npopfq\nleaq 1(%rdi), %rdi",
        "movl (%rdi), %eax");
SNIPPET(divide_sse,
        "movl $0x1d80, -8(%rsp)\nldmxcsr -8(%rsp)\nxorps %xmm0, %xmm0\n"
        "movl $0x3f800000, %eax\nmovd %eax, %xmm1",
        "divss %xmm0, %xmm1");
SNIPPET(system_enter, "", "sysenter");
SNIPPET(jump_high, "movabsq $0x800000000000, %rax", "jmp *%rax");
SNIPPET(late_step, "movl %ss, %ecx\npushfq\norl $0x100, (%rsp)\npopfq",
        "movl %ecx, %ss\nmovl $0x1000001, %eax\nsyscall");

SNIPPET(far_jump, "pushq $0x08\nleaq far_jump_go(%rip), %rax\npushq %rax",
        "lretq");
SNIPPET(interrupt_return,
        "pushq $0x10\npushq $0\npushfq\npushq $0x08\n"
        "leaq interrupt_return_go(%rip), %rax\npushq %rax",
        "iretq");

/*
 * QEMU before 9.1 reads the stack of a far return as the kernel would, which
 * SMAP forbids: the thread then tries for ever.
 */
static void
test_far(const char *start, const char *at, const char *go, const char *text)
{
    mach_port_t thread =
        child_bare_thread(place.task, start, place.stack, 0, 0);
    x86_thread_state64_t state;
    struct caught caught = { 0 };

    thread_resume(thread);
    if (catch_within(place.port, &caught, FAR_PATIENCE)) {
        state = thread_registers(thread);
        ok(ALL(caught.type == EXC_BAD_ACCESS, caught.code == EXC_I386_GPFLT),
           "%s: raised", text);
        ok(goes_on(&caught, &state, go), "%s: the thread goes on", text);
    } else {
        state = thread_registers(thread);
        ok(state.__rip == (uint64_t)at, "%s: it did not go there # SKIP", text);
    }
    end(thread, &caught);
}

static bool
is_mark(const struct caught *caught, const x86_thread_state64_t *state)
{
    return caught->type == EXC_BAD_INSTRUCTION &&
           (uint32_t)state->__rbx == MARK;
}

static bool
is_exception(const struct caught *caught, exception_type_t type, int code)
{
    return caught->type == type && caught->code == code;
}

/*
 * The exception `type`, `code`, or #GP or #UD in its place, or none if `none`;
 * then it goes on.
 */
static void
test_loose(const char *start, const char *go, exception_type_t type, int code,
           bool none, const char *text)
{
    x86_thread_state64_t state;
    struct caught caught;
    mach_port_t thread;

    if (!ok(run(start, &thread, &caught), "%s: the thread stops", text))
        return;
    state = thread_registers(thread);
    note("%s: type %d, code %lld, subcode %#llx", text, caught.type,
         caught.code, (unsigned long long)caught.subcode);
    if (none && is_mark(&caught, &state)) {
        ok(true, "%s: not raised by this processor # SKIP", text);
    } else {
        ok(ALL((is_exception(&caught, type, code) ||
                is_exception(&caught, EXC_BAD_ACCESS, EXC_I386_GPFLT) ||
                is_exception(&caught, EXC_BAD_INSTRUCTION, EXC_I386_INVOP)),
               !is_mark(&caught, &state)),
           "%s: raised as an exception of its kind", text);
        ok(goes_on(&caught, &state, go), "%s: the thread goes on", text);
    }
    end(thread, &caught);
}

TEST(processor_dependent)
{
    test_far(far_jump, far_jump_at, far_jump_go,
             "#GP: far return to the kernel's code");
    test_far(interrupt_return, interrupt_return_at, interrupt_return_go,
             "#GP: IRET to the kernel's code");
    test_loose(push_high, push_high_go, EXC_BAD_INSTRUCTION, EXC_I386_STKFLT,
               false, "#SS: push beyond the user's half");
    test_loose(icebp, icebp_go, EXC_BREAKPOINT, EXC_I386_SGL, false,
               "#DB: INT1");
    test_loose(misaligned, misaligned_go, EXC_BAD_ACCESS, EXC_I386_ALIGNFLT,
               true, "#AC: unaligned with AC set");
    test_loose(divide_sse, divide_sse_go, EXC_ARITHMETIC, EXC_I386_SSEEXTERR,
               true, "#XM: an SSE division by zero");
    test_loose(system_enter, system_enter_go, EXC_BAD_INSTRUCTION,
               EXC_I386_INVOP, false, "SYSENTER is no way in");
    test_loose(jump_high, jump_high_go, EXC_BAD_ACCESS, EXC_I386_GPFLT, false,
               "#GP: jump to a non-canonical address");
    test_loose(late_step, late_step_go, EXC_BREAKPOINT, EXC_I386_SGL, true,
               "51: a step over MOV SS and SYSCALL");
}

/* ---- INT n */

/* A slot for each n: INT n, and UD2 behind it */
extern const char int_table[];
__asm__(".pushsection .text\n"
        "int_table:\n"
        ".set n, 0\n"
        ".rept 256\n"
        ".byte 0xcd, n\nud2\n"
        ".set n, n + 1\n"
        ".endr\n"
        ".popsection");

static bool
int_is_right(unsigned n)
{
    exception_type_t type = EXC_BAD_ACCESS;
    int64_t code = EXC_I386_GPFLT;
    int64_t subcode = n * BYTES_PER_GATE + ERROR_IDT;
    struct caught caught;
    mach_port_t thread;
    bool right;

    if (n == VECTOR_BP || n == VECTOR_OF) {
        type = n == VECTOR_BP ? EXC_BREAKPOINT : EXC_ARITHMETIC;
        code = n == VECTOR_BP ? EXC_I386_BPT : EXC_I386_INTO;
        subcode = 0;
    }
    if (!run(int_table + n * INT_SLOT, &thread, &caught))
        return false;
    right = caught.type == type && caught.code == code &&
            (caught.subcode == subcode ||
             caught.subcode == 2 * subcode - ERROR_IDT);
    if (!right)
        note("INT %u: type %d, code %lld, subcode %lld", n, caught.type,
             caught.code, caught.subcode);
    end(thread, &caught);
    return right;
}

TEST(all_vectors)
{
    unsigned right = 0;

    for (unsigned n = 0; n < 256; n++)
        right += int_is_right(n);
    is(right, 256, "INT n: #GP for all n, but 3 and 4 have their exceptions");
}

int
main(void)
{
    make_place();
    tap_run_tests();
    ok(!catch_poll(place.port), "no exception came twice");
    child_end(place.task);
    return tap_done();
}
