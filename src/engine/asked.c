/*
 * Two tables, in which the entry that was set longest ago goes first when there are too many:
 *
 *   client, address -> the names looked up last that had it
 *   client, name    -> where the client has it from
 */
#include "engine/asked.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>
#include <signscope/url.h>

#include "base/map.h"
#include "base/mem.h"

#define MAX_NAME 255 /* octets of a host name: RFC 1035, section 2.3.4 */

struct sgs_asked {
    struct sgs_map *names;   /* client and address -> struct names */
    struct sgs_map *sources; /* client and name -> unsigned */
};

struct name {
    sgs_time time; /* of the answer */
    size_t len;
    uint8_t octets[MAX_NAME];
};

/* Names of one address, the last one first: what failed is told some time after it was tried. */
struct names {
    struct name list[2];
    size_t n;
};

struct key {
    uint8_t octets[sizeof(struct sgs_addr) + MAX_NAME];
    size_t len;
};

struct sgs_asked *sgs_asked_new(void)
{
    struct sgs_asked *a = sgs_xmalloc(sizeof *a);

    *a = (struct sgs_asked){sgs_map_new(), sgs_map_new()};
    return a;
}

static void free_map(struct sgs_map *m)
{
    void *value = NULL;

    for (size_t cursor = 0; sgs_map_next(m, &cursor, NULL, &value);) {
        free(value);
    }
    sgs_map_free(m);
}

void sgs_asked_free(struct sgs_asked *a)
{
    if (a) {
        free_map(a->names);
        free_map(a->sources);
        free(a);
    }
}

/* An absolute name is the same without its dot.  Empty: too long. */
static struct sgs_slice plain(struct sgs_slice name)
{
    if (name.len > 0 && name.ptr[name.len - 1] == '.') {
        name.len--;
    }
    return name.len <= MAX_NAME ? name : sgs_slice_head(name, 0);
}

/* The client's address and a text of at most MAX_NAME octets, capitals made small. */
static struct sgs_slice key_of(struct key *k, const struct sgs_addr *client, struct sgs_slice text)
{
    memcpy(k->octets, client->ip, sizeof client->ip);
    k->len = sizeof client->ip;
    for (size_t i = 0; i < text.len && i < MAX_NAME; i++) {
        uint8_t c = text.ptr[i];
        k->octets[k->len++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
    }
    return sgs_slice(k->octets, k->len);
}

/* The value of size octets under key, put last; new ones are zero. */
static void *renew(struct sgs_map *m, struct sgs_slice key, size_t size)
{
    void *value = sgs_map_del(m, key);

    if (!value && sgs_map_len(m) >= SGS_MAX_ASKED_NAMES) {
        struct sgs_slice oldest;
        size_t cursor = 0;
        if (sgs_map_next(m, &cursor, &oldest, NULL)) {
            free(sgs_map_del(m, oldest));
        }
    }
    value = value ? value : sgs_xcalloc(1, size);
    (void)sgs_map_put(m, key, value);
    return value;
}

static void learn_source(struct sgs_asked *a, const struct sgs_addr *client, struct sgs_slice name,
                         enum sgs_name_source source)
{
    struct key k;

    name = plain(name);
    if (name.len > 0) {
        *(unsigned *)renew(a->sources, key_of(&k, client, name), sizeof(unsigned)) |= source;
    }
}

static void learn_name(struct sgs_asked *a, const struct sgs_event *ev, struct sgs_slice address,
                       struct sgs_slice name)
{
    struct key k;

    name = plain(name);
    if (name.len == 0) {
        return;
    }
    struct names *n = renew(a->names, key_of(&k, &ev->client, address), sizeof *n);
    const struct name *last = &n->list[0];
    if (n->n == 0 || !sgs_slice_ieq(sgs_slice(last->octets, last->len), name)) {
        n->list[1] = n->list[0];
        n->list[0] = (struct name){.time = ev->origin.time, .len = name.len};
        memcpy(n->list[0].octets, name.ptr, name.len);
        n->n = n->n < 2 ? n->n + 1 : 2;
    }
}

/* dns.response */

static struct sgs_slice member(const struct sgs_row *row, const char *name)
{
    for (size_t i = 0; i < row->n; i++) {
        if (sgs_slice_eq(row->members[i].name, sgs_slice_str(name))) {
            return row->members[i].text;
        }
    }
    return (struct sgs_slice){NULL, 0};
}

static bool is_address(struct sgs_slice type)
{
    return sgs_slice_eq(type, SGS_LIT("A")) || sgs_slice_eq(type, SGS_LIT("AAAA"));
}

/* An address has the name that was asked, whatever names lie between; one that comes along with SRV
 * records has its own. */
static void see_dns(struct sgs_asked *a, const struct sgs_event *ev)
{
    const struct sgs_value *answers = sgs_event_get(ev, SGS_F_ANSWERS);
    struct sgs_slice asked = sgs_event_text(ev, SGS_F_NAME);
    bool wants_address = is_address(sgs_event_text(ev, SGS_F_TYPE));

    for (size_t i = 0; answers && i < answers->n; i++) {
        const struct sgs_row *row = &answers->rows[i];
        struct sgs_slice type = member(row, "type");
        struct sgs_slice data = member(row, "data");
        if (is_address(type)) {
            struct sgs_slice name = wants_address ? asked : member(row, "name");
            learn_name(a, ev, data, name);
            learn_source(a, &ev->client, name, SGS_NAME_DNS);
        } else if (sgs_slice_eq(type, SGS_LIT("SRV"))) {
            learn_source(a, &ev->client, sgs_slice_behind_last(data, ' '), SGS_NAME_SRV);
        }
    }
}

/* autodiscover.result */

/* host:port, or a URL. */
static void learn_link(struct sgs_asked *a, const struct sgs_addr *client, struct sgs_slice link)
{
    struct sgs_url url;
    struct sgs_slice host =
        sgs_url_read(link, &url) ? url.host : sgs_slice_head(link, sgs_slice_chr(link, ':'));

    learn_source(a, client, host, SGS_NAME_AUTODISCOVER);
}

static void see_autodiscover(struct sgs_asked *a, const struct sgs_event *ev)
{
    static const enum sgs_field_id hosts[] = {SGS_F_SIP_INTERNAL, SGS_F_SIP_EXTERNAL,
                                              SGS_F_REDIRECT};
    const struct sgs_value *links = sgs_event_get(ev, SGS_F_LINKS);

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        learn_link(a, &ev->client, sgs_event_text(ev, hosts[i]));
    }
    for (size_t i = 0; links && links->n > 0 && i < links->rows[0].n; i++) {
        learn_link(a, &ev->client, links->rows[0].members[i].text);
    }
}

void sgs_asked_see(struct sgs_asked *a, const struct sgs_event *ev)
{
    if (ev->kind == SGS_K_DNS_RESPONSE) {
        see_dns(a, ev);
    } else if (ev->kind == SGS_K_AUTODISCOVER_RESULT) {
        see_autodiscover(a, ev);
    }
}

unsigned sgs_asked_sources(const struct sgs_asked *a, const struct sgs_addr *client,
                           struct sgs_slice name)
{
    struct key k;
    const unsigned *sources = sgs_map_get(a->sources, key_of(&k, client, plain(name)));

    return sources ? *sources : 0;
}

struct sgs_slice sgs_asked_name(const struct sgs_asked *a, const struct sgs_addr *client,
                                const struct sgs_addr *server, sgs_time when)
{
    char text[SGS_ADDR_TEXT_LEN];
    struct key k;

    sgs_addr_host(server, text);
    const struct names *n = sgs_map_get(a->names, key_of(&k, client, sgs_slice_str(text)));
    for (size_t i = 0; n && i < n->n; i++) {
        if (n->list[i].time <= when) {
            return sgs_slice(n->list[i].octets, n->list[i].len);
        }
    }
    return (struct sgs_slice){NULL, 0};
}
