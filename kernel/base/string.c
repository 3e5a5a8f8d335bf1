/* SPDX-License-Identifier: MIT */
/*
 * string.c - memory and strings, in general registers.
 *
 * The string instructions move eight bytes a step, and the last few one by
 * one.  They need the direction flag clear: it is, by the ABI, at every call,
 * and what sets it here clears it in the same breath.
 */
#include "kernel/base/string.h"

#include <stdint.h>

#if STRING_IS_OURS

#define WORD sizeof(uint64_t)

/* Eight bytes at any address, of any type. */
typedef uint64_t __attribute__((may_alias, aligned(1))) any_word_t;

/* Lawful for ranges that overlap if `to` is the lower one. */
static inline void
copy_up(void *to, const void *from, size_t size)
{
    size_t words = size / WORD;
    size_t rest = size % WORD;

    __asm__ volatile("rep movsq\n\t"
                     "movq %[rest], %%rcx\n\t"
                     "rep movsb"
                     : "+D"(to), "+S"(from), "+c"(words)
                     : [rest] "r"(rest)
                     : "memory");
}

/* Lawful for ranges that overlap if `to` is the higher one. */
static inline void
copy_down(void *to, const void *from, size_t size)
{
    char *last_to = (char *)to + size - 1;
    const char *last_from = (const char *)from + size - 1;
    size_t words = size / WORD;
    size_t rest = size % WORD;

    __asm__ volatile("std\n\t"
                     "rep movsb\n\t"
                     "subq $7, %%rdi\n\t"
                     "subq $7, %%rsi\n\t"
                     "movq %[words], %%rcx\n\t"
                     "rep movsq\n\t"
                     "cld"
                     : "+D"(last_to), "+S"(last_from), "+c"(rest)
                     : [words] "r"(words)
                     : "memory", "cc");
}

void *
memcpy(void *restrict to, const void *restrict from, size_t size)
{
    copy_up(to, from, size);
    return to;
}

void *
memmove(void *to, const void *from, size_t size)
{
    if ((uintptr_t)to - (uintptr_t)from >= size)
        copy_up(to, from, size);
    else
        copy_down(to, from, size);

    return to;
}

void *
memset(void *to, int byte, size_t size)
{
    uint64_t pattern = 0x0101010101010101u * (uint8_t)byte;
    size_t words = size / WORD;
    size_t rest = size % WORD;
    void *at = to;

    __asm__ volatile("rep stosq\n\t"
                     "movq %[rest], %%rcx\n\t"
                     "rep stosb"
                     : "+D"(at), "+c"(words)
                     : [rest] "r"(rest), "a"(pattern)
                     : "memory");

    return to;
}

int
memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *x = a;
    const uint8_t *y = b;

    while (size >= WORD && *(const any_word_t *)x == *(const any_word_t *)y) {
        x += WORD;
        y += WORD;
        size -= WORD;
    }

    for (; size > 0; x++, y++, size--) {
        if (*x != *y)
            return *x - *y;
    }

    return 0;
}

void *
memchr(const void *in, int byte, size_t size)
{
    const uint8_t *at = in;

    for (; size > 0; at++, size--) {
        if (*at == (uint8_t)byte)
            return (void *)(uintptr_t)at;
    }

    return NULL;
}

size_t
strlen(const char *string)
{
    const char *end = string;

    while (*end != '\0')
        end++;

    return (size_t)(end - string);
}

size_t
strnlen(const char *string, size_t limit)
{
    size_t length = 0;

    while (length < limit && string[length] != '\0')
        length++;

    return length;
}

int
strcmp(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }

    return (unsigned char)*a - (unsigned char)*b;
}

int
strncmp(const char *a, const char *b, size_t limit)
{
    for (; limit > 0; a++, b++, limit--) {
        if (*a != *b || *a == '\0')
            return (unsigned char)*a - (unsigned char)*b;
    }

    return 0;
}

#endif

size_t
strlcpy(char *restrict to, const char *restrict from, size_t size)
{
    size_t length = strlen(from);

    if (size > 0) {
        size_t kept = length < size ? length : size - 1;

        memcpy(to, from, kept);
        to[kept] = '\0';
    }

    return length;
}
