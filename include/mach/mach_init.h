/* SPDX-License-Identifier: MIT */
/*
 * mach/mach_init.h - what a program finds ready when main begins, and the
 * calls of libmach that are neither a trap nor a message.
 */
#ifndef _MACH_MACH_INIT_H_
#define _MACH_MACH_INIT_H_

#include <mach/mach_types.h>
#include <mach/vm_param.h>
#include <stdint.h>

/* ---- Ports ---- */

/* This task's port.  Looking does not add a user reference. */
extern mach_port_t mach_task_self_;
#define mach_task_self() mach_task_self_
#define current_task()   mach_task_self()

/* Where this task looks services up. */
extern mach_port_t bootstrap_port;

/* Each call adds a user reference to the name that it returns. */
extern mach_port_t mach_thread_self(void);
extern mach_port_t mach_host_self(void);

/*
 * The ports that are handed from task to child: see ostia/ports.h for what
 * they mean.  The array that a look-up returns is the caller's, and so are
 * the rights in it.
 */
extern kern_return_t mach_ports_register(task_t target,
                                         mach_port_array_t init_port_set,
                                         mach_msg_type_number_t count);
extern kern_return_t mach_ports_lookup(task_t target,
                                       mach_port_array_t *init_port_set,
                                       mach_msg_type_number_t *count);

/* ---- Page size ---- */

extern vm_size_t vm_page_size;
extern vm_size_t vm_page_mask;
extern int vm_page_shift;
extern vm_size_t vm_kernel_page_size;
extern vm_size_t vm_kernel_page_mask;
extern int vm_kernel_page_shift;

#define round_page_kernel(x) round_page(x)
#define trunc_page_kernel(x) trunc_page(x)

/* ---- Threads ---- */

/*
 * What libmach keeps for a thread, at the base of GS.
 *
 * crt0 sets up the block of the first thread.  A thread that a program makes
 * by thread_create calls _mach_thread_init with a block of its own, which
 * must live as long as the thread, before its first message; without that its
 * GS base is 0, and a call that needs a reply port faults.
 */
struct mach_thread_block {
    struct mach_thread_block *mtb_self; /* the address of this block */
    mach_port_t mtb_reply_port;         /* of MIG's calls, or MACH_PORT_NULL */
    int mtb_errno;
    uint64_t mtb_user; /* for the program */
};

/* Clears `block` and makes it the calling thread's. */
extern void _mach_thread_init(struct mach_thread_block *block);

/* Gives the calling thread's reply port back: its last call before it ends. */
extern void _mach_thread_fini(void);

static inline struct mach_thread_block *
_mach_thread_block(void)
{
    struct mach_thread_block *block;

    __asm__("movq %%gs:0, %0" : "=r"(block));
    return block;
}

/* ---- Messages: sizes and ports out of the header ---- */

/* Sends msgh_size bytes. */
extern mach_msg_return_t mach_msg_send(mach_msg_header_t *msg);

/* Receives on msgh_local_port, at most msgh_size bytes. */
extern mach_msg_return_t mach_msg_receive(mach_msg_header_t *msg);

/* Gives up all rights and memory that a message carries. */
extern void mach_msg_destroy(mach_msg_header_t *msg);

/* A server's function: fills `reply`; FALSE when it does not know the id. */
typedef boolean_t (*mach_msg_demux_t)(mach_msg_header_t *request,
                                      mach_msg_header_t *reply);

/*
 * Serves `port` until receiving fails; _once serves one request.
 * Both directions must fit into max_size bytes, without the trailer.
 */
extern mach_msg_return_t mach_msg_server(mach_msg_demux_t demux,
                                         mach_msg_size_t max_size,
                                         mach_port_t port,
                                         mach_msg_option_t options);
extern mach_msg_return_t mach_msg_server_once(mach_msg_demux_t demux,
                                              mach_msg_size_t max_size,
                                              mach_port_t port,
                                              mach_msg_option_t options);

#endif
