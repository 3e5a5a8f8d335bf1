/* SPDX-License-Identifier: MIT */
/*
 * tap.c - the Test Anything Protocol: see tap.h.
 *
 * A line is made whole before it is printed, so that lines of several threads
 * and tasks do not mix.
 */
#include "tap.h"

#include <mach/mach_error.h>
#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX 256

static unsigned run;
static unsigned failed;
static unsigned broken_place; /* in broken_list; the first is 1 */
static const char *broken_list;

static bool TAP_TEXT(2, 0)
    report(bool holds, const char *text, va_list arguments)
{
    unsigned number = __atomic_add_fetch(&run, 1, __ATOMIC_RELAXED);
    char line[LINE_MAX];

    if (!holds)
        __atomic_add_fetch(&failed, 1, __ATOMIC_RELAXED);

    vsnprintf(line, sizeof line, text, arguments);
    printf("%s %u - %s\n", holds ? "ok" : "not ok", number, line);
    return holds;
}

bool
tap_holds(bool holds, unsigned place, const char *list)
{
    if (!holds) {
        broken_place = place;
        broken_list = list;
    }
    return holds;
}

bool
ok(bool holds, const char *text, ...)
{
    va_list arguments;

    va_start(arguments, text);
    report(holds, text, arguments);
    va_end(arguments);

    if (!holds && broken_list != NULL)
        printf("#   condition %u does not hold: %s\n", broken_place,
               broken_list);
    broken_list = NULL;

    return holds;
}

bool
is(long long got, long long want, const char *text, ...)
{
    va_list arguments;

    va_start(arguments, text);
    report(got == want, text, arguments);
    va_end(arguments);

    if (got != want)
        printf("#   got %lld (%#llx), want %lld (%#llx)\n", got,
               (unsigned long long)got, want, (unsigned long long)want);

    return got == want;
}

bool
is_kr(kern_return_t got, kern_return_t want, const char *text, ...)
{
    va_list arguments;

    va_start(arguments, text);
    report(got == want, text, arguments);
    va_end(arguments);

    if (got != want)
        printf("#   got %#x %s, want %#x %s\n", (unsigned)got,
               mach_error_string(got), (unsigned)want, mach_error_string(want));

    return got == want;
}

/* Without strcmp, which is under test itself. */
static bool
same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }

    return *a == *b;
}

bool
is_string(const char *got, const char *want, const char *text, ...)
{
    va_list arguments;
    bool holds = got != NULL && same(got, want);

    va_start(arguments, text);
    report(holds, text, arguments);
    va_end(arguments);

    if (!holds)
        printf("#   got \"%s\", want \"%s\"\n", got != NULL ? got : "(null)",
               want);

    return holds;
}

void
note(const char *text, ...)
{
    va_list arguments;
    char line[LINE_MAX];

    va_start(arguments, text);
    vsnprintf(line, sizeof line, text, arguments);
    va_end(arguments);

    printf("# %s\n", line);
}

int
tap_done(void)
{
    printf("1..%u\n", run);
    if (run == 0)
        note("no check ran: is there a main, or a TEST?");
    if (failed > 0)
        printf("# %u of %u tests failed\n", failed, run);

    return run > 0 && failed == 0 ? 0 : 1;
}

void
tap_begin(void)
{
    note("the first line makes the console's name, before any test counts");
}

int
tap_run(void)
{
    tap_begin();
    tap_run_tests();
    return tap_done();
}

__attribute__((weak)) int
main(void)
{
    return tap_run();
}
