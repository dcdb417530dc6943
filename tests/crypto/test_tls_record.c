/*
 * Records of each kind of cipher, made here with OpenSSL as the RFCs say, opened by tls_record.c.
 * Records that other programs made are in tests/dissectors/tls and in RFC 8448 (test_tls_kdf.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <signscope/reader.h>

#include "crypto/crypto.h"

#define N_RECORDS 3
#define MAX_LEN 600

struct row {
    const char *name;
    uint16_t suite, version;
    bool encrypt_then_mac;
};

static const struct row rows[] = {
    {"NULL-MD5",           0x0001, 0x0303, false},
    {"RC4-MD5 SSL",        0x0004, 0x0300, false},
    {"DES-SHA SSL",        0x0009, 0x0300, false},
    {"3DES-SHA SSL",       0x000a, 0x0300, false},
    {"AES128-SHA SSL",     0x002f, 0x0300, false},
    {"NULL-SHA",           0x0002, 0x0301, false},
    {"NULL-SHA256",        0x003b, 0x0303, false},
    {"RC4-MD5",            0x0004, 0x0301, false},
    {"RC4-SHA",            0x0005, 0x0303, false},
    {"3DES 1.0",           0x000a, 0x0301, false},
    {"3DES 1.2",           0x000a, 0x0303, false},
    {"AES128-SHA 1.0",     0x002f, 0x0301, false},
    {"AES128-SHA 1.0 EtM", 0x002f, 0x0301, true },
    {"AES128-SHA 1.1",     0x002f, 0x0302, false},
    {"AES256-SHA256",      0x003d, 0x0303, false},
    {"AES256-SHA256 EtM",  0x003d, 0x0303, true },
    {"AES256-SHA384",      0xc024, 0x0303, false},
    {"AES256-SHA384 EtM",  0xc024, 0x0303, true },
    {"CAMELLIA256",        0x0084, 0x0303, false},
    {"ARIA128",            0xc03c, 0x0303, false},
    {"SEED",               0x0096, 0x0301, false},
    {"AES128-GCM",         0xc02f, 0x0303, false},
    {"AES256-GCM",         0xc030, 0x0303, false},
    {"ARIA256-GCM",        0xc051, 0x0303, false},
    {"AES128-CCM",         0xc09c, 0x0303, false},
    {"AES256-CCM8",        0xc0af, 0x0303, false},
    {"CHACHA20 1.2",       0xcca8, 0x0303, false},
    {"AES128-GCM 1.3",     0x1301, 0x0304, false},
    {"AES256-GCM 1.3",     0x1302, 0x0304, false},
    {"CHACHA20 1.3",       0x1303, 0x0304, false},
    {"AES128-CCM 1.3",     0x1304, 0x0304, false},
    {"AES128-CCM8 1.3",    0x1305, 0x0304, false},
};

enum { N_ROWS = sizeof rows / sizeof *rows };

/* The writer's side of a direction. */
struct writer {
    const struct row *row;
    const struct sgs_tls_suite *suite;
    uint8_t key[32], iv[16], mac[48];
    size_t iv_len, block_len;
    EVP_CIPHER_CTX *x; /* stream and CBC: goes on from record to record */
    struct sgs_tls_opener *opener;
};

struct sealed {
    uint8_t header[5];
    uint8_t octets[MAX_LEN];
    size_t len;
};

static struct sgs_arena arena;
static struct writer writer;

static void init_writer(struct writer *w, const struct row *row)
{
    *w = (struct writer){.row = row, .suite = sgs_tls_suite_find(row->suite)};
    if (!w->suite) {
        return;
    }
    memset(w->key, 0x4b, sizeof w->key);
    memset(w->iv, 0x1f, sizeof w->iv);
    memset(w->mac, 0x3a, sizeof w->mac);
    w->iv_len = sgs_tls_iv_len(w->suite);
    const struct sgs_tls_material m = {.key = sgs_slice(w->key, w->suite->key_len),
                                       .iv = sgs_slice(w->iv, w->iv_len),
                                       .mac = sgs_slice(w->mac, w->suite->mac_len)};
    assert_int_equal(
        sgs_tls_opener_new(w->suite, row->version, row->encrypt_then_mac, &m, &w->opener), SGS_OK);
    w->x = EVP_CIPHER_CTX_new();
    assert_non_null(w->x);
    if (w->suite->kind == SGS_TLS_CBC || w->suite->kind == SGS_TLS_STREAM) {
        const EVP_CIPHER *c = sgs_crypto_cipher(w->suite->cipher);
        assert_int_equal(EVP_EncryptInit_ex2(w->x, c, w->key, w->iv, NULL), 1);
        EVP_CIPHER_CTX_set_padding(w->x, 0);
        w->block_len = (size_t)EVP_CIPHER_get_block_size(c);
    }
}

static void clear_writer(struct writer *w)
{
    EVP_CIPHER_CTX_free(w->x);
    sgs_tls_opener_free(w->opener);
    w->x = NULL;
    w->opener = NULL;
}

static void put_be(uint8_t *out, size_t n, uint64_t v)
{
    while (n > 0) {
        out[--n] = (uint8_t)v;
        v >>= 8;
    }
}

/* sequence number, type, version, length: before what a MAC covers, and the AAD of TLS 1.2 */
static void pseudo(const struct writer *w, uint64_t seq, uint8_t type, size_t len, uint8_t out[13])
{
    put_be(out, 8, seq);
    out[8] = type;
    put_be(out + 9, 2, w->row->version == 0x0304 ? 0x0303 : w->row->version);
    put_be(out + 11, 2, len);
}

/* RFC 6101, section 5.2.3.1: hash(key | pad 2 | hash(key | pad 1 | seq | type | length | text)). */
static size_t put_old_mac(const struct writer *w, uint64_t seq, uint8_t type, const uint8_t *text,
                          size_t len, uint8_t *out)
{
    uint8_t covered[MAX_LEN + 120];
    size_t key_len = w->suite->mac_len, pad_len = key_len == 16 ? 48 : 40, n = key_len;

    memcpy(covered, w->mac, key_len);
    memset(covered + n, 0x36, pad_len);
    n += pad_len;
    put_be(covered + n, 8, seq);
    covered[n + 8] = type;
    put_be(covered + n + 9, 2, len);
    memcpy(covered + n + 11, text, len);
    assert_int_equal(EVP_Q_digest(NULL, w->suite->mac, NULL, covered, n + 11 + len, out, NULL), 1);
    memset(covered + key_len, 0x5c, pad_len);
    memcpy(covered + n, out, key_len);
    assert_int_equal(EVP_Q_digest(NULL, w->suite->mac, NULL, covered, n + key_len, out, NULL), 1);
    return key_len;
}

static size_t put_mac(const struct writer *w, uint64_t seq, uint8_t type, const uint8_t *text,
                      size_t len, uint8_t *out)
{
    uint8_t covered[13 + MAX_LEN];
    unsigned n = 0;

    if (w->row->version == 0x0300) {
        return put_old_mac(w, seq, type, text, len, out);
    }
    pseudo(w, seq, type, len, covered);
    memcpy(covered + 13, text, len);
    assert_non_null(HMAC(EVP_get_digestbyname(w->suite->mac), w->mac, w->suite->mac_len, covered,
                         13 + len, out, &n));
    return n;
}

static size_t seal_cbc(struct writer *w, uint64_t seq, uint8_t type, const uint8_t *text,
                       size_t len, uint8_t *out)
{
    uint8_t plain[MAX_LEN];
    size_t n = 0, iv = w->row->version > 0x0301 ? w->block_len : 0;
    int done = 0;

    memset(plain, 0x77, iv); /* encrypted as a block of its own it is the IV of the next one */
    memcpy(plain + iv, text, len);
    n = iv + len;
    if (!w->row->encrypt_then_mac) {
        n += put_mac(w, seq, type, text, len, plain + n);
    }
    bool is_ssl3 = w->row->version == 0x0300; /* one block at most, of any octets */
    size_t padding = w->block_len - n % w->block_len + (seq == 1 && !is_ssl3 ? w->block_len : 0);
    memset(plain + n, is_ssl3 ? 0xee : (int)padding - 1, padding);
    plain[n + padding - 1] = (uint8_t)(padding - 1);
    n += padding;
    assert_int_equal(EVP_EncryptUpdate(w->x, out, &done, plain, (int)n), 1);
    assert_int_equal(done, n);
    if (w->row->encrypt_then_mac) {
        n += put_mac(w, seq, type, out, n, out + n);
    }
    return n;
}

static size_t seal_stream(struct writer *w, uint64_t seq, uint8_t type, const uint8_t *text,
                          size_t len, uint8_t *out)
{
    int done = 0;

    memcpy(out, text, len);
    len += put_mac(w, seq, type, text, len, out + len);
    if (w->suite->kind == SGS_TLS_STREAM) {
        assert_int_equal(EVP_EncryptUpdate(w->x, out, &done, out, (int)len), 1);
    }
    return len;
}

static size_t seal_aead(struct writer *w, uint64_t seq, uint8_t type, const uint8_t *text,
                        size_t len, uint8_t header[5], uint8_t *out)
{
    const EVP_CIPHER *c = sgs_crypto_cipher(w->suite->cipher);
    bool is_13 = w->suite->is_tls13, is_chacha = w->suite->kind == SGS_TLS_CHACHA20;
    bool is_ccm = w->suite->kind == SGS_TLS_CCM || w->suite->kind == SGS_TLS_CCM_8;
    int tag = w->suite->kind == SGS_TLS_CCM_8 ? 8 : 16, n = 0;
    size_t explicit_len = is_13 || is_chacha ? 0 : 8;
    uint8_t nonce[12] = {0}, aad[13], plain[MAX_LEN];

    memcpy(plain, text, len);
    if (is_13) { /* type and some padding inside */
        plain[len++] = type;
        memset(plain + len, 0, 5 * (seq % 8));
        len += 5 * (seq % 8);
    }
    if (explicit_len) {
        memcpy(nonce, w->iv, 4);
        put_be(nonce + 4, 8, seq ^ 0x0102030405060708);
        memcpy(out, nonce + 4, 8);
    } else {
        put_be(nonce + 4, 8, seq);
        for (size_t i = 0; i < 12; i++) {
            nonce[i] ^= w->iv[i];
        }
    }
    put_be(header + 3, 2, explicit_len + len + (size_t)tag);
    header[0] = is_13 ? 23 : type;
    pseudo(w, seq, type, len, aad);
    assert_int_equal(EVP_EncryptInit_ex2(w->x, c, NULL, NULL, NULL), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(w->x, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL), 1);
    assert_true(!is_ccm || EVP_CIPHER_CTX_ctrl(w->x, EVP_CTRL_AEAD_SET_TAG, tag, NULL) == 1);
    assert_int_equal(EVP_EncryptInit_ex2(w->x, NULL, w->key, nonce, NULL), 1);
    assert_true(!is_ccm || EVP_EncryptUpdate(w->x, NULL, &n, NULL, (int)len) == 1);
    assert_int_equal(EVP_EncryptUpdate(w->x, NULL, &n, is_13 ? header : aad, is_13 ? 5 : 13), 1);
    assert_int_equal(EVP_EncryptUpdate(w->x, out + explicit_len, &n, plain, (int)len), 1);
    assert_int_equal(EVP_EncryptFinal_ex(w->x, out + explicit_len + len, &n), 1);
    assert_int_equal(
        EVP_CIPHER_CTX_ctrl(w->x, EVP_CTRL_AEAD_GET_TAG, tag, out + explicit_len + len), 1);
    return explicit_len + len + (size_t)tag;
}

static void seal(struct writer *w, uint64_t seq, uint8_t type, const uint8_t *text, size_t len,
                 struct sealed *out)
{
    out->header[0] = type;
    put_be(out->header + 1, 2, w->row->version == 0x0304 ? 0x0303 : w->row->version);
    if (w->suite->kind == SGS_TLS_CBC) {
        out->len = seal_cbc(w, seq, type, text, len, out->octets);
    } else if (w->suite->kind == SGS_TLS_NULL || w->suite->kind == SGS_TLS_STREAM) {
        out->len = seal_stream(w, seq, type, text, len, out->octets);
    } else {
        out->len = seal_aead(w, seq, type, text, len, out->header, out->octets);
    }
    put_be(out->header + 3, 2, out->len);
}

/* Three records: of 0, 1 and 100 octets. */
static void seal_all(struct writer *w, struct sealed out[N_RECORDS])
{
    static const size_t lens[N_RECORDS] = {0, 1, 100};
    uint8_t text[100];

    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < N_RECORDS; i++) {
        seal(w, i, i == 2 ? 22 : 23, text, lens[i], &out[i]);
    }
}

static enum sgs_status open_sealed(struct writer *w, uint64_t seq, const struct sealed *s,
                                   struct sgs_slice *plain, uint8_t *type)
{
    return sgs_tls_open(w->opener, seq, sgs_slice(s->header, 5), sgs_slice(s->octets, s->len),
                        &arena, plain, type);
}

static int set_up(void **state)
{
    const struct row *row = *state;

    sgs_arena_init(&arena, 64u << 20);
    init_writer(&writer, row);
    return 0;
}

static int tear_down(void **state)
{
    clear_writer(&writer);
    sgs_arena_clear(&arena);
    return 0;
}

static void in_order(void **state)
{
    struct sealed s[N_RECORDS];
    struct sgs_slice plain;
    uint8_t type = 0;

    if (!writer.suite) {
        skip(); /* the legacy provider is not there */
    }
    seal_all(&writer, s);
    for (size_t i = 0; i < N_RECORDS; i++) {
        assert_true(sgs_tls_check(writer.opener, i, sgs_slice(s[i].header, 5),
                                  sgs_slice(s[i].octets, s[i].len)));
        assert_false(sgs_tls_check(writer.opener, i + 1, sgs_slice(s[i].header, 5),
                                   sgs_slice(s[i].octets, s[i].len)));
        assert_int_equal(open_sealed(&writer, i + 1, &s[i], &plain, &type), SGS_E_AUTH);
        assert_int_equal(open_sealed(&writer, i, &s[i], &plain, &type), SGS_OK);
        assert_int_equal(plain.len, i == 0 ? 0 : i == 1 ? 1 : 100);
        assert_int_equal(type, i == 2 ? 22 : 23);
        for (size_t k = 0; k < plain.len; k++) {
            assert_int_equal(plain.ptr[k], 'a');
        }
    }
}

/* Any octet changed, in header or fragment, and any shorter fragment: nothing is shown. */
static void damaged(void **state)
{
    struct sealed s[N_RECORDS], bad;
    struct sgs_slice plain = {NULL, 0};
    uint8_t type = 0;

    if (!writer.suite) {
        skip();
    }
    seal_all(&writer, s);
    assert_int_equal(open_sealed(&writer, 0, &s[0], &plain, &type), SGS_OK);
    assert_int_equal(open_sealed(&writer, 1, &s[1], &plain, &type), SGS_OK);
    plain = (struct sgs_slice){NULL, 0};
    for (size_t i = 0; i < s[2].len; i++) {
        bad = s[2];
        bad.octets[i] ^= 1;
        enum sgs_status st = open_sealed(&writer, 2, &bad, &plain, &type);
        assert_true(st == SGS_E_AUTH || st == SGS_E_FORMAT);
    }
    for (size_t len = 0; len < s[2].len; len++) {
        bad = s[2];
        bad.len = len;
        assert_int_not_equal(open_sealed(&writer, 2, &bad, &plain, &type), SGS_OK);
    }
    bad = s[2];
    bad.header[0] ^= 1;
    assert_int_not_equal(open_sealed(&writer, 2, &bad, &plain, &type), SGS_OK);
    assert_null(plain.ptr);
    assert_int_equal(open_sealed(&writer, 2, &s[2], &plain, &type), SGS_OK);
    assert_int_equal(plain.len, 100);
}

/* A record that is passed over does not stop those behind it. */
static void passed(void **state)
{
    struct sealed s[N_RECORDS];
    struct sgs_slice plain;
    uint8_t type = 0;

    if (!writer.suite) {
        skip();
    }
    seal_all(&writer, s);
    for (size_t i = 0; i < 2; i++) {
        sgs_tls_pass(writer.opener, sgs_slice(s[i].header, 5), sgs_slice(s[i].octets, s[i].len));
    }
    assert_int_equal(open_sealed(&writer, 2, &s[2], &plain, &type), SGS_OK);
}

#define LARGE ((uint64_t)1 << 40) /* octets of a search that costs what it costs */

static bool search(const struct sealed *s, struct sgs_tls_search *x)
{
    return sgs_tls_find(writer.opener, sgs_slice(s->header, 5), sgs_slice(s->octets, s->len), x);
}

/* A record far behind the last one is found, only where it is, and for what the budget allows. */
static void found(void **state)
{
    enum { FAR = 60000 };
    struct sealed s[2];
    struct sgs_slice plain;
    uint8_t type = 0;

    if (!writer.suite) {
        skip();
        return;
    }
    bool is_stream = writer.suite->kind == SGS_TLS_STREAM;
    seal(&writer, 1, 23, (const uint8_t *)"abc", 3, &s[0]);
    assert_true(is_stream || open_sealed(&writer, 1, &s[0], &plain, &type) == SGS_OK);
    seal(&writer, FAR, 23, (const uint8_t *)"abcd", 4, &s[1]);
    struct sgs_tls_search x = {.first = 2, .last = 2 + 65536, .budget = LARGE};
    assert_int_equal(search(&s[1], &x), !is_stream);
    assert_true(x.trials <= FAR && (is_stream || (x.seq == FAR && x.trials > 0)));
    uint64_t cost = LARGE - x.budget;
    struct sgs_tls_search before = {.first = 0, .last = FAR - 1, .budget = LARGE};
    assert_false(search(&s[1], &before));
    struct sgs_tls_search behind = {.first = FAR + 1, .last = FAR + 10, .budget = LARGE};
    assert_false(search(&s[1], &behind));
    if (!is_stream) {
        x = (struct sgs_tls_search){.first = 2, .last = 2 + 65536, .budget = cost - 1};
        assert_false(search(&s[1], &x));
        assert_true(x.budget < cost);
        assert_int_equal(open_sealed(&writer, FAR, &s[1], &plain, &type), SGS_OK);
        assert_int_equal(plain.len, 4);
    }
}

/* One bit flipped somewhere in each of 10,000 records, a part of them for each cipher. */
static void flipped(void **state)
{
    enum { EACH = 10000 / N_ROWS + 1 };
    uint8_t text[64] = {1, 2, 3};
    struct sgs_slice plain = {NULL, 0};
    struct sealed s;
    uint8_t type = 0;

    if (!writer.suite) {
        skip();
        return;
    }
    for (size_t i = 0; i < EACH; i++) {
        seal(&writer, i, 23, text, i % sizeof text, &s);
        size_t bit = i * 7919 % (8 * s.len);
        s.octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(open_sealed(&writer, i, &s, &plain, &type), SGS_OK);
        struct sgs_tls_search x = {.first = i, .last = i + 1, .budget = LARGE};
        assert_false(search(&s, &x));
        assert_null(plain.ptr);
        s.octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
        sgs_tls_pass(writer.opener, sgs_slice(s.header, 5), sgs_slice(s.octets, s.len));
    }
}

/* A million trials with wrong keys, a part of them for each cipher. */
static void wrong_keys(void **state)
{
    enum { EACH = 1000000 / N_ROWS + 1, OF_A_KEY = 64 };
    struct sealed s;
    uint8_t key[32], mac[48];

    if (!writer.suite) {
        skip();
        return;
    }
    seal(&writer, 3, 23, (const uint8_t *)"abc", 3, &s);
    for (size_t i = 0; i < EACH; i += OF_A_KEY) {
        struct sgs_tls_opener *o = NULL;
        memset(key, 0x4b, sizeof key);
        memset(mac, 0x3a, sizeof mac);
        put_be(key, 4, i);
        put_be(mac, 4, i);
        const struct sgs_tls_material m = {.key = sgs_slice(key, writer.suite->key_len),
                                           .iv = sgs_slice(writer.iv, writer.iv_len),
                                           .mac = sgs_slice(mac, writer.suite->mac_len)};
        assert_int_equal(sgs_tls_opener_new(writer.suite, writer.row->version,
                                            writer.row->encrypt_then_mac, &m, &o),
                         SGS_OK);
        for (uint64_t seq = 0; seq < OF_A_KEY; seq++) {
            assert_false(sgs_tls_check(o, seq, sgs_slice(s.header, 5), sgs_slice(s.octets, s.len)));
        }
        struct sgs_tls_search x = {.last = OF_A_KEY, .budget = LARGE};
        assert_false(sgs_tls_find(o, sgs_slice(s.header, 5), sgs_slice(s.octets, s.len), &x));
        sgs_tls_opener_free(o);
    }
}

int main(void)
{
    enum { N = N_ROWS, EACH = 6 };
    struct CMUnitTest tests[EACH * N];
    static const CMUnitTestFunction functions[EACH] = {in_order, damaged, passed,
                                                       found,    flipped, wrong_keys};

    for (size_t i = 0; i < EACH * N; i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i / EACH].name,
                                       .test_func = functions[i % EACH],
                                       .setup_func = set_up,
                                       .teardown_func = tear_down,
                                       .initial_state = (void *)(uintptr_t)&rows[i / EACH]};
    }
    return cmocka_run_group_tests_name("tls_record", tests, NULL, NULL) != 0;
}
