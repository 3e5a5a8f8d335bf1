/* SPDX-License-Identifier: MIT */
/*
 * assert.h - what must be true.  With NDEBUG defined nothing is checked; the
 * header may be included again after that changed.
 */
#undef assert

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition)  \
    ((condition) ? (void)0 \
                 : __assert_rtn(__func__, __FILE__, __LINE__, #condition))
#endif

#ifndef _ASSERT_H_
#define _ASSERT_H_

#define static_assert _Static_assert

/* Says what was not true and where, then aborts. */
extern void __assert_rtn(const char *function, const char *file, int line,
                         const char *condition) __attribute__((noreturn));

#endif
