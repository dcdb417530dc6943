/* Compressed records: zlib writes them as RFC 3749 says, one stream flushed at the end of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include <signscope/arena.h>

#include "../../../dissectors/tls.h"

#define CAP 1000000

struct work {
    struct sgs_arena arena;
    struct tls_inflate *x;
    z_stream z;
    uint8_t record[4096];
};

static int set_up(void **state)
{
    static struct work w;
    memset(&w, 0, sizeof w);
    sgs_arena_init(&w.arena, CAP);
    w.x = tls_inflate_new(&w.arena);
    *state = &w;
    return w.x && deflateInit(&w.z, Z_BEST_COMPRESSION) == Z_OK ? 0 : 1;
}

static int tear_down(void **state)
{
    struct work *w = *state;
    (void)deflateEnd(&w->z);
    tls_inflate_free(w->x);
    sgs_arena_clear(&w->arena);
    return 0;
}

static struct sgs_slice record(struct work *w, const char *plain, size_t n)
{
    w->z.next_in = (Bytef *)(uintptr_t)plain;
    w->z.avail_in = (uInt)n;
    w->z.next_out = w->record;
    w->z.avail_out = sizeof w->record;
    assert_int_equal(deflate(&w->z, Z_SYNC_FLUSH), Z_OK);
    return sgs_slice(w->record, sizeof w->record - w->z.avail_out);
}

static void opens(struct work *w, const char *plain)
{
    struct sgs_slice octets = record(w, plain, strlen(plain));
    assert_true(tls_inflate(w->x, &w->arena, &octets));
    assert_true(sgs_slice_eq(octets, sgs_slice_str(plain)));
}

static void follows_the_stream(void **state)
{
    struct work *w = *state;
    opens(w, "GET / HTTP/1.1");
    opens(w, "GET / HTTP/1.1 again, which refers to the record before");
}

/* Behind a record that is missing nothing can be told, until a handshake begins a new stream. */
static void loses_and_begins_again(void **state)
{
    struct work *w = *state;
    opens(w, "first");
    tls_inflate_lose(w->x);
    struct sgs_slice octets = record(w, "second", 6);
    assert_false(tls_inflate(w->x, &w->arena, &octets));
    tls_inflate_reset(w->x);
    assert_int_equal(deflateReset(&w->z), Z_OK);
    opens(w, "third");
}

/* A record of 2^14 octets, and never more of one that wants to be longer. */
static void keeps_the_limit(void **state)
{
    static const char zeros[16385];
    struct work *w = *state;
    struct sgs_slice octets = record(w, zeros, 16384);
    assert_true(tls_inflate(w->x, &w->arena, &octets));
    assert_int_equal(octets.len, 16384);
    octets = record(w, zeros, 16385);
    bool is_open = tls_inflate(w->x, &w->arena, &octets);
    assert_true(!is_open || octets.len <= 16384);
}

static void refuses_what_is_no_stream(void **state)
{
    struct work *w = *state;
    struct sgs_slice octets = SGS_LIT("no stream of zlib");
    assert_false(tls_inflate(w->x, &w->arena, &octets));
    octets = record(w, "too late", 8);
    assert_false(tls_inflate(w->x, &w->arena, &octets));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(follows_the_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(loses_and_begins_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_stream, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
