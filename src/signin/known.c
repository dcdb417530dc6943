/* Facts that outlive the events they came from. */
#include "signin/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"

#define HISTORY 256 /* names of one address that are remembered: the last ones */

struct name {
    struct sgs_slice text; /* ours */
    sgs_time at;
};

struct name_fact {
    struct name *list; /* ours; ascending */
    size_t n;
    size_t room;
};

struct role_fact {
    struct {
        enum sgs_host_role role;
        sgs_time at;
    } by[SGS_N_KNOWN_BY];
};

/* Who was told an address: the first client, and when another one was. */
struct told_fact {
    struct sgs_addr client;
    sgs_time at;
    sgs_time other_at;
};

struct sgs_known {
    struct sgs_map *conns;   /* transport and number -> struct sgs_known_conn */
    struct sgs_map *names;   /* client and address -> struct name_fact */
    struct sgs_map *roles;   /* host -> struct role_fact */
    struct sgs_map *clients; /* address -> struct sgs_known_client */
    struct sgs_map *told;    /* address -> struct told_fact */
};

sgs_time sgs_time_later(sgs_time t, sgs_time span)
{
    if (span >= 0) {
        return t > INT64_MAX - span ? INT64_MAX : t + span;
    }
    return t <= INT64_MIN - span ? INT64_MIN + 1 : t + span; /* INT64_MIN is SGS_TIME_NONE */
}

struct sgs_known *sgs_known_new(void)
{
    struct sgs_known *k = sgs_xmalloc(sizeof *k);
    *k = (struct sgs_known){sgs_map_new(), sgs_map_new(), sgs_map_new(), sgs_map_new(),
                            sgs_map_new()};
    return k;
}

static void free_conn(struct sgs_known_conn *c)
{
    free((void *)(uintptr_t)c->sni.ptr);
    free((void *)(uintptr_t)c->named.ptr);
    free((void *)(uintptr_t)c->host.ptr);
    free((void *)(uintptr_t)c->user.ptr);
    free(c);
}

static void free_name(struct name_fact *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free((void *)(uintptr_t)f->list[i].text.ptr);
    }
    free(f->list);
    free(f);
}

void sgs_known_free(struct sgs_known *k)
{
    void *value = NULL;
    if (!k) {
        return;
    }
    for (size_t cursor = 0; sgs_map_next(k->conns, &cursor, NULL, &value);) {
        free_conn(value);
    }
    for (size_t cursor = 0; sgs_map_next(k->names, &cursor, NULL, &value);) {
        free_name(value);
    }
    for (size_t cursor = 0; sgs_map_next(k->roles, &cursor, NULL, &value);) {
        free(value);
    }
    for (size_t cursor = 0; sgs_map_next(k->clients, &cursor, NULL, &value);) {
        free(value);
    }
    for (size_t cursor = 0; sgs_map_next(k->told, &cursor, NULL, &value);) {
        free(value);
    }
    sgs_map_free(k->told);
    sgs_map_free(k->clients);
    sgs_map_free(k->conns);
    sgs_map_free(k->names);
    sgs_map_free(k->roles);
    free(k);
}

static struct sgs_slice copy_of(struct sgs_slice s)
{
    uint8_t *copy = s.len ? sgs_xmalloc(s.len) : NULL;
    if (copy) {
        memcpy(copy, s.ptr, s.len);
    }
    return sgs_slice(copy, s.len);
}

/* conversations */

struct sgs_known_conn *sgs_known_conn_by(struct sgs_known *k, struct sgs_conn_id id)
{
    struct sgs_slice key = sgs_slice(&id, sizeof id);
    struct sgs_known_conn *c = sgs_map_get(k->conns, key);
    if (!c) {
        c = sgs_xcalloc(1, sizeof *c);
        c->hello_at = c->host_at = c->user_at = c->named_at = SGS_TIME_NONE;
        c->message_at = c->session_at = c->ended_at = c->gap_at = SGS_TIME_NONE;
        (void)sgs_map_put(k->conns, key, c);
    }
    return c;
}

struct sgs_known_conn *sgs_known_conn(struct sgs_known *k, const struct sgs_event *ev)
{
    return sgs_known_conn_by(k, sgs_conn_id(ev));
}

static struct sgs_known_conn *conn_at(const struct sgs_known *k, const struct sgs_event *ev)
{
    struct sgs_conn_id id = sgs_conn_id(ev);
    return sgs_map_get(k->conns, sgs_slice(&id, sizeof id));
}

void sgs_known_blind(struct sgs_known *k, const struct sgs_event *ev)
{
    if (ev->kind == SGS_K_TCP_JOINED) {
        sgs_known_conn(k, ev)->is_joined = true;
    } else if (ev->kind == SGS_K_NET_GAP) {
        struct sgs_known_conn *c = sgs_known_conn(k, ev);
        c->gap_at = ev->origin.time_last > c->gap_at ? ev->origin.time_last : c->gap_at;
    }
}

void sgs_known_use(struct sgs_known *k, const struct sgs_event *ev)
{
    struct sgs_known_conn *c = conn_at(k, ev);
    if (c) {
        c->is_used = true;
    }
}

void sgs_known_first(sgs_time *at, sgs_time t)
{
    *at = *at == SGS_TIME_NONE || t < *at ? t : *at;
}

void sgs_known_first_text(struct sgs_slice *text, sgs_time *at, struct sgs_slice value, sgs_time t)
{
    if (*at != SGS_TIME_NONE && *at <= t) {
        return;
    }
    free((void *)(uintptr_t)text->ptr);
    *text = copy_of(value);
    *at = t;
}

/* names of addresses */

#define NAME_KEY_LEN (2 * SGS_ADDR_TEXT_LEN)

static struct sgs_slice name_key(char text[NAME_KEY_LEN], const struct sgs_addr *client,
                                 struct sgs_slice ip)
{
    char host[SGS_ADDR_TEXT_LEN];
    sgs_addr_host(client, host);
    int n = snprintf(text, NAME_KEY_LEN, "%s>%.*s", host, (int)ip.len, (const char *)ip.ptr);
    return sgs_slice(text, n > 0 ? (size_t)n : 0);
}

/* Entries of t or before. */
static size_t names_until(const struct name_fact *f, sgs_time t)
{
    size_t n = f->n;
    while (n > 0 && f->list[n - 1].at > t) {
        n--;
    }
    return n;
}

static void forget_names(struct name_fact *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free((void *)(uintptr_t)f->list[i].text.ptr);
    }
    f->n -= n;
    memmove(f->list, f->list + n, f->n * sizeof *f->list);
}

static void insert_name(struct name_fact *f, size_t at, struct sgs_slice name, sgs_time t)
{
    if (f->n == f->room) {
        f->room = f->room ? 2 * f->room : 1;
        f->list = sgs_xrealloc(f->list, f->room, sizeof *f->list);
    }
    memmove(f->list + at + 1, f->list + at, (f->n - at) * sizeof *f->list);
    f->list[at] = (struct name){copy_of(name), t};
    f->n++;
    if (f->n > HISTORY) {
        forget_names(f, 1);
    }
}

void sgs_known_tell(struct sgs_known *k, const struct sgs_addr *client, struct sgs_slice ip,
                    sgs_time t)
{
    struct told_fact *f = sgs_map_get(k->told, ip);
    if (!f) {
        f = sgs_xmalloc(sizeof *f);
        *f = (struct told_fact){*client, t, SGS_TIME_NONE};
        (void)sgs_map_put(k->told, ip, f);
    } else if (sgs_addr_same_host(&f->client, client)) {
        sgs_known_first(&f->at, t);
    } else if (t < f->at) {
        sgs_known_first(&f->other_at, f->at);
        f->client = *client;
        f->at = t;
    } else {
        sgs_known_first(&f->other_at, t);
    }
}

bool sgs_known_told(const struct sgs_known *k, struct sgs_slice ip, sgs_time t,
                    struct sgs_addr *client)
{
    const struct told_fact *f = sgs_map_get(k->told, ip);
    bool is_one = f && f->at <= t && (f->other_at == SGS_TIME_NONE || f->other_at > t);
    if (is_one) {
        *client = f->client;
        client->port = 0;
    }
    return is_one;
}

void sgs_known_name(struct sgs_known *k, const struct sgs_addr *client, struct sgs_slice ip,
                    struct sgs_slice name, sgs_time t)
{
    char text[NAME_KEY_LEN];
    struct sgs_slice key = name_key(text, client, ip);
    struct name_fact *f = sgs_map_get(k->names, key);
    if (name.len == 0) {
        return;
    }
    size_t at = f ? names_until(f, t) : 0;
    if (at > 0 && sgs_slice_eq(f->list[at - 1].text, name)) {
        return;
    }
    f = f ? sgs_map_del(k->names, key) : sgs_xcalloc(1, sizeof *f);
    insert_name(f, at, name, t);
    (void)sgs_map_put(k->names, key, f); /* comes last: what was not named for long goes first */
}

struct sgs_slice sgs_known_name_of(const struct sgs_known *k, const struct sgs_addr *client,
                                   struct sgs_slice ip, sgs_time t)
{
    char text[NAME_KEY_LEN];
    const struct name_fact *f = sgs_map_get(k->names, name_key(text, client, ip));
    size_t n = f ? names_until(f, t) : 0;
    return n > 0 ? f->list[n - 1].text : (struct sgs_slice){NULL, 0};
}

/* roles of hosts */

void sgs_known_role(struct sgs_known *k, struct sgs_slice host, enum sgs_host_role role,
                    enum sgs_known_by by, sgs_time t)
{
    if (host.len == 0) {
        return;
    }
    struct role_fact *f = sgs_map_get(k->roles, host);
    if (!f) {
        f = sgs_xcalloc(1, sizeof *f);
        (void)sgs_map_put(k->roles, host, f);
    }
    if (f->by[by].role == SGS_HOST_NONE || t < f->by[by].at) {
        f->by[by].role = role;
        f->by[by].at = t;
    }
}

enum sgs_host_role sgs_known_role_of(const struct sgs_known *k, struct sgs_slice host, sgs_time t)
{
    const struct role_fact *f = sgs_map_get(k->roles, host);
    for (size_t i = 0; f && i < SGS_N_KNOWN_BY; i++) {
        if (f->by[i].role != SGS_HOST_NONE && f->by[i].at <= sgs_time_later(t, SGS_HINDSIGHT)) {
            return f->by[i].role;
        }
    }
    return SGS_HOST_NONE;
}

static bool is_of_discovery(struct sgs_slice name)
{
    static const char *const heads[] = {"lyncdiscover.", "lyncdiscoverinternal.", "_sip._tls.",
                                        "_sipinternaltls._tcp.", "_sipinternal._tcp."};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        if (sgs_slice_istarts(name, sgs_slice_str(heads[i]))) {
            return true;
        }
    }
    return false;
}

void sgs_known_answer(struct sgs_known *k, const struct sgs_addr *client, struct sgs_slice name,
                      sgs_time t)
{
    struct sgs_slice key = sgs_slice(client->ip, client->len);
    struct sgs_known_client *c = sgs_map_get(k->clients, key);
    if (!c) {
        c = sgs_xmalloc(sizeof *c);
        *c = (struct sgs_known_client){SGS_TIME_NONE, SGS_TIME_NONE};
        (void)sgs_map_put(k->clients, key, c);
    }
    sgs_known_first(&c->named_at, t);
    if (is_of_discovery(name)) {
        sgs_known_first(&c->discovered_at, t);
    }
}

struct sgs_known_client sgs_known_client_of(const struct sgs_known *k,
                                            const struct sgs_addr *client)
{
    const struct sgs_known_client *c = sgs_map_get(k->clients, sgs_slice(client->ip, client->len));
    return c ? *c : (struct sgs_known_client){SGS_TIME_NONE, SGS_TIME_NONE};
}

/* The oldest entry, taken out, when there are more than cap. */
static void *surplus(struct sgs_map *m, size_t cap)
{
    struct sgs_slice key;
    size_t cursor = 0;
    if (sgs_map_len(m) <= cap || !sgs_map_next(m, &cursor, &key, NULL)) {
        return NULL;
    }
    return sgs_map_del(m, key);
}

static void set_used(struct sgs_known *k, const struct sgs_event *const *events,
                     const bool *is_kept, size_t n, bool is_used)
{
    for (size_t i = 0; i < n; i++) {
        struct sgs_known_conn *c = is_kept[i] ? conn_at(k, events[i]) : NULL;
        if (c) {
            c->is_used = is_used;
        }
    }
}

void sgs_known_release(struct sgs_known *k, const struct sgs_event *const *events,
                       const bool *is_kept, size_t n, sgs_time floor)
{
    set_used(k, events, is_kept, n, true);
    for (size_t i = 0; i < n; i++) {
        struct sgs_known_conn *c = is_kept[i] ? NULL : conn_at(k, events[i]);
        bool is_over = c && (events[i]->transport != SGS_TCP ||
                             (c->ended_at != SGS_TIME_NONE && c->ended_at < floor));
        if (is_over && !c->is_used) {
            struct sgs_conn_id id = sgs_conn_id(events[i]);
            (void)sgs_map_del(k->conns, sgs_slice(&id, sizeof id));
            free_conn(c);
        }
    }
    set_used(k, events, is_kept, n, false);
}

void sgs_known_prune(struct sgs_known *k, sgs_time floor)
{
    void *value = NULL;
    for (size_t cursor = 0; sgs_map_next(k->names, &cursor, NULL, &value);) {
        struct name_fact *f = value;
        size_t n = names_until(f, floor);
        forget_names(f, n > 1 ? n - 1 : 0);
    }
    while ((value = surplus(k->conns, SGS_MAX_CONNS))) {
        free_conn(value);
    }
    while ((value = surplus(k->names, SGS_MAX_KNOWN_NAMES))) {
        free_name(value);
    }
    while ((value = surplus(k->roles, SGS_MAX_KNOWN_HOSTS))) {
        free(value);
    }
    while ((value = surplus(k->told, SGS_MAX_KNOWN_NAMES))) {
        free(value);
    }
    while ((value = surplus(k->clients, SGS_MAX_KNOWN_CLIENTS))) {
        free(value);
    }
}
