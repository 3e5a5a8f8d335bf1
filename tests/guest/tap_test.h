/* SPDX-License-Identifier: MIT */
/*
 * tap_test.h - a test is declared where it stands, and in no list.
 *
 *      TEST(addition)
 *      {
 *          is(2 + 2, 4, "two and two");
 *      }
 *
 * A program without a main runs its tests, all in one file, in the order of their
 * lines.  One that has more to do has a main, which ends in `return tap_run()`, or
 * in tap_run_tests(), what is to be checked after it, and `return tap_done()`.
 */
#ifndef OSTIA_TESTS_TAP_TEST_H
#define OSTIA_TESTS_TAP_TEST_H

#include <stddef.h>

struct tap_test {
    void (*function)(void);
    unsigned line;
};

#define TAP_LISTED __attribute__((section("tap_tests"), used))

#define TEST(name)                                            \
    static void test_##name(void);                            \
    static const struct tap_test TAP_LISTED listed_##name = { \
        .function = test_##name,                              \
        .line = __LINE__,                                     \
    };                                                        \
    static void test_##name(void)

/* Runs the tests of the program, and ends the report.
 * Returns   the status for main: 0 if there were checks and all of them held. */
extern int tap_run(void);

/* The section's ends, from the linker; NULL in a program without a TEST. */
extern const struct tap_test __start_tap_tests[] __attribute__((weak));
extern const struct tap_test __stop_tap_tests[] __attribute__((weak));

/* The first test below that line, or NULL: the compiler may put the tests of a
 * file into the section in any order. */
static inline const struct tap_test *
tap_test_below(unsigned line)
{
    const struct tap_test *next = NULL;

    for (const struct tap_test *test = __start_tap_tests;
         test < __stop_tap_tests; test++)
        if (test->line > line && (next == NULL || test->line < next->line))
            next = test;
    return next;
}

static inline void
tap_run_tests(void)
{
    const struct tap_test *test = tap_test_below(0);

    for (; test != NULL; test = tap_test_below(test->line))
        test->function();
}

#endif
