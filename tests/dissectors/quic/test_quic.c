/* QUIC is named once; what only resembles it is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signscope/dissector.h>

#include "feed.h"

extern const struct sgs_dissector sgs_dissector_quic;

static void named(void **state)
{
    static const char *const samples[] = {
        SGS_SAMPLES "/quic/udp-v1.bin", /* heads: RFC 9001, appendix A */
        SGS_SAMPLES "/quic/udp-version-negotiation.bin",
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct feed_sample s;
        assert_true(feed_load(samples[i], &s));
        char *lines = feed_run("quic", &s, 0, NULL);
        assert_string_equal(lines, "proto.named c>s name=\"QUIC\" by=\"probe\" [quic]\n");
        free(lines);
        feed_unload(&s);
    }
}

static void probes(void **state)
{
    const struct {
        struct sgs_slice head;
        enum sgs_guess guess;
    } rows[] = {
        {SGS_LIT("\xc3\0\0\0\1\2ab\0"),               SGS_SURE},
        {SGS_LIT("\xd3\x6b\x33\x43\xcf\0\2ab"),       SGS_SURE},
        {SGS_LIT("\xc3\xff\0\0\x1d\2ab\2cd"),         SGS_SURE},
        {SGS_LIT("\xc3\x1a\x2a\x3a\x4a\2ab\0"),       SGS_SURE},
        {SGS_LIT("\x80\0\0\0\0\2ab\2cd"),             SGS_SURE},
        {SGS_LIT("\x43\0\0\0\1\2ab\0"),               SGS_NO  }, /* short header */
        {SGS_LIT("\x83\0\0\0\1\2ab\0"),               SGS_NO  }, /* without the fixed bit */
        {SGS_LIT("\xc3\0\0\0\2\2ab\0"),               SGS_NO  },
        {SGS_LIT("\xc3\0\0\0\1\0\0"),                 SGS_NO  }, /* no connection ID */
        {SGS_LIT("\xc3\0\0\0\1\2ab\3cd"),             SGS_NO  }, /* cut */
        {SGS_LIT("\xc3\0\0\0\1\x15"
                 "abcdefghijklmnopqrstu\0"),
         SGS_NO                                               }, /* too long */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(sgs_dissector_quic.probe(rows[i].head, SGS_C2S), rows[i].guess);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named),
        cmocka_unit_test(probes),
    };
    return cmocka_run_group_tests_name("quic", tests, NULL, NULL) != 0;
}
