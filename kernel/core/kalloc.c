/* SPDX-License-Identifier: MIT */
/*
 * kalloc.c - zones of equal elements, and memory by size.
 *
 * A zone cuts pages ("slabs") into elements.  A slab's header tells the zone,
 * who pays, and which elements are free; a page with no element in use goes
 * back to the frames, but for one that each ledger keeps for the next element
 * of that zone, or the next slab of another.
 *
 *     le_slabs[zone] --> +--------+----+----+----+----+   a page in the map of
 *                        | header | el | el | el | el |   all RAM
 *                        +--------+----+----+----+----+
 *
 * (Z1) le_slabs[zone] links the slabs of a ledger that have room.  A full slab
 *      is on no list: its elements lead back to it.
 * (Z2) le_spare is the one of these slabs that has no element in use, or NULL.
 */
#include "kernel/core/kalloc.h"

#include "kernel/base/assert.h"
#include "kernel/base/printf.h"
#include "kernel/base/string.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/frames.h"
#include "kernel/core/kmem.h"
#include "kernel/core/vm_param.h"

#define ELEMENT_ALIGN 16
#define POISON        0xdd

struct slab {
    struct zone *sl_zone;
    struct ledger *sl_ledger;
    void *sl_free;     /* elements that came back, through their first word */
    uint32_t sl_used;  /* elements in use */
    uint32_t sl_fresh; /* offset of the first element that was never used */
    struct slab *sl_next;
    struct slab *sl_prev;
};

/* So that elements whose sizes are multiples of a line begin with one. */
#define SLAB_HEADER CACHE_LINE

_Static_assert(SLAB_HEADER >= sizeof(struct slab) &&
                   SLAB_HEADER % ELEMENT_ALIGN == 0 &&
                   SLAB_HEADER + ZONE_ELEMENT_MAX <= PAGE_SIZE,
               "elements are aligned, and one fits");

static struct zone *all_zones;
static unsigned zone_count;
static unsigned long fail_countdown;

/* ---- faults on demand */

void
kalloc_fail_after(unsigned long n)
{
    fail_countdown = n;
}

/* An allocation is counted down.  Requires  some are to be. */
static bool
must_fail(void)
{
    if (--fail_countdown != 0)
        return false;
    kprintf("kalloc: an allocation fails, as was asked\n");
    return true;
}

void
kalloc_start_failing(void)
{
    char value[24];
    unsigned long n = 0;

    if (!boot_option("kalloc.fail", value, sizeof(value)))
        return;
    for (const char *digit = value; *digit >= '0' && *digit <= '9'; digit++)
        n = n * 10 + (unsigned long)(*digit - '0');
    kalloc_fail_after(n);
}

/* ---- slabs */

static void
slab_link(struct slab *slab)
{
    struct slab **first = &slab->sl_ledger->le_slabs[slab->sl_zone->z_index];

    slab->sl_prev = NULL;
    slab->sl_next = *first;
    if (slab->sl_next != NULL)
        slab->sl_next->sl_prev = slab;
    *first = slab;
}

static void
slab_unlink(struct slab *slab)
{
    if (slab->sl_prev != NULL)
        slab->sl_prev->sl_next = slab->sl_next;
    else
        slab->sl_ledger->le_slabs[slab->sl_zone->z_index] = slab->sl_next;
    if (slab->sl_next != NULL)
        slab->sl_next->sl_prev = slab->sl_prev;
}

/* The slab's page is its zone's no more. */
static void
slab_detach(struct slab *slab)
{
    assert(slab->sl_used == 0);

    slab_unlink(slab);
    slab->sl_zone->z_pages--;
}

/* Before its first element, a zone gets its index and its elements' size. */
static void
make_known(struct zone *zone)
{
    if (zone->z_index != 0)
        return;
    zone->z_index = ++zone_count;
    assert(zone->z_index < LEDGER_ZONES && zone->z_size <= ZONE_ELEMENT_MAX);
    zone->z_size = (zone->z_size + ELEMENT_ALIGN - 1) & -(size_t)ELEMENT_ALIGN;
    if (zone->z_size != 0)
        zone->z_slab = (PAGE_SIZE - SLAB_HEADER) / zone->z_size;
    zone->z_next = all_zones;
    all_zones = zone;
}

/* An empty slab, on the list: (Z1) holds again when an element is in use. */
static struct slab *
slab_new(struct zone *zone, struct ledger *ledger)
{
    struct slab *slab = ledger->le_spare;

    assert(slab == NULL ||
           (slab->sl_used == 0 && slab->sl_ledger == ledger)); /* (Z2) */
    make_known(zone);
    if (slab != NULL) {
        slab_detach(slab);
    } else {
        paddr_t frame = vm_frame_alloc(ledger);

        if (frame == FRAME_NONE)
            return NULL;
        slab = phys_to_virt(frame);
    }
    *slab = (struct slab){
        .sl_zone = zone,
        .sl_ledger = ledger,
        .sl_fresh = SLAB_HEADER,
    };
    slab_link(slab);
    zone->z_pages++;
    return slab;
}

/* The last element of the slab has come back. */
static void
slab_retire(struct slab *slab)
{
    struct ledger *ledger = slab->sl_ledger;

    if (ledger->le_spare == NULL && ledger->le_refs != 0) {
        ledger->le_spare = slab;
        return;
    }
    slab_detach(slab);
    vm_frame_free(virt_to_phys(slab), ledger);
}

void
zone_drop_spare(struct ledger *ledger)
{
    struct slab *spare = ledger->le_spare;

    ledger->le_spare = NULL;
    slab_detach(spare);
    vm_frame_free(virt_to_phys(spare), ledger);
}

/* ---- what debug builds look at */

/* A free element's first word is the link; the rest must be as we left it. */
static void
check_poison(const unsigned char *element, size_t size)
{
    for (size_t i = sizeof(void *); i < size; i++)
        debug_assert(element[i] == POISON);
}

static void
check_not_free(const struct slab *slab, const void *element)
{
    if (!DEBUG)
        return;
    for (void *free = slab->sl_free; free != NULL; free = *(void **)free)
        assert(free != element);
}

static void
check_element(const struct slab *slab, const void *element)
{
    size_t offset = (uintptr_t)element & PAGE_MASK;

    assert(offset >= SLAB_HEADER && offset < slab->sl_fresh);
    assert((offset - SLAB_HEADER) % slab->sl_zone->z_size == 0);
    debug_assert(slab->sl_used > 0); /* (Z1) */
    check_not_free(slab, element);
}

/* ---- zones */

void *
zalloc(struct zone *zone, struct ledger *ledger)
{
    struct slab *slab = ledger->le_slabs[zone->z_index];
    void *element;

    if (fail_countdown != 0 && must_fail())
        return NULL;
    if (slab == NULL)
        slab = slab_new(zone, ledger);
    if (slab == NULL)
        return NULL;

    debug_assert(slab->sl_zone == zone &&
                 slab->sl_used < zone->z_slab); /* (Z1) */
    element = slab->sl_free;
    if (element != NULL) {
        check_poison(element, zone->z_size);
        slab->sl_free = *(void **)element;
    } else {
        element = (char *)slab + slab->sl_fresh;
        slab->sl_fresh += zone->z_size;
    }
    zone->z_count++;
    if (slab->sl_used++ == 0)
        ledger->le_spare = NULL; /* (Z2) */
    if (slab->sl_used == zone->z_slab)
        slab_unlink(slab);
    return memset(element, 0,
                  zone->z_zeroed != 0 ? zone->z_zeroed : zone->z_size);
}

void
zfree(struct zone *zone, void *element)
{
    struct slab *slab = (struct slab *)trunc_page(element);

    assert(element != NULL && slab->sl_zone == zone);
    check_element(slab, element);
    if (slab->sl_used == zone->z_slab)
        slab_link(slab);
    if (DEBUG)
        memset(element, POISON, zone->z_size);
    *(void **)element = slab->sl_free;
    slab->sl_free = element;
    zone->z_count--;
    if (--slab->sl_used == 0)
        slab_retire(slab);
}

struct ledger *
zledger(const void *element)
{
    return ((struct slab *)trunc_page(element))->sl_ledger;
}

/* ---- by size */

/* Chosen so that the elements fill a page with little left over. */
static struct zone size_zones[] = {
    { .z_name = "kalloc.16", .z_size = 16 },
    { .z_name = "kalloc.32", .z_size = 32 },
    { .z_name = "kalloc.48", .z_size = 48 },
    { .z_name = "kalloc.64", .z_size = 64 },
    { .z_name = "kalloc.96", .z_size = 96 },
    { .z_name = "kalloc.128", .z_size = 128 },
    { .z_name = "kalloc.192", .z_size = 192 },
    { .z_name = "kalloc.256", .z_size = 256 },
    { .z_name = "kalloc.336", .z_size = 336 },
    { .z_name = "kalloc.496", .z_size = 496 },
    { .z_name = "kalloc.672", .z_size = 672 },
    { .z_name = "kalloc.1008", .z_size = 1008 },
    { .z_name = "kalloc.1344", .z_size = 1344 },
    { .z_name = "kalloc.2016", .z_size = 2016 },
};

/* What is larger than every class. */
static struct zone large_zone = { .z_name = "kalloc.large" };

static struct zone *
zone_of_size(size_t size)
{
    for (size_t i = 0; i < countof(size_zones); i++) {
        if (size <= size_zones[i].z_size)
            return &size_zones[i];
    }
    return NULL;
}

/* One frame as it lies, or several mapped. */
static void *
pages_alloc(size_t size, struct ledger *ledger)
{
    paddr_t frame;

    if (size > PAGE_SIZE)
        return kmem_alloc(size, ledger);
    frame = vm_frame_alloc_zeroed(ledger);
    return frame != FRAME_NONE ? phys_to_virt(frame) : NULL;
}

void *
kalloc(size_t size, struct ledger *ledger)
{
    struct zone *zone = zone_of_size(size);
    void *memory;

    if (size == 0)
        return NULL;
    if (zone != NULL)
        return zalloc(zone, ledger);
    make_known(&large_zone);
    if (fail_countdown != 0 && must_fail())
        return NULL;
    memory = pages_alloc(size, ledger);
    if (memory != NULL) {
        large_zone.z_count++;
        large_zone.z_pages += round_page(size) / PAGE_SIZE;
    }
    return memory;
}

void
kfree(void *memory, size_t size, struct ledger *ledger)
{
    struct zone *zone = zone_of_size(size);

    if (memory == NULL)
        return;
    if (zone != NULL) {
        zfree(zone, memory);
        return;
    }
    large_zone.z_count--;
    large_zone.z_pages -= round_page(size) / PAGE_SIZE;
    if (size > PAGE_SIZE)
        kmem_free(memory, size, ledger);
    else
        vm_frame_free(virt_to_phys(memory), ledger);
}

const struct zone *
kalloc_zones(void)
{
    return all_zones;
}
