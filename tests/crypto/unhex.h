/* Octets written as hex in tests. */
#ifndef SGS_TESTS_CRYPTO_UNHEX_H
#define SGS_TESTS_CRYPTO_UNHEX_H

#include <signscope/arena.h>
#include <signscope/codec.h>
#include <signscope/slice.h>

/* The octets of text (hex digits and blanks) in the arena; the test fails on anything else. */
static inline struct sgs_slice unhex(struct sgs_arena *a, const char *text)
{
    uint8_t *out = sgs_arena_alloc(a, sgs_slice_str(text).len / 2 + 1);
    size_t n = 0;

    for (const char *p = text; *p; p++) {
        int digit = sgs_hex_digit((uint8_t)*p);
        if (*p == ' ' || *p == '\n') {
            continue;
        }
        assert_true(digit >= 0);
        out[n / 2] = (uint8_t)(out[n / 2] << 4 | digit);
        n++;
    }
    assert_int_equal(n % 2, 0);
    return sgs_slice(out, n / 2);
}

static inline void assert_octets(struct sgs_slice got, struct sgs_slice want)
{
    assert_int_equal(got.len, want.len);
    if (want.len > 0) {
        assert_memory_equal(got.ptr, want.ptr, want.len);
    }
}

#endif
