/* Session IDs that were seen: the last word counts, and the oldest go first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <signscope/limits.h>

#include "crypto/tls_sessions.h"

static struct sgs_slice id_of(uint32_t n, uint8_t octets[4])
{
    for (size_t i = 0; i < 4; i++) {
        octets[i] = (uint8_t)(n >> 8 * i);
    }
    return sgs_slice(octets, 4);
}

static void known(void **state)
{
    static const uint8_t longest[32] = {1}, too_long[33] = {2};
    struct sgs_tls_sessions *s = sgs_tls_sessions_new();
    uint32_t conn = 99;

    assert_false(sgs_tls_sessions_get(s, SGS_LIT("one"), &conn));
    sgs_tls_sessions_put(s, SGS_LIT("one"), 1);
    sgs_tls_sessions_put(s, SGS_LIT("two"), 2);
    sgs_tls_sessions_put(s, SGS_LIT("one"), 3);
    sgs_tls_sessions_put(s, sgs_slice(longest, sizeof longest), 4);
    sgs_tls_sessions_put(s, sgs_slice(too_long, sizeof too_long), 5);
    sgs_tls_sessions_put(s, (struct sgs_slice){NULL, 0}, 6);
    assert_true(sgs_tls_sessions_get(s, SGS_LIT("one"), &conn) && conn == 3);
    assert_true(sgs_tls_sessions_get(s, SGS_LIT("two"), &conn) && conn == 2);
    assert_true(sgs_tls_sessions_get(s, sgs_slice(longest, sizeof longest), &conn) && conn == 4);
    assert_false(sgs_tls_sessions_get(s, sgs_slice(too_long, sizeof too_long), &conn));
    assert_false(sgs_tls_sessions_get(s, (struct sgs_slice){NULL, 0}, &conn));
    assert_int_equal(conn, 4);
    sgs_tls_sessions_free(s);
    sgs_tls_sessions_free(NULL);
}

static void forgets(void **state)
{
    struct sgs_tls_sessions *s = sgs_tls_sessions_new();
    uint32_t n = SGS_MAX_TLS_SESSIONS + 10, conn = 0;
    uint8_t octets[4];

    for (uint32_t i = 0; i < n; i++) {
        sgs_tls_sessions_put(s, id_of(i, octets), i);
    }
    for (uint32_t i = 0; i < n; i++) {
        bool is_there = sgs_tls_sessions_get(s, id_of(i, octets), &conn);
        assert_int_equal(is_there, i >= 10);
        assert_true(!is_there || conn == i);
    }
    sgs_tls_sessions_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known),
        cmocka_unit_test(forgets),
    };
    return cmocka_run_group_tests_name("tls_sessions", tests, NULL, NULL) != 0;
}
