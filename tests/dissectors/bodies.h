/* What tests of dissectors of HTTP bodies share: rows of a body, who sends it, and what is told. */
#ifndef SGS_TESTS_DISSECTORS_BODIES_H
#define SGS_TESTS_DISSECTORS_BODIES_H

#include "play.h"

#define N(array) (sizeof(array) / sizeof *(array))

#define C SGS_C2S
#define S SGS_S2C

struct body_row {
    const char *name;
    const char *reader; /* a dissector, or a media type: then it comes in HTTP */
    enum sgs_dir dir;
    const char *text;
    const char *expected; /* of HTTP a part, else all of it */
};

/* The first n octets of the body of a POST, or of its answer. */
static inline void body_in_http(struct play *p, const struct body_row *row, size_t n)
{
    char head[512];
    const char *start =
        row->dir == C ? "POST /x HTTP/1.1\r\nHost: web.contoso.com" : "HTTP/1.1 200 OK";

    if (row->dir == S) {
        play_text(p, C, "GET /x HTTP/1.1\r\nHost: web.contoso.com\r\n\r\n");
    }
    (void)snprintf(head, sizeof head, "%s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                   start, row->reader, strlen(row->text));
    play_text(p, row->dir, head);
    play_push(p, row->dir, sgs_slice(row->text, n));
}

static inline void body_test(void **state)
{
    const struct body_row *row = *state;
    bool is_media = strchr(row->reader, '/') != NULL;
    struct play p;

    play_open(&p, is_media ? "http1" : row->reader, true);
    if (is_media) {
        body_in_http(&p, row, strlen(row->text));
    } else {
        play_text(&p, row->dir, row->text);
    }
    const char *got = play_end(&p, SGS_END_FIN);
    if (!is_media) {
        assert_string_equal(got, row->expected);
    } else if (!strstr(got, row->expected)) {
        fail_msg("no \"%s\" in\n%s", row->expected, got);
    }
    assert_null(strstr(got, "S3cret")); /* what stands for a secret in the rows */
    play_close(&p);
}

/* Prefixes: no crash, no secret. */
static inline void body_prefixes(void **state)
{
    const struct body_row *row = *state;
    bool is_media = strchr(row->reader, '/') != NULL;

    for (size_t n = 0; n < strlen(row->text); n++) {
        struct play p;
        play_open(&p, is_media ? "http1" : row->reader, true);
        if (is_media) {
            body_in_http(&p, row, n);
        } else {
            play_push(&p, row->dir, sgs_slice(row->text, n));
        }
        assert_null(strstr(play_end(&p, SGS_END_CAPTURE), "S3cret"));
        play_close(&p);
    }
}

static inline int body_run(const char *name, const struct body_row *rows, size_t n,
                           const struct CMUnitTest *more, size_t n_more)
{
    struct CMUnitTest *tests = calloc(2 * n + n_more, sizeof *tests);

    assert_non_null(tests);
    for (size_t i = 0; i < n; i++) {
        void *row = (void *)(uintptr_t)&rows[i];
        tests[2 * i] = (struct CMUnitTest){rows[i].name, body_test, NULL, NULL, row};
        tests[2 * i + 1] = (struct CMUnitTest){rows[i].name, body_prefixes, NULL, NULL, row};
    }
    for (size_t i = 0; i < n_more; i++) {
        tests[2 * n + i] = more[i];
    }
    int failed = _cmocka_run_group_tests(name, tests, 2 * n + n_more, NULL, NULL);
    free(tests);
    return failed != 0;
}

#endif
