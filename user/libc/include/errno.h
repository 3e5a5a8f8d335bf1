/* SPDX-License-Identifier: MIT */
/*
 * errno.h - why a call of the C library failed; a variable of each thread.
 *
 * Calls of Mach do not use it: they return their code.
 */
#ifndef _ERRNO_H_
#define _ERRNO_H_

extern int *__error(void);
#define errno (*__error())

#define EPERM     1
#define ENOENT    2
#define EINTR     4
#define EIO       5
#define EBADF     9
#define ENOMEM    12
#define EACCES    13
#define EFAULT    14
#define EBUSY     16
#define EEXIST    17
#define ENODEV    19
#define EINVAL    22
#define ENOSPC    28
#define EPIPE     32
#define EDOM      33
#define ERANGE    34
#define EAGAIN    35
#define ENOTSUP   45
#define ETIMEDOUT 60
#define ENOSYS    78
#define EOVERFLOW 84

#endif
