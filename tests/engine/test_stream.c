/* Layers at work: recognition, tunnels, holes and ends, through real dissectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/stream.h"

#define MAX_SEEN 32

static struct {
    char text[160]; /* "http.request tls/http1 5-7" */
} seen[MAX_SEEN];
static size_t n_seen;

static void on_event(void *ctx, const struct sgs_event *ev)
{
    (void)ctx;
    assert_true(n_seen < MAX_SEEN);
    (void)snprintf(seen[n_seen++].text, sizeof seen->text, "%s %.*s %u-%u%s",
                   sgs_kind_name(ev->kind), (int)ev->layers.len, (const char *)ev->layers.ptr,
                   (unsigned)ev->origin.frame, (unsigned)ev->origin.frame_last,
                   sgs_event_get(ev, SGS_F_CUT) ? " cut" : "");
}

static struct sgs_engine *engine;
static struct sgs_stream *stream;
static uint64_t frame;

static int setup(void **state)
{
    (void)state;
    engine = sgs_engine_new(&(struct sgs_engine_options){.keys = NULL});
    sgs_engine_on_event(engine, on_event, NULL);
    n_seen = 0;
    frame = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sgs_engine_free(engine);
    return 0;
}

static void start(enum sgs_transport transport, uint16_t port, const char *name)
{
    struct sgs_conn_info info = {.transport = transport, .has_start = true};
    info.end[SGS_C2S] = (struct sgs_addr){
        .ip = {192, 0, 2, 1},
          .len = 4, .port = 50000
    };
    info.end[SGS_S2C] = (struct sgs_addr){
        .ip = {192, 0, 2, 2},
          .len = 4, .port = port
    };
    stream = sgs_stream_open(engine, &info, name);
}

static struct sgs_origin next_frame(void)
{
    frame++;
    return (struct sgs_origin){
        .frame = frame, .frame_last = frame, .time = (sgs_time)frame, .time_last = (sgs_time)frame};
}

static void push(enum sgs_dir dir, const char *text)
{
    struct sgs_origin o = next_frame();
    sgs_stream_push(stream, dir, sgs_slice_str(text), false, &o);
}

static void lose(enum sgs_dir dir, uint64_t n)
{
    struct sgs_origin o = next_frame();
    sgs_stream_gap(stream, dir, n, SGS_GAP_LOST, &o);
}

static void finish(enum sgs_end why)
{
    struct sgs_origin o = next_frame();
    sgs_stream_end(stream, SGS_C2S, why, &o);
    sgs_stream_end(stream, SGS_S2C, why, &o);
    sgs_stream_close(stream);
    sgs_engine_drain(engine);
}

static void check(const char *const *want)
{
    for (size_t i = 0; want[i]; i++) {
        assert_true(i < n_seen);
        assert_string_equal(seen[i].text, want[i]);
    }
}

#define SEEN(...)                                                                                  \
    do {                                                                                           \
        const char *const want[] = {__VA_ARGS__, NULL};                                            \
        assert_int_equal(n_seen, sizeof want / sizeof *want - 1);                                  \
        check(want);                                                                               \
    } while (0)

#define REGISTER                                                                                   \
    "REGISTER sip:contoso.example SIP/2.0\r\nFrom: <sip:ada@contoso.example>;tag=1\r\n"            \
    "To: <sip:ada@contoso.example>\r\nCall-ID: a\r\nCSeq: 1 REGISTER\r\n"                          \
    "Via: SIP/2.0/TLS 192.0.2.1:50000\r\nContent-Length: 0\r\n\r\n"

static void test_recognised_by_content(void **state)
{
    (void)state;
    start(SGS_TCP, 443, NULL);
    push(SGS_C2S, "REGI");
    push(SGS_C2S, REGISTER + 4);
    finish(SGS_END_FIN);
    SEEN("sip.request sip 1-2");
}

static void test_several_in_one_push_and_one_in_many(void **state)
{
    (void)state;
    start(SGS_TCP, 80, NULL);
    push(SGS_C2S, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HT");
    push(SGS_C2S, "TP/1.1\r\nHo");
    push(SGS_C2S, "st: a\r\n\r\n");
    finish(SGS_END_FIN);
    SEEN("http.request http1 1-1", "http.request http1 1-1", "http.request http1 1-3");
}

static void test_joined_in_the_middle(void **state)
{
    (void)state;
    start(SGS_TCP, 80, NULL);
    push(SGS_S2C, "the end of some body that nobody can name");
    push(SGS_C2S, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    push(SGS_S2C, "HTTP/1.1 204 No Content\r\n\r\n");
    finish(SGS_END_FIN);
    SEEN("http.request http1 2-2", "http.response http1 3-3");
}

static void test_tunnel(void **state)
{
    (void)state;
    start(SGS_TCP, 8080, NULL);
    push(SGS_C2S, "CONNECT sip.contoso.example:443 HTTP/1.1\r\nHost: sip.contoso.example\r\n\r\n");
    push(SGS_S2C, "HTTP/1.1 200 OK\r\n\r\n");
    push(SGS_C2S, REGISTER);
    finish(SGS_END_FIN);
    SEEN("http.request http1 1-1", "http.response http1 2-2", "sip.request http1/sip 3-3");
}

static void test_tunnel_that_speaks_before_the_answer(void **state)
{
    (void)state;
    start(SGS_TCP, 8080, NULL);
    push(SGS_C2S,
         "CONNECT sip.contoso.example:443 HTTP/1.1\r\nHost: sip.contoso.example\r\n\r\n" REGISTER);
    push(SGS_S2C, "HTTP/1.1 200 OK\r\n\r\n");
    finish(SGS_END_FIN);
    SEEN("http.request http1 1-1", "http.response http1 2-2", "sip.request http1/sip 1-1");
}

static void test_hole_in_a_body_of_known_length(void **state)
{
    (void)state;
    start(SGS_TCP, 80, NULL);
    push(SGS_C2S, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    push(SGS_S2C, "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n0123456789");
    lose(SGS_S2C, 10);
    push(SGS_S2C, "0123456789HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    finish(SGS_END_FIN);
    assert_int_equal(n_seen, 5);
    assert_string_equal(seen[2].text, "net.gap  3-3");
    assert_non_null(strstr(seen[3].text, "http.response http1 2-"));
    assert_string_equal(seen[4].text, "http.response http1 4-4");
}

static void test_hole_in_a_head(void **state)
{
    (void)state;
    start(SGS_TCP, 5060, NULL);
    push(SGS_C2S, "REGISTER sip:contoso.example SIP/2.0\r\nFrom: <sip:ada@con");
    lose(SGS_C2S, 40);
    push(SGS_C2S, "junk in the middle\r\n\r\n" REGISTER);
    finish(SGS_END_FIN);
    assert_true(n_seen >= 2);
    assert_string_equal(seen[n_seen - 1].text, "sip.request sip 3-3");
}

static void test_datagrams(void **state)
{
    (void)state;
    start(SGS_UDP, 5060, NULL);
    push(SGS_C2S, REGISTER);
    push(SGS_C2S, REGISTER);
    finish(SGS_END_IDLE);
    SEEN("sip.request sip 1-1", "sip.request sip 2-2");
}

static void test_nobody(void **state)
{
    (void)state;
    start(SGS_TCP, 9999, NULL);
    for (int i = 0; i < 1000; i++) {
        push(i % 2 ? SGS_S2C : SGS_C2S, "\x01\x02\x03 nothing that anybody speaks");
    }
    finish(SGS_END_FIN);
    assert_int_equal(n_seen, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_recognised_by_content),
        CASE(test_several_in_one_push_and_one_in_many),
        CASE(test_joined_in_the_middle),
        CASE(test_tunnel),
        CASE(test_tunnel_that_speaks_before_the_answer),
        CASE(test_hole_in_a_body_of_known_length),
        CASE(test_hole_in_a_head),
        CASE(test_datagrams),
        CASE(test_nobody),
    };
    return cmocka_run_group_tests_name("engine/stream", tests, NULL, NULL) != 0;
}
