/* Event files: what goes in comes out, and whatever is wrong with a file is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/eventlog.h>
#include <signscope/limits.h>

#include "event_file.h"
#include "timeline/draft.h"

#define N_LONG 24

static void write_file(struct file *f, const struct sgs_event *const *list, size_t n,
                       const struct sgs_coverage *coverage)
{
    struct sgs_eventlog_writer *w = NULL;

    file_init(f);
    w = sgs_eventlog_writer_new(put, f, coverage->n_inputs);
    for (size_t i = 0; i < n; i++) {
        sgs_eventlog_add(w, list[i]);
    }
    assert_int_equal(sgs_eventlog_finish(w, coverage), SGS_OK);
    sgs_eventlog_writer_free(w);
}

/* ---- comparing ------------------------------------------------------------------------------ */

static void same_text(struct sgs_slice a, struct sgs_slice b)
{
    assert_int_equal(a.len, b.len);
    if (a.len > 0) {
        assert_memory_equal(a.ptr, b.ptr, a.len);
    }
}

static void same_addr(const struct sgs_addr *a, const struct sgs_addr *b)
{
    assert_memory_equal(a->ip, b->ip, sizeof a->ip);
    assert_int_equal(a->len, b->len);
    assert_int_equal(a->port, b->port);
}

static void same_row(const struct sgs_row *a, const struct sgs_row *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        same_text(a->members[i].name, b->members[i].name);
        same_text(a->members[i].text, b->members[i].text);
        assert_true(!a->members[i].text.ptr == !b->members[i].text.ptr);
        assert_true(a->members[i].number == b->members[i].number);
    }
}

static void same_value(const struct sgs_value *a, const struct sgs_value *b)
{
    assert_int_equal(a->id, b->id);
    assert_int_equal(a->type, b->type);
    assert_true(a->number == b->number);
    same_text(a->text, b->text);
    assert_int_equal(a->n, b->n);
    assert_true(!a->list == !b->list && !a->rows == !b->rows);
    for (size_t i = 0; a->list && b->list && i < a->n; i++) {
        same_text(a->list[i], b->list[i]);
    }
    for (size_t i = 0; a->rows && b->rows && i < a->n; i++) {
        same_row(&a->rows[i], &b->rows[i]);
    }
}

static void same_event(const struct sgs_event *a, const struct sgs_event *b)
{
    assert_true(a->id == b->id && a->in == b->in && a->conn == b->conn);
    assert_int_equal(a->kind, b->kind);
    assert_true(a->origin.frame == b->origin.frame && a->origin.frame_last == b->origin.frame_last);
    assert_true(a->origin.time == b->origin.time && a->origin.time_last == b->origin.time_last);
    assert_int_equal(a->origin.input, b->origin.input);
    assert_true(a->origin.input_frame == b->origin.input_frame);
    assert_int_equal(a->transport, b->transport);
    assert_int_equal(a->dir, b->dir);
    assert_int_equal(a->trust, b->trust);
    same_addr(&a->src, &b->src);
    same_addr(&a->dst, &b->dst);
    same_addr(&a->client, &b->client);
    same_text(a->layers, b->layers);
    assert_int_equal(a->n_values, b->n_values);
    for (size_t i = 0; i < a->n_values; i++) {
        same_value(&a->values[i], &b->values[i]);
    }
}

/* ---- what is written ------------------------------------------------------------------------ */

static struct sgs_addr addr4(uint8_t last, uint16_t port)
{
    return (struct sgs_addr){
        .ip = {192, 0, 2, last},
          .len = 4, .port = port
    };
}

static struct sgs_addr addr6(uint8_t last, uint16_t port)
{
    return (struct sgs_addr){
        .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = last},
          .len = 16, .port = port
    };
}

/* Every type of value, filled as a hostile sender would. */
static struct sgs_draft *every_type(void)
{
    static const uint8_t octets[] = {0, 0xff, '\r', '\n', 0x1b, '"', 0xc3, 0};
    static uint8_t longest[SGS_MAX_EVENT_TEXT + 100];
    struct sgs_draft *d = sgs_draft_new(SGS_K_HTTP_RESPONSE);

    memset(longest, 0xe4, sizeof longest);
    ev_text(d, SGS_F_VERSION, sgs_slice(octets, sizeof octets));
    ev_text(d, SGS_F_REASON, sgs_slice(longest, sizeof longest));
    ev_int(d, SGS_F_STATUS, UINT64_MAX);
    ev_int(d, SGS_F_STREAM, 0);
    ev_bool(d, SGS_F_TRUNCATED, true);
    ev_bool(d, SGS_F_RESUMED, false);
    ev_ms(d, SGS_F_RTT_MS, INT64_MIN + 1);
    ev_ms(d, SGS_F_IDLE_MS, INT64_MAX);
    ev_time(d, SGS_F_NOT_BEFORE, -SGS_SEC * 86400 * 365 * 200 - 1);
    ev_time(d, SGS_F_NOT_AFTER, SGS_SEC * 86400 * 365 * 290 + 999);
    for (size_t i = 0; i < SGS_MAX_EVENT_ITEMS; i++) {
        ev_item(d, SGS_F_ALPN, sgs_slice(octets, 1 + i % sizeof octets));
    }
    ev_member(d, SGS_F_MS_DIAGNOSTICS, SGS_LIT("reason"), sgs_slice(octets, sizeof octets));
    ev_member_int(d, SGS_F_MS_DIAGNOSTICS, SGS_LIT("code"), INT64_MIN);
    ev_member_int(d, SGS_F_MS_DIAGNOSTICS, SGS_LIT("code"), INT64_MAX);
    ev_row(d, SGS_F_MS_DIAGNOSTICS_ALL);
    ev_row(d, SGS_F_MS_DIAGNOSTICS_ALL);
    ev_member(d, SGS_F_MS_DIAGNOSTICS_ALL, sgs_slice(octets, 1), SGS_LIT("x"));
    ev_member_int(d, SGS_F_MS_DIAGNOSTICS_ALL, SGS_LIT("zero"), 0);
    return d;
}

static struct sgs_draft *placed(enum sgs_kind kind, uint64_t id)
{
    struct sgs_draft *d = sgs_draft_new(kind);

    d->ev.id = id;
    d->ev.origin.frame = d->ev.origin.frame_last = id;
    d->ev.origin.time = d->ev.origin.time_last = (sgs_time)id * SGS_MS;
    return d;
}

/* Four events that differ in all that stands around the values. */
static size_t hostile_events(struct sgs_draft **out)
{
    struct sgs_draft *d = out[0] = every_type();

    d->ev.id = 7;
    d->ev.in = 3;
    d->ev.origin = (struct sgs_origin){.frame = UINT64_MAX,
                                       .frame_last = 1,
                                       .time = INT64_MAX / 2,
                                       .time_last = -(INT64_MAX / 2),
                                       .input = SGS_MAX_INPUTS,
                                       .input_frame = UINT64_MAX};
    d->ev.transport = SGS_UDP;
    d->ev.conn = UINT32_MAX;
    d->ev.dir = SGS_S2C;
    d->ev.trust = SGS_LOG;
    d->ev.src = addr4(1, 65535);
    d->ev.dst = addr6(2, 0);
    d->ev.client = addr6(3, 443);
    d->ev.layers = SGS_LIT("tls/http1");
    out[1] = placed(SGS_K_TCP_OPEN, 3);
    out[1]->ev.transport = SGS_TCP;
    out[1]->ev.src = out[1]->ev.client = addr4(1, 50000);
    out[1]->ev.dst = addr4(2, 5061);
    out[1]->ev.trust = SGS_INFERRED;
    out[2] = placed((enum sgs_kind)(SGS_N_KINDS - 1), UINT64_MAX);
    out[2]->ev.in = UINT64_MAX - 1;
    out[2]->ev.origin.time = out[2]->ev.origin.time_last = -(INT64_MAX / 2);
    out[2]->ev.src = addr4(2, 5061);
    out[2]->ev.dst = out[2]->ev.client = addr4(1, 50000);
    out[2]->ev.trust = SGS_DECRYPTED;
    out[3] = placed((enum sgs_kind)0, 1);
    return 4;
}

static const struct sgs_report_damage damage[] = {
    {UINT64_MAX, 0,  "cut end"                    },
    {0,          12, "block that makes no sense\n"},
};

static const struct sgs_report_input inputs[] = {
    {"a.pcapng",      12, 4000, 5,             17,            damage, 2, 70, 3, 4},
    {"\xff\x1b[31m/", 0,  0,    SGS_TIME_NONE, SGS_TIME_NONE, NULL,   0, 0,  0, 0},
};

static const struct sgs_skipped skipped[] = {
    {"link",    "LINKTYPE 105", 9         },
    {"network", "ARP",          UINT64_MAX},
};

static const struct sgs_coverage coverage = {
    .inputs = inputs,
    .n_inputs = 2,
    .skipped = skipped,
    .n_skipped = 2,
    .keys = {1, 2, UINT64_MAX, 4},
    .has_keys = true,
    .was_interrupted = true,
};

static struct sgs_eventlog_reader *open_good(struct file *f)
{
    struct sgs_eventlog_reader *r = NULL;
    char why[SGS_EVENTLOG_WHY_LEN] = "";

    assert_int_equal(sgs_eventlog_reader_new(get, f, why, &r), SGS_OK);
    return r;
}

static void test_events_come_back(void **state)
{
    struct sgs_draft *hostile[4] = {NULL};
    const struct sgs_event *sealed[4];
    size_t n = hostile_events(hostile);
    struct file f;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        sealed[i] = sgs_draft_seal(hostile[i]);
    }
    write_file(&f, sealed, n, &coverage);
    struct sgs_eventlog_reader *r = open_good(&f);
    for (size_t i = 0; i < n; i++) {
        const struct sgs_event *ev = sgs_eventlog_next(r);

        assert_non_null(ev);
        same_event(sealed[i], ev);
        assert_null(sgs_eventlog_coverage(r));
    }
    assert_null(sgs_eventlog_next(r));
    assert_null(sgs_eventlog_next(r));
    assert_non_null(sgs_eventlog_coverage(r));
    assert_null(sgs_eventlog_damage(r));
    assert_int_equal(sgs_eventlog_octets(r), f.octets.len);
    sgs_eventlog_reader_free(r);
    file_clear(&f);
    for (size_t i = 0; i < n; i++) {
        sgs_draft_free(hostile[i]);
    }
}

static void test_coverage_comes_back(void **state)
{
    struct file f;

    (void)state;
    write_file(&f, NULL, 0, &coverage);
    struct sgs_eventlog_reader *r = open_good(&f);
    assert_int_equal(sgs_eventlog_n_inputs(r), 2);
    assert_null(sgs_eventlog_next(r));
    const struct sgs_coverage *c = sgs_eventlog_coverage(r);
    assert_non_null(c);
    assert_int_equal(c->n_inputs, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct sgs_report_input *a = &inputs[i];
        const struct sgs_report_input *b = &c->inputs[i];

        assert_string_equal(a->name, b->name);
        assert_true(a->frames == b->frames && a->octets == b->octets);
        assert_true(a->first == b->first && a->last == b->last);
        assert_true(a->dropped == b->dropped && a->cut_frames == b->cut_frames);
        assert_true(a->damage_total == b->damage_total && a->n_damage == b->n_damage);
        for (size_t j = 0; j < a->n_damage; j++) {
            assert_true(a->damage[j].offset == b->damage[j].offset);
            assert_true(a->damage[j].frame == b->damage[j].frame);
            assert_string_equal(a->damage[j].what, b->damage[j].what);
        }
        assert_string_equal(skipped[i].layer, c->skipped[i].layer);
        assert_string_equal(skipped[i].name, c->skipped[i].name);
        assert_true(skipped[i].frames == c->skipped[i].frames);
    }
    assert_int_equal(c->n_skipped, 2);
    assert_memory_equal(&c->keys, &coverage.keys, sizeof c->keys);
    assert_true(c->has_keys && c->was_interrupted);
    sgs_eventlog_reader_free(r);
    file_clear(&f);
}

/* ---- files that are cut or changed ---------------------------------------------------------- */

/* Events of a tenth of a block or more each, so that there are several blocks; texts of one letter
 * make the file itself small. */
static struct sgs_draft *drafts[N_LONG];
static const struct sgs_event *events[N_LONG];

static int make_events(void **state)
{
    static uint8_t text[8000];

    (void)state;
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < N_LONG; i++) {
        drafts[i] = placed(SGS_K_HTTP_REQUEST, i + 1);
        ev_text(drafts[i], SGS_F_TARGET, sgs_slice(text, sizeof text - i));
        events[i] = sgs_draft_seal(drafts[i]);
    }
    return 0;
}

static int drop_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LONG; i++) {
        sgs_draft_free(drafts[i]);
    }
    return 0;
}

static void check_event(size_t i, const struct sgs_event *ev)
{
    assert_true(i < N_LONG);
    same_event(events[i], ev);
}

/* Where the record begins that holds the octet at place; walks the lengths only. */
static size_t record_at(struct sgs_slice octets, size_t place)
{
    size_t at = MAGIC_LEN;

    for (;;) {
        struct sgs_reader r = rd_open(sgs_slice_from(octets, at + 1));
        size_t next = at + FRAME_LEN + rd_le32(&r);

        assert_true(rd_ok(&r));
        if (place < next) {
            return at;
        }
        at = next;
    }
}

static void test_every_cut(void **state)
{
    size_t last = 0;
    size_t n_steps = 0;
    struct file f;

    (void)state;
    write_file(&f, events, N_LONG, &coverage);
    for (size_t len = 0; len < f.octets.len; len++) {
        struct answer a = read_octets(sgs_slice_head(sgs_buf_slice(&f.octets), len), check_event);

        if (a.status != SGS_OK) {
            assert_int_equal(a.status, len == 0 ? SGS_E_EMPTY : SGS_E_FORMAT);
            assert_int_equal(last, 0);
            continue;
        }
        assert_true(a.is_damaged && !a.has_coverage);
        assert_int_equal(a.offset, record_at(sgs_buf_slice(&f.octets), len));
        assert_true(a.n_events >= last);
        n_steps += a.n_events > last;
        last = a.n_events;
    }
    assert_int_equal(last, N_LONG);
    assert_int_equal(n_steps, 3); /* blocks of 8 events and less: 24 * 8000 octets in 65536 each */
    struct answer whole = read_octets(sgs_buf_slice(&f.octets), check_event);
    assert_true(whole.n_events == N_LONG && whole.has_coverage && !whole.is_damaged);
    file_clear(&f);
}

static void test_every_flipped_octet(void **state)
{
    static const uint8_t masks[] = {0x01, 0x80, 0xff};
    struct file f;

    (void)state;
    write_file(&f, events, N_LONG, &coverage);
    for (size_t i = 0; i < f.octets.len * sizeof masks; i++) {
        size_t place = i / sizeof masks;
        size_t begin = place < MAGIC_LEN ? 0 : record_at(sgs_buf_slice(&f.octets), place);

        f.octets.ptr[place] ^= masks[i % sizeof masks];
        struct answer a = read_octets(sgs_buf_slice(&f.octets), check_event);
        f.octets.ptr[place] ^= masks[i % sizeof masks];
        if (a.status == SGS_OK) {
            assert_true(a.is_damaged && !a.has_coverage);
            assert_int_equal(a.offset, begin);
        } else {
            assert_true(begin <= MAGIC_LEN);
        }
    }
    file_clear(&f);
}

static void test_octets_behind_the_end(void **state)
{
    struct file f;
    struct answer a;
    size_t len = 0;

    (void)state;
    write_file(&f, NULL, 0, &coverage);
    len = f.octets.len;
    sgs_buf_add_octet(&f.octets, 0);
    a = read_octets(sgs_buf_slice(&f.octets), NULL);
    assert_true(a.is_damaged && !a.has_coverage);
    assert_int_equal(a.offset, len);
    file_clear(&f);
}

static void test_records_are_as_the_header_says(void **state)
{
    struct file f;
    struct sgs_reader r;
    size_t n = 0;

    (void)state;
    assert_int_equal(crc32_of(0, "123456789", 9), UINT32_C(0xcbf43926));
    write_file(&f, NULL, 0, &coverage);
    r = rd_open(sgs_buf_slice(&f.octets));
    assert_memory_equal(rd_take(&r, MAGIC_LEN).ptr, "\x89SGSE\r\n\x1a", MAGIC_LEN);
    while (rd_more(&r)) {
        struct sgs_slice rest = rd_rest(&r);
        uint32_t len = 0;

        rd_skip(&r, 1);
        len = rd_le32(&r);
        rd_skip(&r, len);
        assert_int_equal(rd_le32(&r), crc32_of(0, rest.ptr, 5 + len));
        n++;
    }
    assert_true(rd_done(&r));
    assert_int_equal(n, 1 + 2 + 2 + 1 + 1); /* head, inputs, skipped rows, run, end */
    file_clear(&f);
}

/* ---- writing that fails --------------------------------------------------------------------- */

static void test_full_disk(void **state)
{
    size_t whole = 0;
    struct file f;

    (void)state;
    write_file(&f, events, N_LONG, &coverage);
    whole = f.octets.len;
    file_clear(&f);
    for (size_t room = 0; room < whole; room += 7) {
        struct sgs_eventlog_writer *w = NULL;

        file_init(&f);
        f.room = room;
        w = sgs_eventlog_writer_new(put, &f, 2);
        for (size_t i = 0; i < N_LONG; i++) {
            sgs_eventlog_add(w, events[i]);
        }
        assert_int_equal(sgs_eventlog_finish(w, &coverage), SGS_E_IO);
        sgs_eventlog_writer_free(w);
        file_clear(&f);
    }
}

/* No draft grows so large: its memory is capped. */
static void test_event_beyond_the_cap(void **state)
{
    static uint8_t text[SGS_MAX_EVENT_BLOCK];
    struct sgs_value value = {.id = SGS_F_METHOD, .type = SGS_T_TEXT};
    const struct sgs_event ev = {.id = 1, .values = &value, .n_values = 1};
    struct sgs_eventlog_writer *w = NULL;
    struct file f;

    (void)state;
    value.text = sgs_slice(text, sizeof text);
    file_init(&f);
    w = sgs_eventlog_writer_new(put, &f, 2);
    sgs_eventlog_add(w, &ev);
    assert_int_equal(sgs_eventlog_finish(w, &coverage), SGS_E_LIMIT);
    sgs_eventlog_writer_free(w);
    file_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_come_back),
        cmocka_unit_test(test_coverage_comes_back),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_every_flipped_octet),
        cmocka_unit_test(test_octets_behind_the_end),
        cmocka_unit_test(test_records_are_as_the_header_says),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_event_beyond_the_cap),
    };

    return cmocka_run_group_tests_name("eventlog", tests, make_events, drop_events);
}
