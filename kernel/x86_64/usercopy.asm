; SPDX-License-Identifier: MIT
;
; usercopy.asm - copies that may fault.
;
; .extable lists pairs of addresses: an instruction that may fault in kernel
; mode, and where to go on when it did.  The page fault handler changes RIP
; alone.

section .text

extern usercopy_smap

; bool usercopy(void *to, const void *from, size_t length)
;   in    rdi to, rsi from, rdx length
;   out   al   1 if all was copied, 0 if an access faulted
;   lost  rcx, rdx, rsi, rdi, flags
global usercopy
usercopy:
        cmp     byte [usercopy_smap], 0
        je      copy
        stac
        call    copy
        clac
        ret

copy:
        mov     rcx, rdx
        shr     rcx, 3
        and     edx, 7
words:
        rep movsq
        mov     ecx, edx
bytes:
        rep movsb
        mov     eax, 1
        ret
faulted:
        xor     eax, eax
        ret

; bool userprobe(void *byte, bool write)
;   in    rdi byte, esi write
;   out   al   1 if the byte can be read, or with write be written; 0 if not
;   lost  flags
global userprobe
userprobe:
        cmp     byte [usercopy_smap], 0
        je      probe
        stac
        call    probe
        clac
        ret

probe:
        test    esi, esi
        jz      probe_read
probe_write:
        lock or byte [rdi], 0
        mov     eax, 1
        ret
probe_read:
        test    byte [rdi], 0
        mov     eax, 1
        ret

section .extable progbits alloc noexec nowrite align=8
        dq      words, faulted
        dq      bytes, faulted
        dq      probe_write, faulted
        dq      probe_read, faulted
