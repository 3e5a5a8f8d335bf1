/* SPDX-License-Identifier: MIT */
/*
 * tap_all.h - several conditions of one test, of which the report names the
 * first that does not hold.
 *
 *      ok(ALL(count == 3, list[2] == 7), "three numbers, the last a seven");
 *
 * They are looked at in their order, as by &&: those behind the first that
 * fails are not evaluated.
 */
#ifndef OSTIA_TESTS_TAP_ALL_H
#define OSTIA_TESTS_TAP_ALL_H

#include <stdbool.h>

/* Remembers for the next report that this condition of the list failed.
 * Returns   `holds` */
bool tap_holds(bool holds, unsigned place, const char *list);

#define TAP_ALL_1(n, list, a) tap_holds(a, n, list)
#define TAP_ALL_2(n, list, a, ...) \
    (tap_holds(a, n, list) && TAP_ALL_1(n + 1, list, __VA_ARGS__))
#define TAP_ALL_3(n, list, a, ...) \
    (tap_holds(a, n, list) && TAP_ALL_2(n + 1, list, __VA_ARGS__))
#define TAP_ALL_4(n, list, a, ...) \
    (tap_holds(a, n, list) && TAP_ALL_3(n + 1, list, __VA_ARGS__))
#define TAP_ALL_5(n, list, a, ...) \
    (tap_holds(a, n, list) && TAP_ALL_4(n + 1, list, __VA_ARGS__))
#define TAP_ALL_6(n, list, a, ...) \
    (tap_holds(a, n, list) && TAP_ALL_5(n + 1, list, __VA_ARGS__))
#define TAP_ALL_7(n, list, a, ...) \
    (tap_holds(a, n, list) && TAP_ALL_6(n + 1, list, __VA_ARGS__))
#define TAP_ALL_8(n, list, a, ...) \
    (tap_holds(a, n, list) && TAP_ALL_7(n + 1, list, __VA_ARGS__))
#define TAP_NINTH(a, b, c, d, e, f, g, h, ninth, ...) ninth

#define ALL(...)                                                       \
    TAP_NINTH(__VA_ARGS__, TAP_ALL_8, TAP_ALL_7, TAP_ALL_6, TAP_ALL_5, \
              TAP_ALL_4, TAP_ALL_3, TAP_ALL_2, TAP_ALL_1, 0)           \
    (1, #__VA_ARGS__, __VA_ARGS__)

#endif
