/* DTLS is named once; what only resembles it is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signscope/dissector.h>

#include "feed.h"

extern const struct sgs_dissector sgs_dissector_dtls;

#define NAMED "proto.named c>s name=\"DTLS\" by=\"probe\" [dtls]\n"
#define HEAD(type, version, len) type version "\0\0\0\0\0\0\0\0" len

/* A handshake of openssl, and data. */
static void named(void **state)
{
    struct feed_sample s;

    assert_true(feed_load(SGS_SAMPLES "/dtls/udp-dtls12.bin", &s));
    assert_true(s.n > 6);
    char *lines = feed_run("dtls", &s, 0, NULL);
    assert_string_equal(lines, NAMED);
    free(lines);
    feed_unload(&s);
}

static void probes(void **state)
{
    const struct {
        struct sgs_slice head;
        enum sgs_guess guess;
    } rows[] = {
        {SGS_LIT(HEAD("\x16", "\xfe\xff", "\x00\x10")), SGS_SURE},
        {SGS_LIT(HEAD("\x16", "\xfe\xfd", "\x00\x10")), SGS_SURE},
        {SGS_LIT(HEAD("\x17", "\xfe\xfd", "\x40\x10")), SGS_SURE},
        {SGS_LIT(HEAD("\x14", "\xfe\xfd", "\x00\x01")), SGS_SURE},
        {SGS_LIT(HEAD("\x13", "\xfe\xfd", "\x00\x10")), SGS_NO  },
        {SGS_LIT(HEAD("\x18", "\xfe\xfd", "\x00\x10")), SGS_NO  },
        {SGS_LIT(HEAD("\x16", "\x03\x03", "\x00\x10")), SGS_NO  },
        {SGS_LIT(HEAD("\x16", "\xfe\xfe", "\x00\x10")), SGS_NO  },
        {SGS_LIT(HEAD("\x16", "\xfe\xfd", "\x00\x00")), SGS_NO  },
        {SGS_LIT(HEAD("\x16", "\xfe\xfd", "\x50\x00")), SGS_NO  },
        {SGS_LIT(HEAD("\x16", "\xfe\xfd", "\x00")),     SGS_NO  },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(sgs_dissector_dtls.probe(rows[i].head, SGS_C2S), rows[i].guess);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named),
        cmocka_unit_test(probes),
    };
    return cmocka_run_group_tests_name("dtls", tests, NULL, NULL) != 0;
}
