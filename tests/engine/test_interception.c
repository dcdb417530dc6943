/* Signs that TLS is opened on its way, and what looks like one and is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/buf.h>
#include <signscope/limits.h>

#include "engine/internal.h"

#define N(array) (sizeof(array) / sizeof *(array))

struct shown {
    const char *host;   /* NULL: no more; "@": the user of a REGISTER, in issuer; "@ntlm", "@krb":
                           domain or user, realm */
    const char *issuer; /* of the leaf */
    const char *next;   /* issuer of the certificate above; NULL: none was sent */
    int flags;
};

enum { NO_MATCH = 1, SELF_SIGNED = 2, OF_CLIENT = 4 };

#define PUBLIC_CA "C=US, O=DigiCert Inc, CN=DigiCert TLS RSA SHA256 2020 CA1"

static void on_event(void *ctx, const struct sgs_event *ev)
{
    struct sgs_slice name = sgs_event_text(ev, SGS_F_NAME), why = sgs_event_text(ev, SGS_F_WHY);

    if (ev->kind == SGS_K_TLS_INTERCEPTION) {
        assert_int_equal(ev->trust, SGS_INFERRED);
        (void)sgs_buf_printf(ctx, "%.*s %.*s %lld %lld\n", (int)why.len, (const char *)why.ptr,
                             (int)name.len, (const char *)name.ptr,
                             (long long)sgs_event_int(ev, SGS_F_CERTIFICATE, 0),
                             (long long)sgs_event_int(ev, SGS_F_OTHER, 0));
    }
}

static struct sgs_draft *open_event(struct sgs_engine *e, enum sgs_kind kind, uint32_t conn)
{
    const struct sgs_conn_info info = {.transport = SGS_TCP, .number = conn};
    const struct sgs_origin origin = {.frame = 1, .frame_last = 1};

    return sgs_engine_event(e, kind, &info, SGS_S2C, &origin);
}

static void certificate(struct sgs_engine *e, const struct shown *s, uint32_t conn, bool is_leaf)
{
    struct sgs_draft *d = open_event(e, SGS_K_TLS_CERTIFICATE, conn);

    ev_int(d, SGS_F_POSITION, is_leaf ? 0 : 1);
    ev_str(d, SGS_F_SIDE, s->flags & OF_CLIENT ? "client" : "server");
    ev_str(d, SGS_F_ISSUER, is_leaf ? s->issuer : s->next);
    if (is_leaf) {
        ev_str(d, SGS_F_NAME, s->host);
        ev_bool(d, SGS_F_NAME_MATCH, !(s->flags & NO_MATCH));
        ev_str(d, SGS_F_CHAIN, s->flags & SELF_SIGNED ? "self-signed" : "ok");
    }
    sgs_engine_emit(e, d);
}

static void tell_domain(struct sgs_engine *e, const struct shown *s, uint32_t conn)
{
    static const struct {
        const char *name;
        enum sgs_kind kind;
        enum sgs_field_id field;
    } places[] = {
        {"@",     SGS_K_SIP_REQUEST,       SGS_F_FROM  },
        {"@ntlm", SGS_K_NTLM_AUTHENTICATE, SGS_F_DOMAIN},
        {"@krb",  SGS_K_KERBEROS_TGS_REQ,  SGS_F_REALM },
    };

    for (size_t i = 0; i < N(places); i++) {
        if (strcmp(s->host, places[i].name) == 0) {
            bool is_user = places[i].field == SGS_F_DOMAIN && strchr(s->issuer, '@');
            struct sgs_draft *d = open_event(e, places[i].kind, conn);
            ev_str(d, is_user ? SGS_F_USER : places[i].field, s->issuer);
            sgs_engine_emit(e, d);
        }
    }
}

static void show(struct sgs_engine *e, const struct shown *s, uint32_t conn)
{
    if (s->host[0] == '@') {
        tell_domain(e, s, conn);
        return;
    }
    certificate(e, s, conn, true);
    if (s->next) {
        certificate(e, s, conn, false);
    }
}

#define ONE(host, issuer)                                                                          \
    {                                                                                              \
        host, issuer, NULL, 0                                                                      \
    }
#define TWO(host, issuer, next)                                                                    \
    {                                                                                              \
        host, issuer, next, 0                                                                      \
    }
#define ODD(host, issuer, flags)                                                                   \
    {                                                                                              \
        host, issuer, NULL, flags                                                                  \
    }

/* Ids count all events from 1, those of interception, too. */
static const struct {
    const char *name;
    struct shown shown[6];
    const char *expected;
} rows[] = {
#include "interception.def"
};

static void one(void **state)
{
    const size_t row = *(size_t *)*state;
    const struct sgs_engine_options options = {0};
    struct sgs_engine *e = sgs_engine_new(&options);
    struct sgs_buf out;

    sgs_buf_init(&out, 1u << 16);
    sgs_engine_on_event(e, on_event, &out);
    for (uint32_t i = 0; i < N(rows[row].shown) && rows[row].shown[i].host; i++) {
        show(e, &rows[row].shown[i], i);
    }
    sgs_engine_drain(e);
    sgs_engine_finish(e);
    (void)sgs_buf_add_octet(&out, 0);
    assert_string_equal((const char *)out.ptr, rows[row].expected);
    sgs_buf_clear(&out);
    sgs_engine_free(e);
}

static void domains(void **state)
{
    static const char *const pairs[][2] = {
        {"sip.contoso.com",   "contoso.com"  },
        {"a.b.contoso.com.",  "contoso.com"  },
        {"contoso.com",       "contoso.com"  },
        {"sip.contoso.co.uk", "contoso.co.uk"},
        {"contoso.CO.UK",     "contoso.CO.UK"},
        {"localhost",         "localhost"    },
        {"co.uk",             "co.uk"        },
        {"",                  ""             },
        {".",                 ""             },
    };

    for (size_t i = 0; i < N(pairs); i++) {
        struct sgs_slice got = sgs_interception_domain(sgs_slice_str(pairs[i][0]));
        assert_true(sgs_slice_eq(got, sgs_slice_str(pairs[i][1])));
    }
}

/* Beyond the cap hosts and issuers are left out. */
static void caps(void **state)
{
    const struct sgs_engine_options options = {0};
    struct sgs_engine *e = sgs_engine_new(&options);
    struct sgs_buf out;
    char host[64], issuer[64];

    sgs_buf_init(&out, 1u << 20);
    sgs_engine_on_event(e, on_event, &out);
    for (uint32_t i = 0; i < SGS_MAX_INTERCEPTION_NAMES + 3; i++) {
        (void)snprintf(host, sizeof host, "h%u.example", (unsigned)i);
        (void)snprintf(issuer, sizeof issuer, "CN=Zscaler %u", (unsigned)i);
        show(e, &(struct shown){.host = host, .issuer = issuer}, i);
        sgs_engine_drain(e);
    }
    sgs_engine_finish(e);
    size_t lines = 0;
    for (size_t i = 0; i < out.len; i++) {
        lines += out.ptr[i] == '\n';
    }
    assert_int_equal(lines, SGS_MAX_INTERCEPTION_NAMES);
    sgs_buf_clear(&out);
    sgs_engine_free(e);
}

int main(void)
{
    static size_t numbers[N(rows)];
    struct CMUnitTest tests[N(rows) + 2];

    for (size_t i = 0; i < N(rows); i++) {
        numbers[i] = i;
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = one, .initial_state = &numbers[i]};
    }
    tests[N(rows)] = (struct CMUnitTest)cmocka_unit_test(domains);
    tests[N(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(caps);
    return cmocka_run_group_tests_name("interception", tests, NULL, NULL) != 0;
}
