/* One bit flipped in each protected record of whole connections: nothing of them is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "feed.h"

#define HEADER 5       /* octets before a fragment */
#define CHANGE 20      /* types of records */
#define APPLICATION 23 /* of the same */
#define AT_LEAST 10000 /* records with a flipped bit */
#define OPENED " records_decrypted="

/* One direction of a sample, octet by octet. */
struct walk {
    uint8_t header[HEADER];
    size_t n_header;
    size_t left;    /* octets of the fragment still to come */
    size_t flip_at; /* when so many are left; 0: none of them */
    bool is_changed;
};

static uint32_t dice = 1;
static size_t n_flipped;

/* The high half: the low one of such a row has short periods. */
static uint32_t roll(uint32_t n)
{
    dice = dice * 1664525 + 1013904223;
    return (dice >> 16) % n;
}

static void begin_fragment(struct walk *w)
{
    bool is_protected = w->header[0] == APPLICATION || w->is_changed;

    w->left = (size_t)w->header[3] << 8 | w->header[4];
    w->is_changed |= w->header[0] == CHANGE;
    w->n_header = 0;
    w->flip_at = is_protected && w->left > 0 ? 1 + roll((uint32_t)w->left) : 0;
    n_flipped += w->flip_at > 0;
}

static void step(struct walk *w, uint8_t *octet)
{
    if (w->left == 0) {
        w->header[w->n_header++] = *octet;
        if (w->n_header == HEADER) {
            begin_fragment(w);
        }
        return;
    }
    if (w->left == w->flip_at) {
        *octet ^= (uint8_t)(1u << roll(8));
    }
    w->left--;
}

static void flip(struct feed_sample *s)
{
    struct walk walks[2] = {0};

    for (size_t i = 0; i < s->n; i++) {
        const struct feed_record *r = &s->records[i];
        for (size_t k = 0; k < r->octets.len; k++) {
            step(&walks[r->dir], &s->data[r->octets.ptr + k - s->data]);
        }
    }
}

/* Records opened, as tls.session says; more when something of a layer above shows. */
static unsigned long shown(const char *path, bool is_flipped)
{
    struct feed_sample s;

    assert_true(feed_load(path, &s));
    if (is_flipped) {
        flip(&s);
    }
    char *lines = feed_run("tls", &s, 0, NULL);
    const char *opened = strstr(lines, OPENED);
    unsigned long n = opened ? strtoul(opened + strlen(OPENED), NULL, 10) : 0;
    n += strstr(lines, "[tls/") != NULL;
    if (is_flipped && n > 0) {
        print_error("%s:\n%s\n", path, lines);
    }
    free(lines);
    feed_unload(&s);
    return n;
}

static void flipped(void **state)
{
    char **names = NULL;
    char path[512];
    size_t n = feed_list(SGS_SAMPLES "/tls", ".keys", &names);
    unsigned long n_whole = 0, n_shown = 0;

    (void)state;
    for (size_t round = 0; n_flipped < AT_LEAST && n_shown == 0 && round < AT_LEAST; round++) {
        for (size_t i = 0; i < n; i++) {
            int stem = (int)(strlen(names[i]) - strlen(".keys"));
            (void)snprintf(path, sizeof path, "%s/tls/%.*s.bin", SGS_SAMPLES, stem, names[i]);
            n_whole += round == 0 ? shown(path, false) : 0;
            n_shown += shown(path, true);
        }
    }
    feed_unlist(names, n);
    assert_true(n_whole > 150);
    assert_true(n_flipped >= AT_LEAST);
    assert_int_equal(n_shown, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(flipped)};

    return cmocka_run_group_tests_name("tls_flip", tests, NULL, NULL) != 0;
}
