/*
 * What is fetched to judge certificates, through http1.  The bodies are those of
 * tests/crypto/certs; expected values are what openssl prints of them.
 */
#include "../play.h"

#define N(array) (sizeof(array) / sizeof *(array))
#define MAX_BODY 4096 /* octets; the bodies are smaller */

/* Seconds since 1970 of the times in the bodies, by date(1). */
#define MADE "1795285529000000000"      /* 2026-11-21 18:25:29 */
#define NEXT_WEEK "1795890329000000000" /* 2026-11-28 18:25:29 */
#define FEBRUARY "1769904000000000000"  /* 2026-02-01 */
#define MARCH "1772323200000000000"     /* 2026-03-01 */
#define NEW_YEAR_26 "1767225600000000000"
#define NEW_YEAR_27 "1798761600000000000"

static size_t load(const char *name, uint8_t out[MAX_BODY])
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/tests/crypto/certs/%s", SGS_SOURCE_DIR, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(out, 1, MAX_BODY, f);
    assert_true(n > 0 && n < MAX_BODY);
    assert_int_equal(fclose(f), 0);
    return n;
}

/* One message with a body; cut: so many octets at its end are lost. */
static void send(struct play *p, enum sgs_dir dir, const char *start, const char *media,
                 const char *file, size_t cut)
{
    uint8_t body[MAX_BODY];
    char head[512];
    size_t len = load(file, body);
    int n = snprintf(head, sizeof head, "%s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                     start, media, len);

    play_push(p, dir, sgs_slice(head, (size_t)n));
    play_push(p, dir, sgs_slice(body, len - cut));
    if (cut > 0) {
        play_gap(p, dir, cut);
    }
}

struct row {
    const char *name;
    const char *request; /* up to its last header */
    const char *media, *file;
    size_t cut;
    const char *expected; /* a part of what is emitted */
};

#define GET(path) "GET " path " HTTP/1.1\r\nHost: pki.contoso.example"

static const struct row rows[] = {
#include "rows.def"
};

static void one(void **state)
{
    const struct row *row = *state;
    struct play p;

    play_open(&p, "http1", true);
    play_text(&p, SGS_C2S, row->request);
    play_text(&p, SGS_C2S, "\r\n\r\n");
    send(&p, SGS_S2C, "HTTP/1.1 200 OK", row->media, row->file, row->cut);
    const char *got = play_end(&p, SGS_END_FIN);
    if (!strstr(got, row->expected)) {
        fail_msg("no \"%s\" in\n%s", row->expected, got);
    }
    play_close(&p);
}

/* A question by POST is an event of its own: it may get no answer. */
static void asked(void **state)
{
    struct play p;

    play_open(&p, "http1", true);
    send(&p, SGS_C2S, "POST /ocsp HTTP/1.1\r\nHost: ocsp.contoso.example",
         "application/ocsp-request", "ocsp-request.der", 0);
    const char *got = play_end(&p, SGS_END_FIN);
    assert_non_null(strstr(got, "#2 revocation.fetch in=1 serial=1000 how=ocsp "
                                "url=http://ocsp.contoso.example/ocsp\n"
                                "#3 revocation.fetch in=1 serial=1001 how=ocsp "
                                "url=http://ocsp.contoso.example/ocsp\n"));
    play_close(&p);
}

int main(void)
{
    struct CMUnitTest tests[N(rows) + 1];

    for (size_t i = 0; i < N(rows); i++) {
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = one, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    tests[N(rows)] = (struct CMUnitTest)cmocka_unit_test(asked);
    return cmocka_run_group_tests_name("x509", tests, NULL, NULL) != 0;
}
