/* What is compared: the rows of facts.def. */
#ifndef SGS_DIFF_FACTS_H
#define SGS_DIFF_FACTS_H

#include <signscope/event.h>

enum sgs_fact_id {
#define FACT(id, name, label, weight, form, when, place, kind, field, unless, spread) SGS_D_##id,
#include "diff/facts.def"
#undef FACT
    SGS_D_NOTHING /* number of them, none itself */
};

/* How grave a difference is. */
enum sgs_weight {
    SGS_W_HARMLESS, /* ids, times, addresses, tags, nonces: left out */
    SGS_W_MINOR,    /* worth a line */
    SGS_W_MATTERS,  /* may be why one works and the other does not */
    SGS_W_DECISIVE, /* one goes on, the other does not */
    SGS_W_TROUBLE   /* of rows only: see facts.def */
};

enum sgs_fact_form {
    SGS_AS_TEXT,
    SGS_AS_HOST,
    SGS_AS_URL,
    SGS_AS_PATH,
    SGS_AS_LIST,
    SGS_AS_SET,
    SGS_AS_NUMBER,
    SGS_AS_YES,
    SGS_AS_CODE,
    SGS_AS_NAMES,
    SGS_AS_ADDRESSES,
    SGS_AS_CONTACT,
    SGS_AS_DAY
};

enum sgs_fact_when { SGS_ON_BOTH, SGS_ON_EITHER };

enum sgs_fact_place {
    SGS_AT_STEP,
    SGS_AT_ASKED,
    SGS_AT_TOLD,
    SGS_AT_INSIDE,
    SGS_AT_LEAF,
    SGS_AT_USER
};

enum sgs_fact_spread { SGS_TOLD_EACH, SGS_TOLD_ONCE };

struct sgs_fact_row {
    const char *name;  /* in JSON */
    const char *label; /* for people */
    enum sgs_weight weight;
    enum sgs_fact_form form;
    enum sgs_fact_when when;
    enum sgs_fact_place place;
    enum sgs_kind kind; /* SGS_N_KINDS: any */
    enum sgs_field_id field;
    enum sgs_fact_id unless;
    enum sgs_fact_spread spread;
};

/* By enum sgs_fact_id; SGS_D_NOTHING of them. */
extern const struct sgs_fact_row sgs_diff_facts[];

/* "decisive", "matters", "minor", "harmless"; static. */
const char *sgs_weight_name(enum sgs_weight weight);

#endif
