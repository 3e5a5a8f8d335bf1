/* SPDX-License-Identifier: MIT */
/*
 * trap.c - what a user thread did that its processor would not.
 *
 * A page fault is the memory's business first.  Whatever nobody mends becomes
 * a noted exception, which the exit to user mode raises (D20).
 */
#include "kernel/core/trap.h"

#include <mach/exception_types.h>
#include <mach/vm_prot.h>

#include "kernel/base/assert.h"
#include "kernel/core/sched.h"
#include "kernel/task.h"
#include "kernel/thread.h"
#include "vm/vm_map.h"

/* Requires  no other exception is noted, which is so in user mode. */
void
user_exception(struct thread *self, int exception, uint64_t code,
               uint64_t subcode)
{
    assert((thread_sched(self)->st_ast & AST_EXCEPTION) == 0);
    assert(exception > 0 && exception < EXC_TYPES_COUNT);

    self->th_exception = (struct thread_exception){
        .te_type = exception,
        .te_code = (int64_t)code,
        .te_subcode = (int64_t)subcode,
    };
    thread_sched(self)->st_ast |= AST_EXCEPTION;
    sched_return(thread_sched(self));
}

/*
 * user_page_fault - see kernel/core/trap.h.
 *
 * The fault keeps no state: when the page is there the instruction runs again
 * and faults no more (D13).
 */
void
user_page_fault(struct thread *self, vaddr_t address, bool write, bool exec)
{
    vm_prot_t prot = VM_PROT_READ;
    kern_return_t kr;

    if (write)
        prot |= VM_PROT_WRITE;
    if (exec)
        prot |= VM_PROT_EXECUTE;

    kr = vm_fault(self->th_task->task_map, address, prot);
    if (kr == KERN_SUCCESS)
        sched_return(thread_sched(self));
    if (kr == KERN_RESOURCE_SHORTAGE)
        kr = KERN_MEMORY_ERROR; /* a code of exceptions */
    user_exception(self, EXC_BAD_ACCESS, (uint64_t)kr, address);
}
