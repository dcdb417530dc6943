/*
 * A map from octets to pointers that remembers the order of insertion.
 *
 *   slots    [ . 3 . 1 . . 2 . ]   hash -> number of an entry, from 1, and a part of the hash, so
 *                                  that few wrong entries are read; 0 is free; linear probing
 *   entries  [ a  -  c ]           in order of insertion; a deleted one keeps its place, no value
 *
 * A deleted entry stays reachable from its slot, so probing needs no other mark.  When the entries
 * are full they are written anew without the deleted ones, twice as many if few were deleted.  The
 * hash is SipHash-1-3 (Aumasson and Bernstein, 2012): one round a word, three at the end.
 */
#include "base/map.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"

#define FIRST_ENTRIES 8u                 /* a power of two */
#define MOST_ENTRIES (UINT32_C(1) << 30) /* numbers of entries are 32 bits in slots */
#define SLOTS_PER_ENTRY 2u               /* slots are at most half full */

struct entry {
    uint64_t hash;
    void *value; /* NULL when deleted */
    size_t key_len;
    union {
        uint8_t
            inside[40];   /* a short key: as long as that of a TLS secret, an entry is 64 octets */
        uint8_t *outside; /* a longer one; ours */
    } key;
};

struct slot {
    uint32_t number; /* of an entry, from 1; 0: free */
    uint32_t part;   /* of its hash: the upper half */
};

struct sgs_map {
    struct entry *entries;
    struct slot *slots;
    size_t size;   /* entries there is room for: a power of two, or 0 */
    size_t n;      /* entries used, with the deleted ones */
    size_t live;   /* entries that are not deleted */
    size_t oldest; /* no live entry is before this one */
};

static uint64_t hash_key[2];
static bool has_hash_key;

static inline uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

static bool is_inside(size_t key_len)
{
    return key_len <= sizeof((struct entry *)NULL)->key.inside;
}

static struct sgs_slice key_of(const struct entry *e)
{
    return sgs_slice(is_inside(e->key_len) ? e->key.inside : e->key.outside, e->key_len);
}

static void free_key(struct entry *e)
{
    if (!is_inside(e->key_len)) {
        free(e->key.outside);
    }
}

static uint64_t hash(struct sgs_slice key)
{
    uint64_t v[4] = {
        hash_key[0] ^ UINT64_C(0x736f6d6570736575),
        hash_key[1] ^ UINT64_C(0x646f72616e646f6d),
        hash_key[0] ^ UINT64_C(0x6c7967656e657261),
        hash_key[1] ^ UINT64_C(0x7465646279746573),
    };
    uint64_t word = 0;
    size_t whole = key.len / sizeof word * sizeof word;

    for (size_t i = 0; i < whole; i += sizeof word) {
        memcpy(&word, key.ptr + i, sizeof word);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = (uint64_t)key.len << 56;
    for (size_t i = whole; i < key.len; i++) {
        word |= (uint64_t)key.ptr[i] << (i % sizeof word * 8);
    }
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) {
        sip_round(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void need_hash_key(void)
{
    if (has_hash_key) {
        return;
    }
    if (getrandom(hash_key, sizeof hash_key, 0) != (ssize_t)sizeof hash_key) {
        sgs_die("no random octets");
    }
    has_hash_key = true;
}

uint64_t sgs_map_hash(struct sgs_slice key)
{
    need_hash_key();
    return hash(key);
}

uint64_t sgs_map_salt(void)
{
    need_hash_key();
    return hash(SGS_LIT("salt"));
}

struct sgs_map *sgs_map_new(void)
{
    need_hash_key();
    return sgs_xcalloc(1, sizeof(struct sgs_map));
}

void sgs_map_free(struct sgs_map *m)
{
    if (!m) {
        return;
    }
    for (size_t i = 0; i < m->n; i++) {
        if (m->entries[i].value) {
            free_key(&m->entries[i]);
        }
    }
    free(m->entries);
    free(m->slots);
    free(m);
}

static size_t slot_after(const struct sgs_map *m, size_t slot)
{
    return (slot + 1) & (m->size * SLOTS_PER_ENTRY - 1);
}

static struct entry *find(const struct sgs_map *m, struct sgs_slice key, uint64_t h)
{
    if (m->size == 0) {
        return NULL;
    }
    size_t slot = (size_t)h & (m->size * SLOTS_PER_ENTRY - 1);
    for (; m->slots[slot].number != 0; slot = slot_after(m, slot)) {
        struct entry *e = &m->entries[m->slots[slot].number - 1];
        if (m->slots[slot].part == h >> 32 && e->hash == h && e->value &&
            sgs_slice_eq(key_of(e), key)) {
            return e;
        }
    }
    return NULL;
}

static void link_entry(struct sgs_map *m, size_t i)
{
    size_t slot = (size_t)m->entries[i].hash & (m->size * SLOTS_PER_ENTRY - 1);

    while (m->slots[slot].number != 0) {
        slot = slot_after(m, slot);
    }
    m->slots[slot] = (struct slot){(uint32_t)(i + 1), (uint32_t)(m->entries[i].hash >> 32)};
}

static void rewrite(struct sgs_map *m)
{
    size_t kept = 0;

    for (size_t i = 0; i < m->n; i++) {
        if (m->entries[i].value) {
            m->entries[kept++] = m->entries[i];
        }
    }
    m->n = kept;
    m->oldest = 0;
    if (kept >= m->size / 2) {
        m->size = m->size ? m->size * 2 : FIRST_ENTRIES;
        assert(m->size <= MOST_ENTRIES);
        m->entries = sgs_xrealloc(m->entries, m->size, sizeof *m->entries);
    }
    free(m->slots);
    m->slots = sgs_xcalloc(m->size * SLOTS_PER_ENTRY, sizeof *m->slots);
    for (size_t i = 0; i < m->n; i++) {
        link_entry(m, i);
    }
}

void *sgs_map_get(const struct sgs_map *m, struct sgs_slice key)
{
    const struct entry *e = find(m, key, hash(key));

    return e ? e->value : NULL;
}

void *sgs_map_put(struct sgs_map *m, struct sgs_slice key, void *value)
{
    uint64_t h = hash(key);
    struct entry *e = find(m, key, h);

    assert(value);
    if (e) {
        void *before = e->value;
        e->value = value;
        return before;
    }
    if (m->n == m->size) {
        rewrite(m);
    }
    e = &m->entries[m->n];
    *e = (struct entry){.hash = h, .value = value, .key_len = key.len};
    if (!is_inside(key.len)) {
        e->key.outside = sgs_xmalloc(key.len);
        memcpy(e->key.outside, key.ptr, key.len);
    } else if (key.len > 0) {
        memcpy(e->key.inside, key.ptr, key.len);
    }
    link_entry(m, m->n);
    m->n++;
    m->live++;
    return NULL;
}

void *sgs_map_del(struct sgs_map *m, struct sgs_slice key)
{
    struct entry *e = find(m, key, hash(key));

    if (!e) {
        return NULL;
    }
    void *value = e->value;
    free_key(e);
    e->value = NULL;
    m->live--;
    while (m->oldest < m->n && !m->entries[m->oldest].value) {
        m->oldest++;
    }
    return value;
}

size_t sgs_map_len(const struct sgs_map *m)
{
    return m->live;
}

bool sgs_map_next(const struct sgs_map *m, size_t *cursor, struct sgs_slice *key, void **value)
{
    size_t i = *cursor > m->oldest ? *cursor : m->oldest;

    while (i < m->n && !m->entries[i].value) {
        i++;
    }
    *cursor = i < m->n ? i + 1 : i;
    if (i >= m->n) {
        return false;
    }
    if (key) {
        *key = key_of(&m->entries[i]);
    }
    if (value) {
        *value = m->entries[i].value;
    }
    return true;
}
