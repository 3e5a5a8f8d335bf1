/* SPDX-License-Identifier: MIT */
/*
 * inttypes.h - how to print and scan integers of a given width.
 */
#ifndef _INTTYPES_H_
#define _INTTYPES_H_

#include <stdint.h>

typedef struct {
    intmax_t quot;
    intmax_t rem;
} imaxdiv_t;

extern intmax_t imaxabs(intmax_t value);
extern imaxdiv_t imaxdiv(intmax_t numerator, intmax_t denominator);
extern intmax_t strtoimax(const char *restrict text, char **restrict end,
                          int base);
extern uintmax_t strtoumax(const char *restrict text, char **restrict end,
                           int base);

#define PRId8       "hhd"
#define PRIdLEAST8  "hhd"
#define PRIdFAST8   "hhd"
#define PRId16      "hd"
#define PRIdLEAST16 "hd"
#define PRIdFAST16  "hd"
#define PRId32      "d"
#define PRIdLEAST32 "d"
#define PRIdFAST32  "d"
#define PRId64      "lld"
#define PRIdLEAST64 "lld"
#define PRIdFAST64  "lld"
#define PRIdPTR     "ld"
#define PRIdMAX     "ld"

#define PRIi8       "hhi"
#define PRIiLEAST8  "hhi"
#define PRIiFAST8   "hhi"
#define PRIi16      "hi"
#define PRIiLEAST16 "hi"
#define PRIiFAST16  "hi"
#define PRIi32      "i"
#define PRIiLEAST32 "i"
#define PRIiFAST32  "i"
#define PRIi64      "lli"
#define PRIiLEAST64 "lli"
#define PRIiFAST64  "lli"
#define PRIiPTR     "li"
#define PRIiMAX     "li"

#define PRIo8       "hho"
#define PRIoLEAST8  "hho"
#define PRIoFAST8   "hho"
#define PRIo16      "ho"
#define PRIoLEAST16 "ho"
#define PRIoFAST16  "ho"
#define PRIo32      "o"
#define PRIoLEAST32 "o"
#define PRIoFAST32  "o"
#define PRIo64      "llo"
#define PRIoLEAST64 "llo"
#define PRIoFAST64  "llo"
#define PRIoPTR     "lo"
#define PRIoMAX     "lo"

#define PRIu8       "hhu"
#define PRIuLEAST8  "hhu"
#define PRIuFAST8   "hhu"
#define PRIu16      "hu"
#define PRIuLEAST16 "hu"
#define PRIuFAST16  "hu"
#define PRIu32      "u"
#define PRIuLEAST32 "u"
#define PRIuFAST32  "u"
#define PRIu64      "llu"
#define PRIuLEAST64 "llu"
#define PRIuFAST64  "llu"
#define PRIuPTR     "lu"
#define PRIuMAX     "lu"

#define PRIx8       "hhx"
#define PRIxLEAST8  "hhx"
#define PRIxFAST8   "hhx"
#define PRIx16      "hx"
#define PRIxLEAST16 "hx"
#define PRIxFAST16  "hx"
#define PRIx32      "x"
#define PRIxLEAST32 "x"
#define PRIxFAST32  "x"
#define PRIx64      "llx"
#define PRIxLEAST64 "llx"
#define PRIxFAST64  "llx"
#define PRIxPTR     "lx"
#define PRIxMAX     "lx"

#define PRIX8       "hhX"
#define PRIXLEAST8  "hhX"
#define PRIXFAST8   "hhX"
#define PRIX16      "hX"
#define PRIXLEAST16 "hX"
#define PRIXFAST16  "hX"
#define PRIX32      "X"
#define PRIXLEAST32 "X"
#define PRIXFAST32  "X"
#define PRIX64      "llX"
#define PRIXLEAST64 "llX"
#define PRIXFAST64  "llX"
#define PRIXPTR     "lX"
#define PRIXMAX     "lX"

#endif
