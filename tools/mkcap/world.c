/* Hosts, datagrams (RFC 791, RFC 8200, RFC 768) and the order in which frames are captured. */
#include "world.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "pcapng.h"

#define TCP 6
#define UDP 17
#define COPY_SIZE 65536

void mk_world_open(struct mk_world *w)
{
    *w =
        (struct mk_world){.snaplen = 262144, .stop = INT64_MAX, .start = INT64_MIN, .is_new = true};
    w->spool = tmpfile();
    if (!w->spool) {
        mk_fail("no temporary file");
    }
}

void mk_world_close(struct mk_world *w)
{
    while (w->hosts) {
        struct mk_host *h = w->hosts;

        w->hosts = h->next;
        free(h->name);
        free(h);
    }
    free(w->heap);
    mk_buf_free(&w->keys);
    fclose(w->spool);
}

void mk_world_save(struct mk_world *w, const char *path)
{
    static char copy[COPY_SIZE];
    FILE *f = fopen(path, "wb");
    size_t n;

    if (!f) {
        mk_fail("cannot write %s", path);
    }
    mk_world_flush(w, INT64_MAX);
    mk_pcapng_head(f, w->snaplen, &w->keys);
    if (fseek(w->spool, w->spool_start, SEEK_SET)) {
        mk_fail("cannot read the temporary file");
    }
    while ((n = fread(copy, 1, sizeof copy, w->spool)) > 0) {
        fwrite(copy, 1, n, f);
    }
    if (ferror(w->spool) || ferror(f) || fclose(f)) {
        mk_fail("cannot write %s", path);
    }
}

struct mk_host *mk_host_new(struct mk_world *w, const char *name, bool is_client)
{
    struct mk_host *h = mk_alloc(sizeof *h);
    const uint8_t own[6] = {0x02, 0, 0x5e, 0, (uint8_t)(w->n_hosts >> 8), (uint8_t)w->n_hosts};
    const uint8_t router[6] = {0x02, 0, 0x5e, 0xff, 0xff, 0x01};

    h->name = mk_copy(name);
    memcpy(h->mac, is_client ? own : router, sizeof own);
    h->ttl = is_client ? 128 : 40 + (unsigned)(mk_rng_seed(1, name) % 20);
    h->rtt = is_client ? 0 : 20 * MK_MS;
    h->ip_id = (uint16_t)mk_rng_seed(2, name);
    h->next_port = (uint16_t)(49700 + mk_rng_seed(3, name) % 3000);
    h->next = w->hosts;
    w->hosts = h;
    w->n_hosts++;
    return h;
}

struct mk_host *mk_host_find(const struct mk_world *w, const char *name)
{
    for (struct mk_host *h = w->hosts; h; h = h->next) {
        if (!strcmp(h->name, name)) {
            return h;
        }
    }
    mk_fail("no host is called \"%s\"", name);
}

struct mk_addr mk_addr_parse(const char *text)
{
    struct mk_addr a = {0};
    const char *plus = strchr(text, '+');
    char *address = mk_copy_n(text, plus ? (size_t)(plus - text) : strlen(text));

    if (inet_pton(AF_INET, address, a.octets) == 1) {
        a.family = 4;
    } else if (inet_pton(AF_INET6, address, a.octets) == 1) {
        a.family = 6;
    } else {
        mk_fail("\"%s\" is not an IP address", text);
    }
    free(address);
    uint64_t carry = plus ? mk_number(plus + 1) : 0;
    for (size_t i = a.family == 4 ? 4 : 16; i-- && carry;) {
        carry += a.octets[i];
        a.octets[i] = (uint8_t)carry;
        carry >>= 8;
    }
    return a;
}

const struct mk_addr *mk_host_addr(const struct mk_host *h, unsigned family)
{
    for (size_t i = 0; i < 2; i++) {
        if (h->addr[i].family == family) {
            return &h->addr[i];
        }
    }
    mk_fail("%s has no IPv%u address", h->name, family);
}

static uint32_t sum(uint32_t so_far, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        so_far += i % 2 ? p[i] : (uint32_t)p[i] << 8;
        so_far = (so_far & 0xffff) + (so_far >> 16);
    }
    return so_far;
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* RFC 9293, section 3.1; RFC 768: sum over pseudo header and payload. */
static void checksum(struct mk_buf *payload, const struct mk_addr *src, const struct mk_addr *dst,
                     unsigned protocol)
{
    const size_t at = protocol == TCP ? 16 : 6;
    const size_t n = src->family == 4 ? 4 : 16;
    uint32_t s = protocol + (uint32_t)payload->len;

    s = sum(sum(s, src->octets, n), dst->octets, n);
    s = ~sum(s, payload->ptr, payload->len) & 0xffff;
    put16(payload->ptr + at, s || protocol == TCP ? s : 0xffff);
}

static void ip_head(struct mk_buf *b, struct mk_host *from, unsigned protocol, size_t len,
                    const struct mk_addr *src, const struct mk_addr *dst)
{
    const size_t at = b->len;

    if (src->family == 6) {
        mk_buf_be32(b, 0x60000000);
        mk_buf_be16(b, (unsigned)len);
        mk_buf_u8(b, protocol);
        mk_buf_u8(b, from->ttl);
        mk_buf_add(b, src->octets, 16);
        mk_buf_add(b, dst->octets, 16);
        return;
    }
    mk_buf_be16(b, 0x4500);
    mk_buf_be16(b, (unsigned)len + 20);
    mk_buf_be16(b, from->ip_id++);
    mk_buf_be16(b, 0x4000); /* don't fragment */
    mk_buf_u8(b, from->ttl);
    mk_buf_u8(b, protocol);
    mk_buf_be16(b, 0);
    mk_buf_add(b, src->octets, 4);
    mk_buf_add(b, dst->octets, 4);
    put16(b->ptr + at + 10, ~sum(0, b->ptr + at, 20) & 0xffff);
}

static bool is_before(const struct mk_frame *a, const struct mk_frame *b)
{
    return a->time != b->time ? a->time < b->time : a->order < b->order;
}

static void push(struct mk_world *w, struct mk_frame f)
{
    if (w->n_frames == w->size_frames) {
        w->size_frames = 2 * w->size_frames + 256;
        w->heap = mk_grow(w->heap, w->size_frames * sizeof *w->heap);
    }
    size_t i = w->n_frames++;
    while (i && is_before(&f, &w->heap[(i - 1) / 2])) {
        w->heap[i] = w->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    w->heap[i] = f;
}

static struct mk_frame pop(struct mk_world *w)
{
    const struct mk_frame first = w->heap[0];
    const struct mk_frame last = w->heap[--w->n_frames];
    size_t i = 0;

    for (size_t child = 1; child < w->n_frames; child = 2 * i + 1) {
        if (child + 1 < w->n_frames && is_before(&w->heap[child + 1], &w->heap[child])) {
            child++;
        }
        if (is_before(&last, &w->heap[child])) {
            break;
        }
        w->heap[i] = w->heap[child];
        i = child;
    }
    w->heap[i] = last;
    return first;
}

void mk_datagram(struct mk_world *w, int64_t time, struct mk_host *from, struct mk_host *to,
                 unsigned family, unsigned protocol, struct mk_buf *payload, bool is_caught)
{
    const struct mk_addr *src = mk_host_addr(from, family);
    const struct mk_addr *dst = mk_host_addr(to, family);
    struct mk_buf b = {0};

    if (protocol == TCP || protocol == UDP) {
        checksum(payload, src, dst, protocol);
    }
    mk_buf_add(&b, to->mac, sizeof to->mac);
    mk_buf_add(&b, from->mac, sizeof from->mac);
    mk_buf_be16(&b, family == 4 ? 0x0800 : 0x86dd);
    ip_head(&b, from, protocol, payload->len, src, dst);
    mk_buf_add(&b, payload->ptr, payload->len);
    w->n_made++;
    w->n_octets += b.len;
    if (!is_caught) {
        mk_buf_free(&b);
        return;
    }
    push(w, (struct mk_frame){.time = time, .order = w->n_made, .octets = b.ptr, .len = b.len});
}

void mk_udp(struct mk_world *w, int64_t time, struct mk_host *from, unsigned from_port,
            struct mk_host *to, unsigned to_port, unsigned family, const struct mk_buf *payload)
{
    struct mk_buf b = {0};

    mk_buf_be16(&b, from_port);
    mk_buf_be16(&b, to_port);
    mk_buf_be16(&b, (unsigned)payload->len + 8);
    mk_buf_be16(&b, 0);
    mk_buf_add(&b, payload->ptr, payload->len);
    mk_datagram(w, time, from, to, family, UDP, &b, true);
    mk_buf_free(&b);
}

void mk_world_flush(struct mk_world *w, int64_t before)
{
    while (w->n_frames && w->heap[0].time < before) {
        const struct mk_frame f = pop(w);

        if (f.time >= w->start && f.time < w->stop) {
            w->is_new = false;
            mk_pcapng_frame(w->spool, f.time, f.octets, f.len < w->snaplen ? f.len : w->snaplen,
                            f.len);
        }
        free(f.octets);
    }
}
