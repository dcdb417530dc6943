/* The table of what is compared. */
#include "diff/facts.h"

#define SGS_K_NONE SGS_N_KINDS

const struct sgs_fact_row sgs_diff_facts[] = {
#define FACT(id, name, label, weight, form, when, place, kind, field, unless, spread)              \
    {name,           label,        SGS_W_##weight, SGS_AS_##form,  SGS_ON_##when,                  \
     SGS_AT_##place, SGS_K_##kind, SGS_F_##field,  SGS_D_##unless, SGS_TOLD_##spread},
#include "diff/facts.def"
#undef FACT
};

const char *sgs_weight_name(enum sgs_weight weight)
{
    static const char *const names[] = {"harmless", "minor", "matters", "decisive"};
    return names[weight];
}
