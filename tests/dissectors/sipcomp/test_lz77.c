/*
 * The coding of compressed SIP: published vectors, every form of token at its borders, and what is
 * no coding.  An encoder that shares nothing with the decoder makes the long texts.
 */
#include "../play.h"

#include "../../../dissectors/sipcomp.h"
#include "mkcap/lz77.h"

#define TOLLS "for.whom.the.bell.tolls,.the.bell.tolls.for.thee!"
#define HEAD                                                                                       \
    "REGISTER sip:contoso.com SIP/2.0\r\nFrom: <sip:ada@contoso.com>;tag=1a2b\r\n"                 \
    "To: <sip:ada@contoso.com>\r\nCSeq: "
#define M1 HEAD "5 REGISTER\r\n\r\n"
#define M2 HEAD "6 REGISTER\r\n\r\n"
#define M3 "aaaaaaaaaaaaaaaa\xc3\xa9\xc3\xa9"

static struct sipcomp_history history;

static void fresh(bool is_64k)
{
    free(history.octets);
    history = (struct sipcomp_history){.octets = calloc(1, SIPCOMP_HISTORY_64K), .is_64k = is_64k};
    assert_non_null(history.octets);
}

/* Decodes all tokens of s behind the history; *left: bits that are no token. */
static enum sipcomp_result decode(struct sgs_slice s, struct sgs_slice *out, size_t *left)
{
    struct sipcomp_token t;
    size_t bit = 0, start = history.at;
    enum sipcomp_result r = SIPCOMP_OK;

    while (r == SIPCOMP_OK && s.len * 8 - bit >= 8) {
        r = sipcomp_token(s, history.is_64k, &bit, &t);
        r = r == SIPCOMP_OK ? sipcomp_history_add(&history, &t) : r;
    }
    *out = sgs_slice(history.octets + start, history.at - start);
    *left = s.len * 8 - bit;
    return r;
}

static void same(struct sgs_slice have, struct sgs_slice want)
{
    assert_int_equal(have.len, want.len);
    assert_memory_equal(have.ptr, want.ptr, want.len);
}

static void vectors(void **state)
{
    static const struct {
        bool is_64k, is_first, is_ours;
        const char *text, *payload;
        size_t text_len, payload_len;
    } rows[] = {
#define VECTOR(is_64k, is_first, is_ours, text, payload)                                           \
    {is_64k, is_first, is_ours, text, payload, sizeof(text) - 1, sizeof(payload) - 1},
#include "vectors.def"
#undef VECTOR
    };
    static struct mk_lz77 encoder;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_slice text = sgs_slice(rows[i].text, rows[i].text_len), out;
        struct sgs_slice payload = sgs_slice(rows[i].payload, rows[i].payload_len);
        size_t left = 0;
        unsigned flags = 0;
        uint8_t coded[256];
        if (rows[i].is_first) {
            fresh(rows[i].is_64k);
            encoder = (struct mk_lz77){.is_64k = rows[i].is_64k};
        }
        assert_int_equal(decode(payload, &out, &left), SIPCOMP_OK);
        assert_true(left < 8);
        same(out, text);
        if (rows[i].is_ours) {
            size_t n = mk_lz77_encode(&encoder, text.ptr, text.len, coded, &flags);
            same(sgs_slice(coded, n), payload);
        }
    }
}

/* single tokens, bit by bit as the tables of the two documents have them */

struct token_case {
    bool is_64k;
    const char *bits; /* blanks do not count */
    enum sipcomp_result result;
    bool is_copy;
    uint32_t value; /* literal, or offset */
    uint32_t len;
};

static const struct token_case tokens[] = {
    {false, "0 0000000",                                      SIPCOMP_OK,    false, 0x00,  0    },
    {false, "0 1111111",                                      SIPCOMP_OK,    false, 0x7f,  0    },
    {false, "10 0000000",                                     SIPCOMP_OK,    false, 0x80,  0    },
    {true,  "10 1111111",                                     SIPCOMP_OK,    false, 0xff,  0    },
    {false, "1111 000001 0",                                  SIPCOMP_OK,    true,  1,     3    },
    {false, "1111 111111 10 00",                              SIPCOMP_OK,    true,  63,    4    },
    {false, "1110 00000000 10 11",                            SIPCOMP_OK,    true,  64,    7    },
    {false, "1110 11111111 110 000",                          SIPCOMP_OK,    true,  319,   8    },
    {false, "110 0000000000000 110 111",                      SIPCOMP_OK,    true,  320,   15   },
    {false, "110 1111010111110 1110 0000",                    SIPCOMP_OK,    true,  8190,  16   },
    {false, "110 1111010111111 11111111110 00000000000",      SIPCOMP_OK,    true,  8191,  2048 },
    {false, "1111 000001 111111111110 111111111111",          SIPCOMP_OK,    true,  1,     8191 },
    {false, "1111 000001 1111111111110 0000000000000",        SIPCOMP_WRONG, false, 0,     0    },
    {false, "1111 000000 0",                                  SIPCOMP_WRONG, false, 0,     0    },
    {true,  "11111 000001 0",                                 SIPCOMP_OK,    true,  1,     3    },
    {true,  "11111 111111 10 01",                             SIPCOMP_OK,    true,  63,    5    },
    {true,  "11110 00000000 0",                               SIPCOMP_OK,    true,  64,    3    },
    {true,  "11110 11111111 0",                               SIPCOMP_OK,    true,  319,   3    },
    {true,  "1110 00000000000 0",                             SIPCOMP_OK,    true,  320,   3    },
    {true,  "1110 11111111111 0",                             SIPCOMP_OK,    true,  2367,  3    },
    {true,  "110 0000000000000000 0",                         SIPCOMP_OK,    true,  2368,  3    },
    {true,  "110 1111011010111111 0",                         SIPCOMP_OK,    true,  65535, 3    },
    {true,  "11111 000001 111111111111110 111111111111111",   SIPCOMP_OK,    true,  1,     65535},
    {true,  "11111 000001 1111111111111110 0000000000000000", SIPCOMP_WRONG, false, 0,     0    },
    {false, "",                                               SIPCOMP_SHORT, false, 0,     0    },
    {false, "0 000",                                          SIPCOMP_SHORT, false, 0,     0    },
    {false, "1111 0000",                                      SIPCOMP_SHORT, false, 0,     0    },
    {false, "1111 000001 1111 11",                            SIPCOMP_SHORT, false, 0,     0    },
};

static size_t pack(const char *bits, uint8_t *out)
{
    size_t n = 0;

    memset(out, 0, 16);
    for (; *bits; bits++) {
        if (*bits != ' ') {
            out[n / 8] = (uint8_t)(out[n / 8] | (*bits == '1' ? 0x80u >> n % 8 : 0));
            n++;
        }
    }
    return n;
}

static void token_forms(void **state)
{
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        const struct token_case *c = &tokens[i];
        struct sipcomp_token t = {.literal = 0xee};
        uint8_t octets[16];
        size_t bits = pack(c->bits, octets), bit = 0;
        size_t len = c->result == SIPCOMP_SHORT ? bits / 8 : (bits + 7) / 8;
        if (sipcomp_token(sgs_slice(octets, len), c->is_64k, &bit, &t) != c->result) {
            fail_msg("row %zu: another result", i);
        }
        if (c->result != SIPCOMP_OK) {
            assert_int_equal(bit, 0);
            assert_int_equal(t.literal, 0xee);
            continue;
        }
        assert_int_equal(bit, bits);
        assert_int_equal(t.is_copy, c->is_copy);
        assert_int_equal(t.is_copy ? t.offset : t.literal, c->value);
        assert_int_equal(t.len, c->len);
    }
}

static enum sipcomp_result add(bool is_copy, uint32_t value, uint32_t len)
{
    const struct sipcomp_token t = {is_copy, (uint8_t)value, value, len};

    return sipcomp_history_add(&history, &t);
}

/* "Xcd<2,4>YZ gives XcdcdcdYZ" of [MS-RDPBCGR], section 3.1.8.1 */
static void overlapping_copy(void **state)
{
    fresh(false);
    assert_int_equal(add(false, 'X', 0), SIPCOMP_OK);
    assert_int_equal(add(false, 'c', 0), SIPCOMP_OK);
    assert_int_equal(add(false, 'd', 0), SIPCOMP_OK);
    assert_int_equal(add(true, 2, 4), SIPCOMP_OK);
    assert_int_equal(add(false, 'Y', 0), SIPCOMP_OK);
    assert_int_equal(add(false, 'Z', 0), SIPCOMP_OK);
    same(sgs_slice(history.octets, history.at), SGS_LIT("XcdcdcdYZ"));
}

static void ends_of_history(void **state)
{
    fresh(false);
    assert_int_equal(sipcomp_history_size(&history), 8192);
    assert_int_equal(add(false, 'a', 0), SIPCOMP_OK);
    assert_int_equal(add(true, 1, 8191), SIPCOMP_OK);
    assert_int_equal(history.at, 8192);
    assert_int_equal(add(false, 'b', 0), SIPCOMP_WRONG);
    history.at = 0; /* as with AT_FRONT: what was there is still there, before the front */
    assert_int_equal(add(false, 'b', 0), SIPCOMP_OK);
    assert_int_equal(add(true, 3, 3), SIPCOMP_OK);
    same(sgs_slice(history.octets, 4), SGS_LIT("baab"));
    assert_int_equal(add(true, 1, 8189), SIPCOMP_WRONG);
    fresh(true);
    assert_int_equal(sipcomp_history_size(&history), 65536);
}

static void unknown_history(void **state)
{
    fresh(false);
    history.is_partial = true;
    assert_int_equal(add(false, 'b', 0), SIPCOMP_OK);
    assert_int_equal(add(true, 2, 3), SIPCOMP_LOST);
    assert_int_equal(add(true, 1, 3), SIPCOMP_OK);
    sipcomp_history_flush(&history);
    assert_int_equal(history.at, 0);
    assert_false(history.is_partial);
    assert_int_equal(add(true, 2, 3), SIPCOMP_OK); /* zeros are known */
    same(sgs_slice(history.octets, 4), SGS_LIT("\0\0\0\0"));
    struct sipcomp_history none = {.at = 5};
    sipcomp_history_flush(&none);
    assert_int_equal(none.at, 0);
}

/* Long texts through the encoder and back, packet after packet. */
static void round_trips(void **state)
{
    static struct mk_lz77 encoder;
    static uint8_t text[60000], coded[70000];
    uint32_t x = 1;

    for (int is_64k = 0; is_64k < 2; is_64k++) {
        fresh(is_64k);
        encoder = (struct mk_lz77){.is_64k = is_64k};
        for (size_t round = 0; round < 24; round++) {
            size_t n = 1 + (x >> 8) % (is_64k ? 20000 : 4000), left = 0;
            for (size_t i = 0; i < n; i++) {
                x = x * 1103515245 + 12345;
                text[i] = (uint8_t)(round % 4 == 3 ? x >> 16 : 'a' + (x >> 28));
            }
            unsigned flags = 0;
            struct sgs_slice out;
            size_t len = mk_lz77_encode(&encoder, text, n, coded, &flags);
            if (len == 0) {
                assert_int_equal(flags, MK_LZ77_FLUSHED);
                sipcomp_history_flush(&history);
                continue;
            }
            history.at = flags & MK_LZ77_AT_FRONT ? 0 : history.at;
            assert_int_equal(decode(sgs_slice(coded, len), &out, &left), SIPCOMP_OK);
            same(out, sgs_slice(text, n));
        }
    }
}

static int release(void **state)
{
    free(history.octets);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),          cmocka_unit_test(token_forms),
        cmocka_unit_test(overlapping_copy), cmocka_unit_test(ends_of_history),
        cmocka_unit_test(unknown_history),  cmocka_unit_test(round_trips),
    };
    return cmocka_run_group_tests_name("sipcomp_lz77", tests, NULL, release);
}
