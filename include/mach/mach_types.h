/* SPDX-License-Identifier: MIT */
/*
 * mach/mach_types.h - the names that user code gives to ports.
 *
 * A task is seen through a port, and so is a thread, a host, a map: task_t and
 * its kin are ports by another name.  Inside the kernel these names mean the
 * objects themselves, so this header is not for the kernel, and no header that
 * is (port.h, message.h, vm_types.h, the _info.h headers...) includes it.
 */
#ifndef _MACH_MACH_TYPES_H_
#define _MACH_MACH_TYPES_H_

#include <mach/clock_types.h>
#include <mach/exception_types.h>
#include <mach/host_info.h>
#include <mach/host_special_ports.h>
#include <mach/machine.h>
#include <mach/machine/vm_types.h>
#include <mach/memory_object_types.h>
#include <mach/message.h>
#include <mach/policy.h>
#include <mach/port.h>
#include <mach/std_types.h>
#include <mach/sync_policy.h>
#include <mach/task_info.h>
#include <mach/task_policy.h>
#include <mach/task_special_ports.h>
#include <mach/thread_info.h>
#include <mach/thread_policy.h>
#include <mach/thread_special_ports.h>
#include <mach/thread_status.h>
#include <mach/time_value.h>
#include <mach/vm_attributes.h>
#include <mach/vm_behavior.h>
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <mach/vm_purgable.h>
#include <mach/vm_region.h>
#include <mach/vm_statistics.h>
#include <mach/vm_sync.h>
#include <mach/vm_types.h>

typedef mach_port_t task_t;
typedef mach_port_t task_name_t;
typedef mach_port_t task_inspect_t;
typedef mach_port_t task_read_t;
typedef mach_port_t task_suspension_token_t;
typedef mach_port_t task_policy_set_t;
typedef mach_port_t task_policy_get_t;

typedef mach_port_t thread_t;
typedef mach_port_t thread_act_t;
typedef mach_port_t thread_inspect_t;
typedef mach_port_t thread_read_t;

typedef mach_port_t ipc_space_t;
typedef mach_port_t ipc_space_read_t;
typedef mach_port_t ipc_space_inspect_t;

typedef mach_port_t vm_map_t;
typedef mach_port_t vm_map_read_t;
typedef mach_port_t vm_map_inspect_t;
typedef mach_port_t vm_task_entry_t;

typedef mach_port_t host_t;
typedef mach_port_t host_priv_t;
typedef mach_port_t host_security_t;

typedef mach_port_t processor_t;
typedef mach_port_t processor_set_t;
typedef mach_port_t processor_set_control_t;
typedef mach_port_t processor_set_name_t;

typedef mach_port_t semaphore_t;
typedef mach_port_t lock_set_t;
typedef mach_port_t ledger_t;
typedef mach_port_t ledger_read_t;
typedef natural_t ledger_item_t;
typedef mach_port_t clock_serv_t;
typedef mach_port_t clock_ctrl_t;
typedef mach_port_t clock_reply_t;
typedef mach_port_t bootstrap_t;

typedef mach_port_t memory_object_t;
typedef mach_port_t memory_object_control_t;
typedef mach_port_t memory_object_name_t;
typedef mach_port_t memory_object_default_t;
typedef mach_port_t vm_named_entry_t;
typedef mach_port_t mem_entry_name_port_t;

typedef mach_port_t io_main_t;
typedef mach_port_t mach_voucher_t;

typedef mach_port_t exception_handler_t;
typedef mach_port_t exception_port_t;

typedef task_t *task_array_t;
typedef thread_t *thread_array_t;
typedef thread_act_t *thread_act_array_t;
typedef thread_act_t *thread_act_port_array_t;
typedef processor_t *processor_array_t;
typedef processor_t *processor_port_array_t;
typedef processor_set_t *processor_set_array_t;
typedef processor_set_name_t *processor_set_name_array_t;
typedef ledger_t *ledger_array_t;
typedef ledger_t *ledger_port_array_t;
typedef exception_handler_t *exception_handler_array_t;
typedef exception_port_t *exception_port_array_t;

typedef task_t task_port_t;
typedef task_array_t task_port_array_t;
typedef thread_t thread_port_t;
typedef thread_array_t thread_port_array_t;
typedef ipc_space_t ipc_space_port_t;
typedef host_t host_name_t;
typedef host_t host_name_port_t;

#define TASK_NULL          ((task_t)0)
#define THREAD_NULL        ((thread_t)0)
#define THR_ACT_NULL       ((thread_act_t)0)
#define IPC_SPACE_NULL     ((ipc_space_t)0)
#define VM_MAP_NULL        ((vm_map_t)0)
#define HOST_NULL          ((host_t)0)
#define HOST_PRIV_NULL     ((host_priv_t)0)
#define LEDGER_NULL        ((ledger_t)0)
#define PROCESSOR_NULL     ((processor_t)0)
#define PROCESSOR_SET_NULL ((processor_set_t)0)
#define SEMAPHORE_NULL     ((semaphore_t)0)
#define CLOCK_NULL         ((clock_serv_t)0)
#define MEMORY_OBJECT_NULL ((memory_object_t)0)

#define LEDGER_ITEM_INFINITY 0xffffffffu /* as much as the parent allows */

typedef char symtab_name_t[32];

#endif
