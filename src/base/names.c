/* Value-to-name tables: short and in the order of their spec, so they are searched row by row. */
#include <signscope/names.h>

#include <inttypes.h>

const char *sgs_name_find(const struct sgs_value_name *table, size_t n, uint32_t value)
{
    for (size_t i = 0; i < n; i++) {
        if (table[i].value == value) {
            return table[i].name;
        }
    }
    return NULL;
}

struct sgs_slice sgs_name_or_number(const struct sgs_value_name *table, size_t n, uint32_t value,
                                    const char *prefix, struct sgs_arena *a)
{
    const char *name = sgs_name_find(table, n, value);

    if (name) {
        return sgs_slice_str(name);
    }
    return sgs_arena_printf(a, "%s%" PRIu32, prefix ? prefix : "", value);
}
