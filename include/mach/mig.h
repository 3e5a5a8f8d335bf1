/* SPDX-License-Identifier: MIT */
/*
 * mach/mig.h - what MIG's generated stubs and servers are made with.
 */
#ifndef _MACH_MIG_H_
#define _MACH_MIG_H_

#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/port.h>
#include <mach/vm_types.h>

/* ---- Servers: the table behind NAME_server() ---- */

typedef void (*mig_impl_routine_t)(void);
typedef void (*mig_stub_routine_t)(mach_msg_header_t *InHeadP,
                                   mach_msg_header_t *OutHeadP);
typedef mig_stub_routine_t mig_routine_t;

/* The routine for a request, or NULL when its id is not the server's. */
typedef mig_routine_t (*mig_server_routine_t)(mach_msg_header_t *InHeadP);

struct routine_arg_descriptor {
    void *reserved1;
    mach_msg_size_t size;
    unsigned int reserved2;
};

typedef struct routine_arg_descriptor *routine_arg_descriptor_t;
typedef struct routine_arg_descriptor *mig_routine_arg_descriptor_t;

struct routine_descriptor {
    mig_impl_routine_t impl_routine;    /* the function that serves */
    mig_stub_routine_t stub_routine;    /* takes the message apart */
    unsigned int argc;                  /* words of arguments */
    unsigned int descr_count;           /* descriptors in the request */
    routine_arg_descriptor_t arg_descr; /* or NULL */
    unsigned int max_reply_msg;         /* bytes, without trailer */
};

typedef struct routine_descriptor *routine_descriptor_t;
typedef struct routine_descriptor mig_routine_descriptor;
typedef mig_routine_descriptor *mig_routine_descriptor_t;

typedef struct mig_subsystem {
    mig_server_routine_t server;
    mach_msg_id_t start;     /* first id */
    mach_msg_id_t end;       /* last id, plus one */
    mach_msg_size_t maxsize; /* largest message, with trailer */
    vm_address_t reserved;
    mig_routine_descriptor routine[1];
} * mig_subsystem_t;

typedef struct mig_symtab {
    char *ms_routine_name;
    int ms_routine_number;
    void (*ms_routine)(void);
} mig_symtab_t;

/* ---- Clients (in libmach) ---- */

/* The calling thread's reply port, made at its first use. */
extern mach_port_t mig_get_reply_port(void);

/* A reply came on `port`, which stays the thread's reply port. */
extern void mig_put_reply_port(mach_port_t port);

/* `port` cannot be trusted any more: the next call makes a new one. */
extern void mig_dealloc_reply_port(mach_port_t port);

/*
 * Copies at most `len` bytes, the last of them always NUL.
 * Returns the length with its NUL.
 */
extern int mig_strncpy(char *dest, const char *src, int len);

/* The same, and fills the rest of `dest` with zeros. */
extern int mig_strncpy_zerofill(char *dest, const char *src, int len);

/* Memory of arguments that travel out of line. */
extern void mig_allocate(vm_address_t *address, vm_size_t size);
extern void mig_deallocate(vm_address_t address, vm_size_t size);

#endif
