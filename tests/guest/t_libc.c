/* SPDX-License-Identifier: MIT */
/*
 * t_libc.c - the C library where it needs a machine: memory, time, the thread's
 * errno, and the widths of types.  The rest is tested on the host.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <mach/mach.h>

#include "tap.h"

TEST(types)
{
    ok(_Generic((int64_t)0, long long : 1, default : 0), "int64_t: long long");
    ok(_Generic((uint64_t)0, unsigned long long : 1, default : 0),
       "uint64_t: unsigned long long");
    ok(_Generic((uintptr_t)0, unsigned long : 1, default : 0),
       "uintptr_t: unsigned long");
    ok(ALL(sizeof(size_t) == 8, SIZE_MAX == UINTPTR_MAX), "size_t: 64 bits");
}

static void
test_start(int argc, char **argv, char **envp)
{
    ok(ALL(argc >= 1, argv[0] != NULL, argv[0][0] != '\0'),
       "crt0: the program has a name");
    ok(argv[argc] == NULL, "crt0: argv ends with NULL");
    ok(envp == environ, "crt0: envp is environ");
    ok(((uintptr_t)__builtin_frame_address(0) & 15) == 0,
       "crt0: the stack is aligned");
    ok(getenv("NO_SUCH_NAME") == NULL, "getenv: a name that is not there");
}

TEST(print)
{
    volatile size_t room = 4;
    char text[80];

    snprintf(text, sizeof text, "%5d|%-5s|%#llx|%zu|%c", -42, "ab",
             0x123456789abcULL, sizeof text, 'z');
    is_string(text, "  -42|ab   |0x123456789abc|80|z", "snprintf: integers");
    snprintf(text, sizeof text, "%.3f %g %e", 3.14159, 0.5, 12345.678);
    is_string(text, "3.142 0.5 1.234568e+04", "snprintf: doubles");
    snprintf(text, sizeof text, "%p", (void *)0x1000);
    is_string(text, "0x1000", "snprintf: pointers");
    is(snprintf(text, room, "12345"), 5, "snprintf: the whole length");
    is(printf("# printed\n"), 10, "printf: how much it printed");
    ok(ALL(puts("# put") != EOF, !ferror(stdout)), "puts: no error");
    ok(fputs("x", stdin) == EOF, "fputs: stdin is not written");
}

TEST(strings)
{
    char text[] = "a,b;;c";
    const char *path = "a/b/c";
    char small[4] = "a";
    char *state = NULL;

    ok(ALL(strchr(path, '/') == path + 1, strrchr(path, '/') == path + 3,
           strchr(path, 'x') == NULL, strrchr(path, 'x') == NULL),
       "strchr and strrchr");
    ok(ALL(strchr(path, '\0') == path + 5, strrchr(path, '\0') == path + 5),
       "the end of a string is one of its characters");
    is((long long)strlcat(small, "bcd", sizeof small), 4,
       "strlcat: tells the whole length");
    is_string(small, "abc", "strlcat: cuts off");
    is_string(strtok_r(text, ",;", &state), "a", "strtok_r: the first");
    is_string(strtok_r(NULL, ",;", &state), "b", "strtok_r: the second");
    is_string(strtok_r(NULL, ",;", &state), "c", "strtok_r: the third");
    ok(strtok_r(NULL, ",;", &state) == NULL, "strtok_r: no more");
    ok(strtok_r(NULL, ",;", &state) == NULL, "strtok_r: still no more");

    is_string(strstr("haystack", "st"), "stack", "strstr: found");
    ok(strstr("haystack", "sz") == NULL, "strstr: not found");
    is((long long)strspn("aabc", "ab"), 3, "strspn");
    is((long long)strcspn("aabc", "c"), 3, "strcspn");
    is(strcasecmp("HeLLo", "hEllO"), 0, "strcasecmp");
    ok(ALL(isalpha('x'), !isalpha('1'), isxdigit('F'), !isdigit(EOF)), "ctype");
}

TEST(memory)
{
    char *block = malloc(1000);
    char *large = malloc(1 << 20);
    char *copy = strdup("copied");
    void *volatile none;

    ok(ALL(block != NULL, large != NULL), "malloc: small and large");
    memset(block, 1, 1000);
    memset(large, 2, 1 << 20);
    block = realloc(block, 5000);
    ok(ALL(block != NULL, block[0] == 1, block[999] == 1), "realloc: keeps");
    is_string(copy, "copied", "strdup");
    free(block);
    free(large);
    free(copy);

    errno = 0;
    none = malloc((size_t)1 << 50);
    ok(ALL(none == NULL, errno == ENOMEM),
       "malloc: more than there is gives ENOMEM");

    block = calloc(100, 10);
    ok(ALL(block != NULL, block[0] == 0, block[999] == 0), "calloc: zeros");
    free(block);
}

TEST(numbers)
{
    char *end;

    is(strtol("-0x10z", &end, 0), -16, "strtol: hexadecimal");
    is_string(end, "z", "strtol: where it ended");
    errno = 0;
    ok(ALL(strtoll("99999999999999999999", NULL, 10) == LLONG_MAX,
           errno == ERANGE),
       "strtoll: too large");
    ok(strtoumax("18446744073709551615", NULL, 10) == UINTMAX_MAX,
       "strtoumax: the largest");
}

TEST(time)
{
    uint64_t start = mach_absolute_time();
    uint64_t nanos;

    is(usleep(20000), 0, "usleep: not interrupted");
    nanos = mach_absolute_time() - start;
    ok(nanos >= 20000000, "usleep: 20 ms took %" PRIu64 " us", nanos / 1000);

    errno = 0;
    ok(ALL(nanosleep(&(struct timespec){ 0, 1000000000 }, NULL) == -1,
           errno == EINVAL),
       "nanosleep: a second is no fraction of a second");
    ok(clock() > 0, "clock: goes on");
}

int
main(int argc, char **argv, char **envp)
{
    test_start(argc, argv, envp);
    return tap_run();
}
