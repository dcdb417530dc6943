/*
 * A table in which a URL stands under several keys, each with its client: as it is, by the place
 * where it is reached, by its host, and that of an OCSP responder also by its place alone, because
 * requests by GET go on behind it:
 *
 *   'u' client url        'h' client host:port        'n' client host        'o' client host:port
 *
 * A URL of LDAP stands as the entry and the attribute that it means, since any server of the
 * directory can be asked:
 *
 *   'l' client entry?attribute
 *
 * What was put in longest ago goes first when there is too much.
 */
#include "engine/revocation_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/codec.h>
#include <signscope/limits.h>
#include <signscope/url.h>

#include "base/map.h"
#include "base/mem.h"

#define MAX_KEY (SGS_REVOCATION_URL + 64) /* octets */
#define SOON (60 * SGS_SEC) /* from a certificate to an attempt that only its place speaks for */
#define LDAP_PORT 389

struct sgs_revocation_sources {
    struct sgs_map *map; /* see above -> struct sgs_revocation_source */
};

struct sgs_revocation_sources *sgs_revocation_sources_new(void)
{
    struct sgs_revocation_sources *r = sgs_xmalloc(sizeof *r);

    r->map = sgs_map_new();
    return r;
}

void sgs_revocation_sources_free(struct sgs_revocation_sources *r)
{
    void *value = NULL;

    for (size_t cursor = 0; sgs_map_next(r->map, &cursor, NULL, &value);) {
        free(value);
    }
    sgs_map_free(r->map);
    free(r);
}

/* A kind of key, the client, a text; empty when it is too long. */
struct key {
    uint8_t octets[MAX_KEY];
    size_t len;
};

static void key_begin(struct key *k, char kind, const struct sgs_addr *client)
{
    k->octets[0] = (uint8_t)kind;
    memcpy(k->octets + 1, client->ip, sizeof client->ip);
    k->len = 1 + sizeof client->ip;
}

/* Adds a text, capitals made small if is_lower; false: no room. */
static bool key_add(struct key *k, struct sgs_slice text, bool is_lower)
{
    if (text.len > sizeof k->octets - k->len) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        k->octets[k->len++] = is_lower && c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
    }
    return true;
}

static bool key_add_port(struct key *k, uint16_t port)
{
    char text[8];
    int n = snprintf(text, sizeof text, ":%u", (unsigned)port);

    return key_add(k, sgs_slice(text, (size_t)n), false);
}

static struct sgs_slice key_slice(const struct key *k)
{
    return sgs_slice(k->octets, k->len);
}

/* Global catalogues and LDAP over TLS are the same directory. */
static uint16_t same_port(uint16_t port)
{
    return port == 636 || port == 3268 || port == 3269 ? LDAP_PORT : port;
}

static bool key_of_url(struct key *k, const struct sgs_addr *client, const struct sgs_url *url)
{
    key_begin(k, 'u', client);
    return key_add(k, url->scheme, true) && key_add(k, SGS_LIT("://"), false) &&
           key_add(k, url->host, true) && key_add_port(k, url->port) &&
           key_add(k, url->path.len > 0 ? url->path : SGS_LIT("/"), false);
}

static bool is_ldap(const struct sgs_url *url)
{
    return sgs_slice_ieq(url->scheme, SGS_LIT("ldap")) ||
           sgs_slice_ieq(url->scheme, SGS_LIT("ldaps"));
}

/* Adds a text with its escapes (RFC 3986, section 2.1) undone, capitals made small. */
static bool key_add_decoded(struct key *k, struct sgs_slice text)
{
    bool has_room = true;

    for (size_t i = 0; i < text.len && has_room; i++) {
        uint8_t c = text.ptr[i];
        int high = i + 2 < text.len && c == '%' ? sgs_hex_digit(text.ptr[i + 1]) : -1;
        int low = high >= 0 ? sgs_hex_digit(text.ptr[i + 2]) : -1;
        if (low >= 0) {
            c = (uint8_t)(high * 16 + low);
            i += 2;
        }
        has_room = key_add(k, sgs_slice(&c, 1), true);
    }
    return has_room;
}

/* ldap://host/entry?attribute;option?scope?filter: RFC 4516, section 2. */
static bool key_of_entry(struct key *k, const struct sgs_addr *client, const struct sgs_url *url)
{
    struct sgs_slice rest = sgs_slice_from(url->path, 1);
    struct sgs_slice entry = sgs_slice_cut(&rest, '?');
    struct sgs_slice attribute = sgs_slice_cut(&rest, '?');

    key_begin(k, 'l', client);
    return is_ldap(url) && entry.len > 0 && key_add_decoded(k, entry) &&
           key_add(k, SGS_LIT("?"), false) &&
           key_add_decoded(k, sgs_slice_head(attribute, sgs_slice_chr(attribute, ';')));
}

static bool key_of_place(struct key *k, char kind, const struct sgs_addr *client,
                         struct sgs_slice host, uint16_t port)
{
    key_begin(k, kind, client);
    return key_add(k, host, true) && key_add_port(k, same_port(port));
}

static bool key_of_host(struct key *k, const struct sgs_addr *client, struct sgs_slice host)
{
    key_begin(k, 'n', client);
    return host.len > 0 && key_add(k, host, true);
}

static void put_source(struct sgs_revocation_sources *r, const struct key *k,
                       const struct sgs_revocation_source *s)
{
    struct sgs_revocation_source *copy = sgs_map_del(r->map, key_slice(k));

    if (!copy && sgs_map_len(r->map) >= SGS_MAX_REVOCATION_URLS) {
        struct sgs_slice oldest;
        size_t cursor = 0;
        if (sgs_map_next(r->map, &cursor, &oldest, NULL)) {
            copy = sgs_map_del(r->map, oldest);
        }
    }
    copy = copy ? copy : sgs_xmalloc(sizeof *copy);
    *copy = *s;
    (void)sgs_map_put(r->map, key_slice(k), copy);
}

static void learn_url(struct sgs_revocation_sources *r, const struct sgs_event *ev,
                      struct sgs_slice text, const char *how)
{
    struct sgs_revocation_source s = {.certificate = ev->id,
                                      .conn = ev->conn,
                                      .time = ev->origin.time_last,
                                      .how = how,
                                      .url_len = text.len};
    struct sgs_url url;
    struct key k;

    if (text.len > SGS_REVOCATION_URL || !sgs_url_read(text, &url) || url.port == 0) {
        return;
    }
    memcpy(s.url, text.ptr, text.len);
    if (key_of_url(&k, &ev->client, &url)) {
        put_source(r, &k, &s);
    }
    if (key_of_entry(&k, &ev->client, &url)) {
        put_source(r, &k, &s);
    }
    if (key_of_place(&k, 'h', &ev->client, url.host, url.port)) {
        put_source(r, &k, &s);
    }
    if (strcmp(how, "ocsp") == 0 && key_of_place(&k, 'o', &ev->client, url.host, url.port)) {
        put_source(r, &k, &s);
    }
    if (key_of_host(&k, &ev->client, url.host)) {
        put_source(r, &k, &s);
    }
}

bool sgs_revocation_is_empty(const struct sgs_revocation_sources *r)
{
    return sgs_map_len(r->map) == 0;
}

static bool has_item(const struct sgs_value *list, struct sgs_slice text)
{
    for (size_t i = 0; list && i < list->n; i++) {
        if (sgs_slice_eq(list->list[i], text)) {
            return true;
        }
    }
    return false;
}

void sgs_revocation_learn(struct sgs_revocation_sources *r, const struct sgs_event *ev)
{
    const struct sgs_value *crl = sgs_event_get(ev, SGS_F_CRL);
    const struct sgs_value *aia = sgs_event_get(ev, SGS_F_AIA);
    const struct sgs_value *ocsp = sgs_event_get(ev, SGS_F_OCSP);

    if (!sgs_slice_eq(sgs_event_text(ev, SGS_F_SIDE), SGS_LIT("server"))) {
        return;
    }
    for (size_t i = 0; crl && i < crl->n; i++) {
        learn_url(r, ev, crl->list[i], "crl");
    }
    for (size_t i = 0; aia && i < aia->n; i++) {
        learn_url(r, ev, aia->list[i], has_item(ocsp, aia->list[i]) ? "ocsp" : "aia");
    }
}

const struct sgs_revocation_source *sgs_revocation_by_url(const struct sgs_revocation_sources *r,
                                                          const struct sgs_addr *client,
                                                          struct sgs_slice text)
{
    const struct sgs_revocation_source *s = NULL;
    struct sgs_url url, responder;
    struct key k;

    if (!sgs_url_read(text, &url)) {
        return NULL;
    }
    if (key_of_url(&k, client, &url)) {
        s = sgs_map_get(r->map, key_slice(&k));
    }
    if (!s && key_of_place(&k, 'o', client, url.host, url.port)) {
        s = sgs_map_get(r->map, key_slice(&k)); /* by GET: RFC 6960, appendix A.1 */
        bool is_below = s && sgs_url_read(sgs_slice(s->url, s->url_len), &responder) &&
                        sgs_slice_starts(url.path, responder.path);
        s = is_below ? s : NULL;
    }
    if (!s && key_of_entry(&k, client, &url)) {
        s = sgs_map_get(r->map, key_slice(&k));
    }
    return s;
}

static const struct sgs_revocation_source *soon_after(const struct sgs_revocation_sources *r,
                                                      const struct key *k, sgs_time when)
{
    const struct sgs_revocation_source *s = sgs_map_get(r->map, key_slice(k));

    return s && when >= s->time && when - s->time <= SOON ? s : NULL;
}

const struct sgs_revocation_source *sgs_revocation_by_place(const struct sgs_revocation_sources *r,
                                                            const struct sgs_addr *client,
                                                            struct sgs_slice host, uint16_t port,
                                                            sgs_time when)
{
    struct key k;

    return key_of_place(&k, 'h', client, host, port) ? soon_after(r, &k, when) : NULL;
}

const struct sgs_revocation_source *sgs_revocation_by_host(const struct sgs_revocation_sources *r,
                                                           const struct sgs_addr *client,
                                                           struct sgs_slice host, sgs_time when)
{
    struct key k;

    return key_of_host(&k, client, host) ? soon_after(r, &k, when) : NULL;
}

bool sgs_revocation_is_ldap(uint16_t port)
{
    return same_port(port) == LDAP_PORT;
}
