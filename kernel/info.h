/* SPDX-License-Identifier: MIT */
/*
 * info.h - how task_info, thread_info and host_info answer.
 */
#ifndef OSTIA_KERNEL_INFO_H
#define OSTIA_KERNEL_INFO_H

#include <mach/kern_return.h>
#include <mach/message.h>

#include "kernel/base/compiler.h"
#include "kernel/base/string.h"
#include "kernel/base/types.h"

/*
 * info_give - as many words of a structure as the caller has room for.
 *
 * The structure has `words` words, its oldest version `least`.
 *
 * Returns  KERN_SUCCESS, with *count words in `out`
 *          too_small     *count < least
 */
MUSTUSE static inline kern_return_t
info_give(const void *info, mach_msg_type_number_t least,
          mach_msg_type_number_t words, integer_t *out,
          mach_msg_type_number_t *count, kern_return_t too_small)
{
    if (*count < least)
        return too_small;
    *count = min(*count, words);
    memcpy(out, info, *count * sizeof(*out));
    return KERN_SUCCESS;
}

#endif
