/*
 * Four signs, each of which makes interception likely:
 *
 *   product     the issuer has the name of an inspecting device or program
 *   owners      an issuer that is no public authority stands for a name that Microsoft runs, and
 *               for one that belongs neither to Microsoft nor to the users' own domains
 *   microsoft   the same without the latter
 *   issuers     a host shows two issuers: one that is public or issues for others in its domain,
 *               and one that does neither
 *
 * The first is told at once, the others when the capture is over: what comes later may explain
 * them.  An enterprise may issue for its own hosts; that is why own domains are learned from SIP,
 * from who asks for tickets, and from NTLM and Kerberos.
 */
#include "engine/interception.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"
#include "engine/internal.h"

#define MAX_TEXT 255  /* octets of a host name, and of an issuer that are looked at */
#define MAX_DOMAINS 4 /* domains that one issuer is remembered for */
#define MAX_SHOWN 4   /* chains of one host that are remembered: with different issuers */
#define N_TOLD 16     /* issuers whose kind is remembered */

/* A text of ours with its length. */
#define ROW(text) {(const uint8_t *)(text), sizeof(text) - 1},

static const struct sgs_slice products[] = {
#define PRODUCT(text) ROW(text)
#define PUBLIC(text)
#define OWNED(domain)
#define SHARED(suffix)
#include "engine/interception.def"
#undef PRODUCT
#undef PUBLIC
#undef OWNED
#undef SHARED
};

static const struct sgs_slice publics[] = {
#define PRODUCT(text)
#define PUBLIC(text) ROW(text)
#define OWNED(domain)
#define SHARED(suffix)
#include "engine/interception.def"
#undef PRODUCT
#undef PUBLIC
#undef OWNED
#undef SHARED
};

static const struct sgs_slice owned[] = {
#define PRODUCT(text)
#define PUBLIC(text)
#define OWNED(domain) ROW(domain)
#define SHARED(suffix)
#include "engine/interception.def"
#undef PRODUCT
#undef PUBLIC
#undef OWNED
#undef SHARED
};

static const struct sgs_slice shared[] = {
#define PRODUCT(text)
#define PUBLIC(text)
#define OWNED(domain)
#define SHARED(suffix) ROW(suffix)
#include "engine/interception.def"
#undef PRODUCT
#undef PUBLIC
#undef OWNED
#undef SHARED
};

#define N(array) (sizeof(array) / sizeof *(array))

struct text {
    size_t len;
    uint8_t octets[MAX_TEXT];
};

/* A leaf as it was shown. */
struct leaf {
    uint64_t id; /* of its event; 0: none */
    struct sgs_conn_info info;
    struct sgs_origin origin;
    struct text host;   /* small letters */
    struct text issuer; /* of the leaf */
    bool is_product;
    bool is_public; /* some issuer of the chain is */
};

/* What a private issuer stands for, domain by domain. */
struct issuer {
    struct {
        struct text name;
        struct text host; /* the first one in it */
        uint64_t leaf;    /* that it showed; 0: the row is free */
        bool has_others;  /* hosts in it */
    } domains[MAX_DOMAINS];
    struct leaf *microsoft; /* the first one for a name of Microsoft's; ours */
};

struct host {
    struct leaf *shown[MAX_SHOWN]; /* the first one of each issuer; ours */
    size_t n;
};

/* What the name of an issuer says. */
enum issuer_kind { ISSUER_OTHER, ISSUER_PRODUCT, ISSUER_PUBLIC };

struct told {
    struct text issuer; /* empty: the row is free */
    enum issuer_kind kind;
};

struct sgs_interception {
    struct sgs_engine *engine;
    struct told told[N_TOLD]; /* the kinds of issuers asked for last: few issue for many */
    size_t next_told;         /* the row to be used next: that of the oldest */
    struct leaf last;         /* of the chain that is coming in */
    struct sgs_map *hosts;    /* name -> struct host */
    struct sgs_map *issuers;  /* name, if it is not public -> struct issuer */
    struct sgs_map *own;      /* domains of users -> themselves */
};

struct sgs_interception *sgs_interception_new(struct sgs_engine *e)
{
    struct sgs_interception *x = sgs_xcalloc(1, sizeof *x);

    x->engine = e;
    x->hosts = sgs_map_new();
    x->issuers = sgs_map_new();
    x->own = sgs_map_new();
    return x;
}

static void free_host(struct host *h)
{
    for (size_t i = 0; i < h->n; i++) {
        free(h->shown[i]);
    }
    free(h);
}

static void free_issuer(struct issuer *i)
{
    free(i->microsoft);
    free(i);
}

void sgs_interception_free(struct sgs_interception *x)
{
    void *value = NULL;

    if (!x) {
        return;
    }
    for (size_t cursor = 0; sgs_map_next(x->hosts, &cursor, NULL, &value);) {
        free_host(value);
    }
    for (size_t cursor = 0; sgs_map_next(x->issuers, &cursor, NULL, &value);) {
        free_issuer(value);
    }
    sgs_map_free(x->hosts);
    sgs_map_free(x->issuers);
    sgs_map_free(x->own);
    free(x);
}

/* texts */

static void set_lower(struct text *t, struct sgs_slice s)
{
    t->len = s.len < MAX_TEXT ? s.len : MAX_TEXT;
    for (size_t i = 0; i < t->len; i++) {
        uint8_t c = s.ptr[i];
        t->octets[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
    }
}

static struct sgs_slice slice_of(const struct text *t)
{
    return sgs_slice(t->octets, t->len);
}

static bool has_one(struct sgs_slice text, const struct sgs_slice *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (sgs_slice_ifind(text, list[i]) < text.len) {
            return true;
        }
    }
    return false;
}

static enum issuer_kind look_at(struct sgs_slice issuer)
{
    if (has_one(issuer, products, N(products))) {
        return ISSUER_PRODUCT;
    }
    return has_one(issuer, publics, N(publics)) ? ISSUER_PUBLIC : ISSUER_OTHER;
}

static enum issuer_kind kind_of(struct sgs_interception *x, struct sgs_slice issuer)
{
    for (size_t i = 0; i < N_TOLD; i++) {
        if (issuer.len > 0 && sgs_slice_eq(slice_of(&x->told[i].issuer), issuer)) {
            return x->told[i].kind;
        }
    }
    enum issuer_kind kind = look_at(issuer);
    if (issuer.len > 0 && issuer.len <= MAX_TEXT) {
        struct told *row = &x->told[x->next_told];
        x->next_told = (x->next_told + 1) % N_TOLD;
        row->issuer.len = issuer.len;
        memcpy(row->issuer.octets, issuer.ptr, issuer.len);
        row->kind = kind;
    }
    return kind;
}

/* True if s is one of them. */
static bool is_one(struct sgs_slice s, const struct sgs_slice *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (sgs_slice_ieq(s, list[i])) {
            return true;
        }
    }
    return false;
}

/* The last n labels. */
static struct sgs_slice last_labels(struct sgs_slice host, size_t n)
{
    size_t at = host.len;

    while (at > 0 && (host.ptr[at - 1] != '.' || --n > 0)) {
        at--;
    }
    return sgs_slice_from(host, at);
}

struct sgs_slice sgs_interception_domain(struct sgs_slice host)
{
    if (host.len > 0 && host.ptr[host.len - 1] == '.') {
        host.len--;
    }
    return last_labels(host, is_one(last_labels(host, 2), shared, N(shared)) ? 3 : 2);
}

static bool is_microsoft(struct sgs_slice host)
{
    return is_one(sgs_interception_domain(host), owned, N(owned));
}

/* telling */

static void tell(struct sgs_interception *x, const struct leaf *leaf, const char *why,
                 uint64_t other)
{
    struct sgs_draft *d =
        sgs_engine_event(x->engine, SGS_K_TLS_INTERCEPTION, &leaf->info, SGS_S2C, &leaf->origin);

    d->ev.trust = SGS_INFERRED;
    ev_text(d, SGS_F_NAME, slice_of(&leaf->host));
    ev_text(d, SGS_F_ISSUER, slice_of(&leaf->issuer));
    ev_str(d, SGS_F_WHY, why);
    ev_str(d, SGS_F_CONFIDENCE, "likely");
    ev_int(d, SGS_F_CERTIFICATE, leaf->id);
    if (other > 0) {
        ev_int(d, SGS_F_OTHER, other);
    }
    sgs_engine_emit(x->engine, d);
}

/* chains */

/* The entry under a name, made by new ones of size octets; NULL: there are too many. */
static void *entry(struct sgs_map *m, struct sgs_slice key, size_t size)
{
    void *value = sgs_map_get(m, key);

    if (!value && sgs_map_len(m) < SGS_MAX_INTERCEPTION_NAMES) {
        value = sgs_xcalloc(1, size);
        (void)sgs_map_put(m, key, value);
    }
    return value;
}

static struct leaf *copy_of(const struct leaf *leaf)
{
    struct leaf *copy = sgs_xmalloc(sizeof *copy);

    *copy = *leaf;
    return copy;
}

/* True: this issuer was not seen on the host before. */
static bool learn_host(struct sgs_interception *x, const struct leaf *leaf, uint64_t *other)
{
    struct host *h = entry(x->hosts, slice_of(&leaf->host), sizeof *h);

    for (size_t i = 0; h && i < h->n; i++) {
        if (sgs_slice_eq(slice_of(&h->shown[i]->issuer), slice_of(&leaf->issuer))) {
            return false;
        }
    }
    if (!h || h->n == MAX_SHOWN) {
        return false;
    }
    *other = h->n > 0 ? h->shown[0]->id : 0;
    h->shown[h->n++] = copy_of(leaf);
    return true;
}

static void learn_issuer(struct sgs_interception *x, const struct leaf *leaf)
{
    struct issuer *s = entry(x->issuers, slice_of(&leaf->issuer), sizeof *s);
    struct sgs_slice host = slice_of(&leaf->host), domain = sgs_interception_domain(host);
    size_t i = 0;

    if (!s) {
        return;
    }
    if (!s->microsoft && is_microsoft(host)) {
        s->microsoft = copy_of(leaf);
    }
    while (i < MAX_DOMAINS && s->domains[i].leaf > 0 &&
           !sgs_slice_eq(slice_of(&s->domains[i].name), domain)) {
        i++;
    }
    if (i < MAX_DOMAINS && s->domains[i].leaf == 0) {
        s->domains[i].leaf = leaf->id;
        s->domains[i].host = leaf->host;
        set_lower(&s->domains[i].name, domain);
    } else if (i < MAX_DOMAINS && !sgs_slice_eq(slice_of(&s->domains[i].host), host)) {
        s->domains[i].has_others = true;
    }
}

void sgs_interception_settle(struct sgs_interception *x)
{
    const struct leaf *leaf = &x->last;
    uint64_t other = 0;

    if (leaf->id == 0) {
        return;
    }
    if (!leaf->is_public) {
        learn_issuer(x, leaf);
    }
    if (learn_host(x, leaf, &other) && leaf->is_product) {
        tell(x, leaf, "product", other);
    }
    x->last.id = 0;
}

/* events */

static void see_leaf(struct sgs_interception *x, const struct sgs_event *ev)
{
    struct sgs_slice host = sgs_event_text(ev, SGS_F_NAME);
    struct sgs_slice issuer = sgs_event_text(ev, SGS_F_ISSUER);
    struct leaf *leaf = &x->last;
    bool is_own = sgs_slice_eq(sgs_event_text(ev, SGS_F_CHAIN), SGS_LIT("self-signed"));

    if (host.len == 0 || host.len > MAX_TEXT || issuer.len == 0 ||
        sgs_event_int(ev, SGS_F_NAME_MATCH, 0) == 0 || (is_own && !is_microsoft(host))) {
        return;
    }
    leaf->id = ev->id;
    leaf->info = (struct sgs_conn_info){.transport = ev->transport, .number = ev->conn};
    leaf->info.end[ev->dir] = ev->src;
    leaf->info.end[!ev->dir] = ev->dst;
    leaf->origin = ev->origin;
    set_lower(&leaf->host, host);
    leaf->issuer.len = issuer.len < MAX_TEXT ? issuer.len : MAX_TEXT;
    memcpy(leaf->issuer.octets, issuer.ptr, leaf->issuer.len);
    enum issuer_kind kind = kind_of(x, issuer);
    leaf->is_product = kind == ISSUER_PRODUCT;
    leaf->is_public = kind == ISSUER_PUBLIC;
}

static void see_certificate(struct sgs_interception *x, const struct sgs_event *ev)
{
    struct sgs_slice issuer = sgs_event_text(ev, SGS_F_ISSUER);

    if (!sgs_slice_eq(sgs_event_text(ev, SGS_F_SIDE), SGS_LIT("server"))) {
        return;
    }
    if (sgs_event_int(ev, SGS_F_POSITION, 0) == 0) {
        sgs_interception_settle(x);
        see_leaf(x, ev);
    } else if (x->last.id > 0 && x->last.info.number == ev->conn) {
        enum issuer_kind kind = kind_of(x, issuer);
        x->last.is_product |= kind == ISSUER_PRODUCT;
        x->last.is_public = !x->last.is_product && (x->last.is_public || kind == ISSUER_PUBLIC);
    }
}

static void learn_own(struct sgs_interception *x, struct sgs_slice name)
{
    struct sgs_slice domain = sgs_interception_domain(name);
    struct text key;

    if (domain.len > 0 && domain.len <= MAX_TEXT &&
        sgs_map_len(x->own) < SGS_MAX_INTERCEPTION_NAMES) {
        set_lower(&key, domain);
        (void)sgs_map_put(x->own, slice_of(&key), x);
    }
}

/* ada@contoso.com */
static void learn_user(struct sgs_interception *x, struct sgs_slice user)
{
    learn_own(x, sgs_slice_from(user, sgs_slice_chr(user, '@') + 1));
}

/* A domain of Active Directory, or a user's there: contoso.com or CONTOSO.  Microsoft has one for
 * users of its cloud, too. */
static void learn_directory(struct sgs_interception *x, struct sgs_slice name)
{
    if (sgs_slice_chr(name, '@') < name.len) {
        name = sgs_slice_from(name, sgs_slice_chr(name, '@') + 1);
    }
    if (sgs_slice_chr(name, '.') < name.len && !is_microsoft(name)) {
        learn_own(x, name);
    }
}

static bool is_of_directory(enum sgs_kind kind)
{
    return (kind >= SGS_K_NTLM_NEGOTIATE && kind <= SGS_K_NTLM_AUTHENTICATE) ||
           (kind >= SGS_K_KERBEROS_AS_REQ && kind <= SGS_K_KERBEROS_ERROR);
}

void sgs_interception_see(struct sgs_interception *x, const struct sgs_event *ev)
{
    static const enum sgs_field_id places[] = {SGS_F_USER, SGS_F_DOMAIN, SGS_F_REALM, SGS_F_CREALM};

    if (ev->kind == SGS_K_TLS_CERTIFICATE) {
        see_certificate(x, ev);
    } else if (ev->kind == SGS_K_SIP_REQUEST || ev->kind == SGS_K_SOAP_MESSAGE) {
        learn_user(x, sgs_event_text(ev, SGS_F_FROM));
        learn_user(x, sgs_event_text(ev, SGS_F_USER));
    } else if (is_of_directory(ev->kind)) {
        for (size_t i = 0; i < N(places); i++) {
            learn_directory(x, sgs_event_text(ev, places[i]));
        }
    }
}

/* the end */

static bool is_own(const struct sgs_interception *x, struct sgs_slice domain)
{
    return sgs_map_get(x->own, domain) != NULL;
}

/* Some chain of the host has a public issuer. */
static bool has_public(const struct sgs_interception *x, const struct text *host)
{
    const struct host *h = sgs_map_get(x->hosts, slice_of(host));

    for (size_t i = 0; h && i < h->n; i++) {
        if (h->shown[i]->is_public) {
            return true;
        }
    }
    return false;
}

static void judge_issuer(struct sgs_interception *x, const struct issuer *s)
{
    const struct leaf *leaf = s->microsoft;

    if (!leaf || is_own(x, sgs_interception_domain(slice_of(&leaf->host)))) {
        return;
    }
    for (size_t i = 0; i < MAX_DOMAINS && s->domains[i].leaf > 0; i++) {
        struct sgs_slice domain = slice_of(&s->domains[i].name);
        if (!is_one(domain, owned, N(owned)) && !is_own(x, domain)) {
            tell(x, leaf, "owners", s->domains[i].leaf);
            return;
        }
    }
    if (!leaf->is_product && !has_public(x, &leaf->host)) { /* else that is what is told */
        tell(x, leaf, "microsoft", 0);
    }
}

/* It issues for others, too: in the domain of the host, or in an own one. */
static bool is_enterprise(const struct sgs_interception *x, const struct leaf *leaf)
{
    const struct issuer *s = sgs_map_get(x->issuers, slice_of(&leaf->issuer));
    struct sgs_slice here = sgs_interception_domain(slice_of(&leaf->host));

    for (size_t i = 0; s && i < MAX_DOMAINS && s->domains[i].leaf > 0; i++) {
        struct sgs_slice domain = slice_of(&s->domains[i].name);
        bool is_here = sgs_slice_eq(domain, here);
        if (is_here ? s->domains[i].has_others : is_own(x, domain)) {
            return true;
        }
    }
    return false;
}

static void judge_host(struct sgs_interception *x, const struct host *h)
{
    const struct leaf *suspect = NULL, *good = NULL;

    for (size_t i = 0; i < h->n; i++) {
        const struct leaf *leaf = h->shown[i];
        bool is_good = leaf->is_public || (!leaf->is_product && is_enterprise(x, leaf));
        good = !good && is_good ? leaf : good;
        suspect = !suspect && !is_good ? leaf : suspect;
    }
    if (suspect && good) {
        tell(x, suspect, "issuers", good->id);
    }
}

void sgs_interception_finish(struct sgs_interception *x)
{
    void *value = NULL;

    sgs_interception_settle(x);
    for (size_t cursor = 0; sgs_map_next(x->issuers, &cursor, NULL, &value);) {
        judge_issuer(x, value);
    }
    for (size_t cursor = 0; sgs_map_next(x->hosts, &cursor, NULL, &value);) {
        judge_host(x, value);
    }
}
