/* SPDX-License-Identifier: MIT */
/*
 * mach/mig_errors.h - what can go wrong between a MIG client and its server.
 */
#ifndef _MACH_MIG_ERRORS_H_
#define _MACH_MIG_ERRORS_H_

#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/ndr.h>

#define MIG_TYPE_ERROR      -300 /* client: the reply is malformed */
#define MIG_REPLY_MISMATCH  -301 /* client: the reply has another id */
#define MIG_REMOTE_ERROR    -302 /* server: the other side found an error */
#define MIG_BAD_ID          -303 /* server: no such routine */
#define MIG_BAD_ARGUMENTS   -304 /* server: the request is malformed */
#define MIG_NO_REPLY        -305 /* server: no reply is to be sent (now) */
#define MIG_EXCEPTION       -306 /* server: an exception in the routine */
#define MIG_ARRAY_TOO_LARGE -307 /* client: the caller's array is too small */
#define MIG_SERVER_DIED     -308 /* client: the reply right was destroyed */
#define MIG_TRAILER_ERROR   -309 /* server: the trailer is not there */

#pragma pack(push, 4)

/* The reply when a routine did not succeed */
typedef struct {
    mach_msg_header_t Head;
    NDR_record_t NDR;
    kern_return_t RetCode;
} mig_reply_error_t;

#pragma pack(pop)

_Static_assert(sizeof(mig_reply_error_t) == 36, "mig_reply_error_t");

#endif
