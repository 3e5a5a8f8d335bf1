/* SPDX-License-Identifier: MIT */
/*
 * log.h - what the bootstrap server says on the console.
 */
#ifndef BOOTSTRAP_LOG_H
#define BOOTSTRAP_LOG_H

/* One whole line, "# bootstrap: " in front: a comment in TAP. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same without "bootstrap: ". */
void log_plain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
