/* Names that clients were told of, and what a certificate says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/limits.h>

#include "engine/asked.h"
#include "engine/stream.h"
#include "feed.h"
#include "timeline/draft.h"

#define N(array) (sizeof(array) / sizeof *(array))

static const struct sgs_addr client = {
    .ip = {10, 0, 0, 15},
      .len = 4, .port = 50738
};
static const struct sgs_addr other = {
    .ip = {10, 0, 0, 16},
      .len = 4, .port = 50738
};
static const struct sgs_addr server = {
    .ip = {192, 0, 2, 9},
      .len = 4, .port = 443
};
static const struct sgs_addr server6 = {
    .ip = {0x20, 1, 0x0d, 0xb8, [15] = 1},
      .len = 16, .port = 443
};

static void see(struct sgs_asked *a, struct sgs_draft *d)
{
    d->ev.client = client;
    sgs_asked_see(a, sgs_draft_seal(d));
    sgs_draft_free(d);
}

static struct sgs_draft *answer(const char *name, const char *type)
{
    struct sgs_draft *d = sgs_draft_new(SGS_K_DNS_RESPONSE);

    ev_str(d, SGS_F_NAME, name);
    ev_str(d, SGS_F_TYPE, type);
    return d;
}

static void record(struct sgs_draft *d, const char *name, const char *type, const char *data)
{
    ev_row(d, SGS_F_ANSWERS);
    ev_member(d, SGS_F_ANSWERS, SGS_LIT("name"), sgs_slice_str(name));
    ev_member(d, SGS_F_ANSWERS, SGS_LIT("type"), sgs_slice_str(type));
    ev_member(d, SGS_F_ANSWERS, SGS_LIT("data"), sgs_slice_str(data));
}

static void assert_name(const struct sgs_asked *a, const struct sgs_addr *who,
                        const struct sgs_addr *where, const char *name)
{
    struct sgs_slice got = sgs_asked_name(a, who, where, INT64_MAX);
    assert_true(sgs_slice_eq(got, sgs_slice_str(name)));
}

static unsigned sources(const struct sgs_asked *a, const char *name)
{
    return sgs_asked_sources(a, &client, sgs_slice_str(name));
}

/* The name asked counts, not the one that an alias leads to; the last one asked wins. */
static void addresses(void **state)
{
    struct sgs_asked *a = sgs_asked_new();
    struct sgs_draft *d = answer("Web.contoso.example", "A");

    record(d, "web.contoso.example", "CNAME", "proxy.contoso.example");
    record(d, "proxy.contoso.example", "A", "192.0.2.9");
    see(a, d);
    assert_name(a, &client, &server, "Web.contoso.example");
    assert_name(a, &other, &server, "");
    assert_name(a, &client, &other, "");
    assert_int_equal(sources(a, "web.CONTOSO.example."), SGS_NAME_DNS);
    assert_int_equal(sources(a, "proxy.contoso.example"), 0);
    assert_int_equal(sgs_asked_sources(a, &other, SGS_LIT("web.contoso.example")), 0);
    d = answer("sip.contoso.example", "AAAA");
    record(d, "sip.contoso.example", "AAAA", "2001:db8::1");
    record(d, "sip.contoso.example", "A", "192.0.2.9");
    see(a, d);
    assert_name(a, &client, &server6, "sip.contoso.example");
    assert_name(a, &client, &server, "sip.contoso.example");
    sgs_asked_free(a);
    sgs_asked_free(NULL);
}

/* Addresses that come along with SRV records are those of their targets. */
static void services(void **state)
{
    struct sgs_asked *a = sgs_asked_new();
    struct sgs_draft *d = answer("_sipinternaltls._tcp.contoso.example", "SRV");

    record(d, "_sipinternaltls._tcp.contoso.example", "SRV", "0 0 5061 sip.contoso.example");
    record(d, "sip.contoso.example", "A", "192.0.2.9");
    see(a, d);
    assert_name(a, &client, &server, "sip.contoso.example");
    assert_int_equal(sources(a, "sip.contoso.example"), SGS_NAME_SRV | SGS_NAME_DNS);
    assert_int_equal(sources(a, "_sipinternaltls._tcp.contoso.example"), 0);
    sgs_asked_free(a);
}

static void autodiscover(void **state)
{
    struct sgs_asked *a = sgs_asked_new();
    struct sgs_draft *d = sgs_draft_new(SGS_K_AUTODISCOVER_RESULT);

    ev_str(d, SGS_F_SIP_INTERNAL, "pool.contoso.example:5061");
    ev_str(d, SGS_F_SIP_EXTERNAL, "sip.contoso.example:443");
    ev_str(d, SGS_F_REDIRECT, "https://web.contoso.example/root?a=b");
    ev_member(d, SGS_F_LINKS, SGS_LIT("User"), SGS_LIT("https://web2.contoso.example:4443/user"));
    see(a, d);
    assert_int_equal(sources(a, "pool.contoso.example"), SGS_NAME_AUTODISCOVER);
    assert_int_equal(sources(a, "sip.contoso.example"), SGS_NAME_AUTODISCOVER);
    assert_int_equal(sources(a, "web.contoso.example"), SGS_NAME_AUTODISCOVER);
    assert_int_equal(sources(a, "web2.contoso.example"), SGS_NAME_AUTODISCOVER);
    assert_int_equal(sources(a, "web3.contoso.example"), 0);
    assert_name(a, &client, &server, "");
    sgs_asked_free(a);
}

/* The name of a time, as far as the last two go back. */
static void times(void **state)
{
    static const struct {
        sgs_time when;
        const char *name;
    } rows[] = {
        {1,  ""         },
        {19, ""         },
        {20, "b.example"},
        {29, "b.example"},
        {30, "c.example"},
        {31, "c.example"},
    };
    static const char *const looked_up[] = {"a.example", "b.example", "c.example", "C.example"};
    struct sgs_asked *a = sgs_asked_new();

    for (size_t i = 0; i < N(looked_up); i++) {
        struct sgs_draft *d = answer(looked_up[i], "A");
        record(d, looked_up[i], "A", "192.0.2.9");
        d->ev.origin.time = (sgs_time)(10 * (i + 1));
        see(a, d);
    }
    for (size_t i = 0; i < N(rows); i++) {
        struct sgs_slice got = sgs_asked_name(a, &client, &server, rows[i].when);
        assert_true(sgs_slice_eq(got, sgs_slice_str(rows[i].name)));
    }
    sgs_asked_free(a);
}

/* What was set longest ago goes first; what is longer than a name is none. */
static void caps(void **state)
{
    struct sgs_asked *a = sgs_asked_new();
    char name[300];

    for (size_t i = 0; i < SGS_MAX_ASKED_NAMES; i++) {
        (void)snprintf(name, sizeof name, "h%zu.example", i);
        struct sgs_draft *d = answer("_sip._tls.example", "SRV");
        record(d, "_sip._tls.example", "SRV", name);
        see(a, d);
        if (i == 1) {
            d = answer("h0.example", "A");
            record(d, "h0.example", "A", "192.0.2.9");
            see(a, d);
        }
    }
    struct sgs_draft *d = answer("last.example", "A");
    record(d, "last.example", "A", "192.0.2.8");
    see(a, d);
    assert_int_equal(sources(a, "h1.example"), 0);
    assert_int_equal(sources(a, "h0.example"), SGS_NAME_SRV | SGS_NAME_DNS);
    assert_int_equal(sources(a, "h2.example"), SGS_NAME_SRV);
    assert_int_equal(sources(a, "last.example"), SGS_NAME_DNS);
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = 0;
    d = answer(name, "A");
    record(d, name, "A", "192.0.2.9");
    see(a, d);
    assert_name(a, &client, &server, "h0.example");
    assert_int_equal(sources(a, name), 0);
    sgs_asked_free(a);
}

/* A TLS connection, with DNS before it.  The sample's certificate is for web and
 * sip.contoso.example (`openssl x509 -checkhost`). */

struct seen {
    char name[256];
    char sources[256];
    int64_t match;
};

static void on_event(void *ctx, const struct sgs_event *ev)
{
    struct seen *s = ctx;
    const struct sgs_value *list = sgs_event_get(ev, SGS_F_SOURCES);
    struct sgs_slice name = sgs_event_text(ev, SGS_F_NAME);

    if (ev->kind != SGS_K_TLS_CERTIFICATE) {
        return;
    }
    (void)snprintf(s->name, sizeof s->name, "%.*s", (int)name.len, (const char *)name.ptr);
    for (size_t i = 0; list && i < list->n; i++) {
        size_t len = strlen(s->sources);
        (void)snprintf(s->sources + len, sizeof s->sources - len, " %.*s", (int)list->list[i].len,
                       (const char *)list->list[i].ptr);
    }
    s->match = sgs_event_int(ev, SGS_F_NAME_MATCH, -1);
}

/* An answer over UDP: the question and one record of IN, both of the type. */
static void resolve(struct sgs_engine *e, const struct sgs_origin *origin, const char *labels,
                    uint8_t type, struct sgs_slice data)
{
    const struct sgs_conn_info info = {
        .transport = SGS_UDP,
        .end = {client, {.ip = {10, 0, 0, 1}, .len = 4, .port = 53}},
        .has_start = true,
    };
    uint8_t msg[512] = {0, 7, 0x81, 0x80, 0, 1, 0, 1};
    size_t n = 12;
    struct sgs_stream *s = sgs_stream_open(e, &info, "dns");

    memcpy(msg + n, labels, strlen(labels) + 1);
    n += strlen(labels) + 1;
    memcpy(msg + n, (const uint8_t[]){0, type, 0, 1, 0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0}, 15);
    n += 15;
    msg[n++] = (uint8_t)data.len;
    memcpy(msg + n, data.ptr, data.len);
    sgs_stream_push(s, SGS_S2C, sgs_slice(msg, n + data.len), false, origin);
    sgs_stream_close(s);
    sgs_engine_drain(e);
}

/* The sample as it is, or without the name in its ClientHello. */
static void connect(struct sgs_engine *e, struct sgs_origin *origin, bool has_sni)
{
    const struct sgs_conn_info info = {
        .transport = SGS_TCP, .end = {client, server},
             .has_start = true
    };
    const struct sgs_slice sni = SGS_LIT("\0\0\0\x18\0\x16\0\0\x13web.contoso.example");
    struct feed_sample sample;
    struct sgs_stream *s = sgs_stream_open(e, &info, "tls");
    uint8_t octets[65536];

    assert_true(feed_load(SGS_SAMPLES "/tls/tls12-gcm-alpn.bin", &sample));
    for (size_t i = 0; i < sample.n; i++) {
        struct sgs_slice x = sample.records[i].octets;
        assert_true(x.len <= sizeof octets);
        memcpy(octets, x.ptr, x.len);
        if (i == 0 && !has_sni) {
            size_t at = sgs_slice_find(x, sni);
            assert_true(at < x.len);
            octets[at] = 0xfa; /* an extension that nobody knows (RFC 8701) */
            octets[at + 1] = 0xfa;
        }
        origin->frame++;
        sgs_stream_push(s, sample.records[i].dir, sgs_slice(octets, x.len), false, origin);
    }
    sgs_stream_close(s);
    sgs_engine_drain(e);
    feed_unload(&sample);
}

static void certificates(void **state)
{
    static const struct {
        const char *labels; /* name looked up */
        bool is_srv;
        bool has_sni;
        const char *name, *sources;
        int64_t match;
    } rows[] = {
        {NULL,                       false, true,  "web.contoso.example",  " sni",     1 },
        {"\3web\7contoso\7example",  false, true,  "web.contoso.example",  " sni dns", 1 },
        {"\4pool\7contoso\7example", false, true,  "web.contoso.example",  " sni",     1 },
        {"\3web\7contoso\7example",  false, false, "web.contoso.example",  " dns",     1 },
        {"\4pool\7contoso\7example", false, false, "pool.contoso.example", " dns",     0 },
        {"\4pool\7contoso\7example", true,  false, "pool.contoso.example", " dns srv", 0 },
        {NULL,                       false, false, "",                     "",         -1},
    };

    for (size_t i = 0; i < N(rows); i++) {
        const struct sgs_engine_options options = {0};
        struct sgs_origin origin = {.frame = 1, .frame_last = 1};
        struct sgs_engine *e = sgs_engine_new(&options);
        struct seen seen = {.match = -2};
        sgs_engine_on_event(e, on_event, &seen);
        if (rows[i].is_srv) {
            resolve(e, &origin, "\4_sip\4_tls\7contoso\7example", 33,
                    SGS_LIT("\0\0\0\0\x01\xbb\4pool\7contoso\7example\0"));
        }
        if (rows[i].labels) {
            resolve(e, &origin, rows[i].labels, 1, sgs_slice(server.ip, 4));
        }
        connect(e, &origin, rows[i].has_sni);
        assert_string_equal(seen.name, rows[i].name);
        assert_string_equal(seen.sources, rows[i].sources);
        assert_int_equal(seen.match, rows[i].match);
        sgs_engine_free(e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses), cmocka_unit_test(services), cmocka_unit_test(autodiscover),
        cmocka_unit_test(times),     cmocka_unit_test(caps),     cmocka_unit_test(certificates),
    };
    return cmocka_run_group_tests_name("asked", tests, NULL, NULL) != 0;
}
