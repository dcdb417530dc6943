/* The tables behind `signscope explain`, and looking things up in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "findings/explain.h"

static struct sgs_explained look(const char *word)
{
    struct sgs_explained e;

    sgs_explain(sgs_slice_str(word), &e);
    return e;
}

/* The row of a family among what is known of a word, or NULL. */
static const struct sgs_code *of_family(const struct sgs_explained *e, enum sgs_family family)
{
    for (size_t i = 0; i < e->n_codes; i++) {
        if (e->codes[i]->family == family) {
            return e->codes[i];
        }
    }
    return NULL;
}

/* ---- the tables ------------------------------------------------------------------------------ */

static bool is_line(const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return false;
        }
    }
    return n > 0 && text[0] != ' ' && text[n - 1] != ' ' && text[n - 1] != '.' &&
           !strstr(text, "  ");
}

/* The ids of steps in a text ("A17", "K2") are rows of steps.def. */
static bool names_steps(const char *text)
{
    size_t n_found = 0;

    for (const char *p = text; *p;) {
        size_t n = strcspn(p, " ,:;.");
        bool is_id = n > 1 && n < 5 && strchr("ABCDEFGKPW", p[0]) && p[1] >= '0' && p[1] <= '9';
        if (is_id && !sgs_step_row(sgs_slice(p, n))) {
            return false;
        }
        n_found += is_id;
        p += n + (p[n] != '\0');
    }
    return n_found > 0 || strchr(text, 'R') || strstr(text, "step") || text[0] == 'T';
}

/* Numbers by value, then words, then ranges by their first number. */
static int rank(const char *code, unsigned long long *out)
{
    const char *digits = strncmp(code, "AADSTS", 6) == 0 ? code + 6 : code;
    char *end = NULL;

    *out = strtoull(digits, &end, strncmp(digits, "0x", 2) == 0 ? 16 : 10);
    if (end != digits && *end == '\0') {
        return 0;
    }
    return end != digits && *end == '-' ? 2 : 1;
}

static bool is_after(const char *a, const char *b)
{
    unsigned long long m = 0;
    unsigned long long n = 0;
    int ra = rank(a, &m);
    int rb = rank(b, &n);

    if (ra != rb) {
        return ra > rb;
    }
    return ra == 1 ? strcmp(a, b) > 0 : m > n;
}

static void check_texts(const struct sgs_code *c)
{
    const char *const texts[] = {c->code, c->says, c->causes, c->check, sgs_code_source(c)};

    for (size_t j = 0; j < sizeof texts / sizeof *texts; j++) {
        if (!is_line(texts[j])) {
            fail_msg("%s: \"%s\"", c->code, texts[j]);
        }
    }
    if (*c->normal && !(is_line(c->normal) && names_steps(c->normal))) {
        fail_msg("%s: normal at \"%s\"", c->code, c->normal);
    }
    assert_true(c->stage <= SGS_STAGE_ANY);
}

static void test_codes_are_in_form(void **state)
{
    bool seen[SGS_N_FAMILIES] = {false};

    for (size_t i = 0; i < sgs_n_codes; i++) {
        const struct sgs_code *c = &sgs_codes[i];
        bool is_first = i == 0 || c[-1].family != c->family;

        check_texts(c);
        if (!is_first && !is_after(c->code, c[-1].code)) {
            fail_msg("%s stands behind %s", c->code, c[-1].code);
        }
        if (is_first && seen[c->family]) {
            fail_msg("%s: the rows of its family do not stand together", c->code);
        }
        seen[c->family] = true;
    }
    for (size_t i = 0; i < SGS_N_FAMILIES; i++) {
        assert_true(seen[i]);
    }
}

/* Whatever a table names leads to its row. */
static void test_rows_are_found(void **state)
{
    for (size_t i = 0; i < sgs_n_codes; i++) {
        struct sgs_explained e = look(sgs_codes[i].code);
        if (!strchr(sgs_codes[i].code, '-') || e.n_codes > 0) {
            assert_ptr_equal(of_family(&e, sgs_codes[i].family), &sgs_codes[i]);
        }
    }
    for (size_t i = 0; i < sgs_n_finding_rows; i++) {
        const struct sgs_finding_row *f = &sgs_finding_rows[i];
        assert_ptr_equal(look(f->id).finding, f);
        assert_true(is_line(f->title) && is_line(f->source));
        assert_int_equal(f->says[strlen(f->says) - 1], '.');
    }
    for (size_t i = 0; i < sgs_n_step_rows; i++) {
        const struct sgs_step_row *s = &sgs_step_rows[i];
        assert_ptr_equal(look(s->id).step, s);
        assert_true(is_line(s->title) && is_line(s->wire) && is_line(s->source));
    }
}

/* Ids and titles of the flows: each id has a row, under one of the titles that it has there. */
static const struct {
    const char *id;
    const char *title;
} flow_rows[] = {
#define TAKES(...) 0
#define SPLITS(...) 0
#define AFTER(...) 0
#define BEFORE(...) 0
#define ROW(id, answer, shows, title, answer_title, takes, splits, after, until)                   \
    {id, title}, {answer, answer_title},
#define INFER(id, title, before) {id, title},
#define NEED(...)
#include "signin/flows/manual.def"
#include "signin/flows/online.def"
#include "signin/flows/online_adfs.def"
#include "signin/flows/onprem_external.def"
#include "signin/flows/onprem_internal.def"
#include "signin/flows/passive.def"
#undef ROW
};

static void test_steps_are_those_of_the_flows(void **state)
{
    for (size_t i = 0; i < sizeof flow_rows / sizeof *flow_rows; i++) {
        bool has_title = false;
        if (!flow_rows[i].id) {
            continue;
        }
        const struct sgs_step_row *s = sgs_step_row(sgs_slice_str(flow_rows[i].id));
        assert_non_null(s);
        for (size_t j = 0; s && j < sizeof flow_rows / sizeof *flow_rows; j++) {
            has_title |= flow_rows[j].id && strcmp(flow_rows[j].id, s->id) == 0 &&
                         strcmp(flow_rows[j].title, s->title) == 0;
        }
        if (!has_title) {
            fail_msg("%s is called \"%s\" in its flow", flow_rows[i].id, flow_rows[i].title);
        }
    }
}

/* ---- looking up ------------------------------------------------------------------------------ */

static const struct {
    const char *word;
    enum sgs_family family;
    const char *code;
} spellings[] = {
    {"28032",                  SGS_FAMILY_HTTP_DIAG,   "28032"                    },
    {"\"28032\"",              SGS_FAMILY_HTTP_DIAG,   "28032"                    },
    {" 1000 ",                 SGS_FAMILY_SIP_DIAG,    "1000"                     },
    {"AADSTS50126",            SGS_FAMILY_AADSTS,      "AADSTS50126"              },
    {"aadsts50126",            SGS_FAMILY_AADSTS,      "AADSTS50126"              },
    {"50126",                  SGS_FAMILY_AADSTS,      "AADSTS50126"              },
    {"0x80048821",             SGS_FAMILY_ORGID,       "0x80048821"               },
    {"0X8004882c",             SGS_FAMILY_ORGID,       "0x8004882C"               },
    {"80048821",               SGS_FAMILY_ORGID,       "0x80048821"               },
    {"-2146893044",            SGS_FAMILY_SSPI,        "0x8009030C"               },
    {"sec_e_logon_denied",     SGS_FAMILY_SSPI,        "0x8009030C"               },
    {"12029",                  SGS_FAMILY_WININET,     "0x80072EFD"               },
    {"0x8007274C",             SGS_FAMILY_WINSOCK,     "10060"                    },
    {"10060",                  SGS_FAMILY_WINSOCK,     "10060"                    },
    {"24",                     SGS_FAMILY_KERBEROS,    "24"                       },
    {"0x18",                   SGS_FAMILY_KERBEROS,    "24"                       },
    {"KDC_ERR_PREAUTH_FAILED", SGS_FAMILY_KERBEROS,    "24"                       },
    {"48",                     SGS_FAMILY_TLS_ALERT,   "48"                       },
    {"unknown_ca",             SGS_FAMILY_TLS_ALERT,   "48"                       },
    {"48 unknown_ca",          SGS_FAMILY_TLS_ALERT,   "48"                       },
    {"nxdomain",               SGS_FAMILY_DNS_RCODE,   "3"                        },
    {"401",                    SGS_FAMILY_SIP_STATUS,  "401"                      },
    {"401",                    SGS_FAMILY_HTTP_STATUS, "401"                      },
    {"FailedAuthentication",   SGS_FAMILY_WSSE,        "wsse:FailedAuthentication"},
    {"FailedAuthentication",   SGS_FAMILY_WST,         "wst:FailedAuthentication" },
    {"1023",                   SGS_FAMILY_SIP_DIAG,    "1022-1026"                },
    {"2165",                   SGS_FAMILY_SIP_DIAG,    "2165"                     },
    {"2100",                   SGS_FAMILY_SIP_DIAG,    "2049-2133"                },
    {"0x80EF01F6",             SGS_FAMILY_SIP_STATUS,  "502"                      },
    {"0x80EF01F6",             SGS_FAMILY_UCC,         "0x80EF0064-0x80EF02BB"    },
    {"0x80ef0193",             SGS_FAMILY_UCC,         "0x80EF0193"               },
    {"icmp 3/4",               SGS_FAMILY_TCP_ICMP,    "ICMP 3/4"                 },
    {"MEX 503",                SGS_FAMILY_ADFS,        "mex 503"                  },
};

static void test_spellings(void **state)
{
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        struct sgs_explained e = look(spellings[i].word);
        const struct sgs_code *c = of_family(&e, spellings[i].family);

        if (!e.is_known || !c || strcmp(c->code, spellings[i].code) != 0) {
            fail_msg("%s leads to %s", spellings[i].word, c ? c->code : "nothing");
        }
    }
    assert_string_equal(look("a17").step->id, "A17");
    assert_string_equal(look("C6A").step->id, "C6a");
    assert_string_equal(look("Cert-Expired").finding->id, "cert-expired");
}

/* A number is taken for what it can be, and for nothing else. */
static void test_families_of_a_number(void **state)
{
    struct sgs_explained e = look("0x191"); /* 401, but nobody writes a status so */
    assert_null(of_family(&e, SGS_FAMILY_SIP_STATUS));
    e = look("80048821");
    assert_int_equal(e.n_codes, 1);
    e = look("5");
    assert_non_null(of_family(&e, SGS_FAMILY_DNS_RCODE));
    assert_null(of_family(&e, SGS_FAMILY_WINSOCK));
    e = look("50126");
    assert_int_equal(e.n_codes, 1);
}

static void near(const char *word, const char *const *texts, size_t n)
{
    struct sgs_explained e = look(word);

    assert_false(e.is_known);
    assert_in_range(e.n_near, n, SGS_MAX_NEAR);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(e.near[i], texts[i]);
    }
}

static void test_near(void **state)
{
    static const char *const numbers[] = {"28032", "28033", "28034"};
    static const char *const ids[] = {"cert-expired"};
    static const char *const names[] = {"unknown_ca"};
    static const char *const logins[] = {"AADSTS50135", "AADSTS50133", "AADSTS50132"};

    near("28031", numbers, 3);
    near("cert-expird", ids, 1);
    near("unknown_cas", names, 1);
    near("50136", logins, 3);
    struct sgs_explained e = look("28031");
    assert_non_null(of_family(&e, SGS_FAMILY_HTTP_DIAG)); /* the range that it lies in */
    e = look("cert");
    assert_int_equal(e.n_near, SGS_MAX_NEAR);
    assert_string_equal(e.near[0], "cert-expired");
    e = look("99999");
    assert_int_equal(e.n_near, SGS_MAX_NEAR); /* numbers always have neighbours */
}

static void test_nothing(void **state)
{
    char longest[4096];

    assert_false(look("").is_known);
    assert_false(look("  \"\" ").is_known);
    assert_int_equal(look("zzzzzzzz").n_near, 0);
    memset(longest, '1', sizeof longest);
    for (size_t n = 1; n < sizeof longest; n++) {
        struct sgs_explained e;
        sgs_explain(sgs_slice(longest, n), &e);
        assert_true(n <= 4 || n == 8 || !e.is_known);
        n += n > 80 ? 500 : 0;
    }
}

/* Whatever octets are asked for: what comes back is of the tables and in its bounds. */
static void test_odd_words(void **state)
{
    for (size_t i = 0; i < sgs_n_codes; i += 17) {
        char word[256];
        size_t n = strlen(sgs_codes[i].code);

        memcpy(word, sgs_codes[i].code, n);
        for (unsigned octet = 0; octet < 256; octet += 51) {
            struct sgs_explained e;
            word[i % n] = (char)octet;
            sgs_explain(sgs_slice(word, n), &e);
            assert_true(e.n_codes <= SGS_N_FAMILIES && e.n_near <= SGS_MAX_NEAR);
            assert_true(!e.is_known || e.n_near == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_are_in_form),
        cmocka_unit_test(test_rows_are_found),
        cmocka_unit_test(test_steps_are_those_of_the_flows),
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_families_of_a_number),
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_odd_words),
    };

    return cmocka_run_group_tests_name("findings/explain", tests, NULL, NULL) != 0;
}
