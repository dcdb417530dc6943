/*
 * The tables behind `signscope explain` against the lists they were made from, where these are at
 * hand (SGS_SPECS, else ../shared/specs beside the project): nothing is missing, nothing is copied.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "findings/explain.h"

#define COLUMNS 9  /* of the list of codes */
#define SKIPPED 77 /* exit status */

static const struct {
    const char *kind; /* the head of the second column */
    enum sgs_family family;
} kinds[] = {
    {"sip ms-diagnostics",          SGS_FAMILY_SIP_DIAG        },
    {"sip ms-client-diagnostics",   SGS_FAMILY_CLIENT_DIAG     },
    {"sip response",                SGS_FAMILY_SIP_STATUS      },
    {"sip registration-event",      SGS_FAMILY_SIP_REGISTRATION},
    {"http X-Ms-diagnostics",       SGS_FAMILY_HTTP_DIAG       },
    {"http x-ms-diagnostics (Exch", SGS_FAMILY_EXCHANGE_DIAG   },
    {"http Warning",                SGS_FAMILY_HTTP_WARNING    },
    {"oauthtoken",                  SGS_FAMILY_OAUTH           },
    {"http status",                 SGS_FAMILY_HTTP_STATUS     },
    {"wsse fault",                  SGS_FAMILY_WSSE            },
    {"wst fault",                   SGS_FAMILY_WST             },
    {"soap fault",                  SGS_FAMILY_SOAP            },
    {"adfs",                        SGS_FAMILY_ADFS            },
    {"psf",                         SGS_FAMILY_ORGID           },
    {"AADSTS",                      SGS_FAMILY_AADSTS          },
    {"ntlm",                        SGS_FAMILY_NTSTATUS        },
    {"sspi",                        SGS_FAMILY_SSPI            },
    {"kerberos",                    SGS_FAMILY_KERBEROS        },
    {"winsock",                     SGS_FAMILY_WINSOCK         },
    {"client hresult (UCC",         SGS_FAMILY_UCC             },
    {"client hresult (Lync",        SGS_FAMILY_LYNC            },
    {"client hresult (WWSAPI",      SGS_FAMILY_WWSAPI          },
    {"client hresult (WinINet",     SGS_FAMILY_WININET         },
    {"client log",                  SGS_FAMILY_CLIENT_LOG      },
    {"tls alert",                   SGS_FAMILY_TLS_ALERT       },
    {"dns rcode",                   SGS_FAMILY_DNS_RCODE       },
    {"tcp/icmp",                    SGS_FAMILY_TCP_ICMP        },
};

/* How the list writes what we write otherwise. */
static const char *const aliases[][2] = {
    {"301/302/307",                       "301"                  },
    {"280xx (any other)",                 "28000-28999"          },
    {"120 \"InvalidToken\"",              "InvalidToken"         },
    {"120 \"InvalidPin\"",                "InvalidPin"           },
    {"s:Sender / s:Client",               "s:Sender"             },
    {"s:Receiver / s:Server",             "s:Receiver"           },
    {"0 with no answer records",          "0"                    },
    {"(none, TCP RST after ClientHello)", "RST after ClientHello"},
    {"ICMP 3/9, 3/10, 3/13",              "ICMP 3/9"             },
    {"0x80EF0nnn",                        "0x80EF0064-0x80EF02BB"},
    {"E_SslError (E2-2-2) 0x22020002",    "0x22020002"           },
    {"8004786C",                          "0x8004786C"           },
};

/* The row of the table for a row of the list, or NULL. */
static const struct sgs_code *row_of(const char *code, const char *where)
{
    char text[128];
    enum sgs_family family = SGS_N_FAMILIES;

    (void)snprintf(text, sizeof text, "%s", code);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (family == SGS_N_FAMILIES && strncmp(where, kinds[i].kind, strlen(kinds[i].kind)) == 0) {
            family = kinds[i].family;
        }
    }
    assert_int_not_equal(family, SGS_N_FAMILIES);
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        if (strcmp(code, aliases[i][0]) == 0) {
            (void)snprintf(text, sizeof text, "%s", aliases[i][1]);
            return sgs_code_find(sgs_slice_str(text), family);
        }
    }
    if (family == SGS_FAMILY_KERBEROS || family == SGS_FAMILY_TLS_ALERT) {
        struct sgs_explained e; /* "48 unknown_ca": number and name */
        sgs_explain(sgs_slice_str(code), &e);
        return e.n_codes == 1 && e.codes[0]->family == family ? e.codes[0] : NULL;
    }
    return sgs_code_find(sgs_slice_str(text), family);
}

/* A document of the folder of lists, or NULL where it is not at hand; given, free it. */
static char *read_list(const char *name)
{
    const char *folder = getenv("SGS_SPECS");
    char path[4096];
    char *text = calloc(1, 1u << 20);

    assert_non_null(text);
    (void)snprintf(path, sizeof path, "%s/%s", folder ? folder : SGS_SOURCE_DIR "/../shared/specs",
                   name);
    FILE *f = fopen(path, "r");
    if (!f) {
        free(text);
        return NULL;
    }
    (void)fread(text, 1, (1u << 20) - 1, f);
    (void)fclose(f);
    return text;
}

/* One line into its cells, in place; false when it has not all of them. */
static bool cut_line(char *line, char *cells[COLUMNS])
{
    size_t n = 0;

    for (cells[n++] = line; n < COLUMNS && (line = strchr(line, '\t')); n++) {
        *line++ = '\0';
        cells[n] = line;
    }
    return n == COLUMNS;
}

static void test_list_is_covered(void **state)
{
    size_t n = 0;

    char *text = read_list("diagnostics.tsv");
    assert_non_null(text);
    char *next = NULL;
    for (char *line = text; line && *line; line = next) {
        char *cells[COLUMNS];
        next = strchr(line, '\n');
        if (next) {
            *next++ = '\0';
        }
        assert_true(cut_line(line, cells));
        if (n++ == 0) {
            continue; /* the names of the columns */
        }
        const struct sgs_code *c = row_of(cells[0], cells[1]);
        if (!c) {
            fail_msg("%s (%s) has no row", cells[0], cells[1]);
        }
        assert_string_equal(sgs_explain_stage(c->stage), cells[6]);
        bool is_expected = strcmp(cells[7], "expected") == 0;
        if (is_expected && !*c->normal && strcmp(cells[0], "2165") != 0) {
            fail_msg("%s (%s) is normal somewhere", cells[0], cells[1]);
        }
        bool is_open = strncmp(cells[2], "UNCONFIRMED", 11) == 0;
        if (is_open && !strstr(sgs_code_source(c), "not confirmed")) {
            fail_msg("%s (%s) is not confirmed", cells[0], cells[1]);
        }
    }
    assert_in_range(n, 500, 2000);
    free(text);
}

/* The catalogue of findings: each id is a row, in its order, with its stage and severity. */
static void test_findings_are_those_of_the_catalogue(void **state)
{
    static const char head[] = "#### ";
    char *text = read_list("findings.md");
    size_t n = 0;

    assert_non_null(text);
    for (char *p = text; (p = strstr(p, head)); n++) {
        char id[64];
        char stage[64];
        char severity[64];
        assert_true(n < sgs_n_finding_rows);
        assert_int_equal(
            sscanf(p, "#### %63s %*[^\n] - stage %63s | severity %63s", id, stage, severity), 3);
        assert_string_equal(sgs_finding_rows[n].id, id);
        assert_string_equal(sgs_explain_stage(sgs_finding_rows[n].stage), stage);
        assert_string_equal(sgs_severity_name(sgs_finding_rows[n].severity), severity);
        p += strlen(head);
    }
    assert_int_equal(n, sgs_n_finding_rows);
    free(text);
}

/* The flows: what stands in the first cell of a row of a table there is a step here. */
static void test_steps_are_those_of_the_catalogue(void **state)
{
    char *text = read_list("sign-in-flow.md");
    size_t n = 0;

    assert_non_null(text);
    for (char *p = text; (p = strstr(p, "\n| ")); p += 3) {
        size_t len = strcspn(p + 3, " .");
        if (strchr("ABCDEFG", p[3]) && p[4] >= '0' && p[4] <= '9') {
            assert_non_null(sgs_step_row(sgs_slice(p + 3, len)));
            n++;
        }
    }
    assert_in_range(n, 60, sgs_n_step_rows);
    free(text);
}

/* Small letters and figures, single blanks between words; cells apart. */
static char *words_of(const char *text)
{
    static const char big[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char small[] = "abcdefghijklmnopqrstuvwxyz";
    size_t n = 0;
    char *out = calloc(2, strlen(text) + 2);

    assert_non_null(out);
    out[n++] = ' ';
    for (; *text; text++) {
        const char *letter = strchr(big, *text);
        char c = *text;
        if (letter) {
            c = small[letter - big];
        }
        bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (is_word) {
            out[n++] = c;
        } else if (c == '\t' || c == '\n') {
            out[n++] = '\n';
            out[n++] = ' ';
        } else if (out[n - 1] != ' ') {
            out[n++] = ' ';
        }
    }
    return out;
}

/* A run of six words that the list has, too, or NULL; in ours it is cut off behind. */
static const char *copied(const char *list, char *ours)
{
    for (char *p = ours; *p == ' ' && p[1]; p = p + 1 + strcspn(p + 1, " ")) {
        char *end = p;
        size_t n = 0;
        for (; n < 6 && *end == ' ' && end[1]; n++) {
            end = end + 1 + strcspn(end + 1, " ");
        }
        if (n < 6) {
            return NULL;
        }
        char kept = *end;
        *end = '\0';
        if (strstr(list, p)) {
            return p;
        }
        *end = kept;
    }
    return NULL;
}

static bool is_copied(const char *list, const char *code, struct sgs_slice part)
{
    char text[512];

    (void)snprintf(text, sizeof text, "%.*s", (int)part.len, (const char *)part.ptr);
    char *ours = words_of(text);
    const char *run = copied(list, ours);
    if (run) {
        print_message("%s:%s\n", code, run);
    }
    free(ours);
    return run != NULL;
}

/* How many parts of the text, as "; " parts them, the list has, too. */
static size_t count_copied(const char *list, const char *id, const char *text)
{
    struct sgs_slice rest = sgs_slice_str(text);
    size_t n = 0;

    while (rest.len > 0) {
        n += is_copied(list, id, sgs_slice_cut(&rest, ';'));
    }
    return n;
}

static char *words_of_list(const char *name)
{
    char *text = read_list(name);

    assert_non_null(text);
    char *words = words_of(text);
    free(text);
    return words;
}

static void test_texts_are_ours(void **state)
{
    char *codes = words_of_list("diagnostics.tsv");
    char *findings = words_of_list("findings.md");
    char *steps = words_of_list("sign-in-flow.md");
    size_t n = 0;

    assert_true(is_copied(" a b\n one two three four five six seven ", "(as it should be)",
                          SGS_LIT("Two, THREE four-five six seven eight")));
    for (size_t i = 0; i < sgs_n_codes; i++) {
        n += count_copied(codes, sgs_codes[i].code, sgs_codes[i].says);
        n += count_copied(codes, sgs_codes[i].code, sgs_codes[i].causes);
        n += count_copied(codes, sgs_codes[i].code, sgs_codes[i].check);
    }
    for (size_t i = 0; i < sgs_n_finding_rows; i++) {
        n += count_copied(findings, sgs_finding_rows[i].id, sgs_finding_rows[i].title);
        n += count_copied(findings, sgs_finding_rows[i].id, sgs_finding_rows[i].says);
    }
    for (size_t i = 0; i < sgs_n_step_rows; i++) {
        n += count_copied(steps, sgs_step_rows[i].id, sgs_step_rows[i].wire);
        n += count_copied(steps, sgs_step_rows[i].id, sgs_step_rows[i].normal);
        n += count_copied(steps, sgs_step_rows[i].id, sgs_step_rows[i].fails);
    }
    assert_int_equal(n, 0);
    free(codes);
    free(findings);
    free(steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_is_covered),
        cmocka_unit_test(test_findings_are_those_of_the_catalogue),
        cmocka_unit_test(test_steps_are_those_of_the_catalogue),
        cmocka_unit_test(test_texts_are_ours),
    };
    char *text = read_list("diagnostics.tsv");

    if (!text) {
        print_message("no lists of codes (SGS_SPECS)\n");
        return SKIPPED;
    }
    free(text);
    return cmocka_run_group_tests_name("findings/explain_lists", tests, NULL, NULL) != 0;
}
