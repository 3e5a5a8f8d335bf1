/* SPDX-License-Identifier: MIT */
/*
 * malloc.c - memory in pieces.
 *
 *      +--------+----------------------+-------+---------+
 *      | header | what the caller gets | guard | (slack) |
 *      +--------+----------------------+-------+---------+
 *        16       size bytes             8
 *
 * A small block has one of twenty sizes, its class; free blocks of a class
 * are a list.  New ones are cut from an arena, which is never given back.  A
 * large block has pages of its own, which are.
 *
 * (M1) the header's mark says whether the block is used or free, and is mixed
 *      with its address: a pointer to anything else has no valid mark
 * (M2) a used block's guard, behind its last byte, is what we wrote there
 *
 * free() and realloc() check both, so a second free, a stray pointer and a
 * write beyond the end stop the program with a message.
 */
#include <stdlib.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "lock.h"
#include "malloc_pages.h"

#define PAGE     4096u
#define ARENA    (64u * 1024)
#define GUARD    sizeof(uint64_t)
#define OVERHEAD (sizeof(struct header) + GUARD)

/* Classes go 32, 48, 64, 96, 128, 192 ... : two for each power of two. */
#define CLASS_MIN_SHIFT 5
#define CLASS_COUNT     20
#define CLASS_LARGE     0xffffu

#define MARK_USED 0x75736564u
#define MARK_FREE 0x66726565u
#define MARK_END  UINT64_C(0x656e642d6f662d62)

struct header {
    size_t size; /* what was asked for */
    uint32_t class;
    uint32_t mark;
};

_Static_assert(sizeof(struct header) == 16, "blocks are aligned to 16");

struct free_block {
    struct header header;
    struct free_block *next;
};

static lock_t lock;
static struct free_block *free_lists[CLASS_COUNT];
static char *arena;       /* the next block is cut here */
static size_t arena_left; /* bytes */

/* ---- Classes ---- */

static size_t
class_size(unsigned class)
{
    size_t power = (size_t)1 << (CLASS_MIN_SHIFT + class / 2);

    return class % 2 == 0 ? power : power + power / 2;
}

/* The smallest class whose blocks hold `total` bytes, or CLASS_LARGE. */
static unsigned
class_of(size_t total)
{
    for (unsigned class = 0; class < CLASS_COUNT; class ++) {
        if (class_size(class) >= total)
            return class;
    }

    return CLASS_LARGE;
}

static size_t
large_size(size_t size)
{
    return (size + OVERHEAD + PAGE - 1) & ~(size_t)(PAGE - 1);
}

/* How many bytes the caller of a block of this class and size may have. */
static size_t
capacity(const struct header *header)
{
    size_t total = header->class == CLASS_LARGE ? large_size(header->size)
                                                : class_size(header->class);

    return total - OVERHEAD;
}

/* ---- Marks and guards ---- */

static uint32_t
mark(const struct header *header, uint32_t kind)
{
    return kind ^ (uint32_t)((uintptr_t)header >> 4);
}

static char *
guard_of(struct header *header)
{
    return (char *)(header + 1) + header->size;
}

static void
set_used(struct header *header, size_t size)
{
    uint64_t guard = MARK_END ^ (uintptr_t)header;

    header->size = size;
    header->mark = mark(header, MARK_USED);
    memcpy(guard_of(header), &guard, sizeof guard);
}

/* The header of a block that is in use; all else ends the program. */
static struct header *
checked_header(void *block)
{
    struct header *header = (struct header *)block - 1;
    uint64_t guard;

    if ((uintptr_t)block % sizeof *header != 0)
        malloc_fail("not a block", block);
    if (header->mark == mark(header, MARK_FREE))
        malloc_fail("freed twice", block);
    if (header->mark != mark(header, MARK_USED) ||
        (header->class >= CLASS_COUNT && header->class != CLASS_LARGE) ||
        header->size > capacity(header))
        malloc_fail("not a block, or its beginning was overwritten", block);

    memcpy(&guard, guard_of(header), sizeof guard);
    if (guard != (MARK_END ^ (uintptr_t)header))
        malloc_fail("written beyond the end", block);

    return header;
}

/* ---- Blocks ---- */

/* Requires  the lock. */
static struct header *
cut_block(unsigned class)
{
    size_t size = class_size(class);
    struct header *header;

    if (arena_left < size) {
        char *fresh = malloc_pages(ARENA);

        if (fresh == NULL)
            return NULL;

        arena = fresh;
        arena_left = ARENA;
    }

    header = (struct header *)arena;
    header->class = class;
    arena += size;
    arena_left -= size;
    return header;
}

/* Requires  the lock. */
static struct header *
take_free_block(unsigned class)
{
    struct free_block *block = free_lists[class];

    if (block->header.mark != mark(&block->header, MARK_FREE))
        malloc_fail("written after it was freed", &block->header + 1);

    free_lists[class] = block->next;
    return &block->header;
}

static struct header *
small_block(unsigned class)
{
    struct header *header;

    lock_acquire(&lock);
    if (free_lists[class] != NULL)
        header = take_free_block(class);
    else
        header = cut_block(class);
    lock_release(&lock);

    return header;
}

static struct header *
large_block(size_t size)
{
    struct header *header = malloc_pages(large_size(size));

    if (header != NULL)
        header->class = CLASS_LARGE;

    return header;
}

/* Returns   NULL with errno set, or a block in use. */
static struct header *
allocate(size_t size)
{
    struct header *header = NULL;

    if (size <= PTRDIFF_MAX - PAGE - OVERHEAD) {
        unsigned class = class_of(size + OVERHEAD);

        header = class == CLASS_LARGE ? large_block(size) : small_block(class);
    }

    if (header == NULL) {
        errno = ENOMEM;
        return NULL;
    }

    set_used(header, size);
    return header;
}

void *
malloc(size_t size)
{
    struct header *header = allocate(size);

    return header != NULL ? header + 1 : NULL;
}

void *
calloc(size_t count, size_t size)
{
    struct header *header;
    size_t total;

    if (__builtin_mul_overflow(count, size, &total)) {
        errno = ENOMEM;
        return NULL;
    }

    header = allocate(total);
    if (header == NULL)
        return NULL;

    /* The pages of a large block are zero already. */
    if (header->class != CLASS_LARGE)
        memset(header + 1, 0, total);

    return header + 1;
}

void
free(void *block)
{
    struct header *header;
    struct free_block *freed;

    if (block == NULL)
        return;

    header = checked_header(block);
    if (header->class == CLASS_LARGE) {
        malloc_free_pages(header, large_size(header->size));
        return;
    }

    header->mark = mark(header, MARK_FREE);
    freed = (struct free_block *)header;
    lock_acquire(&lock);
    freed->next = free_lists[header->class];
    free_lists[header->class] = freed;
    lock_release(&lock);
}

void *
realloc(void *block, size_t size)
{
    struct header *header;
    void *moved;

    if (block == NULL)
        return malloc(size);

    header = checked_header(block);
    /* A large block's size says how many pages it has: it must not change. */
    if (size <= capacity(header) &&
        (header->class != CLASS_LARGE ||
         large_size(size) == large_size(header->size))) {
        set_used(header, size);
        return block;
    }

    moved = malloc(size);
    if (moved != NULL) {
        memcpy(moved, block, size < header->size ? size : header->size);
        free(block);
    }

    return moved;
}
