/* SPDX-License-Identifier: MIT */
/*
 * mach_msg_server.c - the loop of a server: receive, serve, reply.
 *
 * What a request carries belongs to the function that served it when that
 * succeeded, and is destroyed here when it did not, whatever its sender wrote
 * into the descriptors.  A reply that cannot be
 * sent (the client is gone, or does not read) is destroyed: no client can stop
 * a server.
 */
#include <mach/mach.h>
#include <ostia/message.h>
#include <stdbool.h>

struct server {
    mach_msg_demux_t demux;
    mach_port_t port;
    mach_msg_option_t options;
    mach_msg_size_t size; /* of each buffer, with room for a trailer */
    mach_msg_header_t *request;
    mach_msg_header_t *reply;
};

static kern_return_t
allocate_buffers(struct server *server)
{
    mach_vm_address_t memory = 0;
    kern_return_t kr;

    kr = mach_vm_allocate(mach_task_self(), &memory,
                          2 * (mach_vm_size_t)server->size, VM_FLAGS_ANYWHERE);
    if (kr != KERN_SUCCESS) {
        server->request = NULL;
        return kr;
    }

    server->request = (mach_msg_header_t *)(uintptr_t)memory;
    server->reply = (mach_msg_header_t *)(uintptr_t)(memory + server->size);
    return KERN_SUCCESS;
}

static void
free_buffers(struct server *server)
{
    mach_msg_header_t *low =
        server->request < server->reply ? server->request : server->reply;

    (void)mach_vm_deallocate(mach_task_self(),
                             (mach_vm_address_t)(uintptr_t)low,
                             2 * (mach_vm_size_t)server->size);
}

static kern_return_t
server_init(struct server *server, mach_msg_demux_t demux,
            mach_msg_size_t max_size, mach_port_t port,
            mach_msg_option_t options)
{
    *server = (struct server){
        .demux = demux,
        .port = port,
        .options = options & ~(MACH_SEND_MSG | MACH_RCV_MSG),
        .size = (round_msg(max_size) + MAX_TRAILER_SIZE + 15) & ~15u,
    };

    return allocate_buffers(server);
}

static mach_msg_return_t
receive_request(struct server *server)
{
    return mach_msg(server->request, MACH_RCV_MSG | server->options, 0,
                    server->size, server->port, MACH_MSG_TIMEOUT_NONE,
                    MACH_PORT_NULL);
}

/* Returns   whether there is a reply to send. */
static bool
serve_request(struct server *server)
{
    mach_msg_header_t *reply = server->reply;
    mig_reply_error_t *result = (mig_reply_error_t *)reply;

    /* What a demux that knows nothing of the request may leave as it is */
    *reply = (mach_msg_header_t){ .msgh_remote_port = MACH_PORT_NULL };
    result->RetCode = MIG_BAD_ID;

    (void)server->demux(server->request, reply);

    if (!MACH_MSGH_BITS_IS_COMPLEX(reply->msgh_bits)) {
        if (result->RetCode == MIG_NO_REPLY)
            return false;

        if (result->RetCode != KERN_SUCCESS) {
            /* The right to reply to is in the reply now. */
            if (reply->msgh_remote_port != MACH_PORT_NULL)
                server->request->msgh_remote_port = MACH_PORT_NULL;
            mach_msg_destroy_received(server->request);
        }
    }

    if (reply->msgh_remote_port == MACH_PORT_NULL) {
        mach_msg_destroy(reply);
        return false;
    }

    return true;
}

/*
 * Sends the reply.  A send-once right always takes it; on a send right we do
 * not wait for room, or a client could keep us.
 */
static void
send_reply(struct server *server)
{
    mach_msg_header_t *reply = server->reply;
    mach_msg_option_t options = MACH_SEND_MSG;

    if (MACH_MSGH_BITS_REMOTE(reply->msgh_bits) != MACH_MSG_TYPE_MOVE_SEND_ONCE)
        options |= MACH_SEND_TIMEOUT;

    if (mach_msg(reply, options, reply->msgh_size, 0, MACH_PORT_NULL, 0,
                 MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        mach_msg_destroy(reply);
}

mach_msg_return_t
mach_msg_server_once(mach_msg_demux_t demux, mach_msg_size_t max_size,
                     mach_port_t port, mach_msg_option_t options)
{
    struct server server;
    mach_msg_return_t mr = server_init(&server, demux, max_size, port, options);

    if (mr != KERN_SUCCESS)
        return mr;

    mr = receive_request(&server);
    if (mr == MACH_MSG_SUCCESS && serve_request(&server))
        send_reply(&server);

    free_buffers(&server);
    return mr;
}

static bool
is_send_error(mach_msg_return_t mr)
{
    return err_get_system(mr) == err_get_system(err_mach_ipc) &&
           err_get_sub(mr) == 0;
}

/* Sends the reply and receives the next request, in one trap. */
static mach_msg_return_t
reply_and_receive(struct server *server)
{
    mach_msg_header_t *message = server->reply;
    mach_msg_return_t mr;

    if (MACH_MSGH_BITS_REMOTE(message->msgh_bits) !=
        MACH_MSG_TYPE_MOVE_SEND_ONCE) {
        send_reply(server);
        return receive_request(server);
    }

    mr = mach_msg(message, MACH_SEND_MSG | MACH_RCV_MSG | server->options,
                  message->msgh_size, server->size, server->port,
                  MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);

    if (is_send_error(mr)) {
        mach_msg_destroy(message);
        return receive_request(server);
    }

    server->reply = server->request;
    server->request = message;
    return mr;
}

/* Makes room for a request that stays queued because of MACH_RCV_LARGE. */
static kern_return_t
grow_buffers(struct server *server)
{
    mach_msg_size_t size = server->request->msgh_size;

    free_buffers(server);
    server->size = (round_msg(size) + MAX_TRAILER_SIZE + 15) & ~15u;
    return allocate_buffers(server);
}

/*
 * What can be done about a receive that failed.
 *
 * Returns   MACH_MSG_SUCCESS if it is worth another try.
 */
static mach_msg_return_t
recover(struct server *server, mach_msg_return_t mr)
{
    if (mr != MACH_RCV_TOO_LARGE)
        return mr;

    return server->options & MACH_RCV_LARGE ? grow_buffers(server)
                                            : MACH_MSG_SUCCESS;
}

mach_msg_return_t
mach_msg_server(mach_msg_demux_t demux, mach_msg_size_t max_size,
                mach_port_t port, mach_msg_option_t options)
{
    struct server server;
    mach_msg_return_t mr = server_init(&server, demux, max_size, port, options);

    if (mr != KERN_SUCCESS)
        return mr;

    mr = receive_request(&server);
    for (;;) {
        if (mr == MACH_MSG_SUCCESS && serve_request(&server)) {
            mr = reply_and_receive(&server);
            continue;
        }

        if (mr != MACH_MSG_SUCCESS)
            mr = recover(&server, mr);
        if (mr != MACH_MSG_SUCCESS)
            break;

        mr = receive_request(&server);
    }

    if (server.request != NULL)
        free_buffers(&server);
    return mr;
}
