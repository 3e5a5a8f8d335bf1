/* SPDX-License-Identifier: MIT */
/*
 * queue.h - doubly linked queues whose links lie in the elements.
 *
 * A queue is a ring through its head.  An element that is on no queue has
 * next == NULL, which queue_remove restores, so that being queued is a
 * property one can ask for (queue_linked).
 */
#ifndef OSTIA_KERNEL_BASE_QUEUE_H
#define OSTIA_KERNEL_BASE_QUEUE_H

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

struct queue_entry {
    struct queue_entry *next;
    struct queue_entry *prev;
};

typedef struct queue_entry queue_head_t;
typedef struct queue_entry queue_chain_t;

#define queue_element(entry, type, member) container_of(entry, type, member)

static inline void
queue_init(queue_head_t *head)
{
    head->next = head;
    head->prev = head;
}

static inline bool
queue_empty(const queue_head_t *head)
{
    return head->next == head;
}

static inline bool
queue_linked(const queue_chain_t *entry)
{
    return entry->next != NULL;
}

/* The first element, or NULL. */
static inline queue_chain_t *
queue_first(const queue_head_t *head)
{
    return head->next == head ? NULL : head->next;
}

/* The element after `entry`, or NULL at the end. */
static inline queue_chain_t *
queue_next(const queue_head_t *head, const queue_chain_t *entry)
{
    return entry->next == head ? NULL : entry->next;
}

/*
 * The head of a loop over all elements, which must stay on the queue; `element`
 * is declared as a pointer to `type`.
 */
#define queue_for_each(type, element, head, member)                 \
    for (type *element = queue_element((head)->next, type, member); \
         &element->member != (head);                                \
         element = queue_element(element->member.next, type, member))

/* The tail is right before the head, in the ring. */
static inline void
enqueue_tail(queue_head_t *head, queue_chain_t *entry)
{
    entry->next = head;
    entry->prev = head->prev;
    head->prev->next = entry;
    head->prev = entry;
}

/* Right before the next one, whether that is an element or the head. */
static inline void
queue_insert_after(queue_chain_t *where, queue_chain_t *entry)
{
    enqueue_tail(where->next, entry);
}

static inline void
enqueue_head(queue_head_t *head, queue_chain_t *entry)
{
    queue_insert_after(head, entry);
}

static inline void
queue_remove(queue_chain_t *entry)
{
    entry->next->prev = entry->prev;
    entry->prev->next = entry->next;
    entry->next = NULL;
}

/* Moves all elements of `from` behind those of `to`. */
static inline void
queue_append(queue_head_t *to, queue_head_t *from)
{
    if (queue_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    queue_init(from);
}

#endif
