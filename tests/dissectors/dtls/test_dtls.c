/*
 * DTLS is named by the heads of its records (RFC 6347, section 4.1).
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
    {"ClientHello", "16fefd0000000000000000003601000000", 67, "#1 proto.named name=DTLS by=header\n"},
    {"ClientHello of old clients", "16feff0000000000000000003601000000", 67, "#1 proto.named name=DTLS by=header\n"},
    {"data in the middle", "17fefd00010000000000050036", 67, "#1 proto.named name=DTLS by=header\n"},
    {"TLS", "1603010200010001fc0303", 100, ""},
    {"no record type", "1afefd0000000000000000003601000000", 67, ""},
    {"an empty record", "16fefd000000000000000000000100", 67, ""},
    {"a length that no record has", "16fefd0000000000000000fff001", 67, ""},
    {"cut inside its head", "16fefd00000000000000", 10, ""},
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

    play_open(&p, "dtls", true);
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
    return cmocka_run_group_tests_name("dtls", tests, NULL, NULL);
}
