/* The octets of a file in tests/crypto/certs (made by make.sh there). */
#ifndef SGS_TESTS_CRYPTO_CERTS_H
#define SGS_TESTS_CRYPTO_CERTS_H

#include <stdio.h>
#include <string.h>

#include <signscope/arena.h>
#include <signscope/slice.h>

#define CERTS_MAX 4096 /* octets; the files are smaller */

/* In the arena; the test fails when there is no such file. */
static inline struct sgs_slice certs_load(struct sgs_arena *a, const char *name)
{
    char path[512];
    uint8_t *octets = sgs_arena_alloc(a, CERTS_MAX);

    (void)snprintf(path, sizeof path, "%s/tests/crypto/certs/%s", SGS_SOURCE_DIR, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(octets, 1, CERTS_MAX, f);
    assert_true(n > 0 && n < CERTS_MAX);
    assert_int_equal(fclose(f), 0);
    return sgs_slice(octets, n);
}

static inline void assert_text(struct sgs_slice got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    assert_memory_equal(got.ptr, want, got.len);
}

/* A call with a copy of its own on the heap, so that a read past its end is seen. */
static inline enum sgs_status certs_exact(struct sgs_slice octets, struct sgs_arena *a,
                                          enum sgs_status (*call)(struct sgs_slice,
                                                                  struct sgs_arena *))
{
    uint8_t *exact = malloc(octets.len ? octets.len : 1);

    assert_non_null(exact);
    if (octets.len > 0) {
        memcpy(exact, octets.ptr, octets.len);
    }
    enum sgs_status st = call(sgs_slice(exact, octets.len), a);
    free(exact);
    sgs_arena_reset(a);
    return st;
}

/* No prefix is read, one octet more neither, and changed octets do no harm. */
static inline void certs_damage(const char *name,
                                enum sgs_status (*call)(struct sgs_slice, struct sgs_arena *))
{
    struct sgs_arena a, b;
    uint8_t octets[CERTS_MAX + 1];

    sgs_arena_init(&a, 1u << 20);
    sgs_arena_init(&b, 1u << 20);
    struct sgs_slice der = certs_load(&a, name);
    assert_int_equal(certs_exact(der, &b, call), SGS_OK);
    for (size_t n = 0; n < der.len; n++) {
        assert_int_equal(certs_exact(sgs_slice_head(der, n), &b, call), SGS_E_FORMAT);
    }
    for (size_t i = 0; i < der.len; i++) {
        memcpy(octets, der.ptr, der.len);
        octets[i] ^= 0xff;
        enum sgs_status st = certs_exact(sgs_slice(octets, der.len), &b, call);
        assert_true(st == SGS_OK || st == SGS_E_FORMAT);
    }
    memcpy(octets, der.ptr, der.len);
    octets[der.len] = 0;
    assert_int_equal(certs_exact(sgs_slice(octets, der.len + 1), &b, call), SGS_E_FORMAT);
    sgs_arena_clear(&a);
    sgs_arena_clear(&b);
}

#endif
