/* SPDX-License-Identifier: MIT */
/*
 * mach/kern_return.h - what a kernel routine answers.
 *
 * Zero is success.  The numbers are ABI.  Message codes (message.h) and MIG's
 * codes (mig_errors.h) share the type and lie elsewhere in its range.
 */
#ifndef _MACH_KERN_RETURN_H_
#define _MACH_KERN_RETURN_H_

#include <mach/machine/kern_return.h>

#define KERN_SUCCESS                  0
#define KERN_INVALID_ADDRESS          1 /* not in the map, or no such memory */
#define KERN_PROTECTION_FAILURE       2 /* memory is there, but not for this */
#define KERN_NO_SPACE                 3 /* no room for a range, or for a name */
#define KERN_INVALID_ARGUMENT         4 /* the call made no sense */
#define KERN_FAILURE                  5 /* could not be done now */
#define KERN_RESOURCE_SHORTAGE        6 /* out of kernel memory */
#define KERN_NOT_RECEIVER             7 /* needs the receive right */
#define KERN_NO_ACCESS                8 /* access restriction */
#define KERN_MEMORY_FAILURE           9 /* the pager lost the data, for good */
#define KERN_MEMORY_ERROR             10 /* the pager could not give the data */
#define KERN_ALREADY_IN_SET           11 /* already a member of the port set */
#define KERN_NOT_IN_SET               12 /* not a member of a port set */
#define KERN_NAME_EXISTS              13 /* the name is in use */
#define KERN_ABORTED                  14 /* the wait was broken off */
#define KERN_INVALID_NAME             15 /* the name means nothing here */
#define KERN_INVALID_TASK             16 /* no such task, or it is dead */
#define KERN_INVALID_RIGHT            17 /* the name lacks that right */
#define KERN_INVALID_VALUE            18 /* a number out of range */
#define KERN_UREFS_OVERFLOW           19 /* too many user references */
#define KERN_INVALID_CAPABILITY       20 /* the right handed in is none */
#define KERN_RIGHT_EXISTS             21 /* the space has it by another name */
#define KERN_INVALID_HOST             22 /* not a host port */
#define KERN_MEMORY_PRESENT           23 /* the page is already there */
#define KERN_MEMORY_DATA_MOVED        24 /* within the kernel only */
#define KERN_MEMORY_RESTART_COPY      25 /* within the kernel only */
#define KERN_INVALID_PROCESSOR_SET    26
#define KERN_POLICY_LIMIT             27
#define KERN_INVALID_POLICY           28
#define KERN_INVALID_OBJECT           29
#define KERN_ALREADY_WAITING          30
#define KERN_DEFAULT_SET              31
#define KERN_EXCEPTION_PROTECTED      32
#define KERN_INVALID_LEDGER           33
#define KERN_INVALID_MEMORY_CONTROL   34
#define KERN_INVALID_SECURITY         35
#define KERN_NOT_DEPRESSED            36
#define KERN_TERMINATED               37 /* the object is gone */
#define KERN_LOCK_SET_DESTROYED       38
#define KERN_LOCK_UNSTABLE            39
#define KERN_LOCK_OWNED               40
#define KERN_LOCK_OWNED_SELF          41
#define KERN_SEMAPHORE_DESTROYED      42
#define KERN_RPC_SERVER_TERMINATED    43
#define KERN_RPC_TERMINATE_ORPHAN     44
#define KERN_RPC_CONTINUE_ORPHAN      45
#define KERN_NOT_SUPPORTED            46
#define KERN_NODE_DOWN                47
#define KERN_NOT_WAITING              48 /* that thread does not wait */
#define KERN_OPERATION_TIMED_OUT      49 /* the wait came to its deadline */
#define KERN_CODESIGN_ERROR           50
#define KERN_POLICY_STATIC            51
#define KERN_INSUFFICIENT_BUFFER_SIZE 52
#define KERN_DENIED                   53
#define KERN_MISSING_KC               54
#define KERN_INVALID_KC               55
#define KERN_NOT_FOUND                56

/* Kernel routines answer nothing above this of their own. */
#define KERN_RETURN_MAX 0x100

#endif
