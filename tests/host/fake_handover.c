/* SPDX-License-Identifier: MIT */
/*
 * fake_handover.c - user memory as the fast path of messages sees it: that of the
 * task whose address space is loaded.
 */
#include "fake_handover.h"

#include <string.h>

#include "fake_seam.h"
#include "kernel/base/assert.h"

#define USER_HALF UINT64_C(0x7f8000000000)

static struct fake_task *loaded;

static struct fake_task *
task_of(ipc_thread_t thread)
{
    return container_of(thread, struct fake_thread, ipc)->task;
}

/* On the host programs lie above it. */
bool
user_half(user_addr_t address)
{
    return address.ua < 2 * USER_HALF;
}

void
load_space_of(ipc_thread_t thread)
{
    loaded = task_of(thread);
}

/* As on a processor, the last word may be no part of the program's variable. */
bool __attribute__((no_sanitize("address")))
load_words(uint64_t *to, user_addr_t from, size_t words)
{
    const volatile uint64_t *here = (void *)(uintptr_t)from.ua;

    if (!fake_user_has(loaded, (void *)(uintptr_t)from.ua, words * sizeof(*to),
                       COPYIO_READ))
        return false;
    for (size_t i = 0; i < words; i++)
        to[i] = here[i];
    return true;
}

bool
store_bytes(user_addr_t to, const void *from, size_t size)
{
    void *there = (void *)(uintptr_t)to.ua;

    if (!fake_user_has(loaded, there, size, COPYIO_WRITE))
        return false;
    memcpy(there, from, size);
    return true;
}

bool
store_words(user_addr_t to, const uint64_t *from, size_t words)
{
    return store_bytes(to, from, words * sizeof(*from));
}

bool
load_header(user_addr_t from, uint64_t words[3])
{
    return load_words(words, from, 3);
}

bool
store_header(user_addr_t to, const uint64_t words[3], user_addr_t end,
             uint64_t last)
{
    return store_words(to, words, 3) && store_words(end, &last, 1);
}
