/* SPDX-License-Identifier: MIT */
/*
 * t_vm_parts.c - calls on much memory are made in parts, between which other
 * threads of the task run: what these are given meanwhile stays theirs.
 */
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <string.h>

#include "guest.h"
#include "tap.h"

#define SIZE   ((mach_vm_size_t)32 << 20)
#define ROUNDS 6
#define PAGES  3000u
#define MARK   0x5aU

static mach_vm_address_t given[PAGES];
static volatile unsigned count;
static volatile int go_on = 1;

/* Takes the lowest page that is free, again and again. */
static void
take_pages(void *unused)
{
    (void)unused;
    while (go_on && count < PAGES) {
        mach_vm_address_t address = 0;

        if (mach_vm_allocate(SELF, &address, GUEST_PAGE, VM_FLAGS_ANYWHERE) !=
            KERN_SUCCESS)
            break;
        memset((void *)address, MARK, GUEST_PAGE);
        given[count] = address;
        count = count + 1;
        guest_sleep(0);
    }
    guest_thread_end();
}

/* Are all pages that were given still there, and as they were written? */
static bool
all_there(void)
{
    for (unsigned i = 0; i < count; i++) {
        vm_region_basic_info_data_64_t info;
        mach_msg_type_number_t words = VM_REGION_BASIC_INFO_COUNT_64;
        mach_vm_address_t address = given[i];
        mach_vm_size_t size;
        mach_port_t object;

        if (mach_vm_region(SELF, &address, &size, VM_REGION_BASIC_INFO_64,
                           (vm_region_info_t)&info, &words,
                           &object) != KERN_SUCCESS ||
            address > given[i] || *(volatile unsigned char *)given[i] != MARK)
            return false;
    }
    return true;
}

static unsigned
inside(mach_vm_address_t start)
{
    unsigned found = 0;

    for (unsigned i = 0; i < count; i++)
        found += given[i] >= start && given[i] < start + SIZE;
    return found;
}

int
main(void)
{
    mach_vm_address_t start = 0;
    bool same = true;

    mach_vm_allocate(SELF, &start, SIZE, VM_FLAGS_ANYWHERE);
    guest_thread(take_pages, NULL);
    for (unsigned i = 0; i < ROUNDS; i++) {
        mach_vm_address_t own = 0;

        memset((void *)start, 1, SIZE);
        is_kr(mach_vm_map(SELF, &start, SIZE, 0,
                          VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE, MACH_PORT_NULL,
                          0, FALSE, VM_PROT_DEFAULT, VM_PROT_ALL,
                          VM_INHERIT_NONE),
              KERN_SUCCESS, "much memory is overwritten");
        same = same && inside(start) == 0;
        mach_vm_allocate(SELF, &own, SIZE, VM_FLAGS_ANYWHERE);
        memset((void *)own, 1, SIZE);
        is_kr(mach_vm_deallocate(SELF, own, SIZE), KERN_SUCCESS,
              "much memory is given back");
    }
    ok(same, "nobody was given memory in the range while it was overwritten");
    memset((void *)start, 1, SIZE);
    is_kr(mach_vm_deallocate(SELF, start, SIZE), KERN_SUCCESS,
          "the range goes");
    go_on = 0;
    note("%u pages were given meanwhile, %u of them in the range", count,
         inside(start));
    ok(all_there(), "what another thread was given meanwhile is still there");
    return tap_done();
}
