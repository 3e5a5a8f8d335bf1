; SPDX-License-Identifier: MIT
;
; entry32.asm - the first instructions: from the loader to long mode.
;
; Both loaders enter here in 32-bit protected mode, without paging, interrupts
; off, flat segments, at the image's physical address.  We check who called
; and what the processor can do, build early page tables out of 2 MiB pages,
;
;     virtual                       physical          attributes
;     0                 + 4 GiB     the same          until pmap_bootstrap
;     PHYSMAP_BASE      + 4 GiB     from 0            no-execute
;     KERNEL_BASE       + 2 GiB     from 0            the image and its data
;
; and go on in the upper half as kernel_main(magic, information).  Whatever is
; missing is said in one line on the serial line, the screen and QEMU's debug
; console; then the machine stops.
%include "asmdefs.inc"

%define KERNEL_BASE     0xffffffff80000000
%define STACK_SIZE      16384
%define PAGE            4096

%define PTE_PRESENT     0x001
%define PTE_WRITE       0x002
%define PTE_LARGE       0x080
%define PTE_NX_HIGH     0x80000000      ; bit 63, in the upper half

%define EFLAGS_ID       0x200000
%define CPUID_NX        (1 << 20)       ; of 0x80000001, edx
%define CPUID_LM        (1 << 29)

extern kernel_main

section .boot.text progbits alloc exec nowrite align=16
bits 32

; eax = the loader's magic, ebx = its information structure
global boot_multiboot2
boot_multiboot2:
    cli
    cld
    mov esp, boot_stack_top - KERNEL_BASE
    mov esi, no_loader
    cmp eax, MULTIBOOT2_MAGIC
    jne boot_refuse
    mov edi, eax
    jmp boot_common

; ebx = the start structure, which begins with its magic
global boot_pvh
boot_pvh:
    cli
    cld
    mov esp, boot_stack_top - KERNEL_BASE
    mov esi, no_loader
    mov edi, [ebx]
    cmp edi, PVH_MAGIC
    jne boot_refuse

boot_common:                            ; edi = magic, ebx = information
    call check_cpu                      ; keeps ebx, edi
    call build_tables

    mov eax, CR4_PAE
    mov cr4, eax
    mov eax, boot_pml4
    mov cr3, eax
    mov ecx, MSR_EFER
    rdmsr
    or eax, EFER_LME | EFER_NXE
    wrmsr
    mov eax, CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_TS | CR0_MP | CR0_PE
    mov cr0, eax
    lgdt [boot_gdt_pointer]
    jmp KERNEL_CS:boot_long

; Goes on at boot_refuse with a reason in esi if something is missing.
check_cpu:
    push ebx
    mov esi, no_cpuid
    pushfd
    pop eax
    mov ecx, eax
    xor eax, EFLAGS_ID
    push eax
    popfd
    pushfd
    pop eax
    cmp eax, ecx
    je boot_refuse

    mov esi, no_long_mode
    mov eax, 0x80000000
    cpuid
    cmp eax, 0x80000001
    jb boot_refuse
    mov eax, 0x80000001
    cpuid
    test edx, CPUID_LM
    jz boot_refuse
    mov esi, no_nx
    test edx, CPUID_NX
    jz boot_refuse
    pop ebx
    ret

; Loses eax, ecx, edx.
build_tables:
    ; Four directories map the first 4 GiB by 2 MiB pages.
    xor ecx, ecx
    mov eax, PTE_PRESENT | PTE_WRITE | PTE_LARGE
.page:
    mov [boot_directories + ecx * 8], eax
    mov dword [boot_directories + ecx * 8 + 4], 0
    add eax, 0x200000
    inc ecx
    cmp ecx, 4 * 512
    jb .page

    ; One table points at the four, the other at the first two, at the end.
    mov eax, boot_directories + (PTE_PRESENT | PTE_WRITE)
    xor ecx, ecx
.directory:
    mov [boot_low + ecx * 8], eax
    add eax, PAGE
    inc ecx
    cmp ecx, 4
    jb .directory
    mov eax, boot_directories + (PTE_PRESENT | PTE_WRITE)
    mov [boot_high + 510 * 8], eax
    add eax, PAGE
    mov [boot_high + 511 * 8], eax

    mov eax, boot_low + (PTE_PRESENT | PTE_WRITE)
    mov [boot_pml4], eax
    mov [boot_pml4 + 256 * 8], eax      ; PHYSMAP_BASE
    mov dword [boot_pml4 + 256 * 8 + 4], PTE_NX_HIGH
    mov eax, boot_high + (PTE_PRESENT | PTE_WRITE)
    mov [boot_pml4 + 511 * 8], eax      ; KERNEL_BASE
    ret

; ---- when we cannot go on --------------------------------------------------

; esi = a line of text, its newline included
boot_refuse:
    call serial_setup
    mov ebx, 0xb8000                    ; the screen's first line
.next:
    lodsb
    test al, al
    jz .stop
    call serial_put
    mov [ebx], al
    mov byte [ebx + 1], 0x4f            ; white on red
    add ebx, 2
    cmp al, '#'                         ; the status has no "# "
    je .skip
    out PORT_DEBUG_CONSOLE, al
    jmp .next
.skip:
    lodsb
    call serial_put
    add ebx, 2
    jmp .next
.stop:
    mov eax, 0x12                       ; HALT_PANIC
    out PORT_DEBUG_EXIT, eax
.halt:
    hlt
    jmp .halt

; 115200 baud, 8N1.  Loses eax, edx.
serial_setup:
    mov dx, PORT_COM1 + 1
    xor al, al
    out dx, al
    mov dx, PORT_COM1 + 3
    mov al, 0x80
    out dx, al
    mov dx, PORT_COM1
    mov al, 1
    out dx, al
    mov dx, PORT_COM1 + 1
    xor al, al
    out dx, al
    mov dx, PORT_COM1 + 3
    mov al, 3
    out dx, al
    ret

; al = a character.  Loses ah, ecx, edx.
serial_put:
    mov ah, al
    mov ecx, 100000                     ; no serial line: do not wait forever
    mov dx, PORT_COM1 + 5
.wait:
    in al, dx
    test al, 0x20
    loopz .wait
    mov al, ah
    mov dx, PORT_COM1
    out dx, al
    ret

; ---- in long mode ------------------------------------------------------------

bits 64
boot_long:                              ; edi = magic, ebx = information
    mov eax, KERNEL_SS
    mov ss, eax
    xor eax, eax
    mov ds, eax
    mov es, eax
    mov fs, eax
    mov gs, eax
    mov rax, boot_upper
    jmp rax

section .boot.data progbits alloc noexec write align=16
boot_gdt:
    dq 0
    dq 0x00af9b000000ffff               ; KERNEL_CS: 64-bit code
    dq 0x00cf93000000ffff               ; KERNEL_SS: data
boot_gdt_pointer:
    dw $ - boot_gdt - 1
    dd boot_gdt

%define LINE(text) db "# panic: ", text, 10, 0
no_loader:    LINE("boot: start Ostia by a Multiboot2 loader or by PVH")
no_cpuid:     LINE("boot: this processor has no CPUID; Ostia needs x86_64")
no_long_mode: LINE("boot: this processor has no long mode; Ostia needs x86_64")
no_nx:        LINE("boot: this processor has no NX, or it is switched off")

section .boot.bss nobits alloc noexec write align=4096
global boot_low, boot_spare, boot_spare_end
boot_pml4:        resb PAGE
boot_low:         resb PAGE
boot_high:        resb PAGE
boot_directories: resb 4 * PAGE
boot_spare:       resb 4 * PAGE         ; for loader.c: beyond the first 4 GiB
boot_spare_end:

section .bss
alignb 16
    resb STACK_SIZE
boot_stack_top:

section .text
boot_upper:
    mov rsp, boot_stack_top
    xor ebp, ebp
    mov esi, ebx                        ; the information structure
    call kernel_main
    ud2
