/* Key logs in all spellings; what is damaged is counted, remembered and skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/buf.h>
#include <signscope/tls_keys.h>

#include "unhex.h"

#define R1 "0101010101010101010101010101010101010101010101010101010101010101"
#define R2 "02020202020202020202020202020202020202020202020202020202020202aB"
#define M1                                                                                         \
    "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"                             \
    "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
#define M2                                                                                         \
    "B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2"                             \
    "B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2B2"
#define S32 "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"

struct fixture {
    struct sgs_tls_keys *keys;
    struct sgs_arena arena;
};

static int set_up(void **state)
{
    static struct fixture f;

    f.keys = sgs_tls_keys_new();
    sgs_arena_init(&f.arena, 65536);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    sgs_tls_keys_free(f->keys);
    sgs_arena_clear(&f->arena);
    return 0;
}

static void add(struct fixture *f, const char *text)
{
    sgs_tls_keys_add(f->keys, SGS_KEY_KEYLOG, sgs_slice_str(text), true, NULL);
}

static void assert_secret(struct fixture *f, enum sgs_tls_label label, const char *id,
                          const char *secret)
{
    uint8_t out[SGS_TLS_MAX_SECRET];
    enum sgs_key_source source = SGS_KEY_NONE;
    size_t len = sgs_tls_keys_find(f->keys, label, unhex(&f->arena, id), out, &source);

    assert_octets(sgs_slice(out, len), unhex(&f->arena, secret));
    assert_int_equal(source, len ? SGS_KEY_KEYLOG : SGS_KEY_NONE);
}

static void assert_counts(struct fixture *f, uint64_t lines, uint64_t damaged, uint64_t unknown)
{
    const struct sgs_key_counts *c = sgs_tls_keys_counts(f->keys);

    assert_int_equal(c->lines, lines);
    assert_int_equal(c->damaged, damaged);
    assert_int_equal(c->unknown, unknown);
}

static void labels(void **state)
{
    struct fixture *f = *state;

    add(f, "# a comment\n\n"
           "CLIENT_RANDOM " R1 " " M1 "\n"
           "CLIENT_EARLY_TRAFFIC_SECRET " R2 " " S32 "\n"
           "CLIENT_HANDSHAKE_TRAFFIC_SECRET " R2 " " M1 "\n"
           "SERVER_HANDSHAKE_TRAFFIC_SECRET " R2 " " M2 "\n"
           "CLIENT_TRAFFIC_SECRET_0 " R2 " " S32 "\n"
           "SERVER_TRAFFIC_SECRET_0 " R2 " " S32 "\n"
           "CLIENT_TRAFFIC_SECRET_7 " R2 " " S32 "\n"
           "EXPORTER_SECRET " R2 " " S32 "\n"
           "RSA 0011223344556677 " M2 "\n"
           "RSA Session-ID:00ff Master-Key:" M1 "\n");
    assert_secret(f, SGS_TLS_CLIENT_RANDOM, R1, M1);
    assert_secret(f, SGS_TLS_CLIENT_EARLY_TRAFFIC_SECRET, R2, S32);
    assert_secret(f, SGS_TLS_CLIENT_HANDSHAKE_TRAFFIC_SECRET, R2, M1);
    assert_secret(f, SGS_TLS_SERVER_HANDSHAKE_TRAFFIC_SECRET, R2, M2);
    assert_secret(f, SGS_TLS_CLIENT_TRAFFIC_SECRET_0, R2, S32);
    assert_secret(f, SGS_TLS_SERVER_TRAFFIC_SECRET_0, R2, S32);
    assert_secret(f, SGS_TLS_RSA, "0011223344556677", M2);
    assert_secret(f, SGS_TLS_RSA_SESSION_ID, "00ff", M1);
    assert_secret(f, SGS_TLS_CLIENT_RANDOM, R2, "");
    assert_secret(f, SGS_TLS_RSA_SESSION_ID, "00fe", "");
    assert_counts(f, 10, 0, 0);
}

/* Entries that nothing here needs are entries all the same. */
static void other_labels(void **state)
{
    static const char *const words[] = {"EXPORTER_SECRET",
                                        "EARLY_EXPORTER_SECRET",
                                        "EARLY_EXPORTER_MASTER_SECRET",
                                        "CLIENT_TRAFFIC_SECRET_1",
                                        "SERVER_TRAFFIC_SECRET_12",
                                        "ECH_SECRET",
                                        "ECH_CONFIG",
                                        "PMS_CLIENT_RANDOM",
                                        "QUIC_SERVER_TRAFFIC_SECRET_0"};
    struct fixture *f = *state;
    char line[256];

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        (void)snprintf(line, sizeof line, "%s %s %s\n", words[i], R1, S32);
        add(f, line);
        assert_true(sgs_tls_keys_probe(sgs_slice_str(line)));
        (void)snprintf(line, sizeof line, "%s %s\n", words[i], R1);
        add(f, line);
        assert_counts(f, i + 1, i + 1, 0);
    }
    for (unsigned label = SGS_TLS_CLIENT_RANDOM; label < SGS_TLS_IGNORED; label++) {
        assert_secret(f, (enum sgs_tls_label)label, R1, "");
    }
    assert_false(sgs_tls_keys_is_damaged(f->keys, unhex(&f->arena, R1)));
    add(f, "SERVER_TRAFFIC_SECRET_x " R1 " " S32 "\n");
    assert_int_equal(sgs_tls_keys_counts(f->keys)->unknown, 1);
}

/* Each octet in the place of a hex digit. */
static void digits(void **state)
{
    static const char hex[] = "0123456789abcdefABCDEF";
    struct fixture *f = *state;

    for (unsigned c = 1; c < 256; c++) {
        char line[] = "CLIENT_RANDOM " R1 " " M1;
        bool is_hex = strchr(hex, (int)c) != NULL;

        if (c == ' ' || c == '\t' || c == '\n') {
            continue;
        }
        line[sizeof line - 2] = (char)c;
        add(f, line);
        assert_counts(f, is_hex, !is_hex, 0);
        sgs_tls_keys_free(f->keys);
        f->keys = sgs_tls_keys_new();
    }
}

/* A log that was copied while it was written: only a whole last line counts. */
static void cut_anywhere(void **state)
{
    static const char text[] = "CLIENT_RANDOM " R1 " " M1 "\nCLIENT_TRAFFIC_SECRET_0 " R2 " " S32;
    struct fixture *f = *state;
    size_t first = strcspn(text, "\n");

    for (size_t len = first; len < sizeof text; len++) {
        sgs_tls_keys_add(f->keys, SGS_KEY_KEYLOG, sgs_slice(text, len), true, NULL);
        assert_secret(f, SGS_TLS_CLIENT_RANDOM, R1, M1);
        assert_secret(f, SGS_TLS_CLIENT_TRAFFIC_SECRET_0, R2, len == sizeof text - 1 ? S32 : "");
        assert_int_equal(sgs_tls_keys_counts(f->keys)->lines, len == sizeof text - 1 ? 2 : 1);
        sgs_tls_keys_free(f->keys);
        f->keys = sgs_tls_keys_new();
    }
}

/* 100 MB in pieces of 64 KiB, as files are read; line i has i in its random and its secret. */
static void large(void **state)
{
    enum { LINES = 578000, PIECE = 65536, LINE = 14 + 64 + 1 + 96 + 1 };
    static char piece[PIECE + LINE + 1];
    struct fixture *f = *state;
    size_t held = 0, used = 0;

    for (unsigned i = 0; i <= LINES; i++) {
        if (i == LINES || held > PIECE) {
            sgs_tls_keys_add(f->keys, SGS_KEY_KEYLOG, sgs_slice(piece, held), false, &used);
            assert_int_equal(used, held);
            held = 0;
        }
        if (i < LINES) {
            held += (size_t)snprintf(piece + held, LINE + 1, "CLIENT_RANDOM %064x %096x\n", i, i);
        }
    }
    assert_counts(f, LINES, 0, 0);
    for (unsigned i = 0; i < LINES; i += 1009) {
        (void)snprintf(piece, sizeof piece, "%064x", i);
        (void)snprintf(piece + 100, sizeof piece - 100, "%096x", i);
        assert_secret(f, SGS_TLS_CLIENT_RANDOM, piece, piece + 100);
        sgs_arena_reset(&f->arena);
    }
}

static void last_line_wins(void **state)
{
    struct fixture *f = *state;

    add(f, "CLIENT_RANDOM " R1 " " M1 "\nCLIENT_RANDOM " R1 " " M2 "\n");
    assert_secret(f, SGS_TLS_CLIENT_RANDOM, R1, M2);
}

/* CRLF, BOM, tabs, several blanks, no line end: all the same line. */
static void spellings(void **state)
{
    static const char *const rows[] = {
        "CLIENT_RANDOM " R1 " " M1 "\r\n",
        "\xef\xbb\xbf"
        "CLIENT_RANDOM " R1 " " M1 "\n",
        "  CLIENT_RANDOM\t" R1 "  " M1 " \r\n\r\n",
        "CLIENT_RANDOM " R1 " " M1,
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        add(f, rows[i]);
        assert_counts(f, 1, 0, 0);
        assert_secret(f, SGS_TLS_CLIENT_RANDOM, R1, M1);
        assert_true(sgs_tls_keys_probe(sgs_slice_str(rows[i])));
        sgs_tls_keys_free(f->keys);
        f->keys = sgs_tls_keys_new();
    }
}

/* The text as UTF-16 of both byte orders, with a BOM. */
static void utf16(void **state)
{
    static const char text[] = "# made by hand\r\nCLIENT_RANDOM " R1 " " M1 "\r\nRSA x\r\n";
    struct fixture *f = *state;
    uint8_t wide[2 * sizeof text];

    for (unsigned low = 0; low < 2; low++) {
        wide[low] = 0xff;
        wide[1 - low] = 0xfe;
        for (size_t i = 0; i < sizeof text - 1; i++) {
            wide[2 + 2 * i + low] = (uint8_t)text[i];
            wide[3 + 2 * i - low] = 0;
        }
        sgs_tls_keys_add(f->keys, SGS_KEY_KEYLOG, sgs_slice(wide, 2 * sizeof text), true, NULL);
        assert_true(sgs_tls_keys_probe(sgs_slice(wide, 2 * sizeof text)));
        assert_secret(f, SGS_TLS_CLIENT_RANDOM, R1, M1);
        assert_counts(f, low + 1, low + 1, 0);
    }
}

static void damage(void **state)
{
    static const struct {
        const char *line;
        unsigned damaged, unknown;
        bool is_remembered; /* under R1 */
    } rows[] = {
        {"CLIENT_RANDOM " R1 " a1a1a1",                  1, 0, true },
        {"CLIENT_RANDOM " R1,                            1, 0, true },
        {"CLIENT_RANDOM " R1 " " M1 "CLIENT_RANDOM " R2, 1, 0, true },
        {"CLIENT_RANDOM " R1 " " M1 " " M1,              1, 0, true },
        {"CLIENT_RANDOM " R1 " " S32,                    1, 0, true },
        {"SERVER_TRAFFIC_SECRET_0 " R1 " xx" M1,         1, 0, true },
        {"CLIENT_RANDOM 01010101",                       1, 0, true },
        {"SERVER_TRAFFIC_SECRET_0 010101010",            1, 0, true },
        {"CLIENT_RANDOM 010101",                         1, 0, false},
        {"CLIENT_RANDOM 0101 " M1,                       1, 0, false},
        {"CLIENT_RANDOM",                                1, 0, false},
        {"RSA Session-ID:00ff Master:" M1,               1, 0, false},
        {"RANDOM " R1 " " M1,                            0, 1, false},
        {"-----BEGIN PRIVATE KEY-----",                  0, 1, false},
        {"client_random " R1 " " M1,                     0, 1, false},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        add(f, rows[i].line);
        assert_counts(f, 0, rows[i].damaged, rows[i].unknown);
        assert_secret(f, SGS_TLS_CLIENT_RANDOM, R1, "");
        assert_int_equal(sgs_tls_keys_is_damaged(f->keys, unhex(&f->arena, R1)),
                         rows[i].is_remembered);
        assert_false(sgs_tls_keys_is_damaged(f->keys, unhex(&f->arena, R2)));
        sgs_tls_keys_free(f->keys);
        f->keys = sgs_tls_keys_new();
    }
}

/* Lines that open nothing and explain why. */
static void marks(void **state)
{
    struct fixture *f = *state;
    struct sgs_slice r1 = unhex(&f->arena, R1), r2 = unhex(&f->arena, R2);

    add(f, "ECH_SECRET " R1 " " S32 "\nECH_CONFIG " R2 " fe0d\n");
    assert_true(sgs_tls_keys_has_ech(f->keys, r1));
    assert_false(sgs_tls_keys_has_ech(f->keys, r2));
    assert_secret(f, SGS_TLS_CLIENT_RANDOM, R2, "");
}

/* A log that is being written: what has no line end yet stays for the next call. */
static void growing(void **state)
{
    static const char text[] = "CLIENT_RANDOM " R1 " " M1 "\nCLIENT_RANDOM " R2 " " M2 "\n";
    struct fixture *f = *state;
    size_t off = 0;

    for (size_t shown = 0; shown < sizeof text; shown++) {
        size_t used = 0;
        sgs_tls_keys_add(f->keys, SGS_KEY_KEYLOG, sgs_slice(text + off, shown - off), false, &used);
        off += used;
        assert_true(off <= shown);
    }
    assert_int_equal(off, sizeof text - 1);
    assert_counts(f, 2, 0, 0);
    assert_secret(f, SGS_TLS_CLIENT_RANDOM, R2, M2);
}

static void endless_line(void **state)
{
    struct fixture *f = *state;
    struct sgs_buf b;
    size_t used = 0;

    sgs_buf_init(&b, 1u << 20);
    for (int i = 0; i < 20000; i++) {
        assert_true(sgs_buf_add_str(&b, "CLIENT_RANDOM "));
    }
    sgs_tls_keys_add(f->keys, SGS_KEY_KEYLOG, sgs_buf_slice(&b), false, &used);
    assert_int_equal(used, b.len);
    assert_counts(f, 0, 1, 0);
    sgs_buf_clear(&b);
}

static void more(void *ctx)
{
    struct fixture *f = ctx;

    add(f, "CLIENT_RANDOM " R1 " " M1 "\n");
}

static void on_miss(void **state)
{
    struct fixture *f = *state;

    sgs_tls_keys_on_miss(f->keys, more, f);
    assert_secret(f, SGS_TLS_CLIENT_RANDOM, R2, "");
    assert_secret(f, SGS_TLS_CLIENT_RANDOM, R2, "");
    assert_counts(f, 1, 0, 0);
    sgs_tls_keys_tick(f->keys);
    assert_secret(f, SGS_TLS_CLIENT_RANDOM, R2, "");
    assert_counts(f, 2, 0, 0);
    assert_secret(f, SGS_TLS_CLIENT_RANDOM, R1, M1);
}

static void probes(void **state)
{
    assert_true(sgs_tls_keys_probe((struct sgs_slice){NULL, 0}));
    assert_true(sgs_tls_keys_probe(SGS_LIT("# SSL/TLS secrets log file, generated by NSS\n")));
    assert_true(sgs_tls_keys_probe(SGS_LIT("EXPORTER_SECRET 00 00\n")));
    assert_true(sgs_tls_keys_probe(SGS_LIT("0101 cut head\nCLIENT_RANDOM " R1)));
    assert_false(sgs_tls_keys_probe(SGS_LIT("-----BEGIN PRIVATE KEY-----\nMIIB\n")));
    assert_false(sgs_tls_keys_probe(SGS_LIT("CLIENT_RANDOM\n")));
    assert_false(sgs_tls_keys_probe(SGS_LIT("\x0a\x0d\x0d\x0a\x1c\0\0\0M<+\x1a")));
    assert_false(sgs_tls_keys_probe(SGS_LIT("0123456789abcdef0123456789abcdef\n")));
}

/* Lines as a reader of the log sees them, joined: kind, name, octets of the id, first words. */
static void note_line(void *ctx, const struct sgs_key_line *line)
{
    static const char *const kinds[] = {"entry", "damaged", "unknown"};
    bool is_entry = line->kind == SGS_KEY_LINE_ENTRY;

    sgs_buf_printf(ctx, "%s %s %zu %.*s\n", kinds[line->kind],
                   is_entry ? sgs_key_line_name(line->name) : "-", line->id.len,
                   (int)(line->text.len < 12 ? line->text.len : 12), (const char *)line->text.ptr);
}

static void lines_in_order(void **state)
{
    struct sgs_buf seen;
    size_t used = 0;
    const struct sgs_slice log = SGS_LIT("# comment\n"
                                         "  CLIENT_RANDOM " R1 " " M1 "\r\n"
                                         "\n"
                                         "EXPORTER_SECRET " R2 " " S32 "\n"
                                         "CLIENT_TRAFFIC_SECRET_3 " R2 " " S32 "\n"
                                         "QUIC_CLIENT_HANDSHAKE_TRAFFIC_SECRET " R2 " " S32 "\n"
                                         "RSA 0011223344556677 " M2 "\n"
                                         "RSA Session-ID:00ff Master-Key:" M1 "\n"
                                         "CLIENT_RANDOM " R1 " xx\n"
                                         "hello\n"
                                         "CLIENT_RANDOM " R2);

    sgs_buf_init(&seen, 4096);
    sgs_key_lines(log, false, &used, note_line, &seen);
    sgs_buf_add_octet(&seen, '\0');
    assert_string_equal((const char *)sgs_buf_slice(&seen).ptr,
                        "entry CLIENT_RANDOM 32 CLIENT_RANDO\n"
                        "entry EXPORTER_SECRET 32 EXPORTER_SEC\n"
                        "entry later traffic secrets 32 CLIENT_TRAFF\n"
                        "entry QUIC secrets 32 QUIC_CLIENT_\n"
                        "entry RSA 8 RSA 00112233\n"
                        "entry RSA Session-ID 2 RSA Session-\n"
                        "damaged - 32 CLIENT_RANDO\n"
                        "unknown - 0 hello\n");
    assert_int_equal(used, log.len - strlen("CLIENT_RANDOM " R2));
    sgs_buf_clear(&seen);
}

static void names(void **state)
{
    for (size_t i = 0; i < SGS_KEY_LINE_NAMES; i++) {
        assert_non_null(sgs_key_line_name(i));
    }
    assert_null(sgs_key_line_name(SGS_KEY_LINE_NAMES));
}

/* Only what was asked for and found is in use. */
static void used_entries(void **state)
{
    struct fixture *f = *state;
    struct sgs_slice head = unhex(&f->arena, "0011223344556677");

    add(f, "RSA 0011223344556677 " M2 "\nCLIENT_RANDOM " R1 " " M1 "\n");
    assert_false(sgs_tls_keys_is_used(f->keys, SGS_TLS_RSA, head));
    assert_secret(f, SGS_TLS_CLIENT_RANDOM, R2, "");
    assert_secret(f, SGS_TLS_RSA, "0011223344556677", M2);
    assert_true(sgs_tls_keys_is_used(f->keys, SGS_TLS_RSA, head));
    assert_false(sgs_tls_keys_is_used(f->keys, SGS_TLS_RSA_SESSION_ID, head));
    assert_false(sgs_tls_keys_is_used(f->keys, SGS_TLS_CLIENT_RANDOM, unhex(&f->arena, R1)));
    assert_false(sgs_tls_keys_is_used(f->keys, SGS_TLS_CLIENT_RANDOM, unhex(&f->arena, R2)));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(labels),  CASE(last_line_wins), CASE(spellings),    CASE(utf16),  CASE(damage),
        CASE(growing), CASE(endless_line),   CASE(on_miss),      CASE(probes), CASE(lines_in_order),
        CASE(names),   CASE(used_entries),   CASE(other_labels), CASE(digits), CASE(cut_anywhere),
        CASE(large),   CASE(marks),
    };
    return cmocka_run_group_tests_name("keylog", tests, NULL, NULL) != 0;
}
