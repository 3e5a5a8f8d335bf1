/* SPDX-License-Identifier: MIT */
/*
 * ipc_hash.c - from a port back to the name of its send right in a space.
 *
 * Linear hashing (Litwin, VLDB 1980): when there are more entries than
 * buckets, one bucket is added and one old bucket is divided between itself
 * and the new one.  So no insertion costs more than another, and none can
 * fail: without memory for more buckets the chains only grow longer.  Chains
 * are linked by index through ie_next.
 */
#include "ipc/ipc_hash.h"

#include "ipc/ipc_entry.h"
#include "ipc/ipc_space.h"
#include "kernel/base/assert.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"

#define CHUNK_BUCKETS 128u
#define CHUNK_BYTES   (CHUNK_BUCKETS * sizeof(uint32_t))
#define FIRST_SIZE    16u

#define CHUNK_COST 500 /* instructions, to free a chunk */

/* The bucket's first index; 0 ends a chain (S1). */
static uint32_t *
bucket_at(struct ipc_hash *hash, uint32_t number)
{
    uint32_t *chunk =
        ipc_table_chunk(&hash->ih_buckets, number / CHUNK_BUCKETS);

    return &chunk[number % CHUNK_BUCKETS];
}

/* The smallest power of two that is not below `size`, less one. */
static uint32_t
mask_of(uint32_t size)
{
    return UINT32_MAX >> __builtin_clz(size - 1);
}

/* Where `port` belongs when there are `size` buckets. */
static uint32_t
bucket_of(ipc_port_t port, uint32_t size)
{
    uint64_t mixed = ((uintptr_t)port >> 4) * 0x9e3779b97f4a7c15ull;
    uint32_t mask = mask_of(size);
    uint32_t number = (uint32_t)(mixed >> 32) & mask;

    return number < size ? number : number & (mask >> 1);
}

bool
ipc_hash_init(ipc_space_t space)
{
    struct ipc_hash *hash = &space->is_hash;

    hash->ih_size = FIRST_SIZE;
    hash->ih_count = 0;
    return ipc_table_grow(&hash->ih_buckets, 0, CHUNK_BYTES, zledger(space));
}

bool
ipc_hash_clean(ipc_space_t space)
{
    struct ipc_hash *hash = &space->is_hash;

    assert(hash->ih_count == 0);
    while (hash->ih_size != 0) {
        uint32_t last = (hash->ih_size - 1) / CHUNK_BUCKETS;

        ipc_table_shrink(&hash->ih_buckets, last, CHUNK_BYTES, zledger(space));
        hash->ih_size = last * CHUNK_BUCKETS;
        if (work_spend(CHUNK_COST))
            break;
    }
    return hash->ih_size == 0;
}

/* Divides the bucket that the new last bucket mirrors. */
static void
split(ipc_space_t space)
{
    struct ipc_hash *hash = &space->is_hash;
    uint32_t added = hash->ih_size;
    uint32_t *link = bucket_at(hash, added & (mask_of(added + 1) >> 1));
    uint32_t *fresh = bucket_at(hash, added);

    hash->ih_size++;
    while (*link != 0) {
        ipc_entry_t entry = ipc_entry_at(space, *link);

        if (bucket_of(entry->ie_port, hash->ih_size) == added) {
            *link = entry->ie_next;
            entry->ie_next = *fresh;
            *fresh = entry->ie_index;
        } else {
            link = &entry->ie_next;
        }
    }
}

void
ipc_hash_insert(ipc_space_t space, ipc_entry_t entry)
{
    struct ipc_hash *hash = &space->is_hash;
    uint32_t *bucket;

    assert(ie_type(entry) == MACH_PORT_TYPE_SEND); /* (H1), (H2) */

    if (hash->ih_count >= hash->ih_size &&
        ipc_table_grow(&hash->ih_buckets, hash->ih_size / CHUNK_BUCKETS,
                       CHUNK_BYTES, zledger(space)))
        split(space);

    bucket = bucket_at(hash, bucket_of(entry->ie_port, hash->ih_size));
    entry->ie_next = *bucket;
    *bucket = entry->ie_index;
    hash->ih_count++;
}

void
ipc_hash_remove(ipc_space_t space, ipc_entry_t entry)
{
    struct ipc_hash *hash = &space->is_hash;
    uint32_t *link = bucket_at(hash, bucket_of(entry->ie_port, hash->ih_size));

    assert(hash->ih_count != 0);

    while (*link != entry->ie_index) {
        assert(*link != 0); /* (H1) */
        link = &ipc_entry_at(space, *link)->ie_next;
    }
    *link = entry->ie_next;
    hash->ih_count--;
}

ipc_entry_t
ipc_hash_lookup(ipc_space_t space, ipc_port_t port)
{
    struct ipc_hash *hash = &space->is_hash;
    uint32_t index = *bucket_at(hash, bucket_of(port, hash->ih_size));

    while (index != 0) {
        ipc_entry_t entry = ipc_entry_at(space, index);

        if (entry->ie_port == port)
            return entry;
        index = entry->ie_next;
    }
    return NULL;
}
