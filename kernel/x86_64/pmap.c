/* SPDX-License-Identifier: MIT */
/*
 * pmap.c - page tables of tasks: vm/pmap.h for x86_64.
 *
 * A pmap is a root table.  Its entries from VM_MAX_ADDRESS on are those of the
 * kernel's, copied when the pmap is made: there the kernel's root never changes
 * after pmap_bootstrap, only the tables below it (pmap_kernel.c).
 *
 * (P1) An entry below VM_MAX_ADDRESS that points to a table counts the entries
 *      in use there; a table with none is freed at once, but the root.
 * (P2) No page is both writable and executable.
 * (P3) A processor has the pmap of cpu_thread loaded, which holds its task, and
 *      every entry changed meanwhile is flushed before the function returns.
 *
 * One processor changes page tables and all others have other pmaps loaded or
 * are stopped: there is one processor.
 */
#include "vm/pmap.h"

#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/cpu.h"
#include "kernel/core/frames.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"
#include "kernel/x86_64/pmap_internal.h"
#include "kernel/x86_64/x86.h"

/* Instructions, to look for a page and to change its entry. */
#define WALK_COST   70
#define CHANGE_COST 150

static struct zone pmap_zone = ZONE_INIT("pmaps", struct pmap);

/* The entries that lead to a page; w_entry[PT_ROOT] is always there. */
struct walk {
    pte_t *w_entry[PT_LEVELS];
};

static void
flush_page(pmap_t pmap, vaddr_t va)
{
    if (cpu_current()->cpu_pmap == pmap)
        invlpg(va);
}

/*
 * Follows the tables towards `va`.  Returns the level of the last entry found:
 * 0 if there is one for the page itself, else that of the one that is empty.
 */
static unsigned
walk_down(pmap_t pmap, vaddr_t va, struct walk *walk)
{
    unsigned level = PT_ROOT;
    paddr_t table = pmap->pm_root;

    for (;;) {
        walk->w_entry[level] = pt_entry(table, va, level);
        if (level == 0 || !(*walk->w_entry[level] & PTE_PRESENT))
            return level;
        table = pte_frame(*walk->w_entry[level]);
        level--;
    }
}

/* Fills an empty entry, counting it in the table's own entry (P1). */
static void
fill_entry(struct walk *walk, unsigned level, pte_t value)
{
    *walk->w_entry[level] = value;
    if (level < PT_ROOT)
        *walk->w_entry[level + 1] += PTE_USED;
}

/*
 * Frees the tables above level `level`, upwards, as long as they are empty.
 * The processor caches the way to a table and may follow it at any time: it
 * must forget it before the frame is used for something else.
 */
static void
prune(pmap_t pmap, struct walk *walk, vaddr_t va, unsigned level)
{
    while (level < PT_ROOT && pte_used(*walk->w_entry[level + 1]) == 0) {
        paddr_t table = pte_frame(*walk->w_entry[++level]);

        *walk->w_entry[level] = 0;
        flush_page(pmap, va);
        vm_frame_free(table, zledger(pmap));
        if (level < PT_ROOT)
            *walk->w_entry[level + 1] -= PTE_USED;
    }
}

static void
clear_page(pmap_t pmap, struct walk *walk, vaddr_t va)
{
    debug_assert(pte_used(*walk->w_entry[1]) > 0); /* (P1) */
    *walk->w_entry[0] = 0;
    *walk->w_entry[1] -= PTE_USED;
    flush_page(pmap, va);
    pmap->pm_resident--;
    prune(pmap, walk, va, 0);
}

static void
bar_page(pmap_t pmap, struct walk *walk, vaddr_t va, vm_prot_t prot)
{
    if (!(prot & VM_PROT_WRITE))
        *walk->w_entry[0] &= ~PTE_WRITE;
    if (!(prot & VM_PROT_EXECUTE))
        *walk->w_entry[0] |= PTE_NX;
    flush_page(pmap, va);
}

/* As walk_down, but makes the tables; false, with nothing changed, if short. */
static bool
walk_make(pmap_t pmap, vaddr_t va, struct walk *walk)
{
    unsigned level = walk_down(pmap, va, walk);

    while (level > 0) {
        paddr_t table = vm_frame_alloc_zeroed(zledger(pmap));

        if (table == FRAME_NONE) {
            prune(pmap, walk, va, level);
            return false;
        }
        fill_entry(walk, level, table | PTE_PRESENT | PTE_WRITE | PTE_USER);
        level--;
        walk->w_entry[level] = pt_entry(table, va, level);
    }
    return true;
}

static pte_t
page_flags(vm_prot_t prot)
{
    if (prot & VM_PROT_WRITE)
        return PTE_PRESENT | PTE_USER | PTE_WRITE | PTE_NX;
    if (prot & VM_PROT_EXECUTE)
        return PTE_PRESENT | PTE_USER;
    return PTE_PRESENT | PTE_USER | PTE_NX;
}

pmap_t
pmap_create(struct ledger *ledger)
{
    pmap_t pmap = zalloc(&pmap_zone, ledger);

    if (pmap == NULL)
        return NULL;
    pmap->pm_root = vm_frame_alloc_zeroed(ledger);
    if (pmap->pm_root == FRAME_NONE) {
        zfree(&pmap_zone, pmap);
        return NULL;
    }
    memcpy(pt_entry(pmap->pm_root, VM_MAX_ADDRESS, PT_ROOT),
           pt_entry(kernel_pmap->pm_root, VM_MAX_ADDRESS, PT_ROOT),
           PAGE_SIZE - pt_index(VM_MAX_ADDRESS, PT_ROOT) * sizeof(pte_t));
    return pmap;
}

void
pmap_destroy(pmap_t pmap)
{
    assert(pmap != kernel_pmap && pmap != cpu_current()->cpu_pmap); /* (P3) */
    assert(pmap->pm_resident == 0);
    for (vaddr_t va = 0; DEBUG && va < VM_MAX_ADDRESS; va += pt_span(PT_ROOT))
        assert(*pt_entry(pmap->pm_root, va, PT_ROOT) == 0); /* (P1) */
    vm_frame_free(pmap->pm_root, zledger(pmap));
    zfree(&pmap_zone, pmap);
}

/*
 * pmap_enter - map one page, in place of what was there.
 *
 * Write wins where both write and execute are asked for (P2).
 */
kern_return_t
pmap_enter(pmap_t pmap, vaddr_t va, paddr_t pa, vm_prot_t prot)
{
    struct walk walk;
    pte_t value = pa | page_flags(prot);

    assert(va >= VM_MIN_ADDRESS && va < VM_MAX_ADDRESS);
    assert(((va | pa) & PAGE_MASK) == 0 && (pa & ~PTE_FRAME) == 0);
    assert(prot & VM_PROT_ALL);

    if (!walk_make(pmap, va, &walk))
        return KERN_RESOURCE_SHORTAGE;

    if (*walk.w_entry[0] & PTE_PRESENT) {
        *walk.w_entry[0] = value;
        flush_page(pmap, va);
    } else {
        fill_entry(&walk, 0, value);
        pmap->pm_resident++;
    }
    return KERN_SUCCESS;
}

vaddr_t
pmap_protect(pmap_t pmap, vaddr_t start, vaddr_t end, vm_prot_t prot)
{
    bool spent = false;
    struct walk walk;

    assert(start <= end && end <= VM_MAX_ADDRESS);
    while (start < end && !spent) {
        unsigned level = walk_down(pmap, start, &walk);

        spent = work_spend(WALK_COST);
        if (level == 0 && (*walk.w_entry[0] & PTE_PRESENT)) {
            if (prot & VM_PROT_ALL)
                bar_page(pmap, &walk, start, prot);
            else
                clear_page(pmap, &walk, start);
            spent = work_spend(CHANGE_COST);
        }
        start = (start & ~(pt_span(level) - 1)) + pt_span(level);
    }
    return min(start, end);
}

paddr_t
pmap_lookup(pmap_t pmap, vaddr_t va, vm_prot_t *prot)
{
    struct walk walk;
    pte_t entry;

    if (walk_down(pmap, va, &walk) != 0)
        return FRAME_NONE;
    entry = *walk.w_entry[0];
    if (!(entry & PTE_PRESENT))
        return FRAME_NONE;
    *prot = VM_PROT_READ;
    if (entry & PTE_WRITE)
        *prot |= VM_PROT_WRITE;
    if (!(entry & PTE_NX))
        *prot |= VM_PROT_EXECUTE;
    return pte_frame(entry);
}

void
pmap_activate(pmap_t pmap)
{
    struct cpu *cpu = cpu_current();

    if (pmap == cpu->cpu_pmap)
        return;
    cpu->cpu_pmap = pmap;
    write_cr3((pmap != NULL ? pmap : kernel_pmap)->pm_root);
}

size_t
pmap_resident(pmap_t pmap)
{
    return pmap->pm_resident;
}
