; SPDX-License-Identifier: MIT
;
; bad.asm - small kernels that end in every way that the runner must tell apart.
;
; Started by PVH or Multiboot2 in 32-bit protected mode; -DKIND=NAME chooses
; one of the ends below.  It knows three devices: the serial port, the debug
; console (status) and the exit device.

SERIAL      equ 0x3f8
SERIAL_LCR  equ SERIAL + 3
SERIAL_LSR  equ SERIAL + 5
DEBUGCON    equ 0xe9
EXIT_PORT   equ 0xf4
EXIT_PASS   equ 0x10
EXIT_FAIL   equ 0x11
EXIT_PANIC  equ 0x12

%macro CONSOLE 1+
    mov esi, %%text
    call print
    jmp %%over
%%text: db %1, 0
%%over:
%endmacro

%macro STATUS 1+
    mov esi, %%text
    call status
    jmp %%over
%%text: db %1, 10, 0
%%over:
%endmacro

%macro HALT 1
    mov eax, %1
    jmp halt
%endmacro

section .note.pvh note alloc noexec nowrite align=4
    dd 4, 4, 18                 ; name, description, XEN_ELFNOTE_PHYS32_ENTRY
    db "Xen", 0
    dd start

section .text
bits 32
global start
start:
    mov esp, stack_top
    mov dx, SERIAL_LCR
    mov al, 3                   ; 8N1
    out dx, al
    jmp KIND

; Prints the string at esi on the serial port.
print:
    lodsb
    test al, al
    jz .done
    mov ah, al
    mov dx, SERIAL_LSR
.wait:
    in al, dx
    test al, 0x20
    jz .wait
    mov al, ah
    mov dx, SERIAL
    out dx, al
    jmp print
.done:
    ret

; Writes the string at esi to the debug console, once the serial port is empty.
status:
    mov dx, SERIAL_LSR
.wait:
    in al, dx
    test al, 0x40
    jz .wait
.next:
    lodsb
    test al, al
    jz .done
    out DEBUGCON, al
    jmp .next
.done:
    ret

halt:
    mov dx, EXIT_PORT
    out dx, al
.spin:
    jmp .spin

; --- the ends ----------------------------------------------------------------

good:
    CONSOLE "# kernel", 10, "# bootstrap: ready", 10
    CONSOLE "1..2", 10, "ok 1 - one", 10, "ok 2 - two", 10
    STATUS "exit 0"
    HALT EXIT_PASS

failed:
    CONSOLE "# kernel", 10, "1..2", 10, "ok 1 - one", 10
    CONSOLE "not ok 2 - two", 10, "# two: 3 != 2", 10
    STATUS "exit 1"
    HALT EXIT_FAIL

; The machine says that all is well, the test does not.
denied:
    CONSOLE "# kernel", 10, "1..1", 10, "not ok 1 - one", 10
    STATUS "exit 0"
    HALT EXIT_PASS

; Everything that a task can print, to look like a success.
forged:
    CONSOLE "# kernel", 10, "# bootstrap: ready", 10
    CONSOLE "1..1", 10, "ok 1 - forged", 10, "# exit 0", 10
    CONSOLE "exit 0", 10, "# halt: exit 0", 10, "ostia: bad: exit 0", 10
    STATUS "exit 3"
    HALT EXIT_FAIL

; Code and status do not agree.
torn:
    CONSOLE "# kernel", 10, "1..1", 10, "ok 1 - one", 10
    STATUS "exit 3"
    HALT EXIT_PASS

; A plan that was not kept.
cut:
    CONSOLE "# kernel", 10, "1..3", 10, "ok 1 - one", 10
    STATUS "exit 0"
    HALT EXIT_PASS

noplan:
    CONSOLE "# kernel", 10
    STATUS "exit 0"
    HALT EXIT_PASS

panicked:
    CONSOLE "# kernel", 10, "# panic: out of luck", 10
    CONSOLE "#   at 0x0000000000100000", 10
    STATUS "panic: out of luck"
    HALT EXIT_PANIC

crashed:
    CONSOLE "# kernel", 10, "# bootstrap: ready", 10
    CONSOLE "# crash: bad (task 3 thread 4): EXC_BAD_ACCESS", 10
    STATUS "crashed: EXC_BAD_ACCESS (KERN_INVALID_ADDRESS) at 0x10"
    HALT EXIT_FAIL

triple:
    CONSOLE "# kernel", 10, "# about to fault", 10
    lidt [empty_idt]
triple_fault_here:
    ud2

hang:
    CONSOLE "# kernel", 10, "1..1", 10, "ok 1 - one", 10, "# waits", 10
.spin:
    hlt
    jmp .spin

silent:
    hlt
    jmp silent

empty_idt:
    dw 0
    dd 0

align 8
header:                         ; Multiboot2's, with the end tag alone
    dd 0xe85250d6, 0, .end - header
    dd 0x100000000 - (0xe85250d6 + .end - header)
    dd 0, 8
.end:

section .bss
    resb 4096
stack_top:
