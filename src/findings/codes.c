/* The catalogue of codes, from codes.def. */
#include <signscope/finding.h>

static const struct sgs_code codes[] = {
#define CODE(...) {__VA_ARGS__},
#include "findings/codes.def"
#undef CODE
};

const struct sgs_code *sgs_code_find(struct sgs_slice code, const char *where)
{
    struct sgs_slice head = sgs_slice_str(where);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (sgs_slice_eq(code, sgs_slice_str(codes[i].code)) &&
            sgs_slice_istarts(sgs_slice_str(codes[i].where), head)) {
            return &codes[i];
        }
    }
    return NULL;
}
