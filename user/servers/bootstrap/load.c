/* SPDX-License-Identifier: MIT */
/*
 * load.c - from an ELF file to a task that is ready to run.
 *
 * The kernel knows nothing of files: a task is filled from outside, by whoever
 * holds its port.  The picture that its first thread finds:
 *
 *      STACK_TOP     +--------------------------+
 *                    | the strings              |
 *                    | 0                        |
 *                    | envp: those of ENVIRON   |
 *                    | 0                        |
 *                    | argv[argc - 1]           |
 *                    | ...                      |
 *                    | argv[0]                  |
 *      rsp (16) ---> | argc, 8 bytes            |
 *                    | ...                      |
 *      STACK_BOTTOM  +--------------------------+
 *                    | nothing: a guard         |
 *                    | segments, from 0x400000  |
 */
#include "load.h"

#include <mach/mach_vm.h>
#include <stdint.h>
#include <string.h>

#include "elf.h"
#include "files.h"
#include "log.h"

#define PAGE         4096ull
#define PROGRAM_LOW  0x10000ull
#define STACK_TOP    0x7f7fff000000ull
#define STACK_SIZE   0x100000ull
#define STACK_BOTTOM (STACK_TOP - STACK_SIZE)
#define STACK_GUARD  0x10000ull

/* A file of the boot file system: strings NAME=value, each ended by a NUL */
#define ENVIRON "etc/environ"

/* argc, two zeros, and argv and envp with at most one string a byte */
#define WORDS_MAX (LOAD_ARGS_MAX + 3)

static struct {
    uint64_t words[WORDS_MAX];
    char strings[LOAD_ARGS_MAX];
} picture;

/* Puts one segment where it belongs, with its own protection. */
static kern_return_t
load_segment(mach_port_t task, const struct elf_segment *segment)
{
    mach_vm_address_t start = segment->es_address & ~(PAGE - 1);
    mach_vm_size_t size =
        (segment->es_address + segment->es_memory_size - start + PAGE - 1) &
        ~(PAGE - 1);
    vm_prot_t protection = (segment->es_readable ? VM_PROT_READ : 0) |
                           (segment->es_writable ? VM_PROT_WRITE : 0) |
                           (segment->es_executable ? VM_PROT_EXECUTE : 0);
    kern_return_t kr;

    kr = mach_vm_allocate(task, &start, size, VM_FLAGS_FIXED);
    if (kr == KERN_SUCCESS && segment->es_file_size > 0)
        kr = mach_vm_write(task, segment->es_address,
                           (vm_offset_t)segment->es_bytes,
                           (mach_msg_type_number_t)segment->es_file_size);
    if (kr == KERN_SUCCESS)
        kr = mach_vm_protect(task, start, size, FALSE, protection);
    return kr;
}

/*
 * load_image - map a program into an empty task.
 *
 * Returns  KERN_SUCCESS, with *entry
 *          KERN_INVALID_VALUE  not a program for this machine
 *          or why the kernel refused; the task is then half full
 */
kern_return_t
load_image(mach_port_t task, const void *image, size_t size, uint64_t *entry)
{
    struct elf_image elf;
    struct elf_segment segment;
    unsigned cursor = 0;
    elf_result_t result;
    kern_return_t kr = KERN_SUCCESS;

    result =
        elf_open(&elf, image, size, PROGRAM_LOW, STACK_BOTTOM - STACK_GUARD);
    if (result != ELF_OK) {
        log_line("cannot load the program: %s", elf_result_string(result));
        return KERN_INVALID_VALUE;
    }

    while (kr == KERN_SUCCESS && elf_next_segment(&elf, &cursor, &segment))
        kr = load_segment(task, &segment);
    *entry = elf.ei_entry;
    return kr;
}

/* Strings of `bytes`, each ended by a NUL: how many? */
static unsigned
count_strings(const char *bytes, size_t size)
{
    unsigned count = 0;

    for (size_t i = 0; i < size; i++)
        count += bytes[i] == '\0';
    return count;
}

/* Lays the strings out in picture.strings; returns their size, or 0 where they
   are too long. */
static size_t
join_strings(const char *program, const char *args, size_t args_size,
             const struct file *environment)
{
    size_t name_size = strlen(program) + 1;
    size_t size = name_size + args_size + environment->fl_size;

    if (size > LOAD_ARGS_MAX)
        return 0;
    memcpy(picture.strings, program, name_size);
    memcpy(picture.strings + name_size, args, args_size);
    memcpy(picture.strings + name_size + args_size, environment->fl_data,
           environment->fl_size);
    return size;
}

/*
 * load_stack - give the task a stack with its arguments and its environment.
 *
 * Requires  each of the arguments ends in a NUL.
 * Returns   KERN_SUCCESS, with *sp
 *           KERN_INVALID_ARGUMENT  they are too long
 *           or why the kernel refused
 */
kern_return_t
load_stack(mach_port_t task, const char *program, const char *args,
           size_t args_size, uint64_t *sp)
{
    struct file environment = { "", 0 };
    mach_vm_address_t bottom = STACK_BOTTOM, at;
    unsigned argc = 1 + count_strings(args, args_size), count;
    size_t size, vector;
    kern_return_t kr;

    (void)files_find(ENVIRON, &environment);
    size = join_strings(program, args, args_size, &environment);
    if (size == 0)
        return KERN_INVALID_ARGUMENT;
    count = count_strings(picture.strings, size);
    vector = (count + 3) * sizeof(uint64_t);
    *sp = (STACK_TOP - size - vector) & ~15ull;

    memset(picture.words, 0, vector);
    picture.words[0] = argc;
    at = *sp + vector;
    for (unsigned i = 0, offset = 0; i < count; i++) {
        picture.words[i < argc ? 1 + i : 2 + i] = at + offset;
        offset += (unsigned)strlen(picture.strings + offset) + 1;
    }

    kr = mach_vm_allocate(task, &bottom, STACK_SIZE, VM_FLAGS_FIXED);
    if (kr == KERN_SUCCESS)
        kr = mach_vm_write(task, *sp, (vm_offset_t)picture.words,
                           (mach_msg_type_number_t)vector);
    if (kr == KERN_SUCCESS)
        kr = mach_vm_write(task, at, (vm_offset_t)picture.strings,
                           (mach_msg_type_number_t)size);
    return kr;
}

/* load_run - start the first thread. */
kern_return_t
load_run(mach_port_t task, uint64_t entry, uint64_t sp)
{
    x86_thread_state64_t state = { .__rip = entry, .__rsp = sp };
    mach_port_t thread;
    kern_return_t kr;

    kr = thread_create_running(task, x86_THREAD_STATE64, (thread_state_t)&state,
                               x86_THREAD_STATE64_COUNT, &thread);
    if (kr == KERN_SUCCESS)
        mach_port_deallocate(mach_task_self(), thread);
    return kr;
}
