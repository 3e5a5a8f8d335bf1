/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_right.c - names and rights: R1-R9, R53, and the adversarial cases 2,
 * 8, 11, 12 and 27.
 */
#include "ipc_world.h"

static void
test_allocate(void)
{
    mach_port_name_t name = 0, port = new_port(A);

    ok((port & 3) == 3 && port >> 8 != 0, "allocate: names look like XNU's");
    ok(type_of(A, port) == TYPE(RECEIVE), "allocate: a receive right");
    ok(type_of(A, new_right(A, RIGHT(PORT_SET))) == TYPE(PORT_SET),
       "allocate: a port set");
    name = new_right(A, RIGHT(DEAD_NAME));
    ok(type_of(A, name) == TYPE(DEAD_NAME) &&
           refs(A, name, RIGHT(DEAD_NAME)) == 1,
       "allocate: a dead name with one reference");
    ok(mach_port_allocate(A->space, RIGHT(SEND), &name) == KERN_INVALID_VALUE &&
           mach_port_allocate(A->space, 77, &name) == KERN_INVALID_VALUE,
       "allocate: other rights are INVALID_VALUE");
}

static void
test_null_and_dead(void)
{
    mach_port_name_t odd[2] = { MACH_PORT_NULL, MACH_PORT_DEAD };

    for (int i = 0; i < 2; i++) {
        ok(mach_port_deallocate(A->space, odd[i]) == KERN_SUCCESS &&
               mach_port_destroy(A->space, odd[i]) == KERN_SUCCESS,
           "R5 #27: NULL and DEAD can be deallocated and destroyed");
        ok(mod(A, odd[i], RIGHT(SEND), -5) == KERN_SUCCESS &&
               mod(A, odd[i], RIGHT(SEND_ONCE), 1) == KERN_SUCCESS &&
               mod(A, odd[i], RIGHT(RECEIVE), -1) == KERN_INVALID_NAME &&
               mod(A, odd[i], RIGHT(DEAD_NAME), -1) == KERN_INVALID_NAME,
           "R5: mod_refs of NULL and DEAD");
        ok(refs(A, odd[i], RIGHT(SEND)) == 1 &&
               refs(A, odd[i], RIGHT(SEND_ONCE)) == 1,
           "R5: get_refs of NULL and DEAD is 1");
    }
}

static void
test_mod_refs(void)
{
    mach_port_name_t port = new_port(A);
    mach_port_name_t set = new_right(A, RIGHT(PORT_SET));

    ok(mod(A, port, RIGHT(SEND), 1) == KERN_INVALID_RIGHT,
       "R3: mod_refs makes no send right");
    ok(mod(A, port, RIGHT(RECEIVE), 1) == KERN_INVALID_VALUE &&
           mod(A, port, RIGHT(RECEIVE), -2) == KERN_INVALID_VALUE &&
           mod(A, port, RIGHT(RECEIVE), 0) == KERN_SUCCESS,
       "R2: a receive right changes by 0 or -1 alone");
    ok(mod(A, set, RIGHT(PORT_SET), 1) == KERN_INVALID_VALUE &&
           mod(A, set, RIGHT(PORT_SET), -1) == KERN_SUCCESS &&
           type_of(A, set) == 0,
       "R2: a set too, and -1 ends it");
    add_send(A, port);
    ok(mod(A, port, RIGHT(SEND), -2) == KERN_INVALID_VALUE &&
           mod(A, port, RIGHT(SEND), 0) == KERN_SUCCESS &&
           mod(A, port, RIGHT(SEND), 5) == KERN_SUCCESS &&
           refs(A, port, RIGHT(SEND)) == 6,
       "R1: urefs go up, and never below none");
    ok(mod(A, port, 5, -1) == KERN_INVALID_RIGHT &&
           mod(A, 0x7777703, 6, -1) == KERN_INVALID_VALUE &&
           mod(A, 0x7777703, RIGHT(SEND), -1) == KERN_INVALID_NAME,
       "R1: the right's number is judged before the name");
    ok(mod(A, port, RIGHT(SEND), -6) == KERN_SUCCESS &&
           type_of(A, port) == TYPE(RECEIVE) &&
           status(A, port).mps_srights == 0,
       "R6: at zero the name stays as a receive right");
    ok(mach_port_deallocate(A->space, port) == KERN_INVALID_RIGHT,
       "deallocate of a receive right is INVALID_RIGHT");
}

static void
test_pegging(void)
{
    mach_port_name_t port = new_port(A), there = carry_send(A, port, B);
    bool same = true;

    ok(mod(B, there, RIGHT(SEND), 65533) == KERN_SUCCESS &&
           refs(B, there, RIGHT(SEND)) == 65534,
       "urefs count to 65534");
    for (int i = 0; i < 70000; i++)
        same &= carry_send(A, port, B) == there;
    ok(same && refs(B, there, RIGHT(SEND)) == 65535,
       "R4 #2: 70,000 rights received under one name peg at 65535");
    for (int i = 0; i < 70000; i++)
        same &= mach_port_deallocate(B->space, there) == KERN_SUCCESS;
    ok(same && refs(B, there, RIGHT(SEND)) == 65535,
       "R4 #2: 70,000 deallocations do not free it");
    ok(mod(B, there, RIGHT(SEND), -65536) == KERN_INVALID_VALUE &&
           mod(B, there, RIGHT(SEND), INT32_MIN) == KERN_INVALID_VALUE &&
           mod(B, there, RIGHT(SEND), INT32_MAX) == KERN_INVALID_VALUE &&
           mod(B, there, RIGHT(SEND), 65536) == KERN_INVALID_VALUE &&
           mod(B, there, RIGHT(SEND), 65535) == KERN_SUCCESS &&
           mod(B, there, RIGHT(SEND), -65534) == KERN_SUCCESS &&
           refs(B, there, RIGHT(SEND)) == 65535,
       "R4 #2: a pegged count does not move");
    ok(mod(B, there, RIGHT(SEND), -65535) == KERN_SUCCESS &&
           type_of(B, there) == 0 && status(A, port).mps_srights == 0,
       "R4: but for -65535, which ends it");
}

static void
test_death(void)
{
    mach_port_name_t port = new_port(A), there = carry_send(A, port, B);
    mach_port_name_t once = carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, B);

    ok(type_of(B, once) == TYPE(SEND_ONCE) && once != there,
       "a send-once right has a name of its own");
    (void)mod(B, there, RIGHT(SEND), 2);
    ok(mach_port_destroy(A->space, port) == KERN_SUCCESS &&
           type_of(A, port) == 0,
       "destroy: the name is free");
    ok(type_of(B, there) == TYPE(DEAD_NAME) &&
           refs(B, there, RIGHT(DEAD_NAME)) == 3 &&
           refs(B, there, RIGHT(SEND)) == 0,
       "R8: a send right whose port died is a dead name with the same urefs");
    ok(mod(B, once, RIGHT(DEAD_NAME), 0) == KERN_SUCCESS &&
           refs(B, once, RIGHT(DEAD_NAME)) == 1,
       "R8 R9: mod_refs converts first; of send-once, one reference");
    ok(mod(B, there, RIGHT(SEND), -1) == KERN_INVALID_RIGHT,
       "R8: there is no send right any more");
    for (int i = 0; i < 3; i++)
        (void)mach_port_deallocate(B->space, there);
    ok(type_of(B, there) == 0, "a dead name ends with its last reference");
    (void)mach_port_destroy(B->space, once);
}

static void
test_receive_half(void)
{
    mach_port_name_t port = new_port(A);

    add_send(A, port);
    add_send(A, port);
    ok(type_of(A, port) == TYPE(SEND_RECEIVE) &&
           refs(A, port, RIGHT(SEND)) == 2 &&
           refs(A, port, RIGHT(RECEIVE)) == 1,
       "send and receive share one name");
    ok(mod(A, port, RIGHT(RECEIVE), -1) == KERN_SUCCESS &&
           type_of(A, port) == TYPE(DEAD_NAME) &&
           refs(A, port, RIGHT(DEAD_NAME)) == 2,
       "R7: without its receive half it is a dead name with the same urefs");
    (void)mach_port_destroy(A->space, port);
}

static void
test_generations(void)
{
    mach_port_name_t first = new_port(A), name = first;
    bool fresh = true;

    (void)mach_port_destroy(A->space, first);
    for (int i = 0; i < 63 && fresh; i++) {
        name = new_port(A);
        fresh = name != first && type_of(A, first) == 0;
        (void)mach_port_destroy(A->space, name);
    }
    ok(fresh, "R53 #8: a freed name means nothing for 64 allocations");
    fresh = true;
    for (int i = 0; i < 40000; i++) {
        name = new_port(A);
        (void)mach_port_destroy(A->space, name);
        fresh &= mach_port_destroy(A->space, name) == KERN_INVALID_NAME;
    }
    ok(fresh, "R53 #8: a name is unknown as soon as it is freed, ever again");
}

static void
test_many_names(void)
{
    enum {
        MANY = 20000
    };
    mach_port_name_t *ports = calloc(MANY, sizeof(*ports));
    mach_port_name_t *there = calloc(MANY, sizeof(*there));
    bool same = true;

    for (int i = 0; i < MANY; i++) {
        ports[i] = new_port(A);
        there[i] = carry_send(A, ports[i], B);
    }
    for (int i = 0; i < MANY; i++)
        same &= carry_send(A, ports[i], B) == there[i];
    ok(same && world_sound(), "20,000 send rights are found again by port");
    for (int i = 0; i < MANY; i++)
        (void)mach_port_destroy(i % 2 ? A->space : B->space,
                                i % 2 ? ports[i] : there[i]);
    ok(world_sound(), "and half of them end here, half there");
    free(ports);
    free(there);
}

static void
test_insert_extract(void)
{
    mach_port_name_t port = new_port(A), other = new_port(B);
    mach_port_name_t set = new_right(A, RIGHT(PORT_SET));
    mach_msg_type_name_t type;
    ipc_port_t right;

    ok(mach_port_extract_right(A->space, port, MACH_MSG_TYPE_COPY_SEND, &right,
                               &type) == KERN_INVALID_RIGHT &&
           mach_port_extract_right(A->space, set, MACH_MSG_TYPE_MAKE_SEND,
                                   &right, &type) == KERN_INVALID_RIGHT &&
           mach_port_extract_right(A->space, port, 22, &right, &type) ==
               KERN_INVALID_VALUE &&
           mach_port_extract_right(A->space, 0, 17, &right, &type) ==
               KERN_INVALID_RIGHT,
       "#11 #12: extract_right refuses wrong rights and wrong types");
    (void)mach_port_extract_right(A->space, port, MACH_MSG_TYPE_MAKE_SEND,
                                  &right, &type);
    ok(type == MACH_MSG_TYPE_PORT_SEND &&
           mach_port_insert_right(B->space, other, right, type) ==
               KERN_NAME_EXISTS,
       "insert_right: a name of something else is NAME_EXISTS");
    ok(mach_port_insert_right(B->space, 0x12307, right, type) == KERN_SUCCESS &&
           type_of(B, 0x12307) == TYPE(SEND),
       "insert_right: under a name of my choice");
    (void)mach_port_extract_right(A->space, port, MACH_MSG_TYPE_MAKE_SEND,
                                  &right, &type);
    ok(mach_port_insert_right(B->space, 0x12403, right, type) ==
               KERN_RIGHT_EXISTS &&
           mach_port_insert_right(B->space, 0x12303, right, type) ==
               KERN_FAILURE &&
           mach_port_insert_right(B->space, 0x12301, right, type) ==
               KERN_INVALID_VALUE &&
           mach_port_insert_right(B->space, 0x7b, right, type) ==
               KERN_FAILURE &&
           mach_port_insert_right(B->space, 0x7ffffff3, right, type) ==
               KERN_NO_SPACE,
       "insert_right: the right under another name is RIGHT_EXISTS, the name "
       "by itself judged first");
    ok(mach_port_insert_right(B->space, 0x12307, right, type) == KERN_SUCCESS &&
           refs(B, 0x12307, RIGHT(SEND)) == 2,
       "insert_right: under the name that it has, one uref more");
    (void)mach_port_extract_right(A->space, port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
                                  &right, &type);
    ok(mach_port_insert_right(B->space, 0x12404, right, type) ==
               KERN_INVALID_VALUE &&
           mach_port_insert_right(B->space, 0x3, right, type) == KERN_FAILURE &&
           mach_port_insert_right(B->space, 0x12303, right, type) ==
               KERN_FAILURE &&
           mach_port_insert_right(B->space, 0xfffffe03, right, type) ==
               KERN_NO_SPACE,
       "insert_right: bad shapes of names");
    ipc_port_use_sonce(right);
    ok(mach_port_insert_right(B->space, 0x12503, IP_NULL, 17) ==
               KERN_INVALID_CAPABILITY &&
           mach_port_insert_right(B->space, 0x12503, IP_DEAD, 17) ==
               KERN_INVALID_CAPABILITY,
       "insert_right: no right and a dead one are INVALID_CAPABILITY");
}

static void
test_matrix(void)
{
    static const mach_port_delta_t deltas[] = { -2, -1,        0,        1,
                                                2,  INT32_MIN, INT32_MAX };
    bool sound = true;

    for (unsigned type = 0; type < 6; type++) {
        for (unsigned i = 0; i < 7 * 7; i++) {
            mach_port_name_t port = new_port(A);
            mach_port_name_t name = new_right(A, type % 3 + 2);

            if (type == 3)
                name = port;
            else if (type == 4)
                name = carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, A);
            else if (type == 5)
                add_send(A, name = port);
            (void)mod(A, name, i / 7, deltas[i % 7]);
            sound &= world_sound();
            (void)mach_port_destroy(A->space, name);
            (void)mach_port_destroy(A->space, port);
        }
    }
    ok(sound, "#12: every right, entry and delta leaves all counts sound");
}

int
main(void)
{
    static void (*const tests[])(void) = {
        test_allocate,    test_null_and_dead, test_mod_refs,
        test_pegging,     test_death,         test_receive_half,
        test_generations, test_many_names,    test_insert_extract,
        test_matrix,
    };

    fake_init();
    for (unsigned i = 0; i < countof(tests); i++) {
        world_begin();
        tests[i]();
        ok(world_end(), "and nothing is left");
    }
    return tap_done();
}
