/* SPDX-License-Identifier: MIT */
/*
 * vm_map_entry.c - the entries of an address space, in order, and its holes.
 *
 * Every node of the tree knows where its subtree begins and ends and the
 * widest hole between two of its entries, so that the lowest hole that is wide
 * enough is found in O(log n), however a task has riddled its address space.
 */
#include "kernel/base/assert.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"
#include "vm/vm_map_internal.h"

/* Instructions, to put an entry into the tree or out of it, and to sum up what
 * lies above one that has changed. */
#define TREE_COST 1400
#define SUM_COST  800

static struct zone entry_zone = ZONE_INIT("vm entries", struct vm_map_entry);

static vm_map_entry_t
entry_or_null(struct tree_node *node)
{
    return node != NULL ? entry_of(node) : VM_MAP_ENTRY_NULL;
}

static vm_map_entry_t
left_of(vm_map_entry_t entry)
{
    return entry_or_null(entry->vme_node.left);
}

static vm_map_entry_t
right_of(vm_map_entry_t entry)
{
    return entry_or_null(entry->vme_node.right);
}

/* Holes on both sides of an entry, towards its subtrees. */
static uint64_t
gap_before(vm_map_entry_t entry, vm_map_entry_t left)
{
    return entry->vme_start - left->vme_sub_end;
}

static uint64_t
gap_behind(vm_map_entry_t entry, vm_map_entry_t right)
{
    return right->vme_sub_start - entry->vme_end;
}

static void
summarize(struct tree_node *node)
{
    vm_map_entry_t entry = entry_of(node);
    vm_map_entry_t left = left_of(entry);
    vm_map_entry_t right = right_of(entry);
    uint64_t gap = 0;

    entry->vme_sub_start = entry->vme_start;
    entry->vme_sub_end = entry->vme_end;
    if (left != VM_MAP_ENTRY_NULL) {
        entry->vme_sub_start = left->vme_sub_start;
        gap = max(left->vme_sub_gap, gap_before(entry, left));
    }
    if (right != VM_MAP_ENTRY_NULL) {
        entry->vme_sub_end = right->vme_sub_end;
        gap = max(gap, right->vme_sub_gap);
        gap = max(gap, gap_behind(entry, right));
    }
    entry->vme_sub_gap = gap;
}

static bool
entry_less(const struct tree_node *a, const struct tree_node *b)
{
    return entry_of(a)->vme_start < entry_of(b)->vme_start;
}

void
vm_map_entries_init(vm_map_t map)
{
    map->map_entries.root = NULL;
    map->map_entries.tree_update = summarize;
}

/* ---- finding */

vm_map_entry_t
vm_map_lookup_from(vm_map_t map, vaddr_t address)
{
    struct tree_node *node = map->map_entries.root;
    vm_map_entry_t above = VM_MAP_ENTRY_NULL;

    while (node != NULL) {
        if (entry_of(node)->vme_end <= address) {
            node = node->right;
        } else {
            above = entry_of(node);
            node = node->left;
        }
    }
    return above;
}

static bool
entry_has(vm_map_entry_t entry, vaddr_t address)
{
    return entry != VM_MAP_ENTRY_NULL && entry->vme_start <= address &&
           address < entry->vme_end;
}

vm_map_entry_t
vm_map_lookup(vm_map_t map, vaddr_t address)
{
    vm_map_entry_t entry = map->map_hint;

    if (entry_has(entry, address))
        return entry;
    entry = vm_map_lookup_from(map, address);
    if (!entry_has(entry, address))
        return VM_MAP_ENTRY_NULL;
    map->map_hint = entry;
    return entry;
}

vm_map_entry_t
vm_map_entry_next(vm_map_entry_t entry)
{
    return entry_or_null(tree_next(&entry->vme_node));
}

/* The lowest wide hole between two entries of a subtree that has one. */
static vaddr_t
gap_below(vm_map_entry_t entry, uint64_t size)
{
    for (;;) {
        vm_map_entry_t left = left_of(entry);
        vm_map_entry_t right = right_of(entry);

        if (left != VM_MAP_ENTRY_NULL) {
            if (left->vme_sub_gap >= size) {
                entry = left;
                continue;
            }
            if (gap_before(entry, left) >= size)
                return left->vme_sub_end;
        }
        assert(right != VM_MAP_ENTRY_NULL);
        if (gap_behind(entry, right) >= size)
            return entry->vme_end;
        entry = right;
    }
}

/* The lowest hole of `size` bytes somewhere behind `entry`. */
static vaddr_t
gap_after(vm_map_entry_t entry, uint64_t size)
{
    for (;;) {
        struct tree_node *node = &entry->vme_node;
        vm_map_entry_t right = right_of(entry);
        vaddr_t end = entry->vme_end;

        if (right != VM_MAP_ENTRY_NULL) {
            if (gap_behind(entry, right) >= size)
                return end;
            if (right->vme_sub_gap >= size)
                return gap_below(right, size);
            end = right->vme_sub_end;
        }
        while (node->parent != NULL && node->parent->right == node)
            node = node->parent;
        if (node->parent == NULL)
            return end;
        entry = entry_of(node->parent);
        if (entry->vme_start - end >= size)
            return end;
    }
}

/*
 * vm_map_find_space - see vm_map_internal.h.
 *
 * Requires  `size` is a multiple of the page size, and not 0.
 */
vaddr_t
vm_map_find_space(vm_map_t map, vaddr_t start, uint64_t size)
{
    vm_map_entry_t entry;

    start = max(start, VM_MIN_ADDRESS);
    if (start >= VM_MAX_ADDRESS || size > VM_MAX_ADDRESS - start)
        return 0;
    entry = vm_map_lookup_from(map, start);
    if (entry == VM_MAP_ENTRY_NULL || entry->vme_start >= start + size)
        return start;
    start = gap_after(entry, size);
    return size <= VM_MAX_ADDRESS - start ? start : 0;
}

/* ---- changing */

vm_map_entry_t
vm_map_entry_create(vm_map_t map, const struct vm_map_entry *like)
{
    vm_map_entry_t entry = zalloc(&entry_zone, zledger(map));

    if (entry != VM_MAP_ENTRY_NULL)
        *entry = *like;
    return entry;
}

void
vm_map_entry_destroy(vm_map_entry_t entry)
{
    zfree(&entry_zone, entry);
}

void
vm_map_entry_insert(vm_map_t map, vm_map_entry_t entry)
{
    assert(entry->vme_start < entry->vme_end);
    tree_insert(&map->map_entries, &entry->vme_node, entry_less);
    (void)work_spend(TREE_COST);
    map->map_entry_count++;
    map->map_size += entry->vme_end - entry->vme_start;
}

void
vm_map_entry_delete(vm_map_t map, vm_map_entry_t entry)
{
    if (map->map_hint == entry)
        map->map_hint = VM_MAP_ENTRY_NULL;
    tree_remove(&map->map_entries, &entry->vme_node);
    (void)work_spend(TREE_COST);
    map->map_entry_count--;
    map->map_size -= entry->vme_end - entry->vme_start;
    vm_object_deallocate(entry->vme_object);
    vm_map_entry_destroy(entry);
}

static void
sum_up(vm_map_t map, vm_map_entry_t entry)
{
    tree_changed(&map->map_entries, &entry->vme_node);
    (void)work_spend(SUM_COST);
}

void
vm_map_entry_trim(vm_map_t map, vm_map_entry_t entry, vaddr_t start)
{
    assert(start < entry->vme_end);
    map->map_size -= start - entry->vme_start;
    entry->vme_offset += start - entry->vme_start;
    entry->vme_start = start;
    sum_up(map, entry);
}

void
vm_map_entry_extend(vm_map_t map, vm_map_entry_t entry, vaddr_t end)
{
    map->map_size += end - entry->vme_end;
    entry->vme_end = end;
    sum_up(map, entry);
}

/*
 * vm_map_clip - part the entry that has `address` inside.
 *
 * Returns   KERN_SUCCESS            no entry has `address` inside now
 *           KERN_RESOURCE_SHORTAGE  too many entries, or no memory
 */
kern_return_t
vm_map_clip(vm_map_t map, vaddr_t address)
{
    vm_map_entry_t entry = vm_map_lookup(map, address);
    vm_map_entry_t upper;

    if (entry == VM_MAP_ENTRY_NULL || entry->vme_start == address)
        return KERN_SUCCESS;
    upper = vm_map_entry_create(map, entry);
    if (upper == VM_MAP_ENTRY_NULL)
        return KERN_RESOURCE_SHORTAGE;

    upper->vme_start = address;
    upper->vme_offset += address - entry->vme_start;
    (void)vm_object_reference_private(upper->vme_object);

    map->map_size -= entry->vme_end - address;
    entry->vme_end = address;
    sum_up(map, entry);
    vm_map_entry_insert(map, upper);
    return KERN_SUCCESS;
}

kern_return_t
vm_map_clip_range(vm_map_t map, vaddr_t start, vaddr_t end)
{
    kern_return_t kr = vm_map_clip(map, start);

    return kr == KERN_SUCCESS ? vm_map_clip(map, end) : kr;
}

bool
vm_map_entry_goes_on(const struct vm_map_entry *entry,
                     const struct vm_map_entry *next)
{
    uint64_t length = entry->vme_end - entry->vme_start;

    return entry->vme_end == next->vme_start &&
           entry->vme_object == next->vme_object &&
           entry->vme_offset + length == next->vme_offset &&
           entry->vme_prot == next->vme_prot &&
           entry->vme_max_prot == next->vme_max_prot &&
           entry->vme_inheritance == next->vme_inheritance;
}

bool
vm_map_entry_grows(vm_map_t map, vm_map_entry_t entry)
{
    vm_object_t object = entry != NULL ? entry->vme_object : VM_OBJECT_NULL;

    return object != VM_OBJECT_NULL && object->vo_private &&
           object->vo_refs == 1 && object->vo_ledger == zledger(map) &&
           object->vo_size - entry->vme_offset ==
               entry->vme_end - entry->vme_start;
}

void
vm_map_simplify(vm_map_t map, vaddr_t start, vaddr_t end)
{
    vm_map_entry_t entry = vm_map_lookup_from(map, start - 1);

    while (entry != VM_MAP_ENTRY_NULL && entry->vme_end <= end) {
        vm_map_entry_t next = vm_map_entry_next(entry);

        if (next == VM_MAP_ENTRY_NULL)
            return;
        if (vm_map_entry_goes_on(entry, next)) {
            vaddr_t joined_end = next->vme_end;

            vm_map_entry_delete(map, next);
            vm_map_entry_extend(map, entry, joined_end);
        } else {
            entry = next;
        }
    }
}
