/* SPDX-License-Identifier: MIT */
/*
 * strings.c - comparing without regard to case.
 */
#include <strings.h>

#include <ctype.h>
#include <string.h>

int
strncasecmp(const char *a, const char *b, size_t limit)
{
    for (; limit > 0; a++, b++, limit--) {
        int x = tolower((unsigned char)*a);
        int y = tolower((unsigned char)*b);

        if (x != y || x == '\0')
            return x - y;
    }

    return 0;
}

int
strcasecmp(const char *a, const char *b)
{
    return strncasecmp(a, b, (size_t)-1);
}

void
bzero(void *to, size_t size)
{
    memset(to, 0, size);
}

int
bcmp(const void *a, const void *b, size_t size)
{
    return memcmp(a, b, size);
}
