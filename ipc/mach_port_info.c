/* SPDX-License-Identifier: MIT */
/*
 * mach_port_info.c - the routines of mach_port.defs that look closely: at the
 * counters of a port, at its queue, at all the names of a task.
 *
 * Objects are known to users by io_id, which is never used again and says
 * nothing of where the object lies.
 */
#include "ipc/ipc_entry.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_kobject.h"
#include "ipc/ipc_listing.h"
#include "ipc/ipc_mqueue.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_right.h"
#include "kernel/base/printf.h"
#include "mig/mach_port_server.h"

#define GENERATION_BITS 0xffu /* of a name */

/* ---- The counters of a receive right ----
 *
 * All return KERN_SUCCESS, KERN_INVALID_TASK, KERN_INVALID_NAME or
 * KERN_INVALID_RIGHT.  NULL and DEAD are no names to those that tell, and names
 * without the right to those that set. */

kern_return_t
mach_port_set_mscount(ipc_space_t task, mach_port_name_t name,
                      mach_port_mscount_t mscount)
{
    ipc_port_t port;
    kern_return_t kr = ipc_right_receive(task, name, &port);

    if (kr == KERN_SUCCESS)
        port->ip_mscount = mscount;
    return kr;
}

kern_return_t
mach_port_set_seqno(ipc_space_t task, mach_port_name_t name,
                    mach_port_seqno_t seqno)
{
    ipc_port_t port;
    kern_return_t kr = ipc_right_receive(task, name, &port);

    if (kr == KERN_SUCCESS)
        port->ip_seqno = seqno;
    return kr;
}

kern_return_t
mach_port_get_srights(ipc_space_t task, mach_port_name_t name,
                      mach_port_rights_t *srights)
{
    ipc_entry_t entry;
    kern_return_t kr =
        ipc_right_lookup(task, name, MACH_PORT_TYPE_RECEIVE, &entry);

    if (kr == KERN_SUCCESS)
        *srights = entry->ie_port->ip_srights;
    return kr;
}

/* The requests that sit on names of the port; none are kept in advance. */
kern_return_t
mach_port_dnrequest_info(ipc_space_t task, mach_port_name_t name,
                         unsigned *dnr_total, unsigned *dnr_used)
{
    ipc_entry_t entry;
    kern_return_t kr =
        ipc_right_lookup(task, name, MACH_PORT_TYPE_RECEIVE, &entry);

    if (kr == KERN_SUCCESS)
        *dnr_total = *dnr_used = entry->ie_port->ip_request_count;
    return kr;
}

/* ---- The queue ---- */

/* Darwin tells the size of a message with its kernel's header, whose two names
 * are pointers of eight bytes; its own tests assert that. */
#define KERNEL_HEADER_MORE 8

/* Copies out what a message looks like from outside. */
static void
describe(ipc_kmsg_t kmsg, mach_msg_trailer_type_t type, mach_port_seqno_t seqno,
         mach_msg_size_t *size, mach_msg_id_t *id, mach_msg_trailer_info_t to,
         mach_msg_type_number_t *count)
{
    const mach_msg_header_t *header = kmsg->ikm_header;

    *size = header->msgh_size + KERNEL_HEADER_MORE;
    *id = header->msgh_id;
    *count = ipc_kmsg_put_trailer(kmsg, (mach_msg_option_t)type, seqno);
    memcpy(to, (const char *)header + header->msgh_size, *count);
}

/*
 * mach_port_peek - look at a message that waits, and leave it.
 *
 * Returns  KERN_SUCCESS, with its number, size, id and trailer
 *          KERN_INVALID_VALUE  a trailer beyond the audit token, or no room
 *          KERN_FAILURE        no message has this number
 *          KERN_INVALID_TASK, KERN_INVALID_NAME, KERN_INVALID_RIGHT
 */
kern_return_t
mach_port_peek(ipc_space_t task, mach_port_name_t name,
               mach_msg_trailer_type_t trailer_type,
               mach_port_seqno_t *request_seqnop, mach_msg_size_t *msg_sizep,
               mach_msg_id_t *msg_idp, mach_msg_trailer_info_t trailer_infop,
               mach_msg_type_number_t *trailer_infopCnt)
{
    struct ipc_kmsg_notice notice;
    ipc_kmsg_t kmsg;
    ipc_port_t port;
    kern_return_t kr;

    if (MACH_PORT_VALID(name) &&
        (GET_RCV_ELEMENTS(trailer_type) > MACH_RCV_TRAILER_AUDIT ||
         REQUESTED_TRAILER_SIZE(trailer_type) > *trailer_infopCnt))
        return KERN_INVALID_VALUE;
    kr = ipc_right_receive(task, name, &port);
    if (kr != KERN_SUCCESS)
        return kr;
    if (!ipc_mqueue_peek(port, request_seqnop, &kmsg))
        return KERN_FAILURE;
    if (kmsg == IKM_NULL) {
        ipc_kmsg_init_notice(&notice, port);
        kmsg = &notice.in_kmsg;
    }
    describe(kmsg, trailer_type, *request_seqnop, msg_sizep, msg_idp,
             trailer_infop, trailer_infopCnt);
    return KERN_SUCCESS;
}

/* ---- Objects of the kernel ---- */

/* The port of a send or receive right. */
static kern_return_t
look_up_port(ipc_space_t space, mach_port_name_t name, ipc_port_t *port)
{
    ipc_entry_t entry;
    kern_return_t kr = ipc_right_lookup(space, name, IE_TYPE_BITS, &entry);

    if (kr != KERN_SUCCESS)
        return kr;
    ipc_right_check(space, entry);
    if ((ie_type(entry) & MACH_PORT_TYPE_SEND_RECEIVE) == 0)
        return KERN_INVALID_RIGHT;
    *port = entry->ie_port;
    return KERN_SUCCESS;
}

/*
 * mach_port_kobject - what a port stands for.
 *
 * Returns  KERN_SUCCESS, with the type and the number of its object; both are
 *          0 for a port that a task receives on
 *          KERN_INVALID_TASK, KERN_INVALID_NAME, KERN_INVALID_RIGHT
 */
kern_return_t
mach_port_kobject(ipc_space_t task, mach_port_name_t name,
                  natural_t *object_type, mach_vm_address_t *object_addr)
{
    ipc_port_t port;
    kern_return_t kr = look_up_port(task, name, &port);

    if (kr != KERN_SUCCESS)
        return kr;
    *object_type = ipc_kobject_type(port);
    *object_addr = *object_type == IKOT_NONE ? 0 : port->ip_object.io_id;
    return KERN_SUCCESS;
}

kern_return_t
mach_port_kobject_description(ipc_space_t task, mach_port_name_t name,
                              natural_t *object_type,
                              mach_vm_address_t *object_addr,
                              kobject_description_t description)
{
    kern_return_t kr = mach_port_kobject(task, name, object_type, object_addr);
    const char *text;

    if (kr != KERN_SUCCESS)
        return kr;
    text = ipc_kobject_ops[*object_type].iko_name;
    ksnprintf(description, KOBJECT_DESCRIPTION_LENGTH, "%s",
              text == NULL ? "" : text);
    return KERN_SUCCESS;
}

/* ---- All names ---- */

static uint32_t
slots_of(ipc_space_t space)
{
    return space->is_entries.it_length * IE_CHUNK;
}

/*
 * mach_port_space_basic_info - how large the table of names is.
 *
 * Returns  KERN_SUCCESS, KERN_INVALID_TASK
 */
kern_return_t
mach_port_space_basic_info(ipc_space_t task, ipc_info_space_basic_t *basic_info)
{
    if (!task->is_active)
        return KERN_INVALID_TASK;
    *basic_info = (ipc_info_space_basic_t){
        .iisb_genno_mask = GENERATION_BITS,
        .iisb_table_size = slots_of(task),
        .iisb_table_next = IPC_SPACE_INDEX_MAX,
        .iisb_table_inuse = task->is_names,
    };
    return KERN_SUCCESS;
}

/*
 * mach_port_space_info - all names of the task, and what each means.
 *
 * Returns  KERN_SUCCESS; the tree is empty
 *          KERN_INVALID_TASK, KERN_RESOURCE_SHORTAGE
 */
kern_return_t
mach_port_space_info(ipc_space_t space, ipc_info_space_t *space_info,
                     vm_map_copy_t *table_info,
                     mach_msg_type_number_t *table_infoCnt,
                     vm_map_copy_t *tree_info,
                     mach_msg_type_number_t *tree_infoCnt)
{
    vm_map_copy_t copy[2] = { VM_MAP_COPY_NULL, VM_MAP_COPY_NULL };
    kern_return_t kr;

    if (!space->is_active)
        return KERN_INVALID_TASK;
    kr = ipc_listing_make(LIST_INFOS, space, NULL, copy, table_infoCnt);
    if (kr != KERN_SUCCESS)
        return kr;
    *table_info = copy[0];
    *space_info = (ipc_info_space_t){
        .iis_genno_mask = GENERATION_BITS,
        .iis_table_size = slots_of(space),
        .iis_table_next = IPC_SPACE_INDEX_MAX,
    };
    *tree_info = VM_MAP_COPY_NULL;
    *tree_infoCnt = 0;
    return KERN_SUCCESS;
}
