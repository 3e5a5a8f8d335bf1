; SPDX-License-Identifier: MIT
;
; entry.asm - every way into the kernel and every way out.
;
; GS.base is the user's in user mode and &struct cpu in the kernel; SWAPGS
; stands where user mode is left and entered, and nowhere else.  Interrupts
; are off from the first instruction to the last (FMASK, interrupt gates).
;
; From user mode the registers go straight into the frame of the running
; thread (TSS.RSP0 and cpu_frame_end point at its end), and C starts on the
; empty kernel stack: nothing on a kernel stack outlives an entry (D1).
;
;   entry                     saves into           calls               returns
;   SYSCALL                   thread's frame       syscall_enter       never
;   exception, interrupt
;     from user mode          thread's frame       trap_from_user      never
;     from the kernel         the kernel stack     trap_from_kernel    by IRET
;   #DF NMI #MC #DB           their IST stack      trap_on_ist         by IRET
;
; The IST entries may interrupt the instructions between SYSCALL and SWAPGS, or
; between SWAPGS and SYSRET, so they ask the MSR which GS.base is loaded.
%include "asmdefs.inc"

extern syscall_enter
extern mach_msg_fast
extern mach_msg_ask
extern trap_from_user
extern trap_from_kernel
extern trap_on_ist

%define REGISTERS_BUT_RAX r9, r8, r10, rdx, rsi, rdi, rcx, r11, \
                  rbx, rbp, r12, r13, r14, r15
%define REGISTERS rax, REGISTERS_BUT_RAX
; All of them but rdi, in which C finds its argument, and what it uses first.
%define CLEARED   rbx, rsi, rbp, r8, r9, r10, r11, r12, r13, r14, r15

%macro PUSH_ALL 1-*
%rep %0
    push %1
%rotate 1
%endrep
%endmacro

; Takes off what PUSH_ALL has put there for the same list.
%macro POP_ALL 1-*
%rep %0
%rotate -1
    pop %1
%endrep
%endmacro

; The user's values must not steer the kernel, not even in its mispredictions.
%macro CLEAR_ALL 1-*
%rep %0
    xor %1, %1
%rotate 1
%endrep
%endmacro

; RFLAGS as C wants it.  Gates clear IF, TF and NT alone: what user mode, or a
; string instruction of the kernel, left in DF and AC would turn the copies
; around and open user memory (FMASK does this for SYSCALL).
%macro CLEAR_FLAGS 0
    push RFLAGS_CLEAR
    popfq
%endmacro

; After SYSCALL: all registers into the frame of the running thread, and onto the
; kernel's stack.
%macro SAVE_USER 0
    swapgs
    mov [gs:CPU_SCRATCH], rsp
    mov rsp, [gs:CPU_FRAME_END]
    push USER_SS
    push qword [gs:CPU_SCRATCH]
    push r11
    push USER_CS
    push rcx
    push 0
    push TRAP_SYSCALL
    PUSH_ALL REGISTERS
    mov rsp, [gs:CPU_STACK]
%endmacro

section .text

; ---- SYSCALL: rcx = the user's rip, r11 = the user's rflags, rsp = the user's.
; A message is tried on the fast path, its arguments still in their registers; if
; that returns it goes the general way, as all traps do.
global syscall_entry
align 16
syscall_entry:
    SAVE_USER
    cmp rax, MACH_MSG_TRAP
    je .message
    mov rdi, [gs:CPU_THREAD]
    CLEAR_ALL CLEARED
    call syscall_enter
    ud2
.message:
    mov rcx, r10
    mov r9, [gs:CPU_THREAD]
    call mach_msg_fast
    mov rdi, [gs:CPU_THREAD]
    CLEAR_ALL CLEARED
    test rax, rax
    jz .general
    mov rsi, rax                ; struct mach_msg_question, with rdx
    call mach_msg_ask
    mov rdi, [gs:CPU_THREAD]
.general:
    call syscall_enter
    ud2

; The same without the fast path.
global syscall_entry_general
align 16
syscall_entry_general:
    SAVE_USER
    mov rdi, [gs:CPU_THREAD]
    CLEAR_ALL CLEARED
    call syscall_enter
    ud2

; ---- exceptions and interrupts; on the stack: vector, error, rip, cs, ...
align 16
trap_entry:
    test byte [rsp + 24], 3
    jz .from_kernel
    swapgs
    PUSH_ALL REGISTERS
    mov rsp, [gs:CPU_STACK]
    mov rdi, [gs:CPU_THREAD]
    CLEAR_FLAGS
    CLEAR_ALL CLEARED
    call trap_from_user
    ud2

.from_kernel:
    PUSH_ALL REGISTERS
    CLEAR_FLAGS
    mov rdi, rsp
    call trap_from_kernel
    POP_ALL REGISTERS
    add rsp, 16
    iretq

; ---- the same for vectors with a stack of their own.  ebx survives the call:
; it is 1 if the user's GS.base was loaded.
align 16
ist_entry:
    PUSH_ALL REGISTERS
    CLEAR_FLAGS
    xor ebx, ebx
    mov ecx, MSR_GS_BASE
    rdmsr
    test edx, edx                       ; the kernel's is in the upper half
    js .kernel_gs
    swapgs
    inc ebx
.kernel_gs:
    mov rdi, rsp
    xor ebp, ebp
    call trap_on_ist
    test ebx, ebx
    jz .leave
    swapgs
.leave:
    POP_ALL REGISTERS
    add rsp, 16
    iretq

; ---- one stub a vector: pushes a zero where the processor pushes no error code
%macro VECTOR 1
vector_%1:
%if %1 != 8 && %1 != 10 && %1 != 11 && %1 != 12 && %1 != 13 && %1 != 14 && %1 != 17 && %1 != 21 && %1 != 29 && %1 != 30
    push 0
%endif
    push %1
%if %1 == 1 || %1 == 2 || %1 == 8 || %1 == 18
    jmp ist_entry
%else
    jmp trap_entry
%endif
%endmacro

%assign i 0
%rep 256
    VECTOR i
%assign i i + 1
%endrep

; ---- the ways out; rdi = the frame, which becomes the stack

global exit_iret
align 16
exit_iret:
    mov rsp, rdi
    POP_ALL REGISTERS
    add rsp, 16
    swapgs
    iretq

; SYSRET takes rip from rcx and rflags from r11, where SYSCALL has put them; the
; result is in rsi.
global exit_sysret
align 16
exit_sysret:
    mov rsp, rdi
    mov rax, rsi
    POP_ALL REGISTERS_BUT_RAX
    mov rsp, [rsp + TF_RSP - TF_RAX]
    swapgs
    o64 sysret

; NORETURN void machine_call_on_stack(function rdi, argument rsi)
global machine_call_on_stack
machine_call_on_stack:
    mov rsp, [gs:CPU_STACK]
    mov rax, rdi
    mov rdi, rsi
    xor ebp, ebp
    call rax
    ud2

; NORETURN void machine_idle(void): an interrupt throws this stack away; what
; does return (NMI) finds the loop.
global machine_idle
machine_idle:
    mov rsp, [gs:CPU_STACK]
    xor ebp, ebp
.halt:
    sti
    hlt
    cli
    jmp .halt

; void machine_interrupt_window(void): STI takes effect after one instruction.
global machine_interrupt_window
machine_interrupt_window:
    sti
    nop
    cli
    ret

section .rodata
global vector_entries
align 8
vector_entries:
%assign i 0
%rep 256
    dq vector_ %+ i
%assign i i + 1
%endrep
