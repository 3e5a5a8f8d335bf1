/* SPDX-License-Identifier: MIT */
/*
 * limits.h - how large the integer types are.
 */
#ifndef _LIMITS_H_
#define _LIMITS_H_

#define CHAR_BIT   8
#define MB_LEN_MAX 1

#define SCHAR_MAX 127
#define SCHAR_MIN (-SCHAR_MAX - 1)
#define UCHAR_MAX 255
#define CHAR_MAX  SCHAR_MAX
#define CHAR_MIN  SCHAR_MIN

#define SHRT_MAX  32767
#define SHRT_MIN  (-SHRT_MAX - 1)
#define USHRT_MAX 65535

#define INT_MAX  2147483647
#define INT_MIN  (-INT_MAX - 1)
#define UINT_MAX 4294967295U

#define LONG_MAX  9223372036854775807L
#define LONG_MIN  (-LONG_MAX - 1)
#define ULONG_MAX 18446744073709551615UL

#define LLONG_MAX  9223372036854775807LL
#define LLONG_MIN  (-LLONG_MAX - 1)
#define ULLONG_MAX 18446744073709551615ULL

#define SSIZE_MAX LONG_MAX

#endif
