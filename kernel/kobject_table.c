/* SPDX-License-Identifier: MIT */
/*
 * kobject_table.c - the kinds of kernel objects that ports stand for.
 *
 * Threads, hosts and the console live by references of their own and do not
 * mind being without senders.
 */
#include "ipc/ipc_kobject.h"
#include "kernel/exception.h"
#include "kernel/ipc_ledger.h"
#include "kernel/memory_entry.h"
#include "kernel/task.h"

const struct ipc_kobject_ops ipc_kobject_ops[IKOT_MAX] = {
    [IKOT_THREAD] = { .iko_name = "thread" },
    [IKOT_TASK] = { .iko_name = "task", .iko_sender_gone = task_sender_gone },
    [IKOT_HOST] = { .iko_name = "host" },
    [IKOT_HOST_PRIV] = { .iko_name = "host-priv" },
    [IKOT_NAMED_ENTRY] = { .iko_name = "memory-entry",
                           .iko_sender_gone = memory_entry_sender_gone },
    [IKOT_CONSOLE] = { .iko_name = "console" },
    [IKOT_LEDGER] = { .iko_name = "ledger",
                      .iko_sender_gone = ledger_sender_gone },
    [IKOT_LEDGER_READ] = { .iko_name = "ledger-read",
                           .iko_sender_gone = ledger_sender_gone },
    [IKOT_EXC_REPLY] = { .iko_name = "exception-reply",
                         .iko_message = exception_reply },
};
