/*
 * QUIC is named by the heads of its packets; those of version 1 are the samples of RFC 9001.
 */
#include "../play.h"

struct row {
    const char *name;
    const char *hex;  /* the head of a datagram */
    size_t len;       /* octets of the datagram: the rest is zeros */
    const char *want; /* what is said of a conversation of it and as many again, or "" */
};

/* clang-format off */
static const struct row rows[] = {
    {"version 1, RFC 9001 appendix A.2", "c000000001088394c8f03e5157080000449e7b9aec34", 1200,
     "#1 proto.named version=QUICv1 name=QUIC by=header\n"},
    {"a server's answer, appendix A.3", "cf000000010008f067a5502a4262b5004075c0d9", 135,
     "#1 proto.named version=QUICv1 name=QUIC by=header\n"},
    {"version 2, RFC 9369", "d36b3343cf088394c8f03e5157080000449ea0c95e82", 1200,
     "#1 proto.named version=QUICv2 name=QUIC by=header\n"},
    {"draft 29", "c0ff00001d088394c8f03e5157080000449e", 1200,
     "#1 proto.named version=draft name=QUIC by=header\n"},
    {"a version that asks for negotiation (RFC 9000, section 15)", "c01a2a3a4a088394c8f03e5157080000", 1200,
     "#1 proto.named version=unknown name=QUIC by=header\n"},
    {"a short header", "4c088394c8f03e5157080000449e", 60, ""},
    {"a connection ID that is too long", "c000000001158394c8f03e5157080000449e", 1200, ""},
    {"cut inside a connection ID", "c000000001088394c8f0", 10, ""},
    {"another version", "c012345678088394c8f03e5157080000", 1200, ""},
    {"no fixed bit", "8000000001088394c8f03e5157080000", 1200, ""},
};
/* clang-format on */

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = 0;

    for (; hex[2 * n]; n++) {
        char digits[] = {hex[2 * n], hex[2 * n + 1], '\0'};
        out[n] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return n;
}

static void named(void **state)
{
    const struct row *row = *state;
    uint8_t datagram[2048] = {0};
    struct play p;
    const struct sgs_conn_info info = {
        .transport = SGS_UDP,
        .end = {{.ip = {192, 0, 2, 15}, .len = 4, .port = 50738},
                {.ip = {192, 0, 2, 9}, .len = 4, .port = 443}},
        .has_start = true,
    };

    play_open(&p, "quic", true);
    sgs_stream_close(p.stream);
    p.stream = sgs_stream_open(p.engine, &info, NULL); /* by what its octets are */
    assert_true(unhex(row->hex, datagram) <= row->len);
    for (int i = 0; i < 4; i++) {
        play_push(&p, i % 2 ? SGS_S2C : SGS_C2S, sgs_slice(datagram, row->len));
    }
    assert_string_equal(play_end(&p, SGS_END_CAPTURE), row->want);
    play_close(&p);
}

int main(void)
{
    enum { N = sizeof rows / sizeof *rows };
    struct CMUnitTest tests[N];

    for (size_t i = 0; i < N; i++) {
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = named, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    return cmocka_run_group_tests_name("quic", tests, NULL, NULL);
}
