/* SPDX-License-Identifier: MIT */
/*
 * t_libc_malloc.c - our malloc over pages that can run out, and abused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <mach/mach_traps.h>

#include "tests/guest/tap.h"

#define malloc  ours_malloc
#define calloc  ours_calloc
#define realloc ours_realloc
#define free    ours_free

void *ours_malloc(size_t size);
void *ours_calloc(size_t count, size_t size);
void *ours_realloc(void *block, size_t size);
void ours_free(void *block);

#include "user/libc/malloc.c"

/* ---- The pages ---- */

static int pages_left = 1000;
static size_t pages_out; /* bytes */

void *
malloc_pages(size_t size)
{
    void *pages;

    if (pages_left == 0 || size > (size_t)1 << 40)
        return NULL;

    pages_left--;
    pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pages_out += size;
    return pages == MAP_FAILED ? NULL : pages;
}

void
malloc_free_pages(void *pages, size_t size)
{
    pages_out -= size;
    munmap(pages, size);
}

static jmp_buf caught;
static const char *reason;

void
malloc_fail(const char *why, const void *block)
{
    (void)block;
    lock.is_held = 0;
    reason = why;
    longjmp(caught, 1);
}

boolean_t
swtch(void)
{
    return FALSE;
}

/* ---- The tests ---- */

#define BLOCKS 200

static unsigned char *blocks[BLOCKS];
static size_t sizes[BLOCKS];

static bool
holds(int i)
{
    for (size_t k = 0; k < sizes[i]; k++) {
        if (blocks[i][k] != (unsigned char)(i + 1))
            return false;
    }

    return true;
}

TEST(use)
{
    bool kept = true, aligned = true;

    srand(7);
    for (int round = 0; round < 20000; round++) {
        int i = rand() % BLOCKS;
        size_t size = (size_t)(rand() % (round % 50 == 0 ? 200000 : 900));
        size_t both = size < sizes[i] ? size : sizes[i];

        kept = kept && holds(i);
        if (round % 3 == 0) {
            free(blocks[i]);
            blocks[i] = malloc(size);
        } else {
            blocks[i] = realloc(blocks[i], size);
            sizes[i] = both;
            kept = kept && holds(i);
        }

        aligned = aligned && (uintptr_t)blocks[i] % 16 == 0;
        sizes[i] = size;
        memset(blocks[i], i + 1, size);
    }

    ok(kept, "blocks keep what is in them, moved or not");
    ok(aligned, "blocks are aligned to 16");

    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    ok(pages_out % ARENA == 0, "pages of large blocks are given back");
}

TEST(zero)
{
    unsigned char *block = malloc(100);
    bool zero = true;

    memset(block, 0xff, 100);
    free(block);
    block = calloc(10, 10);
    for (int i = 0; i < 100; i++)
        zero = zero && block[i] == 0;
    ok(zero, "calloc: zeros, in memory that was used before too");
    free(block);

    ok(malloc(0) != malloc(0), "blocks of no size are not the same");
    free(NULL);
    ok(true, "free(NULL) does nothing");
}

TEST(shortage)
{
    void *block = malloc(50000);

    pages_left = 0;
    errno = 0;
    ok(ALL(malloc(50000) == NULL, errno == ENOMEM),
       "no pages: NULL and ENOMEM");
    ok(ALL(realloc(block, 5000000) == NULL, checked_header(block) != NULL),
       "realloc fails, and the block stays");
    ok(calloc(SIZE_MAX / 2, 3) == NULL, "calloc: a product that overflows");
    ok(ALL(malloc(SIZE_MAX) == NULL, malloc(SIZE_MAX - 100) == NULL,
           malloc(PTRDIFF_MAX) == NULL),
       "sizes beyond all memory");
    pages_left = 1000;
    free(block);
}

#define CATCH(statement) \
    (reason = NULL,      \
     setjmp(caught) == 0 ? ((void)(statement), (void)0) : (void)0)

static bool
failed_with(const char *text)
{
    return reason != NULL && strstr(reason, text) != NULL;
}

TEST(abuse)
{
    static _Alignas(16) char stray[64];
    char *volatile block = malloc(20);

    free(block);
    CATCH(free(block));
    ok(failed_with("twice"), "a second free");

    block = malloc(20);
    block[20] = 'x';
    CATCH(free(block));
    ok(failed_with("beyond the end"), "one byte beyond the end");

    block = malloc(20);
    CATCH(free(block + 1));
    ok(failed_with("not a block"), "a pointer into a block");
    CATCH(free(stray + 32));
    ok(failed_with("not a block"), "a pointer to something else");
    CATCH(block = realloc(stray + 32, 10));
    ok(failed_with("not a block"), "realloc of something else");

    block = malloc(300);
    free(block);
    memset(block - 16, 0, 32);
    CATCH(block = malloc(300));
    ok(failed_with("after it was freed"), "a free block was written");
}
