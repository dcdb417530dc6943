/*
 * The way back into step after a hole: where the next record begins, and which epoch and sequence
 * number it has.
 *
 *   record | record | reco...hole......................ord | record | record | record
 *                                                      ^ searched: the next head
 *                                                            ^ tried, when it and the next head
 *                                                              are likely
 *
 * A head is believed when tag or MAC of the record are right at one of the places that are
 * possible: as many records on as fit into what was lost.  Of the records at hand the shortest is
 * tried first. What a trial costs is taken from a budget, which the octets of good records fill
 * again.
 *
 * CBC of TLS 1.0 takes its IV from the record before: the first one behind a hole cannot be
 * checked, is believed when another head follows, and never shown.
 */
#include "tls.h"

#include <signscope/dissector.h>
#include <signscope/reader.h>

#define SHORTEST 21   /* octets: header and the smallest MAC or tag */
#define LONGEST 16709 /* octets: header, 16,384 of content, IV, the longest MAC and padding */
#define NEAR 256      /* places tried for a record that is not known to be one by the next head */
#define VERY_NEAR 32  /* places tried behind more than one lost KeyUpdate, which is rare */
#define MAX_ROW 32    /* records in a row of which the shortest is taken */
#define LATE_NEAR 64  /* places tried at a late start, where the tag does not tell its own */
#define SECRET_COST 4096 /* octets that take as long as setting up an opener */
#define LOOK_COST 64     /* the same for looking at a secret */

bool tls_has_budget(struct sgs_layer *l, struct tls *st, enum sgs_dir dir)
{
    bool is_spent = st->spent + SGS_MAX_TLS_RECORD > SGS_MAX_TLS_TRIAL;

    if (is_spent && !st->has_limit) {
        st->has_limit = true;
        sgs_limit(l, dir, "tls.trial", SGS_MAX_TLS_TRIAL);
    }
    return !is_spent;
}

/* heads */

/* Stricter than plausible: lengths that occur, and a second head behind the record when that much
 * is there. */
static bool is_likely(struct sgs_slice octets)
{
    struct tls_record record, next;

    if (!tls_read_record(octets, &record) || !tls_is_plausible(&record) || record.len == 0 ||
        (record.type == TLS_CHANGE_CIPHER_SPEC && record.len > 1 && record.len < 16)) {
        return false;
    }
    struct sgs_slice rest = sgs_slice_from(octets, TLS_HEADER_LEN + record.len);
    return !tls_read_record(rest, &next) || tls_is_plausible(&next);
}

/* Offset, from 1 on, of the next likely head; when there is none, of the last octets that may begin
 * one. */
static size_t next_head(struct sgs_slice octets)
{
    size_t off = 1;

    while (off + TLS_HEADER_LEN <= octets.len && !is_likely(sgs_slice_from(octets, off))) {
        off++;
    }
    return off;
}

/* The shortest of the whole records in a row at the head of octets; *ahead: records before it. */
static struct tls_record shortest(struct sgs_slice octets, uint64_t *ahead)
{
    struct tls_record best = {0}, record;

    *ahead = 0;
    for (uint64_t n = 0; n < MAX_ROW; n++) {
        if (!tls_read_record(octets, &record) || !tls_is_plausible(&record) ||
            record.fragment.len < record.len || record.len == 0 ||
            record.type == TLS_CHANGE_CIPHER_SPEC) {
            break;
        }
        if (n == 0 || record.len < best.len) {
            best = record;
            *ahead = n;
        }
        octets = sgs_slice_from(octets, TLS_HEADER_LEN + record.len);
    }
    return best;
}

/* places */

static void add_lost(struct tls_side *side, uint64_t octets)
{
    side->lost = octets > UINT64_MAX - side->lost ? UINT64_MAX : side->lost + octets;
}

void tls_lose_place(struct tls_side *side, uint64_t octets)
{
    const struct sgs_slice nothing = {NULL, 0};

    side->is_lost = true;
    add_lost(side, octets > 0 ? octets : UINT64_MAX);
    if (side->slots[0].opener) {
        sgs_tls_pass(side->slots[0].opener, nothing, nothing);
    }
}

void tls_pass(struct tls_side *side, const struct tls_record *record)
{
    if (side->slots[0].opener) {
        sgs_tls_pass(side->slots[0].opener, record->header, record->fragment);
    }
    if (side->lost > 0) {
        add_lost(side, TLS_HEADER_LEN + record->len); /* it may be of another epoch */
    } else {
        side->seq++;
    }
}

/* Records lost, at most. */
static uint64_t most_lost(const struct tls_side *side)
{
    uint64_t n = side->lost / SHORTEST + 1;

    return n < SGS_MAX_TLS_WINDOW ? n : SGS_MAX_TLS_WINDOW;
}

/* Records lost, at least; one of them may have been a ChangeCipherSpec. */
static uint64_t least_lost(const struct tls_side *side)
{
    uint64_t n = side->lost == UINT64_MAX ? 0 : side->lost / LONGEST;

    return n > 0 ? n - 1 : 0;
}

/* Tries the places from first on. */
static bool try_places(struct tls *st, struct sgs_tls_opener *opener, uint64_t first,
                       uint64_t count, const struct tls_record *record, uint64_t *seq)
{
    struct sgs_tls_search x = {.first = first,
                               .last = first + count,
                               .budget =
                                   SGS_MAX_TLS_TRIAL -
                                   (st->spent < SGS_MAX_TLS_TRIAL ? st->spent : SGS_MAX_TLS_TRIAL)};
    uint64_t budget = x.budget;
    bool found = opener && sgs_tls_find(opener, record->header, record->fragment, &x);

    st->spent += budget - x.budget;
    st->trials += x.trials;
    *seq = x.seq;
    return found;
}

/* KeyUpdates may have been lost: tries the secrets that follow the current one. */
static bool try_updates(struct tls *st, struct tls_side *side, uint64_t first, uint64_t count,
                        const struct tls_record *record, uint64_t *seq)
{
    const struct tls_slot *slot = &side->slots[0];
    uint8_t secrets[SGS_MAX_TLS_UPDATES][SGS_TLS_MAX_SECRET];
    struct sgs_slice last = sgs_slice(slot->secret, slot->secret_len);
    size_t n = 0, n_lost = 0;

    if (slot->epoch != TLS_EPOCH_APPLICATION || last.len == 0 || !st->hello.suite ||
        st->hello.version != TLS13) {
        return false;
    }
    for (; n < SGS_MAX_TLS_UPDATES && n_lost == 0; n++) {
        struct sgs_tls_opener *opener = NULL;
        if (sgs_tls13_next(st->hello.suite, last, secrets[n]) != SGS_OK) {
            break;
        }
        last = sgs_slice(secrets[n], last.len);
        if (sgs_tls13_opener(st->hello.suite, last, &opener) == SGS_OK &&
            try_places(st, opener, first, n == 0 || count < VERY_NEAR ? count : VERY_NEAR, record,
                       seq)) {
            n_lost = n + 1;
        }
        sgs_tls_opener_free(opener);
    }
    sgs_tls_wipe(secrets, sizeof secrets);
    for (size_t i = 0; i < n_lost; i++) {
        tls_update(st, side);
    }
    return n_lost > 0;
}

/* Tries a record at up to count places of each epoch; ahead: records between the place of side and
 * this one that are there. */
static bool locate(struct tls *st, struct tls_side *side, const struct tls_record *record,
                   uint64_t ahead, uint64_t count)
{
    uint64_t seq = 0, least = least_lost(side);
    bool found = false;

    for (size_t i = 0; i < side->n_slots && !found; i++) {
        uint64_t first = ahead + (i == 0 ? side->seq + least : 0);
        found = try_places(st, side->slots[i].opener, first, count, record, &seq);
        if (found) {
            tls_advance(side, i);
        }
    }
    if (!found && !try_updates(st, side, ahead, count, record, &seq)) {
        return false;
    }
    side->seq = seq - ahead;
    side->lost = 0;
    st->found++;
    return true;
}

bool tls_locate(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                const struct tls_record *record)
{
    struct tls_side *side = &st->side[dir];
    bool found = locate(st, side, record, 0, most_lost(side));

    (void)(found || tls_has_budget(l, st, dir)); /* says so when that was the end of it */
    return found;
}

/* The record at the head of avail, with those behind it; has_next: the next head is likely, too. */
static bool find_place(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                       struct sgs_slice avail, const struct tls_record *record, bool has_next)
{
    struct tls_side *side = &st->side[dir];
    uint64_t most = most_lost(side), ahead = 0;

    if (!has_next) {
        return locate(st, side, record, 0, most < NEAR ? most : NEAR);
    }
    struct tls_record best = shortest(avail, &ahead);
    return (ahead > 0 && locate(st, side, &best, ahead, most)) || tls_locate(l, st, dir, record);
}

/* measuring */

/* n octets are no record that can be used. */
static struct sgs_extent leave(struct tls_side *side, size_t n)
{
    add_lost(side, n);
    return SGS_SKIP(n);
}

/* The place can be told by the record: not that of a stream cipher, or of CBC of TLS 1.0. */
static bool can_locate(const struct tls *st)
{
    const struct sgs_tls_suite *suite = st->hello.suite;

    return suite && suite->kind != SGS_TLS_STREAM &&
           (suite->kind != SGS_TLS_CBC || st->hello.version > TLS10);
}

struct sgs_extent tls_measure_lost(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct tls *st = sgs_state(l);
    struct tls_side *side = &st->side[dir];
    struct tls_record record;

    if (!is_likely(avail) || !tls_read_record(avail, &record)) {
        return leave(side, next_head(avail));
    }
    tls_find_keys(l, st, dir);
    size_t end = TLS_HEADER_LEN + record.len;
    bool is_clear = side->slots[0].epoch == TLS_CLEAR && record.type != TLS_APPLICATION_DATA;
    bool has_next = avail.len >= end + TLS_HEADER_LEN;
    bool may_wait = !has_next && end + TLS_HEADER_LEN <= SGS_MAX_TLS_RECORD;
    if (is_clear || !tls_has_opener(side) || !tls_has_budget(l, st, dir)) {
        side->is_lost = false;
        return SGS_LEN(end);
    }
    if (!can_locate(st)) {
        bool is_chained = st->hello.suite && st->hello.suite->kind == SGS_TLS_CBC;
        side->is_lost = is_chained && may_wait;
        return side->is_lost ? SGS_NEED(end + TLS_HEADER_LEN) : SGS_LEN(end);
    }
    if (avail.len < end) {
        return SGS_NEED(end);
    }
    if (find_place(l, st, dir, avail, &record, !may_wait)) {
        side->is_lost = false;
        return SGS_LEN(end);
    }
    return may_wait && most_lost(side) > NEAR ? SGS_NEED(end + TLS_HEADER_LEN)
                                              : leave(side, next_head(avail));
}

/* late starts */

struct late {
    struct sgs_layer *l;
    struct sgs_tls_keys *keys;
    struct tls *st;
    enum sgs_dir dir;
    const struct tls_record *record;
};

/* What a secret of the key log opens. */
struct purpose {
    enum tls_epoch epoch;
    bool is_client;
};

static struct purpose purpose_of(enum sgs_tls_label label)
{
    switch (label) {
    case SGS_TLS_CLIENT_HANDSHAKE_TRAFFIC_SECRET:
        return (struct purpose){TLS_EPOCH_HANDSHAKE, true};
    case SGS_TLS_SERVER_HANDSHAKE_TRAFFIC_SECRET:
        return (struct purpose){TLS_EPOCH_HANDSHAKE, false};
    case SGS_TLS_CLIENT_TRAFFIC_SECRET_0:
        return (struct purpose){TLS_EPOCH_APPLICATION, true};
    case SGS_TLS_SERVER_TRAFFIC_SECRET_0:
        return (struct purpose){TLS_EPOCH_APPLICATION, false};
    case SGS_TLS_CLIENT_RANDOM:
    case SGS_TLS_CLIENT_EARLY_TRAFFIC_SECRET:
    case SGS_TLS_RSA:
    case SGS_TLS_RSA_SESSION_ID:
    case SGS_TLS_IGNORED:
        break;
    }
    return (struct purpose){TLS_CLEAR, false};
}

/* A secret of that purpose, under id, opens the record: all others of the connection have the same
 * id. */
static void settle(struct late *x, const struct sgs_tls_suite *suite, struct purpose purpose,
                   struct sgs_slice id)
{
    struct tls *st = x->st;
    struct tls_hello *h = &st->hello;

    st->client = purpose.is_client ? x->dir : tls_other(x->dir);
    st->is_13 = true;
    h->is_late = h->has_server = true;
    h->version = TLS13;
    h->cipher = suite->id;
    h->suite = suite;
    for (size_t i = 0; i < id.len && i < SGS_TLS_RANDOM_LEN; i++) {
        h->client_random[i] = id.ptr[i];
    }
    tls_expect(x->l, st);
    for (int i = 0; i < 2; i++) {
        struct tls_side *side = &st->side[i];
        tls_advance(side, i == (int)x->dir && purpose.epoch == TLS_EPOCH_APPLICATION ? 2 : 1);
        side->seq = 0;
        side->lost = UINT64_MAX;
        if (side->slots[side->n_slots - 1].opener) {
            side->keyless = 0; /* its key was there, and not known to be the one */
        }
    }
}

static bool try_secret(void *ctx, enum sgs_tls_label label, struct sgs_slice id,
                       struct sgs_slice secret)
{
    static const uint16_t suites[] = {0x1301, 0x1302, 0x1303, 0x1304, 0x1305};
    struct late *x = ctx;
    struct tls *st = x->st;
    struct purpose purpose = purpose_of(label);
    uint64_t trials = st->trials; /* of holes, these are not */
    bool found = false;

    st->spent += LOOK_COST;
    for (size_t i = 0; i < sizeof suites / sizeof *suites && !found; i++) {
        const struct sgs_tls_suite *suite = sgs_tls_suite_find(suites[i]);
        struct sgs_tls_opener *opener = NULL;
        uint64_t seq = 0;
        if (purpose.epoch == TLS_CLEAR || !suite || (st->has_server && st->hello.suite != suite) ||
            sgs_tls13_opener(suite, secret, &opener) != SGS_OK) {
            continue;
        }
        st->spent += SECRET_COST;
        found =
            try_places(st, opener, 0, suite->kind == SGS_TLS_GCM ? SGS_MAX_TLS_WINDOW : LATE_NEAR,
                       x->record, &seq);
        sgs_tls_opener_free(opener);
        st->trials = trials;
        if (found) {
            settle(x, suite, purpose, id);
        }
    }
    return found || st->spent >= SGS_MAX_TLS_TRIAL;
}

bool tls_awaits_any(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                    const struct tls_record *record)
{
    struct late x = {l, sgs_keys(l), st, dir, record};

    return x.keys && !st->hello.is_late && tls_has_budget(l, st, dir) &&
           !sgs_tls_keys_each_unused(x.keys, &st->late_from, try_secret, &x) &&
           tls_has_budget(l, st, dir);
}

void tls_start_late(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                    const struct tls_record *record)
{
    struct tls_side *side = &st->side[dir];
    struct late x = {l, sgs_keys(l), st, dir, record};
    size_t from = 0;

    if (!x.keys || st->hello.has_client || st->hello.is_late || (st->has_server && !st->is_13) ||
        record->type != TLS_APPLICATION_DATA || side->n_late >= SGS_MAX_TLS_LATE ||
        !tls_has_budget(l, st, dir)) {
        return;
    }
    side->n_late++;
    (void)sgs_tls_keys_each_unused(x.keys, &from, try_secret, &x);
    (void)tls_has_budget(l, st, dir);
}
