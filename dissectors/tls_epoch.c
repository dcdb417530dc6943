/*
 * Epochs of TLS: which secret protects a direction now and which come next (RFC 5246, section 6.1;
 * RFC 8446, sections 4.6.3 and 7.1).
 *
 *   to 1.2          clear | ChangeCipherSpec | application | ChangeCipherSpec | application ...
 *   1.3, client     clear | early data | handshake | Finished | application | KeyUpdate ...
 *   1.3, server     clear | handshake | Finished | application | KeyUpdate ...
 *
 * A direction has the epochs to come in slots.  A record that the current epoch does not open is
 * tried with the first record of later ones: so a lost Finished, or a lost handshake secret, costs
 * nothing more.
 */
#include "tls.h"

#include <signscope/reader.h>

static struct sgs_slice client_random(const struct tls *st)
{
    return sgs_slice(st->hello.client_random, SGS_TLS_RANDOM_LEN);
}

static void wipe_slot(struct tls_slot *slot)
{
    sgs_tls_opener_free(slot->opener);
    *slot = (struct tls_slot){0};
}

void tls_forget_keys(struct tls *st)
{
    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; k < TLS_MAX_SLOTS; k++) {
            wipe_slot(&st->side[i].slots[k]);
        }
        sgs_tls_opener_free(st->pair[i]);
        st->pair[i] = NULL;
    }
    tls_forget_psk13(st);
    sgs_tls_wipe(st->hello.pre_master, sizeof st->hello.pre_master);
    sgs_tls_wipe(st->hello.master, sizeof st->hello.master);
}

void tls_advance(struct tls_side *side, size_t count)
{
    if (count == 0 || count >= side->n_slots) {
        return;
    }
    if (side->slots[0].epoch != TLS_EPOCH_APPLICATION) {
        bool is_early = side->slots[0].epoch == TLS_EARLY && count == 1;
        side->missed_early += is_early ? side->missed : 0;
        side->missed = 0; /* else they were of the handshake */
    }
    for (size_t i = 0; i < count; i++) {
        wipe_slot(&side->slots[i]);
    }
    side->n_slots -= count;
    for (size_t i = 0; i < side->n_slots; i++) {
        side->slots[i] = side->slots[i + count];
        side->slots[i + count] = (struct tls_slot){0};
    }
    side->seq = 0;
    side->lost = 0;
    side->tries = 0;
}

/* what comes next */

void tls_put_slot(struct tls_side *side, enum tls_epoch epoch)
{
    if (side->n_slots < TLS_MAX_SLOTS) {
        side->slots[side->n_slots++] = (struct tls_slot){.epoch = epoch};
    }
}

/* Forgets all slots but the first n. */
static void keep_slots(struct tls_side *side, size_t n)
{
    while (side->n_slots > n) {
        wipe_slot(&side->slots[--side->n_slots]);
    }
}

/* Slots before and with early data, or 0. */
static size_t early_slots(const struct tls_side *side)
{
    for (size_t i = 0; i < side->n_slots; i++) {
        if (side->slots[i].epoch == TLS_EARLY) {
            return i + 1;
        }
    }
    return 0;
}

static void expect13(struct tls *st)
{
    struct tls_side *client = &st->side[st->client], *server = &st->side[tls_other(st->client)];
    size_t early = early_slots(client);

    keep_slots(client, early > 0 ? early : 1);
    tls_put_slot(client, TLS_EPOCH_HANDSHAKE);
    tls_put_slot(client, TLS_EPOCH_APPLICATION);
    keep_slots(server, 1);
    tls_put_slot(server, TLS_EPOCH_HANDSHAKE);
    tls_put_slot(server, TLS_EPOCH_APPLICATION);
}

static void expect12(struct tls *st)
{
    for (int i = 0; i < 2; i++) {
        keep_slots(&st->side[i], 1);
        tls_put_slot(&st->side[i], TLS_EPOCH_APPLICATION);
        sgs_tls_opener_free(st->pair[i]);
        st->pair[i] = NULL;
    }
}

void tls_expect(struct sgs_layer *l, struct tls *st)
{
    if (!st->hello.has_server) {
        struct tls_side *client = &st->side[st->client];
        keep_slots(client, 1);
        tls_put_slot(client, TLS_EARLY);
        client->tries = 0;
        return;
    }
    if (st->hello.version == TLS13) {
        expect13(st);
    } else {
        expect12(st);
    }
    st->side[SGS_C2S].tries = st->side[SGS_S2C].tries = 0;
    tls_find_keys(l, st, SGS_C2S);
    tls_find_keys(l, st, SGS_S2C);
}

/* secrets */

/* Makes both openers of TLS 1.0 to 1.2 from a master secret. */
static bool make_pair(struct tls *st, struct sgs_slice master)
{
    const struct tls_hello *h = &st->hello;
    struct sgs_tls_opener *pair[2];

    if (!h->suite ||
        sgs_tls12_openers(h->suite, h->version, h->encrypt_then_mac, master, client_random(st),
                          sgs_slice(h->server_random, SGS_TLS_RANDOM_LEN), pair) != SGS_OK) {
        return false;
    }
    sgs_tls_opener_free(st->pair[SGS_C2S]);
    sgs_tls_opener_free(st->pair[SGS_S2C]);
    st->pair[st->client] = pair[SGS_C2S];
    st->pair[tls_other(st->client)] = pair[SGS_S2C];
    return true;
}

bool tls_make_master(const struct tls *st, struct sgs_slice pre_master,
                     uint8_t out[SGS_TLS_MASTER_LEN])
{
    const struct tls_hello *h = &st->hello;
    struct sgs_slice server_random = sgs_slice(h->server_random, SGS_TLS_RANDOM_LEN);
    uint8_t hash[SGS_TLS_MAX_SECRET];

    if (!h->extended_master) {
        return sgs_tls_master(h->suite, h->version, pre_master, client_random(st), server_random,
                              out) == SGS_OK;
    }
    if (!st->has_transcript) {
        return false;
    }
    size_t len =
        sgs_tls_session_hash(h->suite, h->version,
                             sgs_slice_head(sgs_buf_slice(&st->transcript), st->session_len), hash);
    return len > 0 && sgs_tls_master(h->suite, h->version, pre_master, sgs_slice(hash, len),
                                     (struct sgs_slice){NULL, 0}, out) == SGS_OK;
}

/* The master secret by client random, by session ID or ticket, or from the pre-master secret. */
static bool find_master(struct sgs_tls_keys *keys, struct tls *st, uint8_t out[SGS_TLS_MAX_SECRET])
{
    const struct tls_hello *h = &st->hello;
    uint8_t pre_master[SGS_TLS_MAX_SECRET] = {0};
    size_t len = 0;

    if (sgs_tls_keys_find(keys, SGS_TLS_CLIENT_RANDOM, client_random(st), out, &st->source) > 0) {
        return true;
    }
    if (h->session_id_len > 0 &&
        sgs_tls_keys_find(keys, SGS_TLS_RSA_SESSION_ID, sgs_slice(h->session_id, h->session_id_len),
                          out, &st->source) > 0) {
        return true;
    }
    if (h->has_ticket && h->is_resumed &&
        sgs_tls_keys_find(keys, SGS_TLS_RSA_SESSION_ID, sgs_slice(h->ticket, sizeof h->ticket), out,
                          &st->source) > 0) {
        return true;
    }
    if (h->has_rsa_head) {
        len = sgs_tls_keys_find(keys, SGS_TLS_RSA, sgs_slice(h->rsa_head, sizeof h->rsa_head),
                                pre_master, &st->source);
    }
    bool ok = len > 0 && tls_make_master(st, sgs_slice(pre_master, len), out);
    for (size_t i = 0; i < sizeof pre_master; i++) {
        pre_master[i] = 0;
    }
    for (size_t i = 0; !ok && h->has_master && i < sizeof h->master; i++) {
        out[i] = h->master[i];
        st->source = h->master_source;
    }
    return ok || h->has_master;
}

bool tls_master(struct sgs_layer *l, struct tls *st, uint8_t out[SGS_TLS_MAX_SECRET])
{
    struct sgs_tls_keys *keys = sgs_keys(l);

    return keys && find_master(keys, st, out);
}

bool tls_has_master(struct sgs_layer *l, struct tls *st)
{
    uint8_t master[SGS_TLS_MAX_SECRET] = {0};
    bool ok = tls_master(l, st, master);

    sgs_tls_wipe(master, sizeof master);
    return ok;
}

void tls_learn(struct sgs_layer *l, struct tls *st, struct sgs_slice id)
{
    struct sgs_tls_keys *keys = sgs_keys(l);
    uint8_t master[SGS_TLS_MAX_SECRET] = {0};

    if (!keys || !st->hello.suite || id.len == 0) {
        return;
    }
    if (!find_master(keys, st, master)) {
        return;
    }
    sgs_tls_keys_learn(keys, SGS_TLS_RSA_SESSION_ID, id, sgs_slice(master, SGS_TLS_MASTER_LEN),
                       st->source);
    for (size_t i = 0; i < sizeof master; i++) {
        master[i] = 0;
    }
}

static void find12(struct sgs_tls_keys *keys, struct tls *st, enum sgs_dir dir,
                   struct tls_slot *slot)
{
    uint8_t master[SGS_TLS_MAX_SECRET] = {0};

    if (!st->pair[dir] && find_master(keys, st, master)) {
        (void)make_pair(st, sgs_slice(master, SGS_TLS_MASTER_LEN));
    }
    for (size_t i = 0; i < sizeof master; i++) {
        master[i] = 0;
    }
    slot->opener = st->pair[dir];
    st->pair[dir] = NULL;
}

static enum sgs_tls_label label_of(bool is_client, enum tls_epoch epoch)
{
    switch (epoch) {
    case TLS_CLEAR:
        break;
    case TLS_EARLY:
        return SGS_TLS_CLIENT_EARLY_TRAFFIC_SECRET;
    case TLS_EPOCH_HANDSHAKE:
        return is_client ? SGS_TLS_CLIENT_HANDSHAKE_TRAFFIC_SECRET
                         : SGS_TLS_SERVER_HANDSHAKE_TRAFFIC_SECRET;
    case TLS_EPOCH_APPLICATION:
        return is_client ? SGS_TLS_CLIENT_TRAFFIC_SECRET_0 : SGS_TLS_SERVER_TRAFFIC_SECRET_0;
    }
    return SGS_TLS_IGNORED;
}

static void find13(struct sgs_tls_keys *keys, struct tls *st, enum sgs_dir dir,
                   struct tls_slot *slot)
{
    enum sgs_tls_label label = label_of(dir == st->client, slot->epoch);

    slot->secret_len = sgs_tls_keys_find(keys, label, client_random(st), slot->secret, &st->source);
    if (slot->secret_len == 0 && label != SGS_TLS_IGNORED) {
        slot->secret_len = tls_find_psk13(st, label, slot->secret);
        st->source = slot->secret_len > 0 ? SGS_KEY_PSK : st->source;
    }
    if (slot->secret_len > 0 && st->hello.suite &&
        sgs_tls13_opener(st->hello.suite, sgs_slice(slot->secret, slot->secret_len),
                         &slot->opener) != SGS_OK) {
        slot->opener = NULL;
    }
}

void tls_find_keys(struct sgs_layer *l, struct tls *st, enum sgs_dir dir)
{
    struct sgs_tls_keys *keys = sgs_keys(l);
    struct tls_side *side = &st->side[dir];
    bool is_missing = false;

    if (!keys || !(st->hello.has_client || st->hello.is_late) || side->tries >= SGS_MAX_TLS_TRIES) {
        return;
    }
    bool is_early = !st->hello.has_server;
    bool is_13 = is_early || st->hello.version == TLS13;
    for (size_t i = is_13 ? 0 : side->n_slots - 1; i < side->n_slots; i++) {
        struct tls_slot *slot = &side->slots[i];
        if (slot->opener || slot->epoch == TLS_CLEAR || !(st->hello.suite || is_early)) {
            continue;
        }
        if (is_13) {
            find13(keys, st, dir, slot);
        } else {
            find12(keys, st, dir, slot);
        }
        is_missing |= !slot->opener;
    }
    st->has_opener |= tls_has_opener(side);
    side->tries += is_missing;
}

/* Whoever writes a key log writes the secret of early data first: it will not follow the next one.
 */
static bool is_awaited(const struct tls_side *side, size_t i)
{
    const struct tls_slot *slot = &side->slots[i];
    bool is_past = slot->epoch == TLS_EARLY && i + 1 < side->n_slots && side->slots[i + 1].opener;

    return slot->epoch != TLS_CLEAR && !slot->opener && slot->secret_len == 0 && !is_past;
}

/* A look-up that does not count as a try. */
static void look_up(struct sgs_layer *l, struct tls *st, enum sgs_dir dir)
{
    unsigned tries = st->side[dir].tries;

    st->side[dir].tries = 0;
    tls_find_keys(l, st, dir);
    st->side[dir].tries = tries;
}

bool tls_lacks_key(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                   const struct tls_record *record)
{
    struct tls_side *side = &st->side[dir];
    const struct tls_hello *h = &st->hello;
    bool is_early = !h->has_server;
    bool is_change = record->type == TLS_CHANGE_CIPHER_SPEC && h->has_server && !st->is_13;
    bool is_after = side->slots[0].epoch == TLS_EPOCH_APPLICATION && !st->is_13;

    if (!sgs_can_hold(l) || !(h->has_client || h->is_late) || !(h->suite || is_early) ||
        !(record->type == TLS_APPLICATION_DATA || is_change || is_after || side->has_hole)) {
        return false;
    }
    if (!st->is_13) {
        look_up(l, st, tls_other(dir)); /* a new handshake may begin before its next record */
    }
    look_up(l, st, dir);
    for (size_t i = is_early || st->is_13 ? 0 : side->n_slots - 1; i < side->n_slots; i++) {
        if (is_awaited(side, i)) {
            return true;
        }
    }
    return false;
}

void tls_update(struct tls *st, struct tls_side *side)
{
    struct tls_slot *slot = &side->slots[0];
    uint8_t secret[SGS_TLS_MAX_SECRET];
    struct sgs_tls_opener *opener = NULL;
    struct sgs_slice old = sgs_slice(slot->secret, slot->secret_len);

    if (!slot->opener || !st->hello.suite || old.len == 0 ||
        sgs_tls13_next(st->hello.suite, old, secret) != SGS_OK ||
        sgs_tls13_opener(st->hello.suite, sgs_slice(secret, old.len), &opener) != SGS_OK) {
        return;
    }
    sgs_tls_opener_free(slot->opener);
    slot->opener = opener;
    for (size_t i = 0; i < old.len; i++) {
        slot->secret[i] = secret[i];
        secret[i] = 0;
    }
    side->seq = 0;
    side->lost = 0;
}

bool tls_has_opener(const struct tls_side *side)
{
    for (size_t i = 0; i < side->n_slots; i++) {
        if (side->slots[i].opener) {
            return true;
        }
    }
    return false;
}

/* records */

static bool open_with(struct sgs_layer *l, struct tls_side *side, size_t slot,
                      const struct tls_record *record, struct sgs_slice *plain, uint8_t *type)
{
    struct sgs_tls_opener *opener = side->slots[slot].opener;
    uint64_t seq = slot == 0 ? side->seq : 0;

    if (!opener || sgs_tls_open(opener, seq, record->header, record->fragment, sgs_scratch(l),
                                plain, type) != SGS_OK) {
        return false;
    }
    tls_advance(side, slot);
    side->seq = seq + 1;
    side->lost = 0;
    return true;
}

/* Early data comes before the server has named a suite: those whose hash has the secret's length
 * are tried. */
static void guess_suite(struct tls *st, struct tls_side *side, const struct tls_record *record)
{
    static const uint16_t suites[] = {0x1301, 0x1302, 0x1303, 0x1304, 0x1305};
    struct tls_slot *slot = &side->slots[0];

    if (slot->epoch != TLS_EARLY || slot->opener || slot->secret_len == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        const struct sgs_tls_suite *suite = sgs_tls_suite_find(suites[i]);
        struct sgs_tls_opener *opener = NULL;
        if (suite &&
            sgs_tls13_opener(suite, sgs_slice(slot->secret, slot->secret_len), &opener) == SGS_OK) {
            if (sgs_tls_check(opener, side->seq, record->header, record->fragment)) {
                slot->opener = opener;
                st->has_opener = true;
                return;
            }
            sgs_tls_opener_free(opener);
        }
    }
}

bool tls_open_record(struct sgs_layer *l, struct tls *st, enum sgs_dir dir,
                     const struct tls_record *record, struct sgs_slice *plain, uint8_t *type)
{
    struct tls_side *side = &st->side[dir];

    guess_suite(st, side, record);
    tls_start_late(l, st, dir, record);
    tls_try_psks(l, st, dir, record);
    for (size_t i = 0; i < side->n_slots; i++) {
        if (open_with(l, side, i, record, plain, type)) {
            return true;
        }
    }
    if (side->lost > 0 && tls_has_budget(l, st, dir) && tls_locate(l, st, dir, record) &&
        open_with(l, side, 0, record, plain, type)) {
        return true;
    }
    tls_pass(side, record);
    return false;
}
