/* Autodiscover answers; texts after the examples of [MS-OCDISCWS] and the UCWA documentation. */
#include "../play.h"

#define N(array) (sizeof(array) / sizeof *(array))

struct row {
    const char *name;
    const char *text;
    const char *expected;
};

static const struct row rows[] = {
#include "rows.def"
};

static void one(void **state)
{
    const struct row *row = *state;
    struct play p;

    play_open(&p, "autodiscover", true);
    play_text(&p, SGS_S2C, row->text);
    assert_string_equal(play_end(&p, SGS_END_FIN), row->expected);
    play_close(&p);
}

static const struct {
    const char *text;
    enum sgs_guess guess;
} probes[] = {
    {"<?xml version='1.0'?><AutodiscoverResponse AccessLocation='x'>",    SGS_SURE },
    {"{\"_links\":{}}",                                                   SGS_MAYBE},
    {" {\"AccessLocation\":\"External\",\"Root\":{\"Links\":[]}}",        SGS_SURE },
    {"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'/>", SGS_NO   },
    {"{\"error\":\"invalid_grant\"}",                                     SGS_NO   },
    {"",                                                                  SGS_NO   },
};

extern const struct sgs_dissector sgs_dissector_autodiscover;

/* Big endian, with a prefix. */
static void utf16(void **state)
{
    static const char text[] =
        "<a:AutodiscoverResponse xmlns:a='urn:a' AccessLocation='External'><a:Domain><a:Link "
        "token='External/RemotePowerShell' href='https://a/'/></a:Domain></a:AutodiscoverResponse>";
    uint8_t octets[2 * sizeof text] = {0xfe, 0xff};
    struct play p;
    (void)state;

    for (size_t i = 0; i < sizeof text - 1; i++) {
        octets[2 + 2 * i + 1] = (uint8_t)text[i];
    }
    struct sgs_slice whole = sgs_slice(octets, sizeof octets);
    assert_int_equal(sgs_dissector_autodiscover.probe(whole, SGS_S2C), SGS_SURE);
    play_open(&p, "autodiscover", true);
    play_push(&p, SGS_S2C, whole);
    assert_string_equal(play_end(&p, SGS_END_FIN),
                        "#1 autodiscover.result type=domain access=External "
                        "links{External/RemotePowerShell:\"https://a/\"}\n");
    play_close(&p);
}

static void probing(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(probes); i++) {
        struct sgs_slice head = sgs_slice(probes[i].text, strlen(probes[i].text));
        assert_int_equal(sgs_dissector_autodiscover.probe(head, SGS_S2C), probes[i].guess);
    }
}

/* More links than are kept. */
static void many_links(void **state)
{
    struct sgs_buf text;
    struct play p;
    (void)state;

    sgs_buf_init(&text, 1u << 20);
    (void)sgs_buf_add_str(&text, "<AutodiscoverResponse>");
    for (int i = 0; i < 1000; i++) {
        (void)sgs_buf_printf(&text, "<Link token='t%d' href='h'/>", i);
    }
    (void)sgs_buf_add_str(&text, "</AutodiscoverResponse>");
    play_open(&p, "autodiscover", true);
    play_push(&p, SGS_S2C, sgs_buf_slice(&text));
    const char *out = play_end(&p, SGS_END_FIN);
    assert_non_null(strstr(out, "t63:"));
    assert_null(strstr(out, "t64:"));
    play_close(&p);
    sgs_buf_clear(&text);
}

int main(void)
{
    struct CMUnitTest tests[N(rows) + 3];

    for (size_t i = 0; i < N(rows); i++) {
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = one, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    tests[N(rows)] = (struct CMUnitTest)cmocka_unit_test(probing);
    tests[N(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(many_links);
    tests[N(rows) + 2] = (struct CMUnitTest)cmocka_unit_test(utf16);
    return cmocka_run_group_tests_name("autodiscover", tests, NULL, NULL) != 0;
}
