/* SPDX-License-Identifier: MIT */
/*
 * errno.c - errno, which lives in the thread's block, and its texts.
 */
#include <errno.h>

#include <mach/mach_init.h>
#include <string.h>

int *
__error(void)
{
    return &_mach_thread_block()->mtb_errno;
}

char *
strerror(int number)
{
    static const char *const texts[] = {
        [0] = "no error",
        [EPERM] = "operation not permitted",
        [ENOENT] = "no such file",
        [EINTR] = "interrupted",
        [EIO] = "input or output error",
        [EBADF] = "not open",
        [ENOMEM] = "out of memory",
        [EACCES] = "permission denied",
        [EFAULT] = "bad address",
        [EBUSY] = "busy",
        [EEXIST] = "exists already",
        [ENODEV] = "no such device",
        [EINVAL] = "invalid argument",
        [ENOSPC] = "no space left",
        [EPIPE] = "nobody reads",
        [EDOM] = "argument out of domain",
        [ERANGE] = "result out of range",
        [EAGAIN] = "try again",
        [ENOTSUP] = "not supported",
        [ETIMEDOUT] = "timed out",
        [ENOSYS] = "no such function",
        [EOVERFLOW] = "value too large",
    };
    const size_t count = sizeof texts / sizeof texts[0];
    const char *text = NULL;

    if (number >= 0 && (size_t)number < count)
        text = texts[number];

    return (char *)(text != NULL ? text : "unknown error");
}
