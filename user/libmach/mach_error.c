/* SPDX-License-Identifier: MIT */
/*
 * mach_error.c - the text behind a code, as Darwin has it.
 *
 *      system     subsystem               codes
 *      0          0 (os/kern)             KERN_
 *      4          0 (ipc/send)            MACH_SEND_
 *                 1 (ipc/rcv)             MACH_RCV_
 *                 2 (ipc/mig)             MIG_, which are -300 - code
 *
 * A text begins with the type of its code.  Systems 1 to 3 have no subsystems,
 * systems from 5 on are unknown altogether.
 */
#include <mach/mach_error.h>
#include <mach/mig_errors.h>
#include <stdio.h>

#define KERN    "(os/kern) "
#define SEND    "(ipc/send) "
#define RECEIVE "(ipc/rcv) "
#define RPC     "(ipc/mig) "

struct subsystem {
    const char *type;
    int count;
    const char *const *texts;
};

struct system {
    const char *unknown; /* of a code of no subsystem */
    int count;
    const struct subsystem *subsystems;
};

static const char *const kern_texts[] = {
    [0] = KERN "successful",
    [1] = KERN "invalid address",
    [2] = KERN "protection failure",
    [3] = KERN "no space available",
    [4] = KERN "invalid argument",
    [5] = KERN "failure",
    [6] = KERN "resource shortage",
    [7] = KERN "not receiver",
    [8] = KERN "no access",
    [9] = KERN "memory failure",
    [10] = KERN "memory error",
    [11] = KERN "already in set",
    [12] = KERN "not in set",
    [13] = KERN "name exists",
    [14] = KERN "aborted",
    [15] = KERN "invalid name",
    [16] = KERN "invalid task",
    [17] = KERN "invalid right",
    [18] = KERN "invalid value",
    [19] = KERN "urefs overflow",
    [20] = KERN "invalid capability",
    [21] = KERN "right exists",
    [22] = KERN "invalid host",
    [23] = KERN "memory present",
    [24] = KERN "memory data moved",
    [25] = KERN "memory restart copy",
    [26] = KERN "invalid processor set",
    [27] = KERN "policy limit",
    [28] = KERN "invalid policy",
    [29] = KERN "invalid object",
    [30] = KERN "already waiting",
    [31] = KERN "default set",
    [32] = KERN "exception protected",
    [33] = KERN "invalid ledger",
    [34] = KERN "invalid memory control",
    [35] = KERN "invalid security",
    [36] = KERN "not depressed",
    [37] = KERN "object terminated",
    [38] = KERN "lock set destroyed",
    [39] = KERN "lock unstable",
    [40] = KERN "lock owned by another",
    [41] = KERN "lock owned by self",
    [42] = KERN "semaphore destroyed",
    [43] = KERN "RPC terminated",
    [44] = KERN "terminate orphan",
    [45] = KERN "let orphan continue",
    [46] = KERN "service not supported",
    [47] = KERN "remote node down",
    [48] = KERN "thread not waiting",
    [49] = KERN "operation timed out",
    [50] = KERN "code signing error",
    [51] = KERN "policy is static",
    [52] = KERN "insufficient input buffer size",
    [53] = KERN "denied by security policy",
    [54] = KERN "missing kernel collection",
    [55] = KERN "invalid kernel collection",
    [56] = KERN "result not found",
};

static const char *const send_texts[] = {
    [0] = SEND "no error",
    [1] = SEND "send in progress",
    [2] = SEND "invalid data",
    [3] = SEND "invalid destination port",
    [4] = SEND "timed out",
    [5] = SEND "invalid voucher",
    [6] = SEND "unused error",
    [7] = SEND "interrupted",
    [8] = SEND "msg too small",
    [9] = SEND "invalid reply port",
    [10] = SEND "invalid port right",
    [11] = SEND "invalid notify port",
    [12] = SEND "invalid memory",
    [13] = SEND "no msg buffer",
    [14] = SEND "msg too large",
    [15] = SEND "invalid msg-type",
    [16] = SEND "invalid msg-header",
    [17] = SEND "invalid msg-trailer",
    [18] = SEND "invalid context for reply",
    [19] = SEND "unused error",
    [20] = SEND "unused error",
    [21] = SEND "out-of-line buffer too large",
    [22] = SEND "destination does not accept OOL ports",
};

static const char *const receive_texts[] = {
    [0] = RECEIVE "no error",
    [1] = RECEIVE "receive in progress",
    [2] = RECEIVE "invalid name",
    [3] = RECEIVE "timed out",
    [4] = RECEIVE "msg too large",
    [5] = RECEIVE "interrupted",
    [6] = RECEIVE "port changed",
    [7] = RECEIVE "invalid notify port",
    [8] = RECEIVE "invalid data",
    [9] = RECEIVE "port died",
    [10] = RECEIVE "port in set",
    [11] = RECEIVE "header error",
    [12] = RECEIVE "body error",
    [13] = RECEIVE "invalid scatter list entry",
    [14] = RECEIVE "overwrite region too small",
    [15] = RECEIVE "invalid msg-trailer",
    [16] = RECEIVE "DIPC transport error",
};

static const char *const mig_texts[] = {
    [0] = RPC "client type check failure",
    [1] = RPC "wrong reply message ID",
    [2] = RPC "server detected error",
    [3] = RPC "bad request message ID",
    [4] = RPC "server type check failure",
    [5] = RPC "no reply should be sent",
    [6] = RPC "server raised exception",
    [7] = RPC "array not large enough",
    [8] = RPC "server died",
    [9] = RPC "unknown trailer format",
};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct subsystem kernel_subsystems[] = {
    { "(os/kern)", COUNT(kern_texts), kern_texts },
};

static const struct subsystem ipc_subsystems[] = {
    { "(ipc/send)", COUNT(send_texts), send_texts },
    { "(ipc/rcv)", COUNT(receive_texts), receive_texts },
    { "(ipc/mig)", COUNT(mig_texts), mig_texts },
};

static const struct system systems[] = {
    { "(operating system/?) unknown subsystem error", COUNT(kernel_subsystems),
      kernel_subsystems },
    { "(user space/?) unknown subsystem error", 0, NULL },
    { "(server/?) unknown subsystem error", 0, NULL },
    { "(ipc/?) unknown subsystem error", 0, NULL },
    { "(ipc/?) unknown subsystem error", COUNT(ipc_subsystems),
      ipc_subsystems },
};

#define MIG_SUBSYSTEM 2
#define MIG_CODES     100 /* reserved for it */

/* A code of MIG as one of the system of mach_msg's. */
static mach_error_t
compatible(mach_error_t code)
{
    if (code <= MIG_TYPE_ERROR && code > MIG_TYPE_ERROR - MIG_CODES)
        return err_mach_ipc | err_sub(MIG_SUBSYSTEM) | (MIG_TYPE_ERROR - code);
    return code;
}

/* Returns   the system of a code, or NULL. */
static const struct system *
system_of(mach_error_t code)
{
    int number = err_get_system(code);

    return number < COUNT(systems) ? &systems[number] : NULL;
}

/* Returns   the subsystem of a code, or NULL. */
static const struct subsystem *
subsystem_of(mach_error_t code)
{
    const struct system *system = system_of(code);
    int number = err_get_sub(code);

    return system != NULL && number < system->count
               ? &system->subsystems[number]
               : NULL;
}

/* Returns   the text of a code that has one, or NULL. */
static const char *
text_of(mach_error_t code)
{
    const struct subsystem *subsystem = subsystem_of(code);
    int number = err_get_code(code);

    return subsystem != NULL && number < subsystem->count
               ? subsystem->texts[number]
               : NULL;
}

char *
mach_error_type(mach_error_t code)
{
    const struct subsystem *subsystem = subsystem_of(compatible(code));

    return (char *)(uintptr_t)(subsystem != NULL ? subsystem->type : "(?/?)");
}

/*
 * mach_error_string - see mach/mach_error.h.
 *
 * The bits of MACH_MSG_MASK are part of the code, so with one of them mach_msg's
 * codes are unknown.
 */
char *
mach_error_string(mach_error_t code)
{
    mach_error_t plain = compatible(code);
    const struct system *system = system_of(plain);
    const char *text = text_of(plain);

    if (text == NULL && subsystem_of(plain) != NULL)
        text = "unknown error code";
    else if (text == NULL && system != NULL)
        text = system->unknown;

    return (char *)(uintptr_t)text;
}

void
mach_error(const char *message, mach_error_t code)
{
    const char *text = text_of(compatible(code));

    if (text != NULL)
        fprintf(stderr, "%s %s\n", message, text);
    else
        fprintf(stderr, "%s %s %s (%x)\n", message, mach_error_type(code),
                mach_error_string(code), (unsigned)code);
}
