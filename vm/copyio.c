/* SPDX-License-Identifier: MIT */
/*
 * copyio.c - the bytes of the current task.
 *
 * The quick way is to copy, and to look why only when that faults.  It is
 * taken where a fault leaves no trace: into the kernel, and to one user page.
 * The sure way prepares every page first (D13).
 */
#include "vm/copyio.h"

#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/vm_param.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/usercopy.h"
#include "kernel/x86_64/x86.h"
#include "vm/vm_map.h"

/*
 * copyio_init - STAC and CLAC become instructions that do nothing where user
 * memory is not barred: the processor may not have them.
 *
 * Requires  CR4 is as it will be from now on, on every processor.
 */
void
copyio_init(void)
{
    static const unsigned char nop[] = { 0x0f, 0x1f, 0x00 };
    uint64_t cr0 = read_cr0();

    if ((read_cr4() & CR4_SMAP) != 0)
        return;
    write_cr0(cr0 & ~(uint64_t)CR0_WP);
    for (const uint64_t *at = smap_table_start; at < smap_table_end; at++)
        memcpy((void *)*at, nop, sizeof(nop));
    write_cr0(cr0);
}

/* Null, the kernel half, non-canonical addresses and what wraps are outside. */
static bool
in_user_half(user_addr_t address, size_t length)
{
    return address.ua >= VM_MIN_ADDRESS && address.ua < VM_MAX_ADDRESS &&
           length <= VM_MAX_ADDRESS - address.ua;
}

static bool
in_one_page(user_addr_t address, size_t length)
{
    return (address.ua & PAGE_MASK) + length <= PAGE_SIZE;
}

/*
 * copyio_prepare - see copyio.h.
 *
 * Returns   COPYIO_OK     every page is there and allows the access
 *           COPYIO_BAD    some page does not, or there is no memory for it
 */
copyio_result_t
copyio_prepare(user_addr_t address, size_t length, copyio_access_t access)
{
    bool write = access == COPYIO_WRITE;
    vm_prot_t prot = write ? VM_PROT_WRITE : VM_PROT_READ;

    assert(length <= COPYIO_MAX);
    if (length == 0)
        return COPYIO_OK;
    if (!in_user_half(address, length))
        return COPYIO_BAD;

    for (vaddr_t page = trunc_page(address.ua); page < address.ua + length;
         page += PAGE_SIZE)
        if (!userprobe((void *)page, write) &&
            vm_fault(vm_map_current(), page, prot) != KERN_SUCCESS)
            return COPYIO_BAD;
    return COPYIO_OK;
}

/* The copy that cannot fail, once its pages are prepared. */
static copyio_result_t
copy_surely(user_addr_t address, copyio_access_t access, void *to,
            const void *from, size_t length)
{
    copyio_result_t result = copyio_prepare(address, length, access);

    if (result == COPYIO_OK && !usercopy(to, from, length))
        panic("copyio: fault at %p or %p after the pages were prepared", to,
              from);
    return result;
}

copyio_result_t
copyin(user_addr_t from, void *to, size_t length)
{
    const void *source = (const void *)from.ua;

    if (in_user_half(from, length) && usercopy(to, source, length))
        return COPYIO_OK;
    return copy_surely(from, COPYIO_READ, to, source, length);
}

copyio_result_t
copyout(const void *from, user_addr_t to, size_t length)
{
    void *target = (void *)to.ua;

    if (in_user_half(to, length) && in_one_page(to, length) &&
        usercopy(target, from, length))
        return COPYIO_OK;
    return copy_surely(to, COPYIO_WRITE, target, from, length);
}
