/* SPDX-License-Identifier: MIT */
/*
 * kalloc.c - zones of equal elements, and memory by size.
 *
 * A zone cuts pages ("slabs") into elements.  A slab's header tells the zone
 * and which elements are free; a page with no element in use goes back to the
 * frames, but for one that the zone keeps as its spare.
 *
 *     z_slabs --> +--------+----+----+----+----+   a page in the map of all RAM
 *                 | header | el | el | el | el |
 *                 +--------+----+----+----+----+
 *
 * (Z1) z_slabs links the slabs that have elements in use and room.  A full
 *      slab is on no list: its elements lead back to it (slab_of).
 * (Z2) z_spare is NULL or an empty slab.
 *
 * Elements that do not fit twice into a page get pages of their own: one frame
 * in the map of all RAM, or several mapped in KMEM.
 */
#include "kernel/core/kalloc.h"

#include "kernel/base/assert.h"
#include "kernel/base/printf.h"
#include "kernel/base/string.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/frames.h"
#include "kernel/core/kmem.h"
#include "kernel/core/vm_param.h"

/* A task's part of all memory, and what it may have when memory is scarce */
#define QUOTA_SHARE  4
#define QUOTA_SCARCE (128 * 1024)

#define ELEMENT_ALIGN 16
#define POISON        0xdd

struct slab {
    struct zone *sl_zone;
    void *sl_free;   /* elements that came back, through their first word */
    size_t sl_used;  /* elements in use */
    size_t sl_fresh; /* offset of the first element that was never used */
    struct slab *sl_next;
    struct slab *sl_prev;
};

#define SLAB_HEADER sizeof(struct slab)
#define ELEMENT_MAX \
    ((PAGE_SIZE - SLAB_HEADER) / 2 / ELEMENT_ALIGN * ELEMENT_ALIGN)

_Static_assert(SLAB_HEADER % ELEMENT_ALIGN == 0, "elements are aligned");

static struct zone *all_zones;
static unsigned long fail_countdown;

/* ---- faults on demand */

void
kalloc_fail_after(unsigned long n)
{
    fail_countdown = n;
}

static bool
must_fail(void)
{
    if (fail_countdown == 0 || --fail_countdown != 0)
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

static size_t
element_size(const struct zone *zone)
{
    return (zone->z_size + ELEMENT_ALIGN - 1) & ~(size_t)(ELEMENT_ALIGN - 1);
}

static struct slab *
slab_of(const void *element)
{
    return (struct slab *)trunc_page(element);
}

static bool
slab_full(const struct slab *slab)
{
    return slab->sl_free == NULL &&
           slab->sl_fresh + element_size(slab->sl_zone) > PAGE_SIZE;
}

static void
slab_link(struct zone *zone, struct slab *slab)
{
    slab->sl_prev = NULL;
    slab->sl_next = zone->z_slabs;
    if (slab->sl_next != NULL)
        slab->sl_next->sl_prev = slab;
    zone->z_slabs = slab;
}

static void
slab_unlink(struct zone *zone, struct slab *slab)
{
    if (slab->sl_prev != NULL)
        slab->sl_prev->sl_next = slab->sl_next;
    else
        zone->z_slabs = slab->sl_next;
    if (slab->sl_next != NULL)
        slab->sl_next->sl_prev = slab->sl_prev;
}

static struct slab *
slab_new(struct zone *zone)
{
    paddr_t frame = vm_frame_alloc();
    struct slab *slab;

    if (frame == FRAME_NONE)
        return NULL;
    slab = phys_to_virt(frame);
    memset(slab, 0, SLAB_HEADER);
    slab->sl_zone = zone;
    slab->sl_fresh = SLAB_HEADER;
    zone->z_pages++;
    return slab;
}

/* A slab with room, on the list: (Z1) holds again when it is in use. */
static struct slab *
slab_with_room(struct zone *zone)
{
    struct slab *slab = zone->z_slabs;

    if (slab != NULL)
        return slab;
    slab = zone->z_spare != NULL ? zone->z_spare : slab_new(zone);
    zone->z_spare = NULL;
    if (slab != NULL)
        slab_link(zone, slab);
    return slab;
}

/* The last element of the slab has come back. */
static void
slab_retire(struct zone *zone, struct slab *slab)
{
    if (zone->z_spare == NULL) {
        zone->z_spare = slab;
        return;
    }
    zone->z_pages--;
    vm_frame_free(virt_to_phys(slab));
}

/* ---- what debug builds look at */

/* A free element's first word is the link; the rest must be as we left it. */
static void
check_poison(const unsigned char *element, size_t size)
{
    if (!DEBUG)
        return;
    for (size_t i = sizeof(void *); i < size; i++)
        assert(element[i] == POISON);
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
    assert((offset - SLAB_HEADER) % element_size(slab->sl_zone) == 0);
    check_not_free(slab, element);
}

/* ---- zones */

static void *
slab_take(struct slab *slab)
{
    size_t size = element_size(slab->sl_zone);
    void *element = slab->sl_free;

    if (element != NULL) {
        check_poison(element, size);
        slab->sl_free = *(void **)element;
    } else {
        element = (char *)slab + slab->sl_fresh;
        slab->sl_fresh += size;
    }
    slab->sl_used++;
    return element;
}

static void *
slab_alloc(struct zone *zone)
{
    struct slab *slab = slab_with_room(zone);
    void *element;

    if (slab == NULL)
        return NULL;
    element = slab_take(slab);
    if (slab_full(slab))
        slab_unlink(zone, slab);
    return memset(element, 0,
                  zone->z_zeroed != 0 ? zone->z_zeroed : element_size(zone));
}

static void
slab_free(struct zone *zone, void *element)
{
    struct slab *slab = slab_of(element);

    assert(slab->sl_zone == zone);
    check_element(slab, element);
    if (slab_full(slab))
        slab_link(zone, slab);
    if (DEBUG)
        memset(element, POISON, element_size(zone));
    *(void **)element = slab->sl_free;
    slab->sl_free = element;
    if (--slab->sl_used > 0)
        return;
    slab_unlink(zone, slab);
    slab_retire(zone, slab);
}

/* Memory in whole pages: one frame as it lies, or several mapped. */
static void *
pages_alloc(size_t size)
{
    paddr_t frame;

    if (size > PAGE_SIZE)
        return kmem_alloc(size);
    frame = vm_frame_alloc_zeroed();
    return frame != FRAME_NONE ? phys_to_virt(frame) : NULL;
}

static void
pages_free(void *memory, size_t size)
{
    if (size > PAGE_SIZE)
        kmem_free(memory, size);
    else
        vm_frame_free(virt_to_phys(memory));
}

static void *
zone_pages_alloc(struct zone *zone)
{
    void *element = pages_alloc(zone->z_size);

    if (element != NULL)
        zone->z_pages += round_page(zone->z_size) / PAGE_SIZE;
    return element;
}

static void
zone_pages_free(struct zone *zone, void *element)
{
    zone->z_pages -= round_page(zone->z_size) / PAGE_SIZE;
    pages_free(element, zone->z_size);
}

static void
zone_make_known(struct zone *zone)
{
    if (zone->z_known)
        return;
    zone->z_known = true;
    zone->z_next = all_zones;
    all_zones = zone;
}

void *
zalloc(struct zone *zone)
{
    void *element;

    zone_make_known(zone);
    if (must_fail())
        return NULL;
    element =
        zone->z_size <= ELEMENT_MAX ? slab_alloc(zone) : zone_pages_alloc(zone);
    if (element != NULL)
        zone->z_count++;
    return element;
}

void
zfree(struct zone *zone, void *element)
{
    assert(element != NULL && zone->z_count > 0);
    zone->z_count--;
    if (zone->z_size <= ELEMENT_MAX)
        slab_free(zone, element);
    else
        zone_pages_free(zone, element);
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

static void *
large_alloc(size_t size)
{
    void *memory;

    zone_make_known(&large_zone);
    if (must_fail())
        return NULL;
    memory = pages_alloc(size);
    if (memory != NULL) {
        large_zone.z_count++;
        large_zone.z_pages += round_page(size) / PAGE_SIZE;
    }
    return memory;
}

void *
kalloc(size_t size)
{
    struct zone *zone = zone_of_size(size);

    if (size == 0)
        return NULL;
    return zone != NULL ? zalloc(zone) : large_alloc(size);
}

void
kfree(void *memory, size_t size)
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
    pages_free(memory, size);
}

size_t
kalloc_quota(void)
{
    if (vm_frames_scarce())
        return QUOTA_SCARCE;
    return vm_frames_total() / QUOTA_SHARE * PAGE_SIZE;
}

const struct zone *
kalloc_zones(void)
{
    return all_zones;
}
