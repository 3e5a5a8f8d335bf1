/* SPDX-License-Identifier: MIT */
/*
 * stubs.c - kernel stubs of golden.defs on the host: who owns which right.
 *
 * A fake kmsg is a message and what lies beside it.  Rights are numbers in
 * pointers' clothes; every right that is taken, given or released is noted.
 */
#include <stdlib.h>
#include <string.h>

#include "golden_server.h"
#include "golden_user.h"
#include "ipc/ipc_port.h"
#include "ipc/mig_trap.h"
#include "kernel/base/assert.h"
#include "tests/guest/tap.h"

struct ledger kernel_ledger;

#define SLOTS 34

/* As stubs do not look inside it. */
struct ipc_ports {
    ipc_port_t ia_ports[2];
};

struct fake_kmsg {
    char body[8192];
    ipc_port_t remote, reply;
    ipc_port_t port[SLOTS];
    mach_msg_type_name_t kind[SLOTS];
    vm_map_copy_t copy[SLOTS];
    ipc_ports_t ports[SLOTS];
    unsigned taken; /* a bit for each descriptor */
    unsigned given; /* calls of ipc_kmsg_put_ */
    bool reply_taken, is_complex;
};

#define RIGHT(number) ((ipc_port_t)(uintptr_t)(number))
#define COPY(number)  ((vm_map_copy_t)(uintptr_t)(number))

static struct fake_kmsg in, out;

#define FAKE(kmsg) ((struct fake_kmsg *)(kmsg))
#define IN         ((ipc_kmsg_t)&in)
#define OUT        ((ipc_kmsg_t)&out)

static unsigned released, discarded, sent;
static int task_references, called;
static bool no_memory;
static kern_return_t answer; /* what the functions return */

/* ---- ipc/mig_kernel.h */

void *
ipc_kmsg_body(ipc_kmsg_t kmsg)
{
    return FAKE(kmsg)->body;
}

mach_msg_size_t
ipc_kmsg_size(ipc_kmsg_t kmsg)
{
    return ((mach_msg_header_t *)FAKE(kmsg)->body)->msgh_size;
}

ipc_port_t
ipc_kmsg_remote(ipc_kmsg_t kmsg)
{
    return FAKE(kmsg)->remote;
}

ipc_port_t
ipc_kmsg_reply_port(ipc_kmsg_t kmsg)
{
    return FAKE(kmsg)->reply;
}

ipc_port_t
ipc_kmsg_port(ipc_kmsg_t kmsg, unsigned index)
{
    return FAKE(kmsg)->port[index];
}

vm_map_copy_t
ipc_kmsg_copy(ipc_kmsg_t kmsg, unsigned index)
{
    return FAKE(kmsg)->copy[index];
}

ipc_ports_t
ipc_kmsg_ports(ipc_kmsg_t kmsg, unsigned index)
{
    return FAKE(kmsg)->ports[index];
}

void
ipc_kmsg_taken(ipc_kmsg_t kmsg, unsigned index)
{
    FAKE(kmsg)->taken |= 1u << index;
}

void
ipc_kmsg_reply_taken(ipc_kmsg_t kmsg)
{
    FAKE(kmsg)->reply_taken = true;
}

void
ipc_kmsg_put_port(ipc_kmsg_t kmsg, unsigned index, ipc_port_t right,
                  mach_msg_type_name_t disposition)
{
    FAKE(kmsg)->given++;
    FAKE(kmsg)->port[index] = right;
    FAKE(kmsg)->kind[index] = disposition;
}

void
ipc_kmsg_put_copy(ipc_kmsg_t kmsg, unsigned index, vm_map_copy_t copy,
                  mach_msg_size_t size)
{
    (void)size;
    FAKE(kmsg)->given++;
    FAKE(kmsg)->copy[index] = copy;
}

void
ipc_kmsg_put_ports(ipc_kmsg_t kmsg, unsigned index, ipc_ports_t array,
                   unsigned count, mach_msg_type_name_t disposition)
{
    (void)count;
    FAKE(kmsg)->given++;
    FAKE(kmsg)->ports[index] = array;
    FAKE(kmsg)->kind[index] = disposition;
}

ipc_kmsg_t
ipc_kmsg_alloc_kernel(struct ledger *ledger, mach_msg_size_t size,
                      unsigned descriptors)
{
    (void)ledger;
    (void)descriptors;
    memset(&out, 0, sizeof(out));
    ((mach_msg_header_t *)out.body)->msgh_size = size;
    return no_memory ? IKM_NULL : OUT;
}

void
ipc_kmsg_set_header(ipc_kmsg_t kmsg, ipc_port_t dest,
                    mach_msg_type_name_t dest_type, ipc_port_t reply,
                    mach_msg_type_name_t reply_type, mach_msg_id_t id,
                    bool is_complex)
{
    FAKE(kmsg)->remote = dest;
    FAKE(kmsg)->reply = reply;
    FAKE(kmsg)->kind[SLOTS - 2] = dest_type;
    FAKE(kmsg)->kind[SLOTS - 1] = reply_type;
    FAKE(kmsg)->is_complex = is_complex;
    ((mach_msg_header_t *)FAKE(kmsg)->body)->msgh_id = id;
}

mach_msg_return_t
ipc_kmsg_send_kernel(ipc_kmsg_t kmsg)
{
    sent += kmsg == OUT;
    return MACH_MSG_SUCCESS;
}

void
ipc_port_release_right(ipc_port_t right, mach_msg_type_name_t type)
{
    (void)type;
    released += right != IP_NULL;
}

void
vm_map_copy_discard(vm_map_copy_t copy)
{
    discarded += copy != VM_MAP_COPY_NULL;
}

/* ---- kernel/ipc_tt.h */

task_t
convert_port_to_task(ipc_port_t port)
{
    task_references += port != IP_NULL;
    return (task_t)port;
}

ipc_port_t
convert_task_to_port(task_t task)
{
    task_references--;
    return (ipc_port_t)((uintptr_t)task + 1);
}

void
task_deallocate(task_t task)
{
    task_references -= task != NULL;
}

NORETURN void
panic(const char *format, ...)
{
    note("panic: %s", format);
    abort();
}

/* ---- ipc/mig_trap.h: address 0 alone is bad */

ipc_port_t
mig_trap_target(ipc_thread_t self, const struct trap_args *args)
{
    (void)self;
    return RIGHT(args->arg[0]);
}

kern_return_t
mig_trap_prepare(uint64_t address, size_t size)
{
    (void)size;
    return address == 0 ? KERN_INVALID_ADDRESS : KERN_SUCCESS;
}

kern_return_t
mig_trap_fetch(uint64_t address, void *value, size_t size)
{
    if (address == 0)
        return KERN_INVALID_ADDRESS;
    memcpy(value, (void *)address, size);
    return KERN_SUCCESS;
}

kern_return_t
mig_trap_put(uint64_t address, const void *value, size_t size)
{
    memcpy((void *)address, value, size);
    return KERN_SUCCESS;
}

/* ---- The functions that serve */

kern_return_t
do_golden_numbers(task_t task, short small, pair_t pair, uint8_t *key,
                  int64_t *large)
{
    (void)task;
    called++;
    *large += small + pair.one + pair.two + key[5];
    return answer;
}

kern_return_t
do_golden_arrays(ipc_port_t port, const mach_exception_data_t code,
                 mach_msg_type_number_t codeCnt, const char *version,
                 task_info_t info, mach_msg_type_number_t *infoCnt,
                 vm_size_t *size)
{
    (void)port;
    called++;
    *size = (vm_size_t)code[codeCnt - 1] + strlen(version);
    for (unsigned i = 0; i < *infoCnt; i++)
        info[i] = (int)i;
    return answer;
}

kern_return_t
do_golden_rights(task_t task, ipc_port_t reply, ipc_port_t poly,
                 mach_msg_type_name_t polyPoly, vm_map_copy_t data,
                 mach_msg_type_number_t dataCnt, task_t *child,
                 vm_map_copy_t *data_out, mach_msg_type_number_t *data_outCnt)
{
    bool right = reply == RIGHT(2) && poly == RIGHT(3) &&
                 polyPoly == MACH_MSG_TYPE_PORT_SEND && data == COPY(4);

    called++;
    if (answer != KERN_SUCCESS)
        return answer;
    task_references++;
    *child = task;
    *data_out = data;
    *data_outCnt = dataCnt;
    return right ? KERN_SUCCESS : KERN_FAILURE;
}

kern_return_t
do_golden_tell(ipc_port_t port, int number)
{
    (void)port;
    called++;
    return number == 5 ? KERN_SUCCESS : KERN_FAILURE;
}

kern_return_t
do_golden_ports(ipc_port_t port, ipc_ports_t ports,
                mach_msg_type_number_t portsCnt, exception_mask_array_t masks,
                mach_msg_type_number_t *masksCnt, ipc_port_t *handlers)
{
    (void)port;
    called++;
    *masksCnt = portsCnt;
    for (unsigned i = 0; i < portsCnt; i++) {
        masks[i] = (int)i;
        handlers[i] = ports->ia_ports[i];
    }
    return answer;
}

kern_return_t
do_golden_count(task_t task, int add, int64_t *total, int *before)
{
    (void)task;
    called++;
    *before = (int)*total;
    *total += add;
    return answer;
}

kern_return_t
do_golden_label(task_t task, const char *label)
{
    (void)label;
    (void)task;
    return KERN_SUCCESS;
}

/* ---- Tests */

/* Runs the stub of a request that is in `in`; gives its return code. */
static kern_return_t
serve(unsigned row)
{
    mach_msg_header_t *head = (mach_msg_header_t *)out.body;

    memset(&out, 0, sizeof(out));
    in.taken = 0;
    in.reply_taken = false;
    called = 0;
    golden_subsystem.ms_routines[row].mr_stub(IN, OUT);
    if (head->msgh_bits & MACH_MSGH_BITS_COMPLEX)
        return KERN_SUCCESS;
    return ((mig_reply_error_t *)out.body)->RetCode;
}

static __Request__golden_rights_t *
rights_request(void)
{
    __Request__golden_rights_t *request = (void *)in.body;

    memset(&in, 0, sizeof(in));
    in.remote = RIGHT(0x100);
    in.reply = RIGHT(2);
    in.port[0] = RIGHT(3);
    in.copy[1] = COPY(4);
    request->Head.msgh_bits = MACH_MSGH_BITS_COMPLEX;
    request->Head.msgh_size = sizeof(*request);
    request->msgh_body.msgh_descriptor_count = 2;
    request->poly.disposition = MACH_MSG_TYPE_PORT_SEND;
    request->data.type = MACH_MSG_OOL_DESCRIPTOR;
    request->data.size = request->dataCnt = 9;
    return request;
}

TEST(rights)
{
    rights_request();
    ok(ALL(serve(3) == KERN_SUCCESS, in.taken == 3, !in.reply_taken),
       "success: the function has taken rights and memory");
    ok(ALL(out.port[0] == RIGHT(0x101), out.kind[0] == MACH_MSG_TYPE_PORT_SEND,
           out.copy[1] == COPY(4),
           ((__Reply__golden_rights_t *)out.body)->data_outCnt == 9),
       "success: results are in the reply");
    ok(task_references == 0, "objects: every reference is given back");
    answer = MIG_NO_REPLY;
    ok(ALL(serve(3) == MIG_NO_REPLY, in.taken == 3, in.reply_taken),
       "MIG_NO_REPLY: the reply right is taken too");
    answer = KERN_FAILURE;
    ok(ALL(serve(3) == KERN_FAILURE, in.taken == 0, !in.reply_taken,
           out.given == 0, task_references == 0),
       "an error: nothing was taken, nothing is given");
    answer = KERN_SUCCESS;
    rights_request()->dataCnt = 8;
    ok(ALL(serve(3) == MIG_TYPE_ERROR, called == 0, in.taken == 0),
       "a refused request: no call, nothing taken");
    in.remote = IP_NULL;
}

TEST(numbers)
{
    __Request__golden_numbers_t *request = (void *)in.body;

    memset(&in, 0, sizeof(in));
    request->Head.msgh_size = sizeof(*request);
    request->pair = (pair_t){ 1, 2 };
    request->small = 3;
    request->key[5] = 4;
    request->large = 1LL << 40;
    in.remote = RIGHT(0x100);
    ok(ALL(serve(0) == KERN_SUCCESS,
           ((__Reply__golden_numbers_t *)out.body)->large == (1LL << 40) + 10),
       "numbers: in and inout");
    in.remote = IP_NULL;
    ok(ALL(serve(0) == KERN_INVALID_ARGUMENT, called == 0,
           task_references == 0),
       "a port that is no task: its type's code, and no call");
}

TEST(ports)
{
    __Request__golden_ports_t *request = (void *)in.body;
    struct ipc_ports ports = { { RIGHT(11), RIGHT(12) } };

    memset(&in, 0, sizeof(in));
    in.ports[0] = &ports;
    request->Head.msgh_bits = MACH_MSGH_BITS_COMPLEX;
    request->Head.msgh_size = sizeof(*request);
    request->msgh_body.msgh_descriptor_count = 1;
    request->ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
    request->ports.disposition = MACH_MSG_TYPE_PORT_SEND;
    request->ports.count = request->portsCnt = 2;
    ok(ALL(serve(5) == KERN_SUCCESS, in.taken == 0, out.given == 32,
           out.port[1] == RIGHT(12), out.port[2] == IP_NULL,
           ipc_kmsg_size(OUT) == 424 + 8),
       "arrays of ports: out of line in, descriptors out");
}

/* What the kernel's client sends, its server understands. */
TEST(client)
{
    int64_t code[2] = { 7, 1000 };
    __Reply__golden_arrays_t *reply = (void *)out.body;

    golden_arrays(RIGHT(1), RIGHT(2), code, 2, "version");
    ok(ALL(sent == 1, out.remote == RIGHT(1), out.reply == RIGHT(2),
           out.kind[SLOTS - 1] == MACH_MSG_TYPE_PORT_SEND_ONCE,
           ipc_kmsg_size(OUT) == 48 + 16 + 8, !out.is_complex),
       "client: rights, size and id");
    in = out;
    ok(ALL(serve(2) == KERN_SUCCESS, reply->infoCnt == 94,
           reply->info[93] == 93, reply->size == 1007),
       "client and server: arrays and text");
    golden_tell(RIGHT(1), 5);
    in = out;
    ok(ALL(serve(4) == KERN_SUCCESS, called == 1), "client: simpleroutine");
}

static kern_return_t
trap(unsigned target, int add, int64_t *total, int *before)
{
    struct trap_args args = { { target, (uint64_t)add, (uintptr_t)total,
                                (uintptr_t)before } };

    called = 0;
    return (kern_return_t)_kernelrpc_golden_count_trap(NULL, &args);
}

TEST(trap)
{
    int64_t total = 1LL << 40 | 7;
    int before = 0;

    ok(ALL(trap(0x100, -3, &total, &before) == KERN_SUCCESS,
           total == (1LL << 40 | 4), before == 7, task_references == 0),
       "trap: in, inout and out");
    ok(ALL(trap(0, 1, &total, &before) == MACH_SEND_INVALID_DEST, called == 0),
       "trap: another task: no call");
    ok(ALL(trap(0x100, 1, NULL, &before) == KERN_INVALID_ADDRESS,
           trap(0x100, 1, &total, NULL) == KERN_INVALID_ADDRESS, called == 0),
       "trap: a result with no place: no call");
    answer = KERN_FAILURE;
    before = 0;
    ok(ALL(trap(0x100, 1, &total, &before) == KERN_FAILURE,
           total == (1LL << 40 | 4), before == 0, task_references == 0),
       "trap: an error: no result, every reference is given back");
    answer = KERN_SUCCESS;
}

TEST(shortage)
{
    no_memory = true;
    sent = released = discarded = 0;
    ok(ALL(golden_rights(RIGHT(1), RIGHT(2), RIGHT(3), MACH_MSG_TYPE_PORT_SEND,
                         COPY(4), 9) == MACH_SEND_NO_BUFFER,
           sent == 0, released == 3, discarded == 1),
       "client without memory: every right is consumed");
    no_memory = false;
}
