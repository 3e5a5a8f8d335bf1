/* SPDX-License-Identifier: MIT */
/*
 * mach/task_special_ports.h - the ports that every task has beside its space.
 */
#ifndef _MACH_TASK_SPECIAL_PORTS_H_
#define _MACH_TASK_SPECIAL_PORTS_H_

typedef int task_special_port_t;

#define TASK_KERNEL_PORT    1 /* the task's own port */
#define TASK_HOST_PORT      2 /* the host it runs on */
#define TASK_NAME_PORT      3 /* names the task, gives no power over it */
#define TASK_BOOTSTRAP_PORT 4 /* where it looks things up */
#define TASK_INSPECT_PORT   5
#define TASK_READ_PORT      6
#define TASK_ACCESS_PORT    9

#define task_get_kernel_port(task, port) \
    (task_get_special_port((task), TASK_KERNEL_PORT, (port)))
#define task_set_kernel_port(task, port) \
    (task_set_special_port((task), TASK_KERNEL_PORT, (port)))
#define task_get_host_port(task, port) \
    (task_get_special_port((task), TASK_HOST_PORT, (port)))
#define task_set_host_port(task, port) \
    (task_set_special_port((task), TASK_HOST_PORT, (port)))
#define task_get_bootstrap_port(task, port) \
    (task_get_special_port((task), TASK_BOOTSTRAP_PORT, (port)))
#define task_set_bootstrap_port(task, port) \
    (task_set_special_port((task), TASK_BOOTSTRAP_PORT, (port)))
#define task_get_task_access_port(task, port) \
    (task_get_special_port((task), TASK_ACCESS_PORT, (port)))
#define task_set_task_access_port(task, port) \
    (task_set_special_port((task), TASK_ACCESS_PORT, (port)))

/* Slots of mach_ports_register and mach_ports_lookup */
#define TASK_PORT_REGISTER_MAX 3

#endif
