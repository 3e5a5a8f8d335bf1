/* SPDX-License-Identifier: MIT */
/*
 * t_port.c - names in the task's own space: made, looked at, given up
 * (catalogue 2.8, rules R5, R6, R53, adversarial #8, #11, #27).
 */
#include <mach/mach_vm.h>

#include "rights.h"
#include "tap.h"

/* ---- mach_port_allocate ---- */

static void
test_allocate_each(mach_port_right_t right, mach_port_type_t type)
{
    mach_port_t name = MACH_PORT_NULL;

    is_kr(mach_port_allocate(mach_task_self(), right, &name), KERN_SUCCESS,
          "allocate: right %u", right);
    ok(MACH_PORT_VALID(name), "allocate: right %u has a valid name", right);
    is((name & 3), 3, "allocate: right %u: the low bits of a name are ones",
       right);
    ok(MACH_PORT_INDEX(name) != 0, "allocate: right %u: its index is not 0",
       right);
    is(guest_type(name), type, "allocate: right %u has its type", right);
    is(guest_refs(name, right), 1, "allocate: right %u has one reference",
       right);
    is_kr(mach_port_destroy(mach_task_self(), name), KERN_SUCCESS,
          "destroy: right %u", right);
    is(guest_type(name), 0, "destroy: right %u: the name is free", right);
}

TEST(allocate)
{
    unsigned names = guest_names();

    test_allocate_each(MACH_PORT_RIGHT_RECEIVE, MACH_PORT_TYPE_RECEIVE);
    test_allocate_each(MACH_PORT_RIGHT_PORT_SET, MACH_PORT_TYPE_PORT_SET);
    test_allocate_each(MACH_PORT_RIGHT_DEAD_NAME, MACH_PORT_TYPE_DEAD_NAME);
    is(guest_names(), names, "allocate: no name is left over");
}

TEST(reply_port)
{
    mach_port_t port = mach_reply_port();

    is(guest_type(port), MACH_PORT_TYPE_RECEIVE,
       "mach_reply_port gives a receive right alone");
    ok(mach_reply_port() != port, "... another one each time");
    is_kr(mach_port_destroy(mach_task_self(), port), KERN_SUCCESS,
          "... that can be destroyed");
}

/* ---- Names that are chosen ---- */

#define RECEIVE  MACH_PORT_RIGHT_RECEIVE
#define CHOSEN   ((mach_port_t)0x123403)
#define TOO_HIGH ((mach_port_t)0xfffffe03)

TEST(chosen_names)
{
    const mach_port_right_t rights[] = { RECEIVE, MACH_PORT_RIGHT_PORT_SET,
                                         MACH_PORT_RIGHT_DEAD_NAME };
    mach_port_t freed = guest_free_name(), port = guest_receive();

    for (unsigned i = 0; i < 3; i++) {
        is_kr(mach_port_allocate_name(SELF, rights[i], CHOSEN), KERN_SUCCESS,
              "allocate_name: right %u", rights[i]);
        is(guest_type(CHOSEN), MACH_PORT_TYPE(rights[i]), "... is what it is");
        is_kr(mach_port_allocate_name(SELF, RECEIVE, CHOSEN), KERN_NAME_EXISTS,
              "... a second time");
        is_kr(mach_port_allocate_name(SELF, RECEIVE, CHOSEN + 4), KERN_FAILURE,
              "R53: its slot with another generation");
        is_kr(mach_port_destroy(SELF, CHOSEN), KERN_SUCCESS, "... destroy");
    }
    is_kr(mach_port_allocate_name(SELF, RECEIVE, CHOSEN - 1),
          KERN_INVALID_VALUE, "allocate_name: not the shape of a name");
    is_kr(mach_port_allocate_name(SELF, RECEIVE, 0x3), KERN_FAILURE,
          "allocate_name: index 0");
    is_kr(mach_port_allocate_name(SELF, RECEIVE, TOO_HIGH), KERN_NO_SPACE,
          "allocate_name: too high");
    is_kr(mach_port_allocate_name(SELF, RECEIVE, MACH_PORT_NULL),
          KERN_INVALID_VALUE, "allocate_name: MACH_PORT_NULL");
    is_kr(mach_port_allocate_name(SELF, RECEIVE, MACH_PORT_DEAD),
          KERN_INVALID_VALUE, "#27: allocate_name: MACH_PORT_DEAD");
    is_kr(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_SEND, CHOSEN),
          KERN_INVALID_VALUE, "allocate_name: a send right");
    is_kr(mach_port_allocate_name(SELF, RECEIVE, freed), KERN_SUCCESS,
          "allocate_name: a name that was freed");
    guest_kill(freed);
    is_kr(mach_port_allocate_name(port, RECEIVE, CHOSEN),
          MACH_SEND_INVALID_DEST, "#11: allocate_name: of what is no task");
    guest_kill(port);
}

TEST(old_forms)
{
    mach_port_qos_t qos = { .name = 1 };
    mach_port_t name = CHOSEN;

    is_kr(mach_port_allocate_full(SELF, RECEIVE, MACH_PORT_NULL, &qos, &name),
          KERN_SUCCESS, "allocate_full: with a name");
    is(guest_type(CHOSEN), MACH_PORT_TYPE_RECEIVE, "... is there");
    guest_kill(CHOSEN);
    is_kr(mach_port_allocate_qos(SELF, RECEIVE, &qos, &name),
          KERN_INVALID_ARGUMENT, "allocate_qos: with a name");
    qos.name = 0;
    is_kr(mach_port_allocate_qos(SELF, RECEIVE, &qos, &name), KERN_SUCCESS,
          "allocate_qos: without");
    guest_kill(name);
    qos.prealloc = 1;
    is_kr(mach_port_allocate_qos(SELF, RECEIVE, &qos, &name),
          KERN_NOT_SUPPORTED, "allocate_qos: a message kept ready");
    is_kr(mach_port_allocate_full(SELF, RECEIVE, MACH_PORT_DEAD, &qos, &name),
          KERN_INVALID_VALUE, "allocate_full: of a subsystem");
}

/* ---- A fresh port ---- */

TEST(fresh_status)
{
    mach_port_t port = guest_receive();
    mach_port_status_t status = guest_status(port);

    is(status.mps_pset, 0, "a fresh port: in no set");
    is(status.mps_seqno, 0, "a fresh port: seqno 0");
    is(status.mps_mscount, 0, "a fresh port: make-send count 0");
    is(status.mps_qlimit, MACH_PORT_QLIMIT_DEFAULT, "a fresh port: qlimit 5");
    is(status.mps_msgcount, 0, "a fresh port: no messages");
    is(status.mps_sorights, 0, "a fresh port: no send-once rights");
    is(status.mps_srights, 0, "a fresh port: no send rights");
    is(status.mps_pdrequest, 0, "a fresh port: no port-destroyed request");
    is(status.mps_nsrequest, 0, "a fresh port: no no-senders request");
    is(status.mps_flags, 0, "a fresh port: no flags");
    guest_kill(port);
}

TEST(used_status)
{
    mach_port_t port = guest_port();
    mach_port_t once = guest_send_once(port);
    mach_port_status_t status;

    guest_send(port, MACH_MSG_TYPE_COPY_SEND, 1);
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 2);
    status = guest_status(port);
    is(status.mps_msgcount, 2, "status counts messages");
    is(status.mps_sorights, 1, "status counts send-once rights");
    is(status.mps_srights, 1, "status knows of send rights");
    is(status.mps_mscount, 2, "make-sends are counted, copies not (R10)");
    is(status.mps_seqno, 0, "status: nothing was received yet");
    is(guest_next_id(port), 1, "the messages come in order");
    is(guest_status(port).mps_seqno, 1, "status: each receive counts");
    mach_port_deallocate(mach_task_self(), once);
    guest_next_id(port);
    guest_next_id(port);
    is(guest_status(port).mps_sorights, 0, "the send-once right is gone");
    mach_port_destroy(mach_task_self(), port);
}

/* ---- mach_port_deallocate, mach_port_destroy ---- */

static void
test_deallocate_each(enum name_kind kind)
{
    struct sample sample = sample_make(kind);
    kern_return_t want = kind == NAME_FREE      ? KERN_INVALID_NAME
                         : kind == NAME_RECEIVE ? KERN_INVALID_RIGHT
                                                : KERN_SUCCESS;
    mach_port_type_t left = kind == NAME_RECEIVE || kind == NAME_SEND_RECEIVE
                                ? MACH_PORT_TYPE_RECEIVE
                                : 0;

    is_kr(mach_port_deallocate(mach_task_self(), sample.name), want,
          "deallocate: %s (R5, R6)", kind_text(kind));
    if (kind_type(kind) != 0)
        is(guest_type(sample.name), left, "deallocate: what %s leaves",
           kind_text(kind));
    sample_drop(&sample);
}

static void
test_destroy_each(enum name_kind kind)
{
    struct sample sample = sample_make(kind);

    is_kr(mach_port_destroy(mach_task_self(), sample.name),
          kind == NAME_FREE ? KERN_INVALID_NAME : KERN_SUCCESS,
          "destroy: %s (R5)", kind_text(kind));
    if (kind_type(kind) != 0)
        is(guest_type(sample.name), 0, "destroy: %s leaves nothing",
           kind_text(kind));
    sample_drop(&sample);
}

TEST(references)
{
    mach_port_t holder, name = away_make(&holder);

    mach_port_mod_refs(mach_task_self(), name, MACH_PORT_RIGHT_SEND, 2);
    mach_port_deallocate(mach_task_self(), name);
    is(guest_refs(name, MACH_PORT_RIGHT_SEND), 2,
       "deallocate takes one reference of three");
    is_kr(mach_port_destroy(mach_task_self(), name), KERN_SUCCESS,
          "destroy takes all");
    is(guest_type(name), 0, "... and frees the name");
    guest_kill(holder);
}

/* ---- mach_port_type, mach_port_get_refs ---- */

static void
test_type_each(enum name_kind kind)
{
    struct sample sample = sample_make(kind);
    mach_port_type_t type = 0x1234;
    kern_return_t kr = mach_port_type(mach_task_self(), sample.name, &type);

    if (kind == NAME_NULL || kind == NAME_FREE) {
        is_kr(kr, KERN_INVALID_NAME, "type: %s", kind_text(kind));
        is(type, 0x1234, "type: %s: the result is not written",
           kind_text(kind));
    } else {
        is_kr(kr, KERN_SUCCESS, "type: %s", kind_text(kind));
        is(type, kind == NAME_DEAD ? MACH_PORT_TYPE_DEAD_NAME : kind_type(kind),
           "type: %s is what it is", kind_text(kind));
    }
    sample_drop(&sample);
}

static kern_return_t
want_refs_code(enum name_kind kind, mach_port_right_t right)
{
    if (right >= MACH_PORT_RIGHT_NUMBER)
        return KERN_INVALID_VALUE;
    if (kind == NAME_FREE)
        return KERN_INVALID_NAME;
    if ((kind == NAME_NULL || kind == NAME_DEAD) &&
        right != MACH_PORT_RIGHT_SEND && right != MACH_PORT_RIGHT_SEND_ONCE)
        return KERN_INVALID_NAME;
    return KERN_SUCCESS;
}

static void
test_refs_each(enum name_kind kind)
{
    struct sample sample = sample_make(kind);
    bool good = true;

    for (mach_port_right_t right = 0; right <= 7; right++) {
        mach_port_urefs_t refs = 77, want = 77;
        kern_return_t kr =
            mach_port_get_refs(mach_task_self(), sample.name, right, &refs);

        if (want_refs_code(kind, right) == KERN_SUCCESS)
            want = kind == NAME_NULL || kind == NAME_DEAD ||
                   (kind_type(kind) & MACH_PORT_TYPE(right)) != 0;
        if (kr != want_refs_code(kind, right) || refs != want) {
            note("right %u: code %d, refs %u", right, kr, refs);
            good = false;
        }
    }
    ok(good, "get_refs: every right of %s (R5)", kind_text(kind));
    sample_drop(&sample);
}

TEST(each_kind)
{
    for (enum name_kind kind = 0; kind < NAME_KINDS; kind++) {
        test_deallocate_each(kind);
        test_destroy_each(kind);
        test_type_each(kind);
        test_refs_each(kind);
    }
}

/* ---- mach_port_names ---- */

static bool
names_has(mach_port_t name, mach_port_type_t type)
{
    mach_port_name_array_t names;
    mach_port_type_array_t types;
    mach_msg_type_number_t count, types_count;
    bool found = false;

    if (mach_port_names(mach_task_self(), &names, &count, &types,
                        &types_count) != KERN_SUCCESS ||
        count != types_count)
        return false;
    for (unsigned i = 0; i < count; i++)
        found = found || (names[i] == name && types[i] == type);
    guest_unmap(names, count * sizeof *names);
    guest_unmap(types, count * sizeof *types);
    return found;
}

TEST(names)
{
    for (enum name_kind kind = NAME_RECEIVE; kind < NAME_KINDS; kind++) {
        struct sample sample = sample_make(kind);

        ok(names_has(sample.name, kind_type(kind)), "names lists %s (R56)",
           kind_text(kind));
        sample_drop(&sample);
    }
    ok(names_has(mach_task_self(), MACH_PORT_TYPE_SEND),
       "names lists the task's own port");
}

#define MANY 3000u

/* The table grows, and the names stay what they were. */
TEST(many_names)
{
    static mach_port_t many[MANY];
    unsigned before = guest_names();
    bool good = true;

    for (unsigned i = 0; i < MANY; i++)
        many[i] = guest_receive();
    is(guest_names(), before + MANY, "3000 names more");
    for (unsigned i = 0; i < MANY; i++)
        good = good && guest_type(many[i]) == MACH_PORT_TYPE_RECEIVE;
    ok(good, "... each a receive right");
    for (unsigned i = 0; i < MANY; i++)
        good = good &&
               mach_port_destroy(mach_task_self(), many[i]) == KERN_SUCCESS;
    ok(good, "... each destroyed");
    is(guest_names(), before, "... and all gone");
}

/* ---- Generations ---- */

#define REUSES 63u /* so many later names age behind the one that was freed */
#define EVER   40000u

TEST(generations)
{
    mach_port_t first = guest_free_name();
    bool fresh = true, stale = true;

    for (unsigned i = 0; i < REUSES; i++) {
        mach_port_t name = guest_receive();

        fresh = fresh && MACH_PORT_INDEX(name) != MACH_PORT_INDEX(first);
        stale =
            stale && guest_type(first) == 0 &&
            mach_port_deallocate(mach_task_self(), first) == KERN_INVALID_NAME;
        mach_port_destroy(mach_task_self(), name);
    }
    ok(fresh,
       "the slot of a freed name does not come back for 63 names (R53, #8)");
    ok(stale, "... and means nothing meanwhile");
}

TEST(freed_at_once)
{
    bool unknown = true;

    for (unsigned i = 0; i < EVER; i++)
        unknown = mach_port_destroy(mach_task_self(), guest_free_name()) ==
                      KERN_INVALID_NAME &&
                  unknown;
    ok(unknown, "a name is unknown as soon as it is freed, ever again (#8)");
}

/* Free and make again: the same slot gives a name that differs. */
TEST(reuse)
{
    mach_port_t first = guest_receive();
    mach_port_t second;

    guest_kill(first);
    second = guest_receive();
    ok(first != second, "freed and made again: another name (R53)");
    is_kr(mach_port_mod_refs(mach_task_self(), first, MACH_PORT_RIGHT_RECEIVE,
                             -1),
          KERN_INVALID_NAME, "the stale name cannot end the new right (#8)");
    is(guest_type(second), MACH_PORT_TYPE_RECEIVE, "... which is still there");
    guest_kill(second);
}
