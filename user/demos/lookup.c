/* SPDX-License-Identifier: MIT */
/*
 * lookup - from the name of a service to its port.
 *
 * Every task inherits a bootstrap port, one of its special ports.  Behind it
 * is a server that knows ports by name.  What comes back is a send right, and
 * the number that we print is its name in this task: to any other task the
 * same number means another port, or none.
 *
 *      lookup org.ostia.echo
 */
#include <mach/mach.h>
#include <servers/bootstrap.h>
#include <stdio.h>

/* A send right to the service, or MACH_PORT_NULL. */
static mach_port_t
connect_to_service(const char *service_name)
{
    mach_port_t bs_port, service_port;
    kern_return_t err;

    err = task_get_bootstrap_port(mach_task_self(), &bs_port);
    if (err != KERN_SUCCESS)
        return MACH_PORT_NULL;

    err = bootstrap_look_up(bs_port, service_name, &service_port);

    /* task_get_bootstrap_port gave us a right of our own: give it back. */
    mach_port_deallocate(mach_task_self(), bs_port);
    if (err != KERN_SUCCESS)
        return MACH_PORT_NULL;

    return service_port;
}

int
main(int argc, char **argv)
{
    if (argc < 2)
        printf("lookup: name a service, for example org.ostia.echo\n");

    for (int i = 1; i < argc; i++) {
        mach_port_t port = connect_to_service(argv[i]);

        if (port == MACH_PORT_NULL)
            printf("%s: nobody offers that\n", argv[i]);
        else
            printf("%s: here it is port 0x%x\n", argv[i], port);
    }
    return argc < 2;
}
