/* SPDX-License-Identifier: MIT */
/*
 * t_crossing.c - nothing of a task's registers reaches another task.
 *
 * A thread of ours fills every register that user mode can fill, and gives the
 * processor up: by a trap, by the end of its slice, by an exception, by a
 * message, by its death.  The next to run is a new thread of another task,
 * whose first instruction of its kind shows such registers; each instruction
 * has a thread of its own.  So that no look is blind, each is also taken by
 * the thread that has just filled the registers.
 */
#include <cpuid.h>
#include <string.h>

#include "child.h"
#include "tap.h"

#define FCW_INITIAL      0x37f
#define MXCSR_INITIAL    0x1f80
#define RFLAGS_INITIAL   0x202
#define AREA_SIZE        1024u
#define FXSAVE_SIZE      512u
#define XSAVE_YMM        576u
#define YMM_SIZE         256u
#define THREAD_TERMINATE 3600

/* ---- what a looking thread has before it: rdi points there */

#define AREA_AT "256"
#define DONE_AT "1280"

struct look {
    mach_msg_header_t message;
    char rest[256 - sizeof(mach_msg_header_t)];
    unsigned char area[AREA_SIZE];
    int done;
} __attribute__((aligned(64)));

static struct look look;

_Static_assert(offsetof(struct look, area) == 256, "AREA_AT");
_Static_assert(offsetof(struct look, done) == 1280, "DONE_AT");

/* A look: what it stores at rdi + AREA_AT, and then only waits for its end. */
#define LOOK(name, ...)                                    \
    extern const char name[];                              \
    __asm__(".pushsection .text\n" #name ":\n" __VA_ARGS__ \
            "\nmovl $1, " DONE_AT "(%rdi)\n"               \
            "1: movl $0x100003d, %eax\nxorl %edi, %edi\n"  \
            "movl $2, %esi\nmovl $-1, %edx\nsyscall\n"     \
            "jmp 1b\n.popsection")
#define AREA(offset)   AREA_AT " + " #offset "(%rdi)"
#define XMM(n)         "movaps %xmm" #n ", " AREA(16 * n) "\n"
#define YMM(n)         "vmovaps %ymm" #n ", " AREA(32 * n) "\n"
#define WORD(n, r)     "movq %" #r ", " AREA(8 * n) "\n"
#define SELECTOR(n, r) "movw %" #r ", " AREA(2 * n) "\n"
#define EACH(do)                                                         \
    do                                                                   \
    (0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) do(8) do(9) do(10) do( \
        11) do(12) do(13) do(14) do(15)
#define ALL_PARTS "movl $7, %eax\nxorl %edx, %edx\n"

/* In the order of x86_thread_state64_t */
LOOK(look_general,
     WORD(0, rax) WORD(1, rbx) WORD(2, rcx) WORD(3, rdx) WORD(4, rdi)
         WORD(5, rsi) WORD(6, rbp) WORD(7, rsp) WORD(8, r8) WORD(9, r9)
             WORD(10, r10) WORD(11, r11) WORD(12, r12) WORD(13, r13)
                 WORD(14, r14) WORD(15, r15));
LOOK(look_flags, "pushfq\npopq " AREA(0));
LOOK(look_selectors,
     SELECTOR(0, ds) SELECTOR(1, es) SELECTOR(2, fs) SELECTOR(3, gs));
LOOK(look_fs_base, "movq %fs:base_words, %rax\nmovq %rax, " AREA(0));
LOOK(look_gs_base, "movq %gs:base_words, %rax\nmovq %rax, " AREA(0));
LOOK(look_fnstcw, "fnstcw " AREA(0));
LOOK(look_fnstsw, "fnstsw %ax\nmovw %ax, " AREA(0));
LOOK(look_fnstenv, "fnstenv " AREA(0));
LOOK(look_fnsave, "fnsave " AREA(0));
LOOK(look_stmxcsr, "stmxcsr " AREA(0));
LOOK(look_movaps, EACH(XMM));
LOOK(look_vmovaps, EACH(YMM));
LOOK(look_fxsave, "fxsave64 " AREA(0));
LOOK(look_xsave, ALL_PARTS "xsave64 " AREA(0));
LOOK(look_xsaveopt, ALL_PARTS "xsaveopt64 " AREA(0));
LOOK(look_xsavec, ALL_PARTS "xsavec64 " AREA(0));

/* The same behind a message: the look in r12. */
extern const char look_receive[], look_received[];
__asm__(".pushsection .text\nlook_receive: syscall\n"
        "look_received: jmp *%r12\n.popsection");

/* What FS and GS show at their base 0, and what at base 8 */
uint64_t base_words[2] = { 0, 0xd1d1d1d1 };

/* ---- what fills the registers */

struct dirt {
    unsigned char ymm[YMM_SIZE * 2];
    uint32_t mxcsr;
    uint16_t fcw;
    uint16_t has_avx;
    uint64_t rax, rdi, rsi, rdx, r10, r8, r9; /* of the trap that ends it */
    const void *look;                         /* or the look that does */
} __attribute__((aligned(64)));

struct dirt dirt;
static mach_msg_header_t dirt_message;

#define DIRTY(n)  "movaps dirt + 32 * " #n ", %xmm" #n "\n"
#define VDIRTY(n) "vmovaps dirt + 32 * " #n ", %ymm" #n "\n"

_Static_assert(offsetof(struct dirt, mxcsr) == 512 &&
                   offsetof(struct dirt, fcw) == 516 &&
                   offsetof(struct dirt, has_avx) == 518 &&
                   offsetof(struct dirt, rax) == 520 &&
                   offsetof(struct dirt, look) == 576,
               "known to make_dirty");

/*
 * Fills all but the registers that are the trap's arguments; rsi says how it
 * ends, rdi stays for a look.  The GS base comes after the selectors, whose
 * loading changes it.  In x87: seven numbers, a zero divide, the addresses of
 * the last instruction and operand.
 */
extern const char make_dirty[], end_trap[], end_spin[], end_fault[], end_look[];
__asm__(
    ".pushsection .text\n"
    "make_dirty:\n"
    "movq %rsi, %r15\nmovq %rdi, %r14\n"
    "movl $0x23, %eax\n"
    "movw %ax, %ds\nmovw %ax, %es\nmovw %ax, %fs\nmovw %ax, %gs\n"
    "movl $0x3000003, %eax\nmovl $8, %edi\nsyscall\n"
    "cmpw $0, dirt + 518\nje 1f\n" EACH(VDIRTY) "jmp 2f\n1:\n" EACH(
        DIRTY) "2:\n"
               "ldmxcsr dirt + 512\n"
               "fninit\nfld1\nfldz\nfdivrp\nfldpi\nfldl2e\nfld1\nfldpi\nfldl2e\n"
               "fldl dirt\nftst\nfldcw dirt + 516\n"
               "movq %r14, %rdi\n"
               "movabsq $0x6262626262626262, %rbx\nmovq %rbx, %rcx\n"
               "movq %rbx, %rbp\nmovq %rbx, %r11\n"
               "movq %rbx, %r12\nmovq %rbx, %r13\nmovq %rbx, %r14\n"
               "jmp *%r15\n"
               "end_trap:\n"
               "movq dirt + 520, %rax\nmovq dirt + 528, %rdi\n"
               "movq dirt + 536, %rsi\nmovq dirt + 544, %rdx\n"
               "movq dirt + 552, %r10\nmovq dirt + 560, %r8\n"
               "movq dirt + 568, %r9\n"
               "pushq $0x244cd7\npopfq\n" /* all but TF */
               "syscall\n"
               "movq $end_trap, %rsi\njmp make_dirty\n"
               "end_spin: pushq $0x244cd7\npopfq\njmp .\n"
               "end_fault: pushq $0x244cd7\npopfq\nud2\n"
               "end_look: pushq $0x244cd7\npopfq\njmp *dirt + 576\n"
               ".popsection");

/* ---- the looks, and what each sees where nothing has been left */

static bool
is_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static uint32_t
word_at(const unsigned char *area, size_t offset)
{
    uint32_t word;

    memcpy(&word, area + offset, sizeof word);
    return word;
}

static bool
general_clean(const unsigned char *area, const x86_thread_state64_t *want)
{
    return memcmp(area, want, offsetof(x86_thread_state64_t, __rip)) == 0;
}

static bool
flags_clean(const unsigned char *area, const x86_thread_state64_t *want)
{
    return word_at(area, 0) == want->__rflags;
}

static bool
zero_clean(const unsigned char *area, const x86_thread_state64_t *want)
{
    (void)want;
    return is_zero(area, AREA_SIZE);
}

static bool
fcw_clean(const unsigned char *area, const x86_thread_state64_t *want)
{
    (void)want;
    return word_at(area, 0) == FCW_INITIAL;
}

static bool
mxcsr_clean(const unsigned char *area, const x86_thread_state64_t *want)
{
    (void)want;
    return word_at(area, 0) == MXCSR_INITIAL;
}

/* FNSTENV's upper halves are ones or zeros, FNSAVE's numbers are behind. */
static bool
x87_clean(const unsigned char *area, const x86_thread_state64_t *want)
{
    (void)want;
    return (word_at(area, 0) & 0xffff) == FCW_INITIAL &&
           (word_at(area, 4) & 0xffff) == 0 &&
           (word_at(area, 8) & 0xffff) == 0xffff && word_at(area, 12) == 0 &&
           word_at(area, 16) == 0 && word_at(area, 20) == 0 &&
           (word_at(area, 24) & 0xffff) == 0 && is_zero(area + 28, 80);
}

/* XSAVEOPT and XSAVEC need not write what is initial: it stays zero. */
static bool
saved_clean(const unsigned char *area, const x86_thread_state64_t *want)
{
    uint32_t fcw = word_at(area, 0), mxcsr = word_at(area, 24);

    (void)want;
    return (fcw == FCW_INITIAL || fcw == 0) && is_zero(area + 4, 20) &&
           (mxcsr == MXCSR_INITIAL || mxcsr == 0) &&
           is_zero(area + 32, FXSAVE_SIZE - 32) &&
           is_zero(area + XSAVE_YMM, YMM_SIZE);
}

enum need {
    ANY,
    AVX,
    XSAVE,
    XSAVEOPT,
    XSAVEC
};

static const struct kind {
    const char *text;
    const char *look;
    bool (*clean)(const unsigned char *area, const x86_thread_state64_t *want);
    enum need need;
    bool constant; /* nothing can change it */
} kinds[] = {
    { "general registers", look_general, general_clean, ANY, false },
    { "PUSHF", look_flags, flags_clean, ANY, false },
    { "DS, ES, FS, GS", look_selectors, zero_clean, ANY, false },
    { "the FS base", look_fs_base, zero_clean, ANY, true },
    { "the GS base", look_gs_base, zero_clean, ANY, false },
    { "FNSTCW", look_fnstcw, fcw_clean, ANY, false },
    { "FNSTSW", look_fnstsw, zero_clean, ANY, false },
    { "FNSTENV", look_fnstenv, x87_clean, ANY, false },
    { "FNSAVE", look_fnsave, x87_clean, ANY, false },
    { "STMXCSR", look_stmxcsr, mxcsr_clean, ANY, false },
    { "MOVAPS", look_movaps, zero_clean, ANY, false },
    { "VMOVAPS", look_vmovaps, zero_clean, AVX, false },
    { "FXSAVE", look_fxsave, saved_clean, ANY, false },
    { "XSAVE", look_xsave, saved_clean, XSAVE, false },
    { "XSAVEOPT", look_xsaveopt, saved_clean, XSAVEOPT, false },
    { "XSAVEC", look_xsavec, saved_clean, XSAVEC, false },
};

#define KINDS (sizeof kinds / sizeof *kinds)

static bool
processor_has(enum need need)
{
    unsigned a = 0, b = 0, c = 0, d = 0;

    if (need == ANY)
        return true;
    __get_cpuid(1, &a, &b, &c, &d);
    if (!(c & bit_OSXSAVE))
        return false;
    if (need == XSAVE || need == AVX)
        return need == XSAVE || c & bit_AVX;
    __get_cpuid_count(13, 1, &a, &b, &c, &d);
    return a & (need == XSAVEOPT ? bit_XSAVEOPT : bit_XSAVEC);
}

/* ---- ways to give the processor up */

static uint64_t stack[64]; /* of all threads here: none of them returns */
#define STACK_TOP ((uint64_t)(stack + 64))

static mach_port_t
new_thread(mach_port_t task, const x86_thread_state64_t *state)
{
    mach_port_t thread;

    if (thread_create(task, &thread) != KERN_SUCCESS ||
        thread_put_registers(thread, state) != KERN_SUCCESS)
        ok(false, "a thread with its registers");
    return thread;
}

/* A thread of ours that fills all registers and goes on at `end` */
static mach_port_t
new_dirty(const void *end)
{
    x86_thread_state64_t state = { .__rip = (uint64_t)make_dirty,
                                   .__rdi = (uint64_t)&look,
                                   .__rsi = (uint64_t)end,
                                   .__rsp = STACK_TOP };

    return new_thread(mach_task_self(), &state);
}

static void
trap_of_dirt(uint64_t rax, uint64_t rdi, uint64_t rsi, uint64_t rdx,
             uint64_t r8)
{
    dirt.rax = rax;
    dirt.rdi = rdi;
    dirt.rsi = rsi;
    dirt.rdx = rdx;
    dirt.r8 = r8;
}

static mach_port_t
dirty_yields(void)
{
    trap_of_dirt(RAW_MACH(61), 0, SWITCH_OPTION_NONE, 0, 0);
    return new_dirty(end_trap);
}

static mach_port_t
dirty_is_preempted(void)
{
    return new_dirty(end_spin);
}

static mach_port_t
dirty_faults(void)
{
    return new_dirty(end_fault);
}

/* Sends itself the request to end. */
static mach_port_t
dirty_dies(void)
{
    mach_port_t thread = new_dirty(end_trap);

    dirt_message = guest_header(thread, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL,
                                THREAD_TERMINATE);
    trap_of_dirt(RAW_MACH(31), (uint64_t)&dirt_message, MACH_SEND_MSG,
                 sizeof dirt_message, 0);
    return thread;
}

/* ---- looking */

/* Every register has a value of its own; the rest of the state is as new. */
static x86_thread_state64_t
look_state(const struct kind *kind)
{
    x86_thread_state64_t state;
    uint64_t *words = (uint64_t *)&state;

    memset(&state, 0, sizeof state);
    for (unsigned i = 0; i < 16; i++)
        words[i] = 0x1000 + i;
    state.__rip = (uint64_t)kind->look;
    state.__rsp = STACK_TOP;
    state.__rdi = (uint64_t)&look;
    state.__rflags = RFLAGS_INITIAL;
    return state;
}

/* What the looking thread of `task` saw */
static bool
saw_nothing(mach_port_t task, const struct kind *kind,
            const x86_thread_state64_t *want)
{
    struct look seen;

    if (!child_until(task, &look.done, 1))
        return false;
    child_read(task, &look, &seen, sizeof seen);
    return kind->clean(seen.area, want);
}

/* The looking thread queues right behind the filling one. */
static void
look_behind(mach_port_t task, mach_port_t dirty, const struct kind *kind,
            const char *how)
{
    x86_thread_state64_t state = look_state(kind);
    mach_port_t looking = new_thread(task, &state);

    memset(&look, 0, sizeof look);
    child_write(task, &look, &look, sizeof look);
    thread_resume(dirty);
    thread_resume(looking);
    ok(saw_nothing(task, kind, &state), "20: %s shows nothing after %s",
       kind->text, how);
    guest_thread_kill(looking);
    guest_thread_kill(dirty);
}

/* Behind a message: the trap's result, and what the processor loses. */
static void
look_at_message(mach_port_t task, const struct kind *kind)
{
    x86_thread_state64_t state = look_state(kind);
    mach_port_name_t name = MACH_PORT_NULL;
    mach_msg_type_name_t type;
    mach_port_t looking, dirty, port = MACH_PORT_NULL, own = guest_receive();

    mach_port_allocate(task, MACH_PORT_RIGHT_RECEIVE, &name);
    mach_port_extract_right(task, name, MACH_MSG_TYPE_MAKE_SEND, &port, &type);
    state.__r12 = state.__rip;
    state.__rip = (uint64_t)look_receive;
    state.__rax = RAW_MACH(31);
    state.__rsi = MACH_RCV_MSG;
    state.__rdx = 0;
    state.__r10 = offsetof(struct look, area);
    state.__r8 = name;
    state.__r9 = 0;
    looking = new_thread(task, &state);
    memset(&look, 0, sizeof look);
    child_write(task, &look, &look, sizeof look);
    thread_resume(looking);
    guest_sleep(2);

    dirt_message =
        guest_header(port, MACH_MSG_TYPE_MOVE_SEND, MACH_PORT_NULL, 0);
    trap_of_dirt(RAW_MACH(31), (uint64_t)&dirt_message,
                 MACH_SEND_MSG | MACH_RCV_MSG, sizeof dirt_message, own);
    dirty = new_dirty(end_trap);
    thread_resume(dirty);
    state.__rax = MACH_MSG_SUCCESS;
    state.__rcx = (uint64_t)look_received;
    state.__r11 = state.__rflags;
    ok(saw_nothing(task, kind, &state), "20: %s shows nothing after a message",
       kind->text);
    guest_thread_kill(looking);
    guest_thread_kill(dirty);
    mach_port_mod_refs(task, name, MACH_PORT_RIGHT_RECEIVE, -1);
    guest_kill(own);
}

/* The filling thread itself sees what it has done. */
static void
look_at_oneself(const struct kind *kind)
{
    x86_thread_state64_t state = look_state(kind);
    mach_port_t dirty = new_dirty(end_look);

    memset(&look, 0, sizeof look);
    dirt.look = kind->look;
    thread_resume(dirty);
    ok(ALL(guest_until(&look.done, 1),
           kind->clean(look.area, &state) == kind->constant),
       "%s shows what its own thread has", kind->text);
    guest_thread_kill(dirty);
}

static void
test_kind(mach_port_t task, const struct kind *kind)
{
    look_at_oneself(kind);
    look_behind(task, dirty_yields(), kind, "a trap");
    look_behind(task, dirty_is_preempted(), kind, "a preemption");
    look_behind(task, dirty_faults(), kind, "an exception");
    look_behind(task, dirty_dies(), kind, "a death");
    look_at_message(task, kind);
}

int
main(void)
{
    mach_port_t task = child_copy(), faults = catch_port(mach_task_self());

    memset(dirt.ymm, 0x5c, sizeof dirt.ymm);
    dirt.mxcsr = 0xffbf; /* all flags, masks and modes but DAZ */
    dirt.fcw = 0xa7f;    /* another rounding and precision */
    dirt.has_avx = processor_has(AVX);
    for (unsigned i = 0; i < KINDS; i++)
        if (processor_has(kinds[i].need))
            test_kind(task, &kinds[i]);
    child_end(task);
    guest_kill(faults);
    return tap_done();
}
