/* Authentications as a whole: conversations of two sides, and what is told of them. */
#include "../dissectors/play.h"

#include <signscope/limits.h>

#define MAX_TURNS 16
#define MAX_IDS 64

/* [MS-NLMP], section 2.2.1: the three messages of ann of CONTOSO; RFC 4178: a NegTokenInit with a
 * ticket for web.contoso.com, and its answer.  Made by a program of its own. */
#define TYPE1 "TlRMTVNTUAABAAAAB4IIAAAAAAAAAAAAAAAAAAAAAAA="
#define TYPE2 "TlRMTVNTUAACAAAADgAOADAAAAAFggEAAAECAwQFBgcAAAAAAAAAAAAAAAAwAAAAQwBPAE4AVABPAFMATwA="
#define TYPE3                                                                                      \
    "TlRMTVNTUAADAAAAGAAYAEAAAAAYABgAWAAAAA4ADgBwAAAABgAGAH4AAAAKAAoAhAAAAAAAAACOAAAABYIBAAAAAAAA" \
    "AAAA"                                                                                         \
    "AAAAAAAAAAAAAAAAAAAAABEREREREREREREREREREREREREREREREUMATwBOAFQATwBTAE8AYQBuAG4AVwBTAC0AMQAw" \
    "AA=="
#define AP_REQ                                                                                     \
    "YIIBVAYGKwYBBQUCoIIBSDCCAUSgGDAWBgkqhkiC9xIBAgIGCSqGSIb3EgECAqKCASYEggEiYIIBHgYJKoZIhvcSAQIC" \
    "AQBuggENMIIBCaADAgEFoQMCAQ6iBwMFACAAAACjgaBhgZ0wgZqgAwIBBaENGwtDT05UT1NPLkNPTaIiMCCgAwIBAqEZ" \
    "MBcbBEhUVFAbD3dlYi5jb250b3NvLmNvbaNgMF6gAwIBEqEDAgEHolIEUFpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpa" \
    "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpapFEwT6ADAgESokgERlpa" \
    "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo="
#define AP_REP                                                                                     \
    "oWowaKADCgEAoQsGCSqGSIL3EgECAqJUBFJgUAYJKoZIhvcSAQICAgBvQTA/oAMCAQWhAwIBD6IzMDGgAwIBEqIqBCha" \
    "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpa"

static const struct {
    const char *title;
    const char *dissector;
    const char *expected;
    const char *turns[MAX_TURNS];
} rows[] = {
#define ROW(title, dissector, expected, ...) {title, dissector, expected, {__VA_ARGS__}},
#include "auth.def"
#undef ROW
};

/* What was told of one conversation, and in which line each request stands. */
struct told {
    struct sgs_buf text;
    long long line_of[MAX_IDS];
};

static void put(struct sgs_buf *b, const char *label, const struct sgs_event *ev,
                enum sgs_field_id id)
{
    struct sgs_slice s = sgs_event_text(ev, id);

    if (s.len > 0) {
        (void)sgs_buf_printf(b, "%s%.*s ", label, (int)s.len, (const char *)s.ptr);
    }
}

static void on_event(void *ctx, const struct sgs_event *ev)
{
    struct told *told = ctx;
    struct sgs_buf *b = &told->text;
    long long status = (long long)sgs_event_int(ev, SGS_F_STATUS, 0);

    assert_true(ev->id < MAX_IDS);
    told->line_of[ev->id] = (long long)ev->origin.frame;
    if (ev->kind != SGS_K_AUTH_RESULT) {
        return;
    }
    put(b, "", ev, SGS_F_AUTH_SCHEME);
    put(b, "mech=", ev, SGS_F_MECH);
    put(b, "user=", ev, SGS_F_USER);
    put(b, "domain=", ev, SGS_F_DOMAIN);
    put(b, "service=", ev, SGS_F_SNAME);
    put(b, "", ev, SGS_F_CARRIER);
    put(b, "", ev, SGS_F_RESULT);
    if (status > 0) {
        (void)sgs_buf_printf(b, "%lld ", status);
    }
    (void)sgs_buf_printf(b, "rounds=%lld %lld-%lld\n",
                         (long long)sgs_event_int(ev, SGS_F_ROUNDS, 0),
                         told->line_of[sgs_event_int(ev, SGS_F_FIRST_REQUEST, 0)],
                         told->line_of[sgs_event_int(ev, SGS_F_REQUEST, 0)]);
}

static void conversations(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct play p;
        struct told told = {0};
        sgs_buf_init(&told.text, 1u << 16);
        play_open(&p, rows[i].dissector, true);
        sgs_engine_on_event(p.engine, on_event, &told);
        for (size_t n = 0; n < MAX_TURNS && rows[i].turns[n]; n++) {
            const char *turn = rows[i].turns[n];
            play_text(&p, turn[0] == 'C' ? SGS_C2S : SGS_S2C, turn + 2);
        }
        (void)play_end(&p, SGS_END_FIN);
        sgs_engine_finish(p.engine);
        (void)sgs_buf_add_octet(&told.text, 0);
        if (strcmp((const char *)told.text.ptr, rows[i].expected) != 0) {
            fail_msg("%s:\n%swanted\n%s", rows[i].title, (const char *)told.text.ptr,
                     rows[i].expected, (const char *)p.out.ptr);
        }
        play_close(&p);
        sgs_buf_clear(&told.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversations),
    };

    return cmocka_run_group_tests_name("auth", tests, NULL, NULL) != 0;
}
