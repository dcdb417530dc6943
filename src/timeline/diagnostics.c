/* Error codes as fields of events. */
#include <signscope/diagnostics.h>

#include <signscope/codec.h>
#include <signscope/mask.h>

void ev_diagnostics(struct sgs_draft *d, enum sgs_field_id field, struct sgs_slice list,
                    struct sgs_arena *a)
{
    const struct sgs_slice first[] = {SGS_LIT("reason"), SGS_LIT("source")};
    struct sgs_slice rest = list;
    struct sgs_param p;
    uint64_t code = 0;

    if (sgs_param_next(&rest, ';', &p) && !p.has_value &&
        sgs_slice_uint(p.name, UINT32_MAX, &code)) {
        ev_member_int(d, field, SGS_LIT("code"), (int64_t)code);
        list = rest;
    }
    for (size_t i = 0; i < 2; i++) {
        struct sgs_slice value = sgs_param_find(list, ';', first[i]);
        if (value.len > 0) {
            ev_member(d, field, first[i], sgs_mask_text(a, value));
        }
    }
    while (sgs_param_next(&list, ';', &p)) {
        bool is_put = sgs_slice_ieq(p.name, first[0]) || sgs_slice_ieq(p.name, first[1]);
        if (!is_put && p.value.len > 0) {
            ev_member(d, field, p.name, sgs_mask_text(a, p.value));
        }
    }
}
