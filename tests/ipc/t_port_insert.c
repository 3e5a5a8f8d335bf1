/* SPDX-License-Identifier: MIT */
/*
 * t_port_insert.c - mach_port_insert_right and mach_port_extract_right, in our
 * own space (catalogue 2.8, rules R4, R10, R55, adversarial #11, #27).
 */
#include "rights.h"
#include "tap.h"

static kern_return_t
insert(mach_port_name_t name, mach_port_t right, mach_msg_type_name_t how)
{
    return mach_port_insert_right(SELF, name, right, how);
}

/* ---- Insert, in use ---- */

TEST(make_send)
{
    mach_port_t port = guest_receive();

    is_kr(insert(port, port, MACH_MSG_TYPE_MAKE_SEND), KERN_SUCCESS,
          "insert_right: a send right made beside its receive right");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1, "... one reference");
    is(guest_status(port).mps_mscount, 1, "... counted as made (R10)");
    is_kr(insert(port, port, MACH_MSG_TYPE_COPY_SEND), KERN_SUCCESS,
          "insert_right: a copy");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 2, "... is one more");
    is(guest_status(port).mps_mscount, 1, "... not counted as made (R10)");
    is_kr(insert(port, port, MACH_MSG_TYPE_MOVE_SEND), KERN_SUCCESS,
          "insert_right: moved to itself");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 2, "... is no change");
    mach_port_destroy(SELF, port);
}

TEST(chosen_name)
{
    mach_port_t port = guest_receive();
    mach_port_name_t name = 0x54303; /* index 0x543, low bits ones */

    is_kr(insert(name, port, MACH_MSG_TYPE_MAKE_SEND_ONCE), KERN_SUCCESS,
          "insert_right: a send-once right under a chosen name");
    is(guest_type(name), MACH_PORT_TYPE_SEND_ONCE, "... is there");
    is_kr(guest_send(name, MACH_MSG_TYPE_MOVE_SEND_ONCE, 12), MACH_MSG_SUCCESS,
          "... and can be used");
    is(guest_next_id(port), 12, "... to send to the port");
    guest_kill(port);
}

TEST(references)
{
    mach_port_t port = guest_port();

    mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, 65534);
    is_kr(insert(port, port, MACH_MSG_TYPE_MAKE_SEND), KERN_SUCCESS,
          "insert_right into a pegged name (R4)");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 65535, "... stays pegged");
    mach_port_destroy(SELF, port);
}

/* ---- Insert, in abuse ---- */

TEST(wrong_disposition)
{
    mach_port_t port = guest_port();
    mach_port_name_t name = 0x60003;
    bool good = true;

    for (unsigned how = 0; how < 64; how++)
        if (how < MACH_MSG_TYPE_MOVE_RECEIVE ||
            how > MACH_MSG_TYPE_MAKE_SEND_ONCE)
            good = good && insert(name, port, how) != KERN_SUCCESS &&
                   guest_type(name) == 0;
    ok(good, "insert_right by what is no disposition is refused");
    is_kr(insert(name, port, MACH_MSG_TYPE_MOVE_SEND_ONCE), KERN_INVALID_RIGHT,
          "insert_right by a right that we do not hold (R55)");
    is(guest_type(port), MACH_PORT_TYPE_SEND_RECEIVE, "... takes nothing");
    mach_port_destroy(SELF, port);
}

TEST(wrong_name)
{
    mach_port_t port = guest_port(), other = guest_receive();

    is_kr(insert(0x70003, port, MACH_MSG_TYPE_MAKE_SEND), KERN_RIGHT_EXISTS,
          "insert_right under a second name for the port");
    is(guest_type(0x70003), 0, "... which stays free");
    is_kr(insert(other, port, MACH_MSG_TYPE_MAKE_SEND), KERN_RIGHT_EXISTS,
          "insert_right under another port's name, with a name for ours");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1, "no reference is gained");
    mach_port_destroy(SELF, port);
    mach_port_destroy(SELF, other);
}

/* ---- Extract ---- */

static kern_return_t
want_extract(enum name_kind kind, mach_msg_type_name_t how)
{
    mach_port_type_t types = 0;

    if (how < MACH_MSG_TYPE_MOVE_RECEIVE || how > MACH_MSG_TYPE_MAKE_SEND_ONCE)
        return KERN_INVALID_VALUE;
    if (kind == NAME_FREE)
        return KERN_INVALID_NAME;
    if (how == MACH_MSG_TYPE_MOVE_SEND || how == MACH_MSG_TYPE_COPY_SEND)
        types = MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_DEAD_NAME;
    else if (how == MACH_MSG_TYPE_MOVE_SEND_ONCE)
        types = MACH_PORT_TYPE_SEND_ONCE | MACH_PORT_TYPE_DEAD_NAME;
    else
        types = MACH_PORT_TYPE_RECEIVE;
    return (kind_type(kind) & types) != 0 ? KERN_SUCCESS : KERN_INVALID_RIGHT;
}

static void
extract_from(enum name_kind kind)
{
    bool good = true;

    for (unsigned how = 0; how < 32; how++) {
        struct sample sample = sample_make(kind);
        kern_return_t want = want_extract(kind, how);
        mach_msg_type_name_t type = 0;
        mach_port_t right = 0x1234;
        kern_return_t kr =
            mach_port_extract_right(SELF, sample.name, how, &right, &type);

        if (kr != want || (want != 0 && !sample_intact(&sample))) {
            note("disposition %u: got %d, want %d", how, kr, want);
            good = false;
        } else if (kr == KERN_SUCCESS) {
            good = good && type >= MACH_MSG_TYPE_PORT_RECEIVE &&
                   type <= MACH_MSG_TYPE_PORT_SEND_ONCE &&
                   (kind == NAME_DEAD_NAME ? right == MACH_PORT_DEAD
                                           : guest_type(right) != 0);
            mach_port_destroy(SELF, right);
        }
        sample_drop(&sample);
    }
    ok(good, "extract_right: every disposition of %s (#11, #27)",
       kind_text(kind));
}

TEST(extract)
{
    for (enum name_kind kind = 0; kind < NAME_KINDS; kind++)
        extract_from(kind);
}

int
main(void)
{
    return guest_run();
}
