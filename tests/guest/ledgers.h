/* SPDX-License-Identifier: MIT */
/*
 * ledgers.h - ledgers below one's own, and tasks in them: for tests in a
 * privileged section of etc/bootstrap.conf.
 */
#ifndef OSTIA_TESTS_GUEST_LEDGERS_H
#define OSTIA_TESTS_GUEST_LEDGERS_H

#include <mach/mach.h>

/* In frames */
ledger_item_t balance(ledger_t ledger);
ledger_item_t limit_of(ledger_t ledger);
ledger_item_t reservation_of(ledger_t ledger);

/* A ledger below `parent` that may have so much */
ledger_t below(ledger_t parent, ledger_item_t limit);
/* Gives up one reference. */
void drop(mach_port_t right);

kern_return_t make_task(ledger_t ledger, mach_port_t *task);
mach_port_t task_in(ledger_t ledger);

#endif
