/* SPDX-License-Identifier: MIT */
/*
 * copyio.h - the bytes of the current task (part of the ipc seam).
 *
 * Prepare, then touch (D13): copyio_prepare makes the pages resident or says
 * what is wrong; between it and the copy lies no preemption point, so that
 * the copy cannot fail.  copyin and copyout do both for up to COPYIO_MAX
 * bytes.  Addresses are those of the running thread's address space.
 */
#ifndef OSTIA_VM_COPYIO_H
#define OSTIA_VM_COPYIO_H

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

#define COPYIO_MAX (16 * 1024u)

typedef enum copyio_result {
    COPYIO_OK,
    COPYIO_BAD, /* not mapped, not allowed, or outside the user half */
} copyio_result_t;

typedef enum copyio_access {
    COPYIO_READ,
    COPYIO_WRITE,
} copyio_access_t;

/* Called once, when the processor's protections are on. */
void copyio_init(void);

/* Requires  length <= COPYIO_MAX.  Length 0 is always COPYIO_OK. */
MUSTUSE copyio_result_t copyio_prepare(user_addr_t address, size_t length,
                                       copyio_access_t access);
/* Length at most COPYIO_MAX; nothing is copied unless COPYIO_OK. */
MUSTUSE copyio_result_t copyin(user_addr_t from, void *to, size_t length);
MUSTUSE copyio_result_t copyout(const void *from, user_addr_t to,
                                size_t length);

#endif
