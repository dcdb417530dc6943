/*
 * Private keys in all forms that openssl writes (keys/make.sh): each opens what openssl sealed to
 * the key.  Wrong pass phrases, damage and other things are told apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/limits.h>
#include <signscope/server_keys.h>

#include "base/mem.h"

#define MAX_FILE 8192
#define PASS "correct-horse"

/* A copy on the heap, so that a read past its end is seen. */
static struct sgs_slice load(const char *name)
{
    static uint8_t octets[MAX_FILE];
    char path[512];

    (void)snprintf(path, sizeof path, "%s/tests/crypto/keys/%s", SGS_SOURCE_DIR, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(octets, 1, sizeof octets, f);
    assert_int_equal(fclose(f), 0);
    assert_true(n > 0 && n < sizeof octets);
    uint8_t *copy = sgs_xmalloc(n);
    memcpy(copy, octets, n);
    return sgs_slice(copy, n);
}

static void unload(struct sgs_slice s)
{
    free((void *)(uintptr_t)s.ptr);
}

static enum sgs_key_error add(struct sgs_tls_keys *keys, const char *name, const char *pass)
{
    const struct sgs_slice passes[] = {SGS_LIT("another one"), sgs_slice_str(pass ? pass : "")};
    struct sgs_slice file = load(name);
    enum sgs_key_error error = sgs_server_keys_add(
        sgs_tls_keys_servers(keys), sgs_key_file_probe(file), file, passes, pass ? 2 : 0);

    unload(file);
    return error;
}

/* What make.sh sealed. */
static void assert_opens(struct sgs_tls_keys *keys, size_t i)
{
    struct sgs_slice sealed = load("pre-master.bin");
    uint8_t secret[SGS_TLS_MASTER_LEN];

    assert_true(sgs_server_keys_pre_master(sgs_tls_keys_servers(keys), i, sealed, secret));
    assert_int_equal(secret[0], 3);
    assert_int_equal(secret[1], 3);
    for (size_t k = 2; k < sizeof secret; k++) {
        assert_int_equal(secret[k], k - 2);
    }
    unload(sealed);
}

static const struct form {
    const char *name;
    const char *pass; /* that opens it; NULL: none */
} forms[] = {
    {"rsa.pem",        NULL},
    {"pkcs1.pem",      NULL},
    {"pkcs1.der",      NULL},
    {"pkcs8.der",      NULL},
    {"sealed.pem",     PASS},
    {"sealed.der",     PASS},
    {"scrypt.pem",     PASS},
    {"pbe.pem",        PASS},
    {"old-sealed.pem", PASS},
    {"new.p12",        PASS},
    {"legacy.p12",     PASS},
    {"no-mac.p12",     PASS},
    {"empty.p12",      NULL},
    {"bags.pem",       NULL},
};

static void opens(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct sgs_tls_keys *keys = sgs_tls_keys_new();
        const struct sgs_server_keys *ring = sgs_tls_keys_servers(keys);

        print_message("%s\n", forms[i].name);
        assert_int_equal(add(keys, forms[i].name, forms[i].pass), SGS_KEY_ERROR_NONE);
        assert_int_equal(sgs_server_keys_len(ring), 1);
        assert_int_equal(sgs_server_keys_at(ring, 0)->kind, SGS_SERVER_KEY_RSA);
        assert_int_equal(sgs_server_keys_at(ring, 0)->bits, 2048);
        assert_opens(keys, 0);
        assert_opens(keys, SGS_SERVER_KEY_NONE);
        assert_int_equal(sgs_server_keys_at(ring, 0)->sessions, 2);
        sgs_tls_keys_free(keys);
    }
}

static void wrong_pass(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct sgs_tls_keys *keys = sgs_tls_keys_new();

        print_message("%s\n", forms[i].name);
        if (forms[i].pass) {
            assert_int_equal(add(keys, forms[i].name, NULL), SGS_KEY_ERROR_NEEDS_PASS);
            assert_int_equal(add(keys, forms[i].name, "wrong"), SGS_KEY_ERROR_WRONG_PASS);
            assert_int_equal(sgs_server_keys_len(sgs_tls_keys_servers(keys)), 0);
        } else {
            assert_int_equal(add(keys, forms[i].name, "wrong"), SGS_KEY_ERROR_NONE);
        }
        sgs_tls_keys_free(keys);
    }
}

static void others(void **state)
{
    static const struct {
        const char *name;
        enum sgs_key_error error;
    } rows[] = {
        {"cert.pem",   SGS_KEY_ERROR_EMPTY },
        {"cert.der",   SGS_KEY_ERROR_EMPTY },
        {"no-key.p12", SGS_KEY_ERROR_EMPTY },
        {"costly.pem", SGS_KEY_ERROR_COSTLY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_tls_keys *keys = sgs_tls_keys_new();

        print_message("%s\n", rows[i].name);
        assert_int_equal(add(keys, rows[i].name, PASS), rows[i].error);
        assert_int_equal(sgs_server_keys_len(sgs_tls_keys_servers(keys)), 0);
        sgs_tls_keys_free(keys);
    }
}

/* Keys that open nothing are kept: a certificate can be theirs. */
static void other_kinds(void **state)
{
    static const char *const names[] = {"ec.pem", "ec-pkcs8.pem"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct sgs_tls_keys *keys = sgs_tls_keys_new();
        const struct sgs_server_keys *ring = sgs_tls_keys_servers(keys);
        struct sgs_slice sealed = load("pre-master.bin");
        uint8_t secret[SGS_TLS_MASTER_LEN];

        assert_int_equal(add(keys, names[i], NULL), SGS_KEY_ERROR_NONE);
        assert_int_equal(sgs_server_keys_at(ring, 0)->kind, SGS_SERVER_KEY_OTHER);
        assert_int_equal(sgs_server_keys_at(ring, 0)->bits, 256);
        assert_false(sgs_server_keys_pre_master(sgs_tls_keys_servers(keys), 0, sealed, secret));
        unload(sealed);
        sgs_tls_keys_free(keys);
    }
}

/* The key of a certificate; the wrong key opens nothing; the same key twice is one. */
static void owners(void **state)
{
    struct sgs_tls_keys *keys = sgs_tls_keys_new();
    struct sgs_server_keys *ring = sgs_tls_keys_servers(keys);
    struct sgs_slice certificate = load("cert.der"), sealed = load("pre-master.bin");
    uint8_t secret[SGS_TLS_MASTER_LEN];

    (void)state;
    assert_int_equal(sgs_server_keys_owner(ring, certificate), SGS_SERVER_KEY_NONE);
    assert_int_equal(add(keys, "ec.pem", NULL), SGS_KEY_ERROR_NONE);
    assert_int_equal(add(keys, "other.pem", NULL), SGS_KEY_ERROR_NONE);
    assert_int_equal(sgs_server_keys_owner(ring, certificate), SGS_SERVER_KEY_NONE);
    assert_false(sgs_server_keys_pre_master(ring, SGS_SERVER_KEY_NONE, sealed, secret));
    assert_int_equal(add(keys, "rsa.pem", NULL), SGS_KEY_ERROR_NONE);
    assert_int_equal(add(keys, "pkcs1.der", NULL), SGS_KEY_ERROR_NONE);
    assert_int_equal(sgs_server_keys_len(ring), 3);
    assert_int_equal(sgs_server_keys_owner(ring, certificate), 2);
    assert_int_equal(sgs_server_keys_owner(ring, sgs_slice_head(certificate, 300)),
                     SGS_SERVER_KEY_NONE);
    assert_opens(keys, SGS_SERVER_KEY_NONE);
    assert_false(sgs_server_keys_pre_master(ring, 1, sealed, secret));
    assert_false(sgs_server_keys_pre_master(ring, 2, sgs_slice_from(sealed, 1), secret));
    assert_false(sgs_server_keys_pre_master(ring, 2, (struct sgs_slice){NULL, 0}, secret));
    assert_true(sgs_server_keys_has(ring, SGS_SERVER_KEY_OTHER));
    assert_false(sgs_server_keys_has(ring, SGS_SERVER_KEY_PSK));
    unload(certificate);
    unload(sealed);
    sgs_tls_keys_free(keys);
}

/* Handshakes without certificate are tried so often and no more; one with it always is. */
static void trials(void **state)
{
    struct sgs_tls_keys *keys = sgs_tls_keys_new();
    struct sgs_server_keys *ring = sgs_tls_keys_servers(keys);
    const uint8_t too_long[300] = {0}; /* costs nothing */
    uint8_t secret[SGS_TLS_MASTER_LEN];
    struct sgs_slice sealed = load("pre-master.bin");

    (void)state;
    assert_int_equal(add(keys, "ec.pem", NULL), SGS_KEY_ERROR_NONE);
    assert_int_equal(add(keys, "rsa.pem", NULL), SGS_KEY_ERROR_NONE);
    for (unsigned i = 0; i < SGS_MAX_KEY_TRIALS; i++) {
        assert_false(sgs_server_keys_is_spent(ring));
        assert_false(sgs_server_keys_pre_master(ring, SGS_SERVER_KEY_NONE,
                                                sgs_slice(too_long, sizeof too_long), secret));
    }
    assert_true(sgs_server_keys_is_spent(ring));
    assert_false(sgs_server_keys_pre_master(ring, SGS_SERVER_KEY_NONE, sealed, secret));
    assert_true(sgs_server_keys_pre_master(ring, 1, sealed, secret));
    unload(sealed);
    sgs_tls_keys_free(keys);
}

/* Any prefix, and octets changed: no report of a sanitizer, and no key of a part. */
static void damage(void **state)
{
    static const char *const names[] = {"pkcs1.der", "pkcs8.der", "pkcs1.pem"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct sgs_slice file = load(names[i]);

        for (size_t n = 1; n < 2 * file.len; n += 3) {
            struct sgs_tls_keys *keys = sgs_tls_keys_new();
            size_t len = n < file.len ? n : file.len;
            uint8_t *copy = sgs_xmalloc(len);

            memcpy(copy, file.ptr, len);
            copy[n - len] ^= n < file.len ? 0 : 0x55;
            enum sgs_key_error error = sgs_server_keys_add(
                sgs_tls_keys_servers(keys), SGS_KEY_FILE_PRIVATE, sgs_slice(copy, len), NULL, 0);
            if (n < file.len - 40) { /* PEM: without its last line */
                assert_int_not_equal(error, SGS_KEY_ERROR_NONE);
            }
            free(copy);
            sgs_tls_keys_free(keys);
        }
        unload(file);
    }
}

static void probes(void **state)
{
    static const struct {
        const char *text;
        enum sgs_key_file kind;
    } rows[] = {
        {"",                                    SGS_KEY_FILE_LOG    },
        {"# remark\n",                          SGS_KEY_FILE_LOG    },
        {"CLIENT_RANDOM 00 00\n",               SGS_KEY_FILE_LOG    },
        {"Bag Attributes\n-----BEGIN PRIVATE ", SGS_KEY_FILE_PRIVATE},
        {"\x30\x82\x04\xa3\x02\x01",            SGS_KEY_FILE_PRIVATE},
        {"\x30\x80\x02\x01\x03",                SGS_KEY_FILE_PRIVATE},
        {"\x30\x0a\x30\x08",                    SGS_KEY_FILE_PRIVATE},
        {"\x30\x82\x04\xa3\x04\x01",            SGS_KEY_FILE_OTHER  },
        {"0123456789abcDEF\r\n",                SGS_KEY_FILE_PSK    },
        {"0123456789abcDEg\r\n",                SGS_KEY_FILE_OTHER  },
        {"dear diary\n",                        SGS_KEY_FILE_OTHER  },
        {"\x0a\x0d\x0d\x0a\x1c",                SGS_KEY_FILE_OTHER  },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(sgs_key_file_probe(sgs_slice_str(rows[i].text)), rows[i].kind);
    }
}

static enum sgs_key_error add_psk(struct sgs_tls_keys *keys, struct sgs_slice text)
{
    return sgs_server_keys_add(sgs_tls_keys_servers(keys), SGS_KEY_FILE_PSK, text, NULL, 0);
}

static void psks(void **state)
{
    struct sgs_tls_keys *keys = sgs_tls_keys_new();
    const struct sgs_server_keys *ring = sgs_tls_keys_servers(keys);
    char digits[2 * SGS_MAX_PSK + 2];

    (void)state;
    memset(digits, 'a', sizeof digits);
    assert_int_equal(add_psk(keys, SGS_LIT("00112233 ")), SGS_KEY_ERROR_NONE);
    assert_int_equal(sgs_server_keys_at(ring, 0)->kind, SGS_SERVER_KEY_PSK);
    assert_int_equal(sgs_server_keys_at(ring, 0)->bits, 32);
    assert_int_equal(add_psk(keys, SGS_LIT("001\n")), SGS_KEY_ERROR_BAD_PSK);
    assert_int_equal(add_psk(keys, sgs_slice(digits, sizeof digits)), SGS_KEY_ERROR_BAD_PSK);
    assert_int_equal(add_psk(keys, sgs_slice(digits, sizeof digits - 2)), SGS_KEY_ERROR_NONE);
    for (size_t i = 2; i < SGS_MAX_SERVER_KEYS; i++) {
        assert_int_equal(add_psk(keys, SGS_LIT("00")), SGS_KEY_ERROR_NONE);
    }
    assert_int_equal(add_psk(keys, SGS_LIT("00")), SGS_KEY_ERROR_MANY);
    assert_int_equal(add(keys, "rsa.pem", NULL), SGS_KEY_ERROR_MANY);
    sgs_tls_keys_free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens),       cmocka_unit_test(wrong_pass), cmocka_unit_test(others),
        cmocka_unit_test(other_kinds), cmocka_unit_test(owners),     cmocka_unit_test(damage),
        cmocka_unit_test(probes),      cmocka_unit_test(psks),       cmocka_unit_test(trials),
    };
    return cmocka_run_group_tests_name("key_file", tests, NULL, NULL) != 0;
}
