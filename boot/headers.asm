; SPDX-License-Identifier: MIT
;
; headers.asm - how loaders recognise the kernel: a Multiboot2 header for GRUB
; and a PVH note for `qemu -kernel` (Xen's boot ABI).  Both enter in 32-bit
; protected mode without paging, at the two entries of entry32.asm.

%define MULTIBOOT2_HEADER_MAGIC 0xe85250d6
%define MULTIBOOT2_ARCH_I386    0
%define XEN_ELFNOTE_PHYS32_ENTRY 18

extern boot_pvh

section .multiboot2 progbits alloc noexec nowrite align=8
multiboot2_header:
    dd MULTIBOOT2_HEADER_MAGIC
    dd MULTIBOOT2_ARCH_I386
    dd .end - multiboot2_header
    dd 0x100000000 - (MULTIBOOT2_HEADER_MAGIC + MULTIBOOT2_ARCH_I386 + (.end - multiboot2_header))

    ; We cannot do without the memory map and the modules: a loader that does
    ; not know these tags must not start us.
    align 8
.request:
    dw 1, 0                     ; information request
    dd .request_end - .request
    dd 6, 3                     ; memory map, modules
.request_end:

    align 8
    dw 6, 0                     ; modules on page borders
    dd 8

    align 8
    dw 0, 0                     ; the end
    dd 8
.end:

section .note.pvh note alloc noexec nowrite align=4
    dd .name_end - .name
    dd 4
    dd XEN_ELFNOTE_PHYS32_ENTRY
.name:
    db "Xen", 0
.name_end:
    align 4
    dd boot_pvh
