/*
 * Fragments into datagrams.  Spec: RFC 791 (section 3.2), RFC 8200 (section 4.5), RFC 5722.
 *
 *   offset  0       1480     2960  3400
 *           [ first ][ second ][ last ]   of one source, destination, id (and protocol in IPv4)
 *
 * Overlaps: the octets that arrived first stay, in IPv4 and IPv6 alike, and so does the first end
 * that was told.  RFC 5722 would drop the whole datagram; a capture often shows each fragment
 * twice, and what the receiver did with others is not ours to guess.
 */
#include <stdlib.h>

#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"
#include "net/inner.h"

#define MAX_PAYLOAD 65535u
#define NO_END SIZE_MAX

/* A run of octets that no other run covers. */
struct run {
    struct run *next; /* with a larger offset */
    size_t off;
    size_t len;
    uint8_t octets[];
};

struct pile {
    struct sgs_datagram d; /* of the fragment that came first; without payload */
    struct sgs_origin origin;
    sgs_time since; /* by the clock of net */
    uint8_t protocol;
    size_t end;  /* octets of the whole, NO_END before the last fragment came */
    size_t have; /* octets in runs */
    unsigned n;  /* runs */
    struct run *runs;
};

struct sgs_defrag {
    struct sgs_map *piles; /* ours; in order of their first fragments */
};

struct sgs_defrag *sgs_defrag_new(void)
{
    struct sgs_defrag *f = sgs_xcalloc(1, sizeof *f);

    f->piles = sgs_map_new();
    return f;
}

static void free_pile(struct pile *p)
{
    while (p->runs) {
        struct run *next = p->runs->next;
        free(p->runs);
        p->runs = next;
    }
    free(p);
}

void sgs_defrag_free(struct sgs_defrag *f)
{
    size_t cursor = 0;
    void *value = NULL;

    if (!f) {
        return;
    }
    while (sgs_map_next(f->piles, &cursor, NULL, &value)) {
        free_pile(value);
    }
    sgs_map_free(f->piles);
    free(f);
}

#define KEY_LEN 38

static struct sgs_slice key_of(const struct sgs_ip_head *h, uint8_t key[KEY_LEN])
{
    const struct sgs_datagram *d = &h->d;

    for (size_t i = 0; i < 16; i++) {
        key[i] = d->src.ip[i];
        key[16 + i] = d->dst.ip[i];
    }
    for (size_t i = 0; i < 4; i++) {
        key[32 + i] = (uint8_t)(h->id >> 8 * i);
    }
    key[36] = d->src.len;
    key[37] = d->src.len == 4 ? h->protocol : 0; /* in IPv6 only the first fragment has it right */
    return sgs_slice(key, KEY_LEN);
}

/* Takes the oldest datagram out, saying why. */
static void drop_oldest(struct sgs_net *n)
{
    struct sgs_map *piles = n->defrag->piles;
    struct sgs_slice key;
    void *value = NULL;
    size_t cursor = 0;

    if (sgs_map_next(piles, &cursor, &key, &value)) {
        sgs_net_skip(n, "network", "fragments of an incomplete datagram");
        (void)sgs_map_del(piles, key);
        free_pile(value);
    }
}

void sgs_defrag_expire(struct sgs_net *n, bool is_end)
{
    for (;;) {
        size_t cursor = 0;
        void *value = NULL;
        if (!sgs_map_next(n->defrag->piles, &cursor, NULL, &value)) {
            return;
        }
        const struct pile *oldest = value;
        if (!is_end && n->now < sgs_later(oldest->since, SGS_FRAGMENT_TIMEOUT)) {
            return;
        }
        drop_oldest(n);
    }
}

static struct pile *pile_of(struct sgs_net *n, const struct sgs_ip_head *h, struct sgs_slice key)
{
    struct pile *p = sgs_map_get(n->defrag->piles, key);

    if (p) {
        return p;
    }
    if (sgs_map_len(n->defrag->piles) >= SGS_MAX_FRAGMENTED) {
        n->sink.limit(n->sink.ctx, NULL, "net.fragmented", SGS_MAX_FRAGMENTED, &n->origin);
        drop_oldest(n);
    }
    p = sgs_xcalloc(1, sizeof *p);
    p->d = h->d;
    p->d.payload = (struct sgs_span){
        {NULL, 0},
        0
    };
    p->origin = n->origin;
    p->since = n->now;
    p->protocol = h->protocol;
    p->end = NO_END;
    (void)sgs_map_put(n->defrag->piles, key, p);
    return p;
}

static struct run *new_run(struct sgs_slice octets, size_t off, struct run *next)
{
    struct run *run = sgs_xmalloc(sizeof *run + octets.len);

    *run = (struct run){.next = next, .off = off, .len = octets.len};
    sgs_copy_in(run->octets, octets);
    return run;
}

/* Fills what is still free of off, off + octets.len; false when there are too many runs. */
static bool fill(struct pile *p, struct sgs_slice octets, size_t off)
{
    struct run **at = &p->runs;
    size_t end = off + octets.len;
    size_t from = off;

    while (from < end) {
        while (*at && (*at)->off + (*at)->len <= from) {
            at = &(*at)->next;
        }
        if (*at && (*at)->off <= from) {
            from = (*at)->off + (*at)->len;
            continue;
        }
        size_t to = *at && (*at)->off < end ? (*at)->off : end;
        if (p->n >= SGS_MAX_FRAGMENTS) {
            return false;
        }
        *at = new_run(rd_at(octets, from - off, to - from), from, *at);
        p->n++;
        p->have += to - from;
        from = to;
    }
    return true;
}

/* The end is known now: octets beyond it, told of before, cannot be right. */
static void cut_at_end(struct sgs_net *n, struct pile *p)
{
    struct run **at = &p->runs;

    while (*at && (*at)->off < p->end) {
        if ((*at)->off + (*at)->len > p->end) {
            sgs_net_malformed(n, "fragment beyond the last one");
            p->have -= (*at)->off + (*at)->len - p->end;
            (*at)->len = p->end - (*at)->off;
        }
        at = &(*at)->next;
    }
    while (*at) {
        struct run *beyond = *at;
        sgs_net_malformed(n, "fragment beyond the last one");
        p->have -= beyond->len;
        p->n--;
        *at = beyond->next;
        free(beyond);
    }
}

/* All octets are there: joins them and goes on with the datagram. */
static void pass_on(struct sgs_net *n, struct pile *p)
{
    uint8_t *whole = sgs_xmalloc(p->end);
    struct sgs_origin of_frame = n->origin;
    struct sgs_datagram d = p->d;

    for (const struct run *run = p->runs; run; run = run->next) {
        sgs_copy_in(&whole[run->off], sgs_slice(run->octets, run->len));
    }
    d.payload = (struct sgs_span){sgs_slice(whole, p->end), p->end};
    n->origin = p->origin;
    n->origin.frame_last = of_frame.frame_last;
    n->origin.time_last = of_frame.time_last;
    sgs_ip_payload(n, &d, p->protocol);
    n->origin = of_frame;
    free(whole);
}

void sgs_defrag_add(struct sgs_net *n, const struct sgs_ip_head *h)
{
    struct sgs_slice octets = h->d.payload.octets;
    uint8_t octets_of_key[KEY_LEN];
    struct sgs_slice key = key_of(h, octets_of_key);

    if (h->off + octets.len > MAX_PAYLOAD) {
        sgs_net_malformed(n, "fragment beyond the largest datagram");
        return;
    }
    if (h->has_more && octets.len % 8 != 0) {
        sgs_net_malformed(n, "fragment that is not the last has no multiple of 8 octets");
    }
    struct pile *p = pile_of(n, h, key);
    size_t end = h->off + octets.len;
    if (!h->has_more && p->end == NO_END) {
        p->end = end;
        cut_at_end(n, p);
    }
    if (h->off == 0) {
        p->protocol = h->protocol;
    }
    if (end > p->end) { /* contradicts the end that was told first */
        sgs_net_malformed(n, "fragment beyond the last one");
        octets = sgs_slice_head(octets, h->off < p->end ? p->end - h->off : 0);
    }
    if (!fill(p, octets, h->off)) {
        n->sink.limit(n->sink.ctx, NULL, "net.fragments", SGS_MAX_FRAGMENTS, &n->origin);
        free_pile(sgs_map_del(n->defrag->piles, key));
        return;
    }
    if (p->have >= p->end) {
        (void)sgs_map_del(n->defrag->piles, key);
        pass_on(n, p);
        free_pile(p);
    }
}
