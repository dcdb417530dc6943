/* BPF on frames of files; what matches is checked on frames written here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/source.h"

/* IPv4, TCP, 192.0.2.1:40000 to 192.0.2.2:443, behind an Ethernet header. */
static const uint8_t tcp443[] =
    "\x00\x00\x5e\x00\x53\x01\x00\x00\x5e\x00\x53\x02\x08\x00"
    "\x45\x00\x00\x28\x00\x01\x00\x00\x40\x06\x00\x00\xc0\x00\x02\x01\xc0\x00\x02\x02"
    "\x9c\x40\x01\xbb\x00\x00\x00\x01\x00\x00\x00\x00\x50\x02\x20\x00\x00\x00\x00\x00";

static struct sgs_frame ethernet(void)
{
    return (struct sgs_frame){.link = 1, .wire_len = 54, .octets = sgs_slice(tcp443, 54)};
}

static struct sgs_frame raw(void)
{
    return (struct sgs_frame){.link = 101, .wire_len = 40, .octets = sgs_slice(tcp443 + 14, 40)};
}

static struct sgs_filter *filter(const char *expression)
{
    char why[SGS_WHY_LEN];
    struct sgs_filter *f = NULL;

    assert_int_equal(sgs_filter_new(expression, why, &f), SGS_OK);
    return f;
}

static void test_match(void **state)
{
    static const struct {
        const char *expression;
        bool matches;
    } rows[] = {
        {"tcp port 443",             true },
        {"tcp port 80",              false},
        {"host 192.0.2.2",           true },
        {"udp",                      false},
        {"",                         true },
        {"net 192.0.2.0/24 and tcp", true },
        {"greater 50",               true },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_filter *f = filter(rows[i].expression);
        struct sgs_frame e = ethernet();
        struct sgs_frame r = raw();
        assert_int_equal(sgs_filter_match(f, &e), rows[i].matches);
        if (strncmp(rows[i].expression, "greater", 7) != 0) {
            assert_int_equal(sgs_filter_match(f, &r), rows[i].matches);
        }
        assert_int_equal(sgs_filter_match(f, &e), rows[i].matches);
        assert_null(sgs_filter_error(f));
        sgs_filter_free(f);
    }
}

static void test_wire_len(void **state)
{
    struct sgs_filter *f = filter("greater 1000");
    struct sgs_frame e = ethernet();

    assert_false(sgs_filter_match(f, &e));
    e.wire_len = 1500;
    assert_true(sgs_filter_match(f, &e));
    sgs_filter_free(f);
}

/* What makes no sense for a link type is an error only when such a frame comes. */
static void test_link_error(void **state)
{
    struct sgs_filter *f = filter("ether host 00:00:5e:00:53:01");
    struct sgs_frame e = ethernet();
    struct sgs_frame r = raw();

    assert_true(sgs_filter_match(f, &e));
    assert_null(sgs_filter_error(f));
    assert_false(sgs_filter_match(f, &r));
    assert_non_null(sgs_filter_error(f));
    assert_non_null(strstr(sgs_filter_error(f), "ethernet"));
    assert_true(sgs_filter_match(f, &e));
    sgs_filter_free(f);
}

static void test_bad(void **state)
{
    static const char *const bad[] = {"tcp prot 443", "host", "((tcp)", "port 70000"};
    char why[SGS_WHY_LEN];
    struct sgs_filter *f = NULL;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        why[0] = '\0';
        assert_int_equal(sgs_filter_new(bad[i], why, &f), SGS_E_FORMAT);
        assert_true(strlen(why) > strlen("filter: "));
        assert_null(strchr(why, '\n'));
        assert_null(f);
    }
    sgs_filter_free(NULL);
}

/* More link types than are allowed: no match, no overflow. */
static void test_many_links(void **state)
{
    struct sgs_filter *f = filter("tcp port 443");
    struct sgs_frame e = ethernet();

    for (uint32_t link = 1000; link < 2000; link++) {
        e.link = link;
        assert_false(sgs_filter_match(f, &e));
    }
    e.link = SGS_LINK_NONE;
    assert_false(sgs_filter_match(f, &e));
    e.link = 1;
    assert_true(sgs_filter_match(f, &e));
    sgs_filter_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),      cmocka_unit_test(test_wire_len),
        cmocka_unit_test(test_link_error), cmocka_unit_test(test_bad),
        cmocka_unit_test(test_many_links),
    };
    return cmocka_run_group_tests_name("filter", tests, NULL, NULL) != 0;
}
