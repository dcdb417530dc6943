/*
 * One question and its answer (RFC 1035, section 4).  Names are compressed to the question and to
 * the last alias only; the authority of negative answers is the SOA of the last two labels.
 */
#include "dns.h"

#include <string.h>

static const struct {
    const char *name;
    unsigned code;
} rcodes[] =
    {
        {"empty",    0},
        {"servfail", 2},
        {"nxdomain", 3},
        {"refused",  5},
},
  types[] = {
      {"A", MK_DNS_A},     {"NS", MK_DNS_NS},       {"AAAA", MK_DNS_AAAA},
      {"SRV", MK_DNS_SRV}, {"HTTPS", MK_DNS_HTTPS},
};

unsigned mk_dns_type(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!strcmp(types[i].name, name)) {
            return types[i].code;
        }
    }
    mk_fail("\"%s\" is no DNS type", name);
}

static void put_name(struct mk_buf *b, const char *name)
{
    while (*name) {
        const size_t n = strcspn(name, ".");

        mk_buf_u8(b, (unsigned)n);
        mk_buf_add(b, name, n);
        name += n + (name[n] ? 1 : 0);
    }
    mk_buf_u8(b, 0);
}

static void record(struct mk_buf *b, unsigned owner, unsigned type, uint32_t ttl,
                   const struct mk_buf *data)
{
    mk_buf_be16(b, 0xc000 | owner);
    mk_buf_be16(b, type);
    mk_buf_be16(b, 1);
    mk_buf_be32(b, ttl);
    mk_buf_be16(b, (unsigned)data->len);
    mk_buf_add(b, data->ptr, data->len);
}

/* srv:PRIORITY:WEIGHT:PORT:TARGET */
static void srv(struct mk_buf *data, const char *say)
{
    const char *at = say + strlen("srv:");

    for (unsigned i = 0; i < 3; i++) {
        const size_t n = strcspn(at, ":");
        char number[8] = "";

        if (!at[n] || n >= sizeof number) {
            mk_fail("\"%s\" is not srv:PRIORITY:WEIGHT:PORT:TARGET", say);
        }
        memcpy(number, at, n);
        mk_buf_be16(data, (unsigned)mk_number(number));
        at += n + 1;
    }
    put_name(data, at);
}

/* Appends the records of the answer; addresses of the other family are for another question. */
static unsigned answers(struct mk_buf *b, const struct mk_dns_query *q)
{
    unsigned owner = 12; /* where the name asked for stands */
    unsigned n = 0;

    for (size_t i = 0; i < q->n_say; i++) {
        struct mk_buf data = {0};
        unsigned type = q->type;

        if (!strncmp(q->say[i], "cname:", strlen("cname:"))) {
            type = MK_DNS_CNAME;
            put_name(&data, q->say[i] + strlen("cname:"));
        } else if (!strncmp(q->say[i], "srv:", strlen("srv:"))) {
            srv(&data, q->say[i]);
        } else {
            const struct mk_addr a = mk_addr_parse(q->say[i]);

            if ((a.family == 6) != (q->type == MK_DNS_AAAA)) {
                continue;
            }
            mk_buf_add(&data, a.octets, a.family == 4 ? 4 : 16);
        }
        const unsigned at = (unsigned)b->len + 12;
        record(b, owner, type, q->ttl, &data);
        mk_buf_free(&data);
        if (type == MK_DNS_CNAME) {
            owner = at;
        }
        n++;
    }
    return n;
}

static void authority(struct mk_buf *b, const struct mk_dns_query *q)
{
    const char *zone = q->name + strlen(q->name);
    struct mk_buf data = {0};

    for (unsigned dots = 0; zone > q->name && (zone[-1] != '.' || ++dots < 2);) {
        zone--;
    }
    mk_buf_str(&data, "\003ns1");
    put_name(&data, zone);
    mk_buf_str(&data, "\012hostmaster");
    put_name(&data, zone);
    mk_buf_be32(&data, 2025010701);
    mk_buf_be32(&data, 7200);
    mk_buf_be32(&data, 900);
    mk_buf_be32(&data, 1209600);
    mk_buf_be32(&data, 300);
    record(b, 12 + (unsigned)(zone - q->name), MK_DNS_SOA, 300, &data);
    mk_buf_free(&data);
}

static void head(struct mk_buf *b, unsigned id, unsigned flags, const struct mk_dns_query *q)
{
    mk_buf_be16(b, id);
    mk_buf_be16(b, flags);
    mk_buf_be16(b, 1);
    mk_buf_be16(b, 0);
    mk_buf_be32(b, 0);
    put_name(b, q->name);
    mk_buf_be16(b, q->type);
    mk_buf_be16(b, 1);
}

static void response(struct mk_buf *b, unsigned id, const struct mk_dns_query *q)
{
    unsigned rcode = 0;
    unsigned n_answers = 0;
    bool is_word = false;

    for (size_t i = 0; i < sizeof rcodes / sizeof *rcodes; i++) {
        if (!strcmp(q->say[0], rcodes[i].name)) {
            rcode = rcodes[i].code;
            is_word = true;
        }
    }
    head(b, id, 0x8180 | rcode, q);
    if (!is_word) {
        n_answers = answers(b, q);
        b->ptr[7] = (uint8_t)n_answers;
    }
    if (!n_answers && (rcode == 0 || rcode == 3)) {
        authority(b, q);
        b->ptr[9] = 1;
    }
}

void mk_dns(struct mk_world *w, int64_t *now, const struct mk_dns_query *q)
{
    const unsigned id = mk_rng_below(&w->rng, 65536);
    const unsigned port = 49152 + mk_rng_below(&w->rng, 16000);
    const unsigned family = q->resolver->addr[0].family;
    const int64_t rtt = q->client->rtt + q->resolver->rtt;
    struct mk_buf b = {0};
    int64_t pause = MK_S;

    head(&b, id, 0x0100, q);
    if (!strcmp(q->say[0], "silent")) {
        for (unsigned i = 0; i<q->tries; i++, *now += pause, pause *= i> 1 ? 2 : 1) {
            mk_udp(w, *now, q->client, port, q->resolver, 53, family, &b);
        }
    } else {
        mk_udp(w, *now, q->client, port, q->resolver, 53, family, &b);
        b.len = 0;
        response(&b, id, q);
        *now += rtt + q->think;
        mk_udp(w, *now, q->resolver, 53, q->client, port, family, &b);
    }
    mk_buf_free(&b);
}
