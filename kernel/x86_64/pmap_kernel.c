/* SPDX-License-Identifier: MIT */
/*
 * pmap_kernel.c - the kernel's own part of the address space.
 *
 *   PHYSMAP_BASE   all RAM, by the largest pages that fit: writable, never
 *                  executable; kernel text and read-only data read-only
 *   KMEM_BASE      pages that kernel/core/kmem.c maps and unmaps
 *   KERNEL_BASE    the image: text r-x, read-only data r--, data rw-
 *
 * And the user half's last part, from VM_MAX_ADDRESS on, with the one page
 * that every task may read (OSTIA_COMM_PAGE).
 *
 * (K1) After pmap_bootstrap the root's entries from VM_MAX_ADDRESS on never
 *      change, since every pmap has a copy of them.  So KMEM has its tables of
 *      the second level from the start.
 * (K2) Tables of the kernel's half are never freed.
 */
#include "kernel/base/assert.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/frames.h"
#include "kernel/core/kmem.h"
#include "kernel/core/ledger.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/pmap_internal.h"
#include "kernel/x86_64/x86.h"

#define CPUID_EXTENDED    0x80000000u
#define CPUID_FEATURES    0x80000001u
#define CPUID_EDX_PAGE1GB (1u << 26)

static struct pmap kernel_pmap_store;
pmap_t kernel_pmap = &kernel_pmap_store;

/* Pages of this level and below may be mapped as one. */
static unsigned largest_level;

extern char text_start[], text_end[], rodata_start[], rodata_end[];
extern char data_start[], kernel_phys_start[], kernel_end[];

static paddr_t
image_phys(const char *symbol)
{
    return (uintptr_t)symbol - KERNEL_BASE;
}

/* The entry for `va` at `level`, or NULL when there is no memory for tables. */
static pte_t *
kernel_entry(vaddr_t va, unsigned level)
{
    paddr_t table = kernel_pmap->pm_root;

    for (unsigned l = PT_ROOT; l > level; l--) {
        pte_t *entry = pt_entry(table, va, l);

        if (!(*entry & PTE_PRESENT)) {
            paddr_t below = vm_frame_alloc_zeroed(&kernel_ledger);

            if (below == FRAME_NONE)
                return NULL;
            *entry = below | PTE_PRESENT | PTE_WRITE;
            if (va < PHYSMAP_BASE) /* the way to OSTIA_COMM_PAGE */
                *entry |= PTE_USER;
        }
        assert(!(*entry & PTE_LARGE));
        table = pte_frame(*entry);
    }
    return pt_entry(table, va, level);
}

/* The same, on the way up. */
static pte_t *
early_entry(vaddr_t va, unsigned level)
{
    pte_t *entry = kernel_entry(va, level);

    if (entry == NULL)
        panic("no memory for the kernel's page tables; give the machine more "
              "(MEM=)");
    return entry;
}

/* Maps one page of `level` for good. */
static void
map_early(vaddr_t va, paddr_t pa, unsigned level, pte_t flags)
{
    pte_t *entry = early_entry(va, level);

    if (level > 0)
        flags |= PTE_LARGE;
    *entry = pa | flags | PTE_PRESENT | PTE_GLOBAL;
}

static void
map_image(const char *from, const char *to, pte_t flags)
{
    for (paddr_t pa = image_phys(from); pa < image_phys(to); pa += PAGE_SIZE)
        map_early(KERNEL_BASE + pa, pa, 0, flags);
}

/* The level of the largest page that starts at `pa` and fits before `end`. */
static unsigned
fitting_level(paddr_t pa, paddr_t end)
{
    unsigned level = largest_level;

    while ((pa & (pt_span(level) - 1)) != 0 || pa + pt_span(level) > end)
        level--;
    return level;
}

static void
map_direct(paddr_t start, paddr_t end, pte_t flags)
{
    while (start < end) {
        unsigned level = fitting_level(start, end);

        map_early(PHYSMAP_BASE + start, start, level, flags | PTE_NX);
        start += pt_span(level);
    }
}

static void
map_all_ram(void)
{
    const struct boot_range *files = &boot_info.bootfs;
    paddr_t text = image_phys(text_start);
    paddr_t data = image_phys(data_start);

    for (unsigned i = 0; i < boot_info.ram_count; i++)
        map_direct(boot_info.ram[i].start, boot_info.ram[i].end, PTE_WRITE);
    map_direct(trunc_page(files->start), round_page(files->end), PTE_WRITE);
    map_direct(trunc_page(kernel_phys_start), text, PTE_WRITE);
    map_direct(text, data, 0);
    map_direct(data, round_page(image_phys(kernel_end)), PTE_WRITE);
}

static void
find_largest_level(void)
{
    largest_level = 1;
    if (cpuid(CPUID_EXTENDED, 0).eax >= CPUID_FEATURES &&
        (cpuid(CPUID_FEATURES, 0).edx & CPUID_EDX_PAGE1GB))
        largest_level = 2;
}

/*
 * pmap_bootstrap - build the kernel's tables and load them.
 *
 * Requires  the loader's tables map the first 4 GiB at PHYSMAP_BASE; EFER.NXE
 *           and CR0.WP are on; stack and descriptor tables lie in the image
 *           at KERNEL_BASE, or in the map of all RAM.
 */
void
pmap_bootstrap(void)
{
    find_largest_level();
    kernel_pmap->pm_root = vm_frame_alloc_zeroed(&kernel_ledger);
    assert(kernel_pmap->pm_root != FRAME_NONE);
    map_all_ram();
    map_image(text_start, text_end, 0);
    map_image(rodata_start, rodata_end, PTE_NX);
    map_image(data_start, kernel_end, PTE_WRITE | PTE_NX);
    map_early((uintptr_t)OSTIA_COMM_PAGE, image_phys((char *)&comm_page), 0,
              PTE_USER | PTE_NX);

    for (vaddr_t va = KMEM_BASE; va < KMEM_BASE + KMEM_SIZE;
         va += pt_span(PT_ROOT))
        (void)early_entry(va, PT_ROOT - 1); /* (K1) */
    write_cr3(kernel_pmap->pm_root);
    write_cr4(read_cr4() | CR4_PGE);
}

static bool
in_kmem(vaddr_t va)
{
    return va >= KMEM_BASE && va < KMEM_BASE + KMEM_SIZE;
}

kern_return_t
pmap_kernel_enter(vaddr_t va, paddr_t pa, bool device)
{
    pte_t *entry;

    assert(in_kmem(va) && ((va | pa) & PAGE_MASK) == 0);
    entry = kernel_entry(va, 0);
    if (entry == NULL)
        return KERN_RESOURCE_SHORTAGE;
    assert(!(*entry & PTE_PRESENT));
    *entry = pa | PTE_PRESENT | PTE_WRITE | PTE_NX | PTE_GLOBAL;
    if (device)
        *entry |= PTE_UNCACHED;
    return KERN_SUCCESS;
}

/*
 * pmap_kernel_remove - unmap one page of KMEM, which is mapped.
 *
 * Returns  the frame that was there.
 */
paddr_t
pmap_kernel_remove(vaddr_t va)
{
    pte_t *entry = kernel_entry(va, 0);
    paddr_t pa;

    assert(in_kmem(va) && entry != NULL && (*entry & PTE_PRESENT));
    pa = pte_frame(*entry);
    *entry = 0;
    invlpg(va);
    return pa;
}

/* The page's entry, which processors ignore but for bit 0, while that is clear
 * (Intel SDM Vol. 3A section 4.5). */
uint64_t *
pmap_kernel_word(vaddr_t va)
{
    pte_t *entry = kernel_entry(va, 0);

    assert(in_kmem(va) && (entry == NULL || !(*entry & PTE_PRESENT)));
    return entry;
}

/*
 * pmap_map_device - map device registers, for good.
 *
 * Returns  the address of the byte at `pa`; NULL when there is no memory: the
 *          pages that were mapped by then stay so.
 */
volatile void *
pmap_map_device(paddr_t pa, size_t size)
{
    paddr_t first = trunc_page(pa);
    size_t length = round_page(pa + size) - first;
    vaddr_t va = kmem_reserve();

    assert(length <= KMEM_RANGE_MAX);
    if (va == 0)
        return NULL;
    for (size_t at = 0; at < length; at += PAGE_SIZE) {
        if (pmap_kernel_enter(va + at, first + at, true) != KERN_SUCCESS)
            return NULL;
    }
    return (volatile void *)(va + (pa - first));
}
