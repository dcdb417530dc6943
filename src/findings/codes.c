/* The tables of codes, findings and steps, and what finds a row in them. */
#include <string.h>

#include "findings/explain.h"

const struct sgs_family_row sgs_families[SGS_N_FAMILIES] = {
#define FAMILY(id, word, title, source) {word, title, source},
#include "findings/families.def"
#undef FAMILY
};

const struct sgs_code sgs_codes[] = {
#define CODE(code, family, name, says, stage, normal, fixer, ...)                                  \
    {code,   SGS_FAMILY_##family, name,       says, SGS_STAGE_##stage,                             \
     normal, SGS_FIX_##fixer,     __VA_ARGS__},
#include "findings/codes/codes.def"
#undef CODE
};
const size_t sgs_n_codes = sizeof sgs_codes / sizeof *sgs_codes;

const struct sgs_finding_row sgs_finding_rows[] = {
#define FINDING(id, stage, severity, fixer, title, says, saw, source)                              \
    {id, SGS_STAGE_##stage, SGS_##severity, SGS_FIX_##fixer, title, says, saw, source},
#include "findings/findings.def"
#undef FINDING
};
const size_t sgs_n_finding_rows = sizeof sgs_finding_rows / sizeof *sgs_finding_rows;

const struct sgs_step_row sgs_step_rows[] = {
#define STEP(id, flow, stage, title, wire, normal, fails, source)                                  \
    {id, flow, SGS_STAGE_##stage, title, wire, normal, fails, source},
#include "findings/steps.def"
#undef STEP
};
const size_t sgs_n_step_rows = sizeof sgs_step_rows / sizeof *sgs_step_rows;

const struct sgs_code *sgs_code_find(struct sgs_slice code, enum sgs_family family)
{
    for (size_t i = 0; i < sgs_n_codes; i++) {
        if ((family == SGS_N_FAMILIES || family == sgs_codes[i].family) &&
            sgs_slice_ieq(code, sgs_slice_str(sgs_codes[i].code))) {
            return &sgs_codes[i];
        }
    }
    return NULL;
}

const char *sgs_code_source(const struct sgs_code *c)
{
    return *c->source ? c->source : sgs_families[c->family].source;
}

const struct sgs_finding_row *sgs_finding_row(struct sgs_slice id)
{
    for (size_t i = 0; i < sgs_n_finding_rows; i++) {
        if (sgs_slice_ieq(id, sgs_slice_str(sgs_finding_rows[i].id))) {
            return &sgs_finding_rows[i];
        }
    }
    return NULL;
}

const struct sgs_step_row *sgs_step_row(struct sgs_slice id)
{
    for (size_t i = 0; i < sgs_n_step_rows; i++) {
        if (sgs_slice_ieq(id, sgs_slice_str(sgs_step_rows[i].id))) {
            return &sgs_step_rows[i];
        }
    }
    return NULL;
}

const char *sgs_fixer_name(enum sgs_fixer fixer)
{
    static const char *const names[] = {"nobody", "client", "network",  "dns",
                                        "proxy",  "server", "identity", "any"};
    return names[fixer];
}

const char *sgs_fixer_text(enum sgs_fixer fixer)
{
    static const char *const texts[] = {
        "nobody, it needs no repair",
        "the client: its user or its computer",
        "the network: path, firewall, VPN",
        "DNS: records or resolver",
        "the proxy in front of client or server",
        "the servers: pool, Edge, web services",
        "identity: the account or its identity provider",
        "whoever it points at",
    };
    return texts[fixer];
}

const char *sgs_explain_stage(unsigned stage)
{
    return stage == SGS_STAGE_ANY ? "any" : sgs_stage_name((enum sgs_stage)stage);
}
