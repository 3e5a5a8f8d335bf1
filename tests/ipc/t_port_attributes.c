/* SPDX-License-Identifier: MIT */
/*
 * t_port_attributes.c - mach_port_get_attributes and _set_attributes, by trap
 * and by message (catalogue 2.8, rules R24, R25, R55).
 */
#include <mach/mach_port.h>

#include "rights.h"
#include "tap.h"

#define POISON 0x5a5a5a5a

/* Both ways to the same routine */
typedef kern_return_t (*get_function_t)(ipc_space_t, mach_port_name_t,
                                        mach_port_flavor_t, mach_port_info_t,
                                        mach_msg_type_number_t *);

struct way {
    get_function_t get;
    const char *text;
};

static const struct way ways[] = {
    { mach_port_get_attributes, "by trap" },
    { _kernelrpc_mach_port_get_attributes, "by message" },
};

static void
test_flavor(const struct way *way, mach_port_flavor_t flavor,
            mach_msg_type_number_t size)
{
    mach_port_t port = guest_receive();

    for (unsigned room = 0; room <= size + 1; room++) {
        integer_t info[32];
        mach_msg_type_number_t count = room;
        kern_return_t kr;
        bool whole = true;

        for (unsigned i = 0; i < 32; i++)
            info[i] = POISON;
        kr = way->get(mach_task_self(), port, flavor, info, &count);
        for (unsigned i = kr == KERN_SUCCESS ? size : 0; i < 32; i++)
            whole = whole && info[i] == POISON;
        if (room >= 1 && room < size - 1)
            continue; /* the borders say enough */
        is_kr(kr, room < size ? KERN_FAILURE : KERN_SUCCESS,
              "get_attributes %s: flavor %d with room for %u words", way->text,
              flavor, room);
        if (kr == KERN_SUCCESS)
            is(count, size, "... the count is what was written");
        ok(whole, "... and no word beyond");
    }
    guest_kill(port);
}

static void
test_unknown_flavor(const struct way *way)
{
    static const mach_port_flavor_t flavors[] = { 0, 4, 99, -1 };
    mach_port_t port = guest_receive();

    for (unsigned i = 0; i < sizeof flavors / sizeof flavors[0]; i++) {
        integer_t info[MACH_PORT_INFO_EXT_COUNT];
        mach_msg_type_number_t count = MACH_PORT_INFO_EXT_COUNT;

        is_kr(way->get(mach_task_self(), port, flavors[i], info, &count),
              KERN_INVALID_ARGUMENT, "get_attributes %s: flavor %d", way->text,
              flavors[i]);
    }
    guest_kill(port);
}

TEST(flavors)
{
    for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        test_flavor(&ways[i], MACH_PORT_LIMITS_INFO, 1);
        test_flavor(&ways[i], MACH_PORT_RECEIVE_STATUS, 10);
        test_flavor(&ways[i], MACH_PORT_DNREQUESTS_SIZE, 1);
        test_flavor(&ways[i], MACH_PORT_INFO_EXT, 17);
        test_unknown_flavor(&ways[i]);
    }
}

/* ---- mach_port_set_attributes ---- */

static kern_return_t
set_limit(mach_port_t port, unsigned limit)
{
    mach_port_limits_t limits = { .mpl_qlimit = limit };

    return mach_port_set_attributes(
        mach_task_self(), port, MACH_PORT_LIMITS_INFO,
        (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT);
}

TEST(set_limit)
{
    static const unsigned good[] = { 0, 1, 5, 16, 1023, 1024 };
    static const unsigned bad[] = { 1025, 65534, 65535, 0x80000000u, ~0u };
    mach_port_t port = guest_receive();

    for (unsigned i = 0; i < sizeof good / sizeof good[0]; i++) {
        is_kr(set_limit(port, good[i]), KERN_SUCCESS, "qlimit %u", good[i]);
        is(guest_status(port).mps_qlimit, good[i], "... is what status says");
    }
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        is_kr(set_limit(port, bad[i]), KERN_INVALID_VALUE, "qlimit %u", bad[i]);
        is(guest_status(port).mps_qlimit, 1024, "... changes nothing");
    }
    guest_kill(port);
}

TEST(set_abuse)
{
    mach_port_t port = guest_receive();
    mach_port_limits_t limits = { .mpl_qlimit = 7 };
    kern_return_t kr;

    kr = mach_port_set_attributes(mach_task_self(), port, MACH_PORT_LIMITS_INFO,
                                  (mach_port_info_t)&limits, 0);
    is_kr(kr, KERN_FAILURE, "set_attributes: no words at all");
    is_kr(mach_port_set_attributes(mach_task_self(), port,
                                   MACH_PORT_DNREQUESTS_SIZE,
                                   (mach_port_info_t)&limits, 1),
          KERN_SUCCESS, "set_attributes: DNREQUESTS_SIZE does nothing");
    is_kr(mach_port_set_attributes(mach_task_self(), port, 99,
                                   (mach_port_info_t)&limits, 1),
          KERN_INVALID_ARGUMENT, "set_attributes: unknown flavor");
    is_kr(mach_port_set_attributes(mach_task_self(), port,
                                   MACH_PORT_RECEIVE_STATUS,
                                   (mach_port_info_t)&limits, 1),
          KERN_INVALID_ARGUMENT, "set_attributes: a flavor to read only");
    is(guest_status(port).mps_qlimit, MACH_PORT_QLIMIT_DEFAULT,
       "set_attributes: refusals change nothing");
    guest_kill(port);
}
