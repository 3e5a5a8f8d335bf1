; SPDX-License-Identifier: MIT
;
; usercopy.asm - copies that may fault.
;
; .extable lists pairs of addresses: an instruction that may fault in kernel
; mode, and where to go on when it did.  The page fault handler changes RIP
; alone.  .smap lists the instructions that open and shut user memory, which
; copyio_init takes out where the processor does not have them.

section .extable progbits alloc noexec nowrite align=8
section .smap progbits alloc noexec nowrite align=8
section .text

%macro MAY_FAULT 2
section .extable
        dq      %1, %2
section .text
%endmacro

; The instruction at a label is STAC or CLAC.
%macro SMAP 1
section .smap
        dq      %1
section .text
%endmacro

; bool usercopy(void *to, const void *from, size_t length)
;   in    rdi to, rsi from, rdx length
;   out   al   1 if all was copied, 0 if an access faulted
;   lost  rcx, rdx, rsi, rdi, flags
global usercopy
usercopy:
        mov     rcx, rdx
.open:  stac
        shr     rcx, 3
        and     edx, 7
.words: rep movsq
        mov     ecx, edx
.bytes: rep movsb
copied:
        clac
        mov     eax, 1
        ret
faulted:
        xor     eax, eax
.shut:  clac
        ret
        SMAP    usercopy.open
        SMAP    copied
        SMAP    faulted.shut
        MAY_FAULT usercopy.words, faulted
        MAY_FAULT usercopy.bytes, faulted

; bool usercopy_words(void *to, const void *from, size_t words)
;   in    rdi to, rsi from, rdx words, up to 31
;   out   as usercopy
;   lost  rcx, rdx, flags
; A word takes eight bytes of instructions, since no distance takes more than a
; byte: so far before the end it begins.
global usercopy_words
usercopy_words:
        shl     edx, 3
.open:  stac
        sub     rsi, -128
        sub     rdi, -128
        lea     rcx, [rel .end]
        sub     rcx, rdx
        jmp     rcx
%assign word 30
%rep 31
.load_ %+ word:
        mov     rax, [byte rsi + 8 * word - 128]
.store_ %+ word:
        mov     [byte rdi + 8 * word - 128], rax
        MAY_FAULT .load_ %+ word, faulted
        MAY_FAULT .store_ %+ word, faulted
%assign word word - 1
%endrep
.end:
        jmp     copied
        SMAP    .open

; bool userprobe(void *byte, bool write)
;   in    rdi byte, esi write
;   out   al   1 if the byte can be read, or with write be written; 0 if not
;   lost  flags
global userprobe
userprobe:
        test    esi, esi
.open:  stac
        jz      .read
.write: lock or byte [rdi], 0
        jmp     copied
.read:  test    byte [rdi], 0
        jmp     copied
        SMAP    .open
        MAY_FAULT .write, faulted
        MAY_FAULT .read, faulted
