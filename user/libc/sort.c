/* SPDX-License-Identifier: MIT */
/*
 * sort.c - sorting and searching arrays.
 *
 * qsort is a heap sort: never worse than n log n, no recursion, no memory.
 *
 *                0          The array as a tree: the children of i are 2i + 1
 *              /   \        and 2i + 2.  It is a heap when no child is greater
 *             1     2       than its parent; then the greatest is at 0.
 *            / \   / \
 *           3   4 5   6
 */
#include <stdlib.h>

typedef int (*compare_t)(const void *a, const void *b);

struct array {
    char *bytes;
    size_t size; /* of an element */
    compare_t compare;
};

static char *
element(const struct array *array, size_t index)
{
    return array->bytes + index * array->size;
}

static void
swap(const struct array *array, size_t i, size_t j)
{
    char *a = element(array, i);
    char *b = element(array, j);

    for (size_t n = array->size; n > 0; n--) {
        char byte = *a;

        *a++ = *b;
        *b++ = byte;
    }
}

/* Lets the element at `root` sink until the first `count` are a heap again. */
static void
sink(const struct array *array, size_t root, size_t count)
{
    while (root < count / 2) {
        size_t child = 2 * root + 1;

        if (child + 1 < count && array->compare(element(array, child),
                                                element(array, child + 1)) < 0)
            child++;

        if (array->compare(element(array, root), element(array, child)) >= 0)
            return;

        swap(array, root, child);
        root = child;
    }
}

void
qsort(void *bytes, size_t count, size_t size, compare_t compare)
{
    struct array array = { bytes, size, compare };

    for (size_t root = count / 2; root > 0; root--)
        sink(&array, root - 1, count);

    for (size_t last = count; last > 1; last--) {
        swap(&array, 0, last - 1);
        sink(&array, 0, last - 1);
    }
}

void *
bsearch(const void *key, const void *bytes, size_t count, size_t size,
        compare_t compare)
{
    const char *low = bytes;

    while (count > 0) {
        const char *middle = low + count / 2 * size;
        int order = compare(key, middle);

        if (order == 0)
            return (void *)middle;

        if (order > 0) {
            low = middle + size;
            count -= count / 2 + 1;
        } else {
            count /= 2;
        }
    }

    return NULL;
}
