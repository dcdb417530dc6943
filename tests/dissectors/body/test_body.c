/*
 * Bodies with content codings, through http1: what comes out of the coding must be read by the
 * dissector of its media type.  Coded octets are made by zlib, and by hand after RFC 7932.
 */
#include <zlib.h>

#include "../play.h"

#define N(array) (sizeof(array) / sizeof *(array))

#define XML "<AutodiscoverResponse AccessLocation='External'/>"
#define RESULT "autodiscover.result in=1 access=External"

/* One stored meta-block (RFC 7932, section 9.2): window 16, length in 16 bits, then the octets. */
static struct sgs_slice stored_brotli(struct sgs_slice in, uint8_t *out)
{
    uint32_t head = (uint32_t)(in.len - 1) << 4 | 1u << 20;

    out[0] = (uint8_t)head;
    out[1] = (uint8_t)(head >> 8);
    out[2] = (uint8_t)(head >> 16);
    memcpy(out + 3, in.ptr, in.len);
    out[3 + in.len] = 3; /* the last block, empty */
    return sgs_slice(out, in.len + 4);
}

static struct sgs_slice deflated(struct sgs_slice in, int window, uint8_t *out, size_t room)
{
    z_stream z = {.next_in = (z_const Bytef *)(uintptr_t)in.ptr,
                  .avail_in = (uInt)in.len,
                  .next_out = out,
                  .avail_out = (uInt)room};

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&z), Z_OK);
    return sgs_slice(out, room - z.avail_out);
}

/* An answer with this coding and body, in pieces of step octets. */
static void answer(struct play *p, const char *coding, struct sgs_slice body, size_t step)
{
    char head[256];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n%s%s"
                     "Content-Length: %zu\r\n\r\n",
                     coding, coding[0] ? "\r\n" : "", body.len);

    play_push(p, SGS_S2C, sgs_slice(head, (size_t)n));
    for (size_t at = 0; at < body.len; at += step) {
        play_push(p, SGS_S2C, sgs_slice_head(sgs_slice_from(body, at), step));
    }
}

struct row {
    const char *header;
    int windows[3]; /* codings applied, first to last; 0 ends; 1: brotli */
    const char *expected;
};

static const struct row rows[] = {
    {"",                                                    {0},      RESULT                                      },
    {"Content-Encoding: identity",                          {0},      RESULT                                      },
    {"Content-Encoding: gzip",                              {31},     RESULT                                      },
    {"content-encoding: X-GZIP",                            {31},     RESULT                                      },
    {"Content-Encoding: deflate",                           {15},     RESULT                                      },
    {"Content-Encoding: deflate",                           {-15},    RESULT                                      },
    {"Content-Encoding: br",                                {1},      RESULT                                      },
    {"Content-Encoding: br, gzip",                          {1, 31},  RESULT                                      },
    {"Content-Encoding: deflate, gzip",                     {15, 31}, RESULT                                      },
    {"Content-Encoding: gzip\r\nContent-Encoding: deflate", {31, 15}, RESULT                                      },
    {"Content-Encoding: gzip",                              {0},      "malformed in=1 what=damaged content coding"},
    {"Content-Encoding: gzip",                              {0},      RESULT                                      },
    {"Content-Encoding: br",                                {0},      "malformed in=1 what=damaged content coding"},
    {"Content-Encoding: compress",                          {0},      "malformed in=1 what=unknown content coding"},
    {"Content-Encoding: gzip,gzip,gzip,gzip,gzip",          {0},      "limit in=1 what=http.codings number=4"     },
};

static void one(void **state)
{
    const struct row *row = *state;

    for (size_t step = 1; step <= 4096; step *= 4096) {
        uint8_t room[2][4096];
        struct sgs_slice body = SGS_LIT(XML);
        struct play p;

        for (size_t i = 0; i < 3 && row->windows[i] != 0; i++) {
            body = row->windows[i] == 1
                       ? stored_brotli(body, room[i % 2])
                       : deflated(body, row->windows[i], room[i % 2], sizeof room[0]);
        }
        play_open(&p, "http1", true);
        answer(&p, row->header, body, step);
        const char *out = play_end(&p, SGS_END_FIN);
        assert_non_null(strstr(out, row->expected));
        assert_non_null(strstr(out, "#1 http.response status=200"));
        play_close(&p);
    }
}

/* A document of n links. */
static struct sgs_slice document(struct sgs_buf *b, int n)
{
    sgs_buf_init(b, 32u << 20);
    (void)sgs_buf_add_str(b, "<AutodiscoverResponse AccessLocation='External'>");
    for (int i = 0; i < n; i++) {
        (void)sgs_buf_printf(b, "<Link token='t%d' href='https://a.example/%d'/>", i, i * 7919);
    }
    (void)sgs_buf_add_str(b, "</AutodiscoverResponse>");
    return sgs_buf_slice(b);
}

/* A hole in a coded body: what stands before it is read. */
static void hole(void **state)
{
    uint8_t room[4096];
    struct sgs_buf b;
    struct sgs_slice body = deflated(document(&b, 200), 31, room, sizeof room);
    struct play p;
    char head[128];
    (void)state;

    play_open(&p, "http1", true);
    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   body.len);
    play_text(&p, SGS_S2C, head);
    play_push(&p, SGS_S2C, sgs_slice_head(body, body.len / 2));
    play_gap(&p, SGS_S2C, 10);
    play_push(&p, SGS_S2C, sgs_slice_from(body, body.len / 2 + 10));
    play_text(&p, SGS_S2C, "HTTP/1.1 204 No Content\r\n\r\n");
    const char *out = play_end(&p, SGS_END_FIN);
    assert_non_null(strstr(out, RESULT " links{t0:\"https://a.example/0\""));
    assert_non_null(strstr(out, "cut=1\n#1 http.response status=200"));
    assert_non_null(strstr(out, "status=204"));
    assert_null(strstr(out, "malformed"));
    play_close(&p);
    sgs_buf_clear(&b);
}

/* Several members one after the other are one body (RFC 1952, section 2.2). */
static void members(void **state)
{
    uint8_t room[2][512];
    uint8_t both[1024];
    struct sgs_slice first = deflated(SGS_LIT("<AutodiscoverResponse Access"), 31, room[0], 512);
    struct sgs_slice second = deflated(SGS_LIT("Location='External'/>"), 31, room[1], 512);
    struct play p;
    (void)state;

    memcpy(both, first.ptr, first.len);
    memcpy(both + first.len, second.ptr, second.len);
    play_open(&p, "http1", true);
    answer(&p, "Content-Encoding: gzip", sgs_slice(both, first.len + second.len), 100);
    assert_non_null(strstr(play_end(&p, SGS_END_FIN), RESULT));
    play_close(&p);
}

/* 16 MiB of blanks in 16 KiB: the cap holds, and is told. */
static void bomb(void **state)
{
    size_t len = 16u << 20;
    uint8_t *blanks = malloc(len);
    uint8_t *room = malloc(len);
    struct play p;
    (void)state;

    assert_non_null(blanks);
    assert_non_null(room);
    memset(blanks, ' ', len);
    play_open(&p, "http1", true);
    answer(&p, "Content-Encoding: gzip", deflated(sgs_slice(blanks, len), 31, room, len), 1400);
    assert_non_null(strstr(play_end(&p, SGS_END_FIN), "limit in=1 what=body.octets"));
    play_close(&p);
    free(room);
    free(blanks);
}

/* A media type that nobody claims: however long the body is, nothing is held and no cap reached. */
static void unclaimed(void **state)
{
    char piece[1000];
    struct play p;
    (void)state;

    memset(piece, 'x', sizeof piece);
    play_open(&p, "http1", true);
    play_text(&p, SGS_S2C, "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n");
    for (int i = 0; i < 6000; i++) {
        play_push(&p, SGS_S2C, sgs_slice(piece, sizeof piece));
    }
    assert_string_equal(play_end(&p, SGS_END_FIN),
                        "#1 http.response status=200 reason=OK version=HTTP/1.1 "
                        "body_octets=6000000 content_type=image/png\n");
    play_close(&p);
}

int main(void)
{
    struct CMUnitTest tests[N(rows) + 4];

    for (size_t i = 0; i < N(rows); i++) {
        tests[i] = (struct CMUnitTest){
            .name = rows[i].header, .test_func = one, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    tests[N(rows)] = (struct CMUnitTest)cmocka_unit_test(hole);
    tests[N(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(members);
    tests[N(rows) + 2] = (struct CMUnitTest)cmocka_unit_test(bomb);
    tests[N(rows) + 3] = (struct CMUnitTest)cmocka_unit_test(unclaimed);
    return cmocka_run_group_tests_name("body", tests, NULL, NULL) != 0;
}
