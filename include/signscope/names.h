/* Value-to-name tables. */
#ifndef SGS_NAMES_H
#define SGS_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include <signscope/arena.h>
#include <signscope/slice.h>

struct sgs_value_name {
    uint32_t value;   /* as on the wire */
    const char *name; /* the spec's own spelling */
};

/* The name of value in the table of n rows, or NULL. */
const char *sgs_name_find(const struct sgs_value_name *table, size_t n, uint32_t value);

/* The same, but an unknown value gives its number after prefix ("TYPE" -> "TYPE65"), written into
 * the arena. */
struct sgs_slice sgs_name_or_number(const struct sgs_value_name *table, size_t n, uint32_t value,
                                    const char *prefix, struct sgs_arena *a);

#define SGS_NAME_FIND(table, value) sgs_name_find(table, sizeof(table) / sizeof *(table), value)
#define SGS_NAME_OR_NUMBER(table, value, prefix, arena)                                            \
    sgs_name_or_number(table, sizeof(table) / sizeof *(table), value, prefix, arena)

#endif
