/* Keys that come late: what is held, and that nothing but ids and the order of lines changes. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/limits.h>

#include "engine/stream.h"
#include "feed.h"
#include "late.h"

#define ROOM ((size_t)64 << 20)

/* The first line of a that b has not, or the other way round. */
static void show_difference(const char *a, const char *b)
{
    while (*a && *b) {
        const char *a_end = strchr(a, '\n') + 1;
        const char *b_end = strchr(b, '\n') + 1;
        if (a_end - a != b_end - b || memcmp(a, b, (size_t)(a_end - a)) != 0) {
            break;
        }
        a = a_end;
        b = b_end;
    }
    print_error("from the start: %.*s\nlate: %.*s\n", *a ? (int)strcspn(a, "\n") : 0, a,
                *b ? (int)strcspn(b, "\n") : 0, b);
}

static size_t n_late, n_wrong;

static void compare(const struct late_capture *c, const char *name, const char *want,
                    const struct late_plan *plan)
{
    struct late_result r = late_run(c, plan);
    bool is_same = strcmp(want, r.text) == 0;
    if (!is_same) {
        print_error("%s, seed %u, parts %u, eighths %u, lost %zu, period %zu\n", name, plan->seed,
                    plan->parts, plan->eighths, plan->lost, plan->period);
        show_difference(want, r.text);
    }
    n_late += r.late;
    n_wrong += !is_same || r.most > plan->hold;
    free(r.text);
}

/* The plan with all keys from the start, and with those that come late in many ways. */
static void check_plan(const struct late_capture *c, const char *path, struct late_plan plan,
                       unsigned seeds, unsigned parts)
{
    struct late_result whole = late_run(c, &plan);
    plan.hold = ROOM;
    for (plan.seed = 0; plan.seed < seeds; plan.seed++) {
        compare(c, path, whole.text, &plan);
    }
    for (plan.parts = 1; plan.parts < parts; plan.parts++) {
        compare(c, path, whole.text, &plan);
    }
    free(whole.text);
}

static void check(const char *path, const char *keys)
{
    struct late_capture c;
    if (!late_load(path, keys, &c)) {
        return;
    }
    if (c.keys.len > 0) {
        check_plan(&c, path, (struct late_plan){0}, 32, 8);
        for (unsigned i = 1; i < 8; i++) {
            check_plan(&c, path, (struct late_plan){.eighths = i}, 2, 0);
        }
        for (unsigned i = 1; i < 37; i += 6) {
            check_plan(&c, path, (struct late_plan){.lost = i, .period = 37}, 6, 0);
        }
        for (size_t i = 1; c.n <= 160 && i <= c.n; i += 3) {
            check_plan(&c, path, (struct late_plan){.lost = i}, 2, 0);
        }
    }
    late_unload(&c);
}

static void test_own_captures(void **state)
{
    static const char folder[] = SGS_SOURCE_DIR "/captures";
    char **names = NULL;
    char path[4096];
    size_t n = feed_list(folder, ".pcapng", &names);
    (void)state;
    n_late = n_wrong = 0;
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        check(path, NULL);
    }
    feed_unlist(names, n);
    assert_int_equal(n_wrong, 0);
    assert_true(n_late > 1000);
}

/* NAME.keys beside NAME.pcapng, NAME.pcap.keylog beside NAME.pcap. */
static void check_folder(const char *folder)
{
    static const char *const tails[][2] = {
        {".keys",   ".pcapng"},
        {".keylog", ""       }
    };
    char path[4096], keys[4096];
    for (size_t k = 0; k < 2; k++) {
        char **names = NULL;
        size_t n = feed_list(folder, tails[k][0], &names);
        for (size_t i = 0; i < n; i++) {
            int stem = (int)(strlen(names[i]) - strlen(tails[k][0]));
            (void)snprintf(path, sizeof path, "%s/%.*s%s", folder, stem, names[i], tails[k][1]);
            (void)snprintf(keys, sizeof keys, "%s/%s", folder, names[i]);
            check(path, keys);
        }
        feed_unlist(names, n);
    }
}

static void test_captures_of_others(void **state)
{
    const char *root = getenv("SGS_CAPTURES");
    char folder[2048];
    (void)state;
    if (!root) {
        print_message("SGS_CAPTURES is not set: no captures of others\n");
        skip();
    }
    n_late = n_wrong = 0;
    (void)snprintf(folder, sizeof folder, "%s/client", root);
    check_folder(folder);
    (void)snprintf(folder, sizeof folder, "%s/wild/captures", root);
    check_folder(folder);
    (void)snprintf(folder, sizeof folder, "%s/real", root);
    DIR *d = opendir(folder);
    for (struct dirent *row = d ? readdir(d) : NULL; row; row = readdir(d)) {
        if (row->d_name[0] != '.') {
            (void)snprintf(folder, sizeof folder, "%s/real/%.255s", root, row->d_name);
            check_folder(folder);
        }
    }
    if (d) {
        (void)closedir(d);
    }
    assert_int_equal(n_wrong, 0);
    assert_true(n_late > 1000);
}

/* conversations by hand */

static struct {
    struct sgs_tls_keys *keys;
    struct sgs_engine *engine;
    uint32_t n_conns;
    struct sgs_origin origin;
    unsigned opaque, decrypted, partly, limited; /* tls.session by what they say */
} hand;

static bool says(const struct sgs_event *ev, enum sgs_field_id id, const char *text)
{
    return sgs_slice_eq(sgs_event_text(ev, id), sgs_slice_str(text));
}

static void count_session(void *ctx, const struct sgs_event *ev)
{
    (void)ctx;
    if (ev->kind == SGS_K_TLS_SESSION) {
        hand.opaque += says(ev, SGS_F_STATE, "opaque");
        hand.decrypted += says(ev, SGS_F_STATE, "decrypted");
        hand.partly += says(ev, SGS_F_STATE, "partly");
        hand.limited += says(ev, SGS_F_REASON, "hold-limit");
    }
}

static void hand_open(size_t hold)
{
    memset(&hand, 0, sizeof hand);
    hand.keys = sgs_tls_keys_new();
    hand.engine = sgs_engine_new(&(struct sgs_engine_options){.keys = hand.keys, .hold = hold});
    sgs_engine_on_event(hand.engine, count_session, NULL);
}

static void hand_close(void)
{
    sgs_engine_free(hand.engine);
    sgs_tls_keys_free(hand.keys);
}

static void load(const char *name, struct feed_sample *s)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/tls/%s.bin", SGS_SAMPLES, name);
    assert_true(feed_load(path, s));
}

static void give_key(const struct feed_sample *s)
{
    sgs_tls_keys_add(hand.keys, SGS_KEY_KEYLOG, sgs_slice(s->keys, s->keys_len), true, NULL);
    sgs_engine_keys(hand.engine);
}

static struct sgs_stream *start_as(const char *name)
{
    const struct sgs_conn_info info = {
        .transport = SGS_TCP, .number = hand.n_conns++, .has_start = true};
    return sgs_stream_open(hand.engine, &info, name);
}

static struct sgs_stream *start(void)
{
    return start_as("tls");
}

static void push(struct sgs_stream *stream, const struct feed_record *r)
{
    hand.origin.frame = ++hand.origin.frame_last;
    hand.origin.time = ++hand.origin.time_last;
    sgs_stream_push(stream, r->dir, r->octets, false, &hand.origin);
    sgs_engine_drain(hand.engine);
}

/* A whole conversation. */
static void play(const struct feed_sample *s)
{
    struct sgs_stream *stream = start();
    for (size_t i = 0; i < s->n; i++) {
        push(stream, &s->records[i]);
    }
    sgs_stream_end(stream, SGS_C2S, SGS_END_FIN, &hand.origin);
    sgs_stream_end(stream, SGS_S2C, SGS_END_FIN, &hand.origin);
    sgs_stream_close(stream);
    sgs_engine_drain(hand.engine);
}

static void test_several_are_held_at_once(void **state)
{
    static const char *const names[] = {"tls12-chacha20", "tls13-aes128", "tls12-gcm-alpn",
                                        "tls13-key-update", "tls10-cbc"};
    struct feed_sample samples[sizeof names / sizeof *names];
    size_t n = sizeof names / sizeof *names;
    (void)state;
    hand_open(ROOM);
    for (size_t i = 0; i < n; i++) {
        load(names[i], &samples[i]);
        play(&samples[i]);
    }
    assert_int_equal(hand.opaque + hand.decrypted, 0);
    for (size_t i = n; i-- > 1;) {
        give_key(&samples[i]);
        assert_int_equal(hand.decrypted, n - i);
    }
    assert_true(sgs_engine_held(hand.engine) > 0);
    sgs_engine_finish(hand.engine);
    assert_int_equal(hand.decrypted, n - 1);
    assert_int_equal(hand.opaque, 1);
    assert_int_equal(hand.limited, 0);
    assert_int_equal(sgs_engine_held(hand.engine), 0);
    hand_close();
    for (size_t i = 0; i < n; i++) {
        feed_unload(&samples[i]);
    }
}

/* The line of a resumed session comes late; another conversation of that session has none. */
static void test_learned_late(void **state)
{
    struct feed_sample first, second;
    (void)state;
    load("tls12-resumed-id-first", &first);
    load("tls12-resumed-id", &second);
    hand_open(ROOM);
    play(&second);
    play(&first);
    assert_int_equal(hand.opaque + hand.decrypted, 0);
    give_key(&second);
    assert_int_equal(hand.decrypted, 2);
    hand_close();
    feed_unload(&first);
    feed_unload(&second);
}

static void push_or_lose(struct sgs_stream *stream, const struct feed_record *r, bool is_lost)
{
    if (r->is_gap || is_lost) {
        hand.origin.frame = ++hand.origin.frame_last;
        sgs_stream_gap(stream, r->dir, r->is_gap ? r->gap : r->octets.len, SGS_GAP_LOST,
                       &hand.origin);
    } else {
        push(stream, r);
    }
}

/* Records of a sample that are lost. */
struct span {
    size_t from, n;
};

/* All events of a sample that has lost records, when its key log comes before record `at`; given.
 */
static char *text_of(const struct feed_sample *s, size_t hold, size_t at, struct span lost)
{
    struct late_events seen = {0};
    hand_open(hold);
    sgs_engine_on_event(hand.engine, late_on_event, &seen);
    struct sgs_stream *stream = start();
    for (size_t i = 0; i < s->n; i++) {
        if (i == at) {
            give_key(s);
        }
        push_or_lose(stream, &s->records[i], i - lost.from < lost.n);
    }
    sgs_stream_close(stream);
    if (at >= s->n) {
        give_key(s);
    }
    sgs_engine_finish(hand.engine);
    char *text = late_text(&seen);
    late_clear(&seen);
    hand_close();
    return text;
}

static size_t check_sample(const char *name, struct span lost)
{
    struct feed_sample s;
    load(name, &s);
    size_t n = s.n;
    char *whole = text_of(&s, 0, 0, lost);
    for (size_t at = 0; at <= n; at++) {
        char *late = text_of(&s, ROOM, at, lost);
        if (strcmp(whole, late) != 0) {
            print_error("%s, keys before record %zu, %zu lost from %zu on\n", name, at, lost.n,
                        lost.from);
            show_difference(whole, late);
            n_wrong++;
        }
        free(late);
    }
    free(whole);
    feed_unload(&s);
    return n;
}

/* Every sample of TLS there is: early data, retries, renegotiation, tickets, old ciphers. */
static void test_samples(void **state)
{
    char **names = NULL;
    size_t n = feed_list(SGS_SAMPLES "/tls", ".bin", &names);
    (void)state;
    assert_true(n > 20);
    for (size_t i = 0; i < n; i++) {
        names[i][strlen(names[i]) - 4] = '\0';
        size_t records = check_sample(names[i], (struct span){0, 0});
        for (size_t from = 0; from < records; from++) {
            (void)check_sample(names[i], (struct span){from, 1});
        }
        (void)check_sample(names[i], (struct span){0, 2}); /* as a rule both hellos */
    }
    feed_unlist(names, n);
    assert_int_equal(n_wrong, 0);
}

/* A tunnel through a proxy: what is above the held layer ends before it does. */
static char *tunnel(const struct feed_sample *s, size_t hold, bool is_late)
{
    const struct feed_record head[] = {
        {.dir = SGS_C2S,
         .octets = SGS_LIT("CONNECT web.contoso.example:443 HTTP/1.1\r\n"
                           "Host: web.contoso.example:443\r\n\r\n")  },
        {.dir = SGS_S2C, .octets = SGS_LIT("HTTP/1.1 200 OK\r\n\r\n")},
    };
    struct late_events seen = {0};
    hand_open(hold);
    sgs_engine_on_event(hand.engine, late_on_event, &seen);
    if (!is_late) {
        give_key(s);
    }
    struct sgs_stream *stream = start_as(NULL);
    push(stream, &head[0]);
    push(stream, &head[1]);
    for (size_t i = 0; i < s->n; i++) {
        push(stream, &s->records[i]);
    }
    sgs_stream_end(stream, SGS_C2S, SGS_END_FIN, &hand.origin);
    sgs_stream_end(stream, SGS_S2C, SGS_END_FIN, &hand.origin);
    sgs_stream_close(stream);
    sgs_engine_drain(hand.engine);
    assert_int_equal(sgs_engine_held(hand.engine) > 0, is_late && hold == ROOM);
    if (is_late) {
        give_key(s);
    }
    assert_int_equal(sgs_engine_held(hand.engine), 0);
    assert_int_equal(hand.opaque + hand.decrypted, 1);
    char *text = late_text(&seen);
    late_clear(&seen);
    hand_close();
    return text;
}

static void test_inside_a_tunnel(void **state)
{
    static const char *const names[] = {"tls12-chacha20", "tls13-h2"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct feed_sample s;
        load(names[i], &s);
        char *whole = tunnel(&s, 0, false);
        char *late = tunnel(&s, ROOM, true);
        assert_non_null(strstr(whole, "\"layers\":\"http1/tls/http"));
        assert_string_equal(whole, late);
        free(late);
        late = tunnel(&s, 3000, true);
        assert_int_equal(hand.limited, 1);
        free(late);
        free(whole);
        feed_unload(&s);
    }
}

static void test_nothing_is_held_without_hope(void **state)
{
    struct feed_sample s;
    (void)state;
    load("tls12-chacha20", &s);
    hand_open(0);
    play(&s);
    assert_int_equal(hand.opaque, 1);
    assert_int_equal(sgs_engine_held(hand.engine), 0);
    hand_close();
    feed_unload(&s);
}

static void test_octets_are_counted(void **state)
{
    static const uint8_t octets[3000];
    struct feed_sample s;
    (void)state;
    load("tls12-chacha20", &s);
    hand_open(ROOM);
    struct sgs_stream *stream = start();
    size_t i = 0;
    while (sgs_engine_held(hand.engine) == 0) {
        push(stream, &s.records[i++]);
    }
    size_t counts[4];
    for (size_t k = 0; k < 4; k++) {
        size_t before = sgs_engine_held(hand.engine);
        push(stream, &(struct feed_record){.octets = sgs_slice(octets, k * 1000)});
        counts[k] = sgs_engine_held(hand.engine) - before;
        assert_true(k == 0 || counts[k] == counts[0] + k * 1000);
    }
    assert_in_range(counts[0], 1, 200);
    sgs_stream_close(stream);
    sgs_engine_finish(hand.engine);
    assert_int_equal(sgs_engine_held(hand.engine), 0);
    hand_close();
    feed_unload(&s);
}

/* Who has waited longest is given up first, and the others still get their keys. */
static void test_limit(void **state)
{
    enum { N = 64 };
    struct feed_sample s, other;
    (void)state;
    load("tls12-chacha20", &s);
    load("tls13-aes128", &other);
    hand_open(ROOM);
    play(&s);
    size_t one = sgs_engine_held(hand.engine);
    hand_close();
    for (size_t room = one / 3; room < 4 * one; room += one / 7) {
        hand_open(room);
        for (size_t i = 0; i < N; i++) {
            play(&s);
            assert_true(sgs_engine_held(hand.engine) <= room);
        }
        assert_int_equal(hand.limited, N - room / one);
        assert_int_equal(hand.limited, hand.opaque);
        give_key(&s);
        assert_int_equal(hand.decrypted, room / one);
        hand_close();
    }
    feed_unload(&s);
    feed_unload(&other);
}

static void test_ended_ones_are_capped(void **state)
{
    struct feed_sample s;
    (void)state;
    load("tls12-chacha20", &s);
    hand_open((size_t)1 << 30);
    for (size_t i = 0; i < SGS_MAX_HOLD_ENDED + 5; i++) {
        play(&s);
    }
    assert_int_equal(hand.limited, 5);
    sgs_engine_finish(hand.engine);
    assert_int_equal(hand.limited, 5);
    assert_int_equal(hand.opaque, SGS_MAX_HOLD_ENDED + 5);
    hand_close();
    feed_unload(&s);
}

/* Takes every word out of text; how many there were. */
static size_t erase(char *text, const char *word)
{
    size_t n = 0, len = strlen(word);
    for (char *at = text; (at = strstr(at, word)) != NULL; n++) {
        memmove(at, at + len, strlen(at + len) + 1);
    }
    return n;
}

/* Whatever is given up reads as if no key were there. */
static void test_given_up_reads_as_without_key(void **state)
{
    static const char path[] = SGS_SOURCE_DIR "/captures/wrong-password-tls13.pcapng";
    struct late_capture c;
    size_t room = 1, n_limited = 0;
    (void)state;
    assert_true(late_load(path, NULL, &c));
    struct late_result none = late_run(&c, &(struct late_plan){.is_keyless = true});
    assert_int_equal(erase(none.text, "no-key-entries"), 3);
    for (; room < (size_t)1 << 20; room *= 3) {
        struct late_result r = late_run(&c, &(struct late_plan){.is_keyless = true, .hold = room});
        assert_true(r.most <= room);
        n_limited += erase(r.text, "hold-limit");
        erase(r.text, "no-key-entries");
        assert_string_equal(r.text, none.text);
        free(r.text);
    }
    assert_in_range(n_limited, 4, 30);
    free(none.text);
    late_unload(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_several_are_held_at_once),
        cmocka_unit_test(test_learned_late),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_inside_a_tunnel),
        cmocka_unit_test(test_nothing_is_held_without_hope),
        cmocka_unit_test(test_octets_are_counted),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_ended_ones_are_capped),
        cmocka_unit_test(test_given_up_reads_as_without_key),
        cmocka_unit_test(test_own_captures),
        cmocka_unit_test(test_captures_of_others),
    };
    return cmocka_run_group_tests_name("hold", tests, NULL, NULL) != 0;
}
