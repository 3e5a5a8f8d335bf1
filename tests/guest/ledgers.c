/* SPDX-License-Identifier: MIT */
/*
 * ledgers.c - ledgers below one's own, and tasks in them.
 */
#include "ledgers.h"

#include "guest.h"

ledger_item_t
balance(ledger_t ledger)
{
    ledger_item_t used, limit;

    guest_must(ledger_read(ledger, &used, &limit));
    return used;
}

ledger_item_t
limit_of(ledger_t ledger)
{
    ledger_item_t used, limit;

    guest_must(ledger_read(ledger, &used, &limit));
    return limit;
}

ledger_item_t
reservation_of(ledger_t ledger)
{
    ledger_item_t reservation;

    guest_must(ledger_get_reservation(ledger, &reservation));
    return reservation;
}

ledger_t
below(ledger_t parent, ledger_item_t limit)
{
    ledger_t ledger;

    guest_must(ledger_create(parent, MACH_PORT_NULL, &ledger, limit));
    return ledger;
}

void
drop(mach_port_t right)
{
    guest_must(mach_port_deallocate(SELF, right));
}

kern_return_t
make_task(ledger_t ledger, mach_port_t *task)
{
    return task_create(SELF, &ledger, 1, FALSE, task);
}

mach_port_t
task_in(ledger_t ledger)
{
    mach_port_t task;

    guest_must(make_task(ledger, &task));
    return task;
}
