/* SPDX-License-Identifier: MIT */
/*
 * t_vm.c - the calls on memory, used as they are meant (catalogue 2.13).
 *
 * Their abuse is in t_vm_abuse.c; what happens to the pages in t_memory.c.
 */
#include <mach/mach_vm.h>
#include <mach/vm_map.h>
#include <ostia/ports.h>
#include <string.h>

#include "child.h"
#include "tap.h"

#define PAGE ((mach_vm_size_t)GUEST_PAGE)

static struct vm_region_basic_info_64 info;
static mach_vm_address_t region_start;
static mach_vm_size_t region_size;

/* Looks the region at or after `address` up. */
static kern_return_t
region(mach_port_t task, mach_vm_address_t address)
{
    mach_msg_type_number_t count = VM_REGION_BASIC_INFO_COUNT_64;
    mach_port_t object = 0x1234;

    region_start = address;
    memset(&info, 0xa5, sizeof info);
    return mach_vm_region(task, &region_start, &region_size,
                          VM_REGION_BASIC_INFO_64, (vm_region_info_t)&info,
                          &count, &object);
}

static mach_vm_address_t
allocate(mach_port_t task, mach_vm_size_t size)
{
    mach_vm_address_t address = 0;

    return mach_vm_allocate(task, &address, size, VM_FLAGS_ANYWHERE) ==
                   KERN_SUCCESS
               ? address
               : 0;
}

/* ---- allocate, deallocate */

TEST(allocate)
{
    mach_vm_address_t a = 0x1234, b;
    char *bytes;
    bool zero = true;

    is_kr(mach_vm_allocate(mach_task_self(), &a, 3 * PAGE, VM_FLAGS_ANYWHERE),
          KERN_SUCCESS, "mach_vm_allocate anywhere");
    ok(ALL(a != 0, a % PAGE == 0), "... at a page's border");
    bytes = (char *)a;
    for (unsigned i = 0; i < 3 * PAGE; i++)
        zero = zero && bytes[i] == 0;
    ok(zero, "... full of zeros");
    memset(bytes, 7, 3 * PAGE);
    b = a;
    is_kr(mach_vm_allocate(mach_task_self(), &b, PAGE, VM_FLAGS_FIXED),
          KERN_NO_SPACE, "R61: fixed over a mapping: KERN_NO_SPACE");
    b = a + 2 * PAGE;
    is_kr(mach_vm_allocate(mach_task_self(), &b, 3 * PAGE, VM_FLAGS_FIXED),
          KERN_NO_SPACE, "R61: ... over the end of one too");
    is(bytes[2 * PAGE], 7, "R61: ... and nothing changed");
    b = a + PAGE + 5;
    is_kr(mach_vm_allocate(mach_task_self(), &b, 10,
                           VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE),
          KERN_SUCCESS, "R61: with OVERWRITE it is replaced");
    is((long long)b, (long long)(a + PAGE), "... from the page's border on");
    ok(ALL(bytes[PAGE] == 0, bytes[2 * PAGE - 1] == 0), "... by zeros");
    ok(ALL(bytes[PAGE - 1] == 7, bytes[2 * PAGE] == 7), "... that page alone");

    is_kr(mach_vm_deallocate(mach_task_self(), a + PAGE, PAGE), KERN_SUCCESS,
          "mach_vm_deallocate in the middle");
    b = a + PAGE;
    is_kr(mach_vm_allocate(mach_task_self(), &b, PAGE, VM_FLAGS_FIXED),
          KERN_SUCCESS, "... leaves a hole that can be filled");
    is(bytes[PAGE], 0, "... with fresh memory");
    is(bytes[0] + bytes[2 * PAGE], 14, "... between what stayed");
    is_kr(mach_vm_deallocate(mach_task_self(), a + 1, 3 * PAGE - 2),
          KERN_SUCCESS, "mach_vm_deallocate takes all pages that it touches");
    is_kr(mach_vm_deallocate(mach_task_self(), a, 3 * PAGE), KERN_SUCCESS,
          "... of a hole does nothing");
}

TEST(size_zero)
{
    mach_vm_address_t address = 0x1234;
    vm_offset_t data = 0x1234;
    mach_msg_type_number_t count = 1;

    is_kr(mach_vm_allocate(mach_task_self(), &address, 0, VM_FLAGS_ANYWHERE),
          KERN_SUCCESS, "R66: mach_vm_allocate of size 0");
    is((long long)address, 0, "R66: ... gives address 0");
    is_kr(mach_vm_deallocate(mach_task_self(), 0x1000, 0), KERN_SUCCESS,
          "mach_vm_deallocate of size 0");
    is_kr(mach_vm_protect(mach_task_self(), 0x1000, 0, FALSE, VM_PROT_READ),
          KERN_SUCCESS, "mach_vm_protect of size 0");
    is_kr(mach_vm_inherit(mach_task_self(), 0x1000, 0, VM_INHERIT_NONE),
          KERN_SUCCESS, "mach_vm_inherit of size 0");
    is_kr(mach_vm_read(mach_task_self(), 0x1000, 0, &data, &count),
          KERN_SUCCESS, "R62: mach_vm_read of size 0");
    ok(ALL(data == 0, count == 0), "R47: ... gives nothing");
    is_kr(mach_vm_map(mach_task_self(), &address, 0, 0, VM_FLAGS_ANYWHERE,
                      MACH_PORT_NULL, 0, FALSE, VM_PROT_DEFAULT, VM_PROT_ALL,
                      VM_INHERIT_DEFAULT),
          KERN_INVALID_ARGUMENT, "R66: mach_vm_map of size 0");
}

/* ---- protect, inherit, region */

TEST(protect)
{
    mach_vm_address_t a = allocate(mach_task_self(), 3 * PAGE);

    is_kr(
        mach_vm_protect(mach_task_self(), a + PAGE, PAGE, FALSE, VM_PROT_READ),
        KERN_SUCCESS, "mach_vm_protect of a page in the middle");
    region(mach_task_self(), a + PAGE);
    ok(ALL(region_start == a + PAGE, region_size == PAGE),
       "... parts the region");
    is(info.protection, VM_PROT_READ, "... which is read-only");
    is(info.max_protection, VM_PROT_ALL, "... and may be more");
    is_kr(mach_vm_protect(mach_task_self(), a + PAGE, PAGE, TRUE, VM_PROT_READ),
          KERN_SUCCESS, "the maximum can be lowered");
    is_kr(mach_vm_protect(mach_task_self(), a + PAGE, PAGE, FALSE,
                          VM_PROT_READ | VM_PROT_WRITE),
          KERN_PROTECTION_FAILURE, "... and is not to be passed");
    is_kr(mach_vm_protect(mach_task_self(), a, 3 * PAGE, FALSE,
                          VM_PROT_READ | VM_PROT_WRITE),
          KERN_PROTECTION_FAILURE, "... by a larger range either");
    is_kr(mach_vm_protect(mach_task_self(), a, PAGE, TRUE, VM_PROT_READ),
          KERN_SUCCESS, "a maximum below the current protection");
    region(mach_task_self(), a);
    is(info.protection, VM_PROT_READ, "... lowers that too");
    is_kr(mach_vm_protect(mach_task_self(), a, PAGE, FALSE, VM_PROT_NONE),
          KERN_SUCCESS, "no access at all");
    region(mach_task_self(), a);
    is(info.protection, VM_PROT_NONE, "... is a protection");
    mach_vm_deallocate(mach_task_self(), a, 3 * PAGE);
}

TEST(inherit)
{
    mach_vm_address_t a = allocate(mach_task_self(), PAGE);
    static const vm_inherit_t all[] = { VM_INHERIT_SHARE, VM_INHERIT_NONE,
                                        VM_INHERIT_COPY };

    for (unsigned i = 0; i < 3; i++) {
        is_kr(mach_vm_inherit(mach_task_self(), a, PAGE, all[i]), KERN_SUCCESS,
              "mach_vm_inherit: %u", all[i]);
        region(mach_task_self(), a);
        is(info.inheritance, all[i], "... is told by mach_vm_region");
    }
    mach_vm_deallocate(mach_task_self(), a, PAGE);
}

TEST(region)
{
    mach_port_t task = child_empty();
    mach_vm_address_t a = 0x100000, b = 0x200000;

    mach_vm_allocate(task, &a, 2 * PAGE, VM_FLAGS_FIXED);
    mach_vm_allocate(task, &b, PAGE, VM_FLAGS_FIXED);
    is_kr(region(task, 0), KERN_SUCCESS, "mach_vm_region from 0 on");
    ok(ALL(region_start == a, region_size == 2 * PAGE), "... finds the first");
    ok(ALL(info.protection == VM_PROT_DEFAULT,
           info.max_protection == VM_PROT_ALL,
           info.inheritance == VM_INHERIT_DEFAULT),
       "... with what fresh memory has");
    region(task, a + PAGE + 1);
    is((long long)region_start, (long long)a, "from within, that region");
    region(task, a + 2 * PAGE);
    is((long long)region_start, (long long)b, "from its end, the next");
    is_kr(region(task, b + PAGE), KERN_INVALID_ADDRESS,
          "behind the last: KERN_INVALID_ADDRESS");
    child_end(task);
}

/* ---- read, write */

TEST(read)
{
    mach_vm_address_t a = allocate(mach_task_self(), 3 * PAGE);
    mach_msg_type_number_t count = 0;
    vm_offset_t data = 0;
    mach_vm_size_t got = 0;
    char small[32];

    strcpy((char *)a + PAGE - 6, "across a border");
    is_kr(mach_vm_read(mach_task_self(), a + PAGE - 6, 16, &data, &count),
          KERN_SUCCESS, "mach_vm_read of odd bytes across pages");
    is(count, 16, "... gives as many");
    is_string((char *)data, "across a border", "... and those");
    ((char *)a)[PAGE] = 'X';
    is_string((char *)data, "across a border", "... a copy, which stays");
    is_kr(mach_vm_deallocate(mach_task_self(), data, count), KERN_SUCCESS,
          "R46: freed by exactly its address and size");

    is_kr(mach_vm_read_overwrite(mach_task_self(), a + PAGE - 6, 16,
                                 (mach_vm_address_t)small, &got),
          KERN_SUCCESS, "mach_vm_read_overwrite");
    is((long long)got, 16, "... says how many");
    is_string(small, "acrossXa border", "... into our buffer");
    mach_vm_deallocate(mach_task_self(), a, 3 * PAGE);
}

TEST(write)
{
    mach_vm_address_t a = allocate(mach_task_self(), 2 * PAGE);
    static const char text[] = "across a border";

    is_kr(mach_vm_write(mach_task_self(), a + PAGE - 6, (vm_offset_t)text,
                        sizeof text),
          KERN_SUCCESS, "mach_vm_write across pages");
    is_string((char *)a + PAGE - 6, text, "... writes");
    ok(ALL(((char *)a)[PAGE - 7] == 0, ((char *)a)[PAGE + 10] == 0),
       "... and no byte beside");
    is_kr(mach_vm_write(mach_task_self(), a, (vm_offset_t)text, 0),
          KERN_SUCCESS, "mach_vm_write of nothing");
    mach_vm_deallocate(mach_task_self(), a, 2 * PAGE);
}

/* R64: what was read is what was there, touched or not. */
TEST(read_untouched)
{
    mach_vm_address_t a = allocate(mach_task_self(), 4 * PAGE);
    mach_msg_type_number_t count = 0;
    vm_offset_t data = 0;

    ((char *)a)[2 * PAGE] = 5;
    mach_vm_read(mach_task_self(), a, 4 * PAGE, &data, &count);
    memset((char *)a, 9, 4 * PAGE);
    ok(ALL(((char *)data)[0] == 0, ((char *)data)[3 * PAGE] == 0),
       "R64: a read of untouched memory is 0, whatever is written later");
    is(((char *)data)[2 * PAGE], 5, "R64: ... and of touched what it was");
    ((char *)data)[PAGE] = 3;
    is(((char *)a)[PAGE], 9, "R64: ... and writes to it go nowhere else");
    mach_vm_deallocate(mach_task_self(), data, count);
    mach_vm_deallocate(mach_task_self(), a, 4 * PAGE);
}

/* All of them on another task's memory */
TEST(other_task)
{
    mach_port_t task = child_empty();
    mach_vm_address_t a = 0;
    mach_vm_size_t got;
    char back[8] = "";

    is_kr(mach_vm_allocate(task, &a, 2 * PAGE, VM_FLAGS_ANYWHERE), KERN_SUCCESS,
          "mach_vm_allocate in a child");
    is_kr(mach_vm_write(task, a + 10, (vm_offset_t) "child", 6), KERN_SUCCESS,
          "mach_vm_write into it");
    is_kr(
        mach_vm_read_overwrite(task, a + 10, 6, (mach_vm_address_t)back, &got),
        KERN_SUCCESS, "mach_vm_read_overwrite from it");
    is_string(back, "child", "... what was written");
    is_kr(mach_vm_protect(task, a, PAGE, FALSE, VM_PROT_READ), KERN_SUCCESS,
          "mach_vm_protect in it");
    is_kr(mach_vm_write(task, a, (vm_offset_t) "x", 2), KERN_INVALID_ADDRESS,
          "R63: mach_vm_write to a read-only page, below two pages");
    is_kr(mach_vm_write(task, a + PAGE - 2, (vm_offset_t) "1234", 5),
          KERN_INVALID_ADDRESS, "R63: ... partly read-only");
    is_kr(mach_vm_deallocate(task, a, 2 * PAGE), KERN_SUCCESS,
          "mach_vm_deallocate in it");
    is_kr(region(task, 0), KERN_INVALID_ADDRESS, "... it is empty again");
    child_end(task);
    is_kr(mach_vm_allocate(task, &a, PAGE, VM_FLAGS_ANYWHERE),
          MACH_SEND_INVALID_DEST, "R54: in a task that is gone");
}

/* ---- map */

TEST(map)
{
    mach_vm_address_t a = 0;

    is_kr(mach_vm_map(mach_task_self(), &a, 2 * PAGE, 0xffff, VM_FLAGS_ANYWHERE,
                      MACH_PORT_NULL, 0, FALSE, VM_PROT_READ, VM_PROT_READ,
                      VM_INHERIT_NONE),
          KERN_SUCCESS, "mach_vm_map of nothing is fresh memory");
    is((long long)(a & 0xffff), 0, "... aligned as the mask says");
    is(*(char *)a, 0, "... zeros");
    region(mach_task_self(), a);
    ok(ALL(info.protection == VM_PROT_READ, info.max_protection == VM_PROT_READ,
           info.inheritance == VM_INHERIT_NONE),
       "... with protections and inheritance as given");
    mach_vm_deallocate(mach_task_self(), a, 2 * PAGE);
}

/* ---- the twins with a pointer's width */

TEST(twins)
{
    vm_region_basic_info_data_64_t twin;
    mach_msg_type_number_t count = VM_REGION_BASIC_INFO_COUNT_64;
    vm_address_t a = 0, at;
    vm_size_t size = 0, got = 0;
    vm_offset_t data = 0;
    mach_msg_type_number_t read = 0;
    mach_port_t object;
    char back[8] = "";

    is_kr(vm_allocate(mach_task_self(), &a, PAGE, VM_FLAGS_ANYWHERE),
          KERN_SUCCESS, "vm_allocate");
    is_kr(vm_write(mach_task_self(), a, (vm_offset_t) "twin", 5), KERN_SUCCESS,
          "vm_write");
    is_kr(vm_read(mach_task_self(), a, 5, &data, &read), KERN_SUCCESS,
          "vm_read");
    is_string((char *)data, "twin", "... what was written");
    vm_deallocate(mach_task_self(), data, read);
    is_kr(vm_read_overwrite(mach_task_self(), a, 5, (vm_address_t)back, &got),
          KERN_SUCCESS, "vm_read_overwrite");
    is_string(back, "twin", "... too");
    is_kr(vm_protect(mach_task_self(), a, PAGE, FALSE, VM_PROT_READ),
          KERN_SUCCESS, "vm_protect");
    is_kr(vm_inherit(mach_task_self(), a, PAGE, VM_INHERIT_NONE), KERN_SUCCESS,
          "vm_inherit");
    at = a;
    is_kr(vm_region_64(mach_task_self(), &at, &size, VM_REGION_BASIC_INFO_64,
                       (vm_region_info_t)&twin, &count, &object),
          KERN_SUCCESS, "vm_region_64");
    ok(ALL(at == a, twin.protection == VM_PROT_READ,
           twin.inheritance == VM_INHERIT_NONE),
       "... tells of both");
    is_kr(vm_deallocate(mach_task_self(), a, PAGE), KERN_SUCCESS,
          "vm_deallocate");
    a = 0;
    is_kr(vm_map(mach_task_self(), &a, PAGE, 0, VM_FLAGS_ANYWHERE,
                 MACH_PORT_NULL, 0, FALSE, VM_PROT_DEFAULT, VM_PROT_ALL,
                 VM_INHERIT_DEFAULT),
          KERN_SUCCESS, "vm_map");
    vm_deallocate(mach_task_self(), a, PAGE);
}

/* Below two pages a copy begins at a page, above it keeps its place in one. */
TEST(small_copies)
{
    static const unsigned sizes[] = { 1, 4095, 4097, 8191, 8192, 9000 };
    char *pages = guest_pages(4);

    for (unsigned i = 0; i < 4 * PAGE; i++)
        pages[i] = (char)(i * 7 + i / 256);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        mach_msg_type_number_t count = 0;
        vm_offset_t data = 0;

        is_kr(mach_vm_read(mach_task_self(), (mach_vm_address_t)pages + 123,
                           sizes[i], &data, &count),
              KERN_SUCCESS, "mach_vm_read of %u bytes at offset 123", sizes[i]);
        is((long long)(data % PAGE), sizes[i] < 2 * PAGE ? 0 : 123,
           "... its place in the page");
        ok(ALL(count == sizes[i],
               memcmp((char *)data, pages + 123, count) == 0),
           "... and its bytes");
        mach_vm_deallocate(mach_task_self(), data, count);
    }
    guest_unmap(pages, 4 * PAGE);
}
