/* The commands of the network: hosts, certificates, names, connections, messages, damage. */
#include <stdlib.h>
#include <string.h>

#include "dns.h"
#include "dsk.h"
#include "kerberos.h"
#include "message.h"
#include "ntlm.h"
#include "scenario.h"
#include "text.h"

#define BULK_STEP 65536u

static const char *plain_option(struct mk_args *a, const char *name)
{
    const char *value = mk_opt(a, name, NULL);

    return value && strcmp(value, "none") != 0 ? value : NULL;
}

static int64_t moment(const struct mk_scenario *s, const char *text)
{
    return *text == '+' ? s->clock + mk_span(text + 1) : mk_time_parse(text);
}

static void do_clock(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    const char *time = mk_arg(a, 1);

    if (!s->clock) { /* the first one counts: scenarios that are included have their own */
        t->now = s->clock = mk_time_parse(time);
    }
}

static void do_seed(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    mk_number(mk_arg(a, 1)); /* it was read before all else */
}

static void do_host(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_host *h = mk_host_new(&s->world, mk_arg(a, 1), !strcmp(a->words[0], "client"));
    char *addresses = mk_copy(mk_arg(a, 2));
    char *comma = strchr(addresses, ',');
    const char *rtt = mk_opt(a, "rtt", NULL);

    if (comma) {
        *comma = 0;
        h->addr[1] = mk_addr_parse(comma + 1);
    }
    h->addr[0] = mk_addr_parse(addresses);
    free(addresses);
    if (rtt) {
        h->rtt = mk_span(rtt);
    }
    if (!strcmp(h->name, "dns") || (!s->resolver && strcmp(a->words[0], "client") != 0)) {
        s->resolver = h;
    }
}

static void do_cert(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_cert_plan plan = {.name = mk_arg(a, 1),
                                .subject = mk_opt(a, "subject", NULL),
                                .san = mk_opt(a, "san", NULL),
                                .issuer = plain_option(a, "issuer"),
                                .key = mk_opt(a, "key", NULL),
                                .crl = mk_opt(a, "crl", NULL),
                                .ocsp = mk_opt(a, "ocsp", NULL),
                                .aia = mk_opt(a, "aia", NULL),
                                .is_ca = mk_flag(a, "ca"),
                                .is_client = mk_flag(a, "user"),
                                .from = t->now + mk_span(mk_opt(a, "from", "-90d")),
                                .to = t->now + mk_span(mk_opt(a, "to", "275d"))};

    if (!plan.subject) {
        mk_fail("a certificate wants subject=");
    }
    plan.is_trusted = !mk_flag(a, "untrusted") && plan.is_ca && !plan.issuer;
    mk_pki_issue(&s->pki, &plan);
}

static void do_dns(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_dns_query q = {.client = mk_host_find(&s->world, mk_arg(a, 1)), .name = mk_arg(a, 2)};
    char types[32];
    const char *server = mk_opt(a, "server", NULL);
    const char *say[16];
    int64_t end = t->now;

    q.resolver = server ? mk_host_find(&s->world, server) : s->resolver;
    q.think = mk_span(mk_opt(a, "after", "1ms"));
    q.ttl = (uint32_t)mk_number(mk_opt(a, "ttl", "300"));
    q.tries = (unsigned)mk_number(mk_opt(a, "tries", "3"));
    snprintf(types, sizeof types, "%s", mk_arg(a, 3));
    for (size_t i = 4; i < a->n && q.n_say < 16; i++) {
        if (!a->is_used[i]) {
            say[q.n_say++] = mk_arg(a, i);
        }
    }
    q.say = say;
    if (!q.n_say || !q.resolver) {
        mk_fail("dns CLIENT NAME TYPE[,TYPE] ANSWER... and a server");
    }
    t->now += mk_span(mk_opt(a, "wait", "300us"));
    for (char *type = types; *type;) { /* one behind the other, without waiting for the answer */
        const size_t n = strcspn(type, ",");
        const bool is_last = !type[n];
        int64_t now = t->now;

        type[n] = 0;
        q.type = mk_dns_type(type);
        mk_dns(&s->world, &now, &q);
        end = now > end ? now : end;
        t->now += is_last ? 0 : 90 * MK_US;
        type += n + (is_last ? 0 : 1);
    }
    t->now = end;
}

static struct mk_conn *conn(const struct mk_scenario *s, const struct mk_thread *t,
                            const char *name)
{
    for (struct mk_conn *c = s->world.conns; c; c = c->next) {
        if (c->owner == t && !strcmp(c->name, name)) {
            return c;
        }
    }
    mk_fail("no connection is called \"%s\"", name);
}

static void forget(struct mk_scenario *s, struct mk_conn *c)
{
    if (c->tls && c->tls->is_open) {
        mk_tls_save(&s->tls, c->tls);
    }
    mk_tcp_free(&s->world, c);
}

static void do_connect(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    static const struct {
        const char *word;
        enum mk_fate fate;
    } fates[] = {
        {"refused",     MK_REFUSED    },
        {"silent",      MK_SILENT     },
        {"unreachable", MK_UNREACHABLE},
    };
    const char *name = mk_arg(a, 1);
    struct mk_host *client = mk_host_find(&s->world, mk_arg(a, 2));
    char *server = mk_copy(mk_arg(a, 3));
    char *port = strrchr(server, ':');
    enum mk_fate fate = MK_OPENS;

    for (size_t i = 0; i < sizeof fates / sizeof *fates; i++) {
        fate = mk_flag(a, fates[i].word) ? fates[i].fate : fate;
    }
    if (!port) {
        mk_fail("connect NAME CLIENT SERVER:PORT");
    }
    *port = 0;
    struct mk_host *host = mk_host_find(&s->world, server);
    const char *family = mk_opt(a, "family", NULL);
    const char *source = mk_opt(a, "port", NULL);
    if (source) {
        client->next_port = (uint16_t)mk_number(source);
    }
    t->now += mk_span(mk_opt(a, "wait", "400us"));
    struct mk_conn *c = mk_tcp_open(&s->world, &t->now, client, host, (unsigned)mk_number(port + 1),
                                    family ? (unsigned)mk_number(family) : host->addr[0].family,
                                    fate, (unsigned)mk_number(mk_opt(a, "tries", "0")));
    free(server);
    c->name = mk_copy(name);
    c->owner = t;
    char local[8];
    snprintf(local, sizeof local, "%u", c->port[MK_CLIENT]);
    mk_var_set(&t->vars, "local-port", local);
    if (c->is_gone) {
        forget(s, c);
    }
}

/* Options of tls and dsk alike. */
static struct mk_tls_plan tls_plan(struct mk_thread *t, struct mk_args *a)
{
    const char *version = mk_opt(a, "version", "1.2");
    const char *client = mk_opt(a, "client-version", "");
    const char *only = mk_opt(a, "server-version", NULL);
    const int both = mk_tls_version(version);
    const struct mk_tls_plan plan = {
        .cert = mk_opt(a, "cert", NULL),
        .client_cert = plain_option(a, "client-cert"),
        .ciphers = mk_opt(a, "ciphers", NULL),
        .suites = mk_opt(a, "suites", NULL),
        .save = mk_opt(a, "save", NULL),
        .resume = plain_option(a, "resume"),
        .client_min = *client                 ? 0
                      : TLS1_2_VERSION < both ? TLS1_2_VERSION
                                              : both,
        .client_max = *client ? mk_tls_version(client) : both,
        .server_min = only ? mk_tls_version(only) : 0,
        .server_max = only ? mk_tls_version(only) : both,
        .time = t->now,
    };

    if (!plan.cert && !plan.resume) {
        mk_fail("\"%s\" wants cert=", a->words[0]);
    }
    return plan;
}

/* The flights of a handshake until both ends are done or one gives up. */
static void flights(struct mk_scenario *s, struct mk_thread *t, struct mk_conn *c, int64_t think,
                    bool is_quiet)
{
    struct mk_buf in = {0}, out = {0};
    unsigned side = MK_CLIENT;

    for (;;) {
        out.len = 0;
        const bool was_open = c->tls->is_open;
        mk_tls_handshake(c->tls, side, &in, &out);
        if (c->tls->is_broken && is_quiet) {
            out.len = 0;
        }
        if (!out.len) {
            break;
        }
        if (side == MK_SERVER && c->tls->is_open && !was_open &&
            SSL_version(c->tls->end[0]) == TLS1_3_VERSION) {
            mk_buf_add(&c->held, out.ptr, out.len); /* tickets go with the first answer */
        } else {
            t->now = side ? mk_tcp_answer_time(c, t->now, think) : t->now + 350 * MK_US;
            t->now = mk_tcp_send(&s->world, c, side, out.ptr, out.len, t->now);
        }
        if (c->tls->is_broken) {
            break;
        }
        in.len = 0;
        mk_buf_add(&in, out.ptr, out.len);
        side = !side;
    }
    mk_buf_free(&in);
    mk_buf_free(&out);
}

static void do_tls(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_conn *c = conn(s, t, mk_arg(a, 1));
    struct mk_tls_plan plan = tls_plan(t, a);
    const bool fails = mk_flag(a, "fails");
    const char *end = mk_opt(a, "end", "fin");
    const int64_t think = mk_span(mk_opt(a, "after", "3ms"));
    const bool is_quiet = mk_flag(a, "quiet");
    const int64_t ponder = mk_span(mk_opt(a, "ponder", "200us"));

    plan.sni = plain_option(a, "sni");
    plan.verify = mk_flag(a, "any-name") ? NULL : mk_opt(a, "verify", plan.sni);
    plan.alpn = plain_option(a, "alpn");
    plan.alpn_answer = plain_option(a, "alpn-answer");
    plan.needs_cert = mk_flag(a, "needs-cert");
    plan.asks_cert = mk_flag(a, "asks-cert") || plan.needs_cert;
    c->reset_ttl = (unsigned)mk_number(mk_opt(a, "ttl", "0"));
    c->tls = mk_tls_new(&s->tls, &plan);
    flights(s, t, c, think, is_quiet);
    if (c->tls->is_open == fails) {
        mk_fail("the handshake %s: %s", fails ? "does not fail" : "fails",
                c->tls->why ? c->tls->why : "");
    }
    if (fails) {
        const unsigned closer = mk_flag(a, "server-closes") ? MK_SERVER : c->tls->breaker;

        t->now = closer ? mk_tcp_answer_time(c, t->now, 0) : t->now + ponder;
        t->now = strcmp(end, "rst") ? mk_tcp_close(&s->world, c, closer, t->now)
                                    : mk_tcp_reset(&s->world, c, closer, t->now);
        forget(s, c);
    }
}

/* What the side sends instead of octets: the packets of SIP compression. */
static void compress(struct mk_conn *c, unsigned side, const uint8_t *octets, size_t n,
                     struct mk_buf *out)
{
    struct mk_lz77 *z = &c->lz77[side];
    const size_t max = mk_lz77_max(z);

    for (size_t i = 0; i < n; i += max) {
        const size_t len = n - i < max ? n - i : max;
        uint8_t *packet = mk_alloc(len + MK_LZ77_HEADER + 8);

        mk_buf_add(out, packet, mk_lz77_packet(z, octets + i, len, c->n_plain[side] > 0, packet));
        c->n_plain[side] -= c->n_plain[side] > 0;
        free(packet);
    }
}

/* Octets of a message on their way, compressed and sealed if the connection is. */
static void transmit(struct mk_scenario *s, struct mk_thread *t, struct mk_conn *c, unsigned side,
                     const void *octets, size_t n, int64_t think)
{
    struct mk_buf sealed = {0}, packets = {0};

    if (c->lz77) {
        compress(c, side, octets, n, &packets);
        octets = packets.ptr;
        n = packets.len;
    }
    if (side == MK_SERVER && c->held.len) {
        t->now = mk_tcp_answer_time(c, t->now, 0);
        t->now = mk_tcp_send(&s->world, c, side, c->held.ptr, c->held.len, t->now);
        c->held.len = 0;
    }
    t->now = side ? mk_tcp_answer_time(c, t->now, think) : t->now + think;
    if (c->tls) {
        mk_tls_write(c->tls, side, octets, n, &sealed);
    } else {
        mk_buf_add(&sealed, octets, n);
    }
    t->now = mk_tcp_send(&s->world, c, side, sealed.ptr, sealed.len, t->now);
    mk_buf_free(&sealed);
    mk_buf_free(&packets);
}

/* In several writes, with a pause between them. */
static void in_pieces(struct mk_scenario *s, struct mk_thread *t, struct mk_conn *c, unsigned side,
                      const struct mk_buf *message, size_t pieces, int64_t think)
{
    const size_t size = (message->len + pieces - 1) / pieces;

    for (size_t i = 0; i < message->len; i += size) {
        const size_t n = message->len - i < size ? message->len - i : size;

        transmit(s, t, c, side, message->ptr + i, n, i ? 2 * MK_MS : think);
    }
}

static void do_message(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    const unsigned side = strcmp(a->words[0], "ask") ? MK_SERVER : MK_CLIENT;
    struct mk_conn *c = conn(s, t, mk_arg(a, 1));
    const int64_t think = mk_span(mk_opt(a, "after", side ? "8ms" : "500us"));
    const size_t pieces = mk_number(mk_opt(a, "pieces", "1"));
    struct mk_buf b = {0};
    uint64_t bulk = 0;

    mk_message(s, t, a, side, &b, &bulk);
    in_pieces(s, t, c, side, &b, pieces ? pieces : 1, think);
    mk_buf_free(&b);
    t->bulk_conn = c;
    t->bulk_side = side;
    t->bulk_left = bulk;
}

void mk_bulk(struct mk_scenario *s, struct mk_thread *t)
{
    static uint8_t octets[BULK_STEP];
    const size_t n = t->bulk_left < BULK_STEP ? t->bulk_left : BULK_STEP;

    mk_rng_fill(&s->world.rng, octets, n);
    transmit(s, t, t->bulk_conn, t->bulk_side, octets, n, 100 * MK_US);
    t->bulk_left -= n;
}

static unsigned side_of(const char *word)
{
    if (strcmp(word, "client") != 0 && strcmp(word, "server") != 0) {
        mk_fail("\"%s\" is neither client nor server", word);
    }
    return strcmp(word, "client") ? MK_SERVER : MK_CLIENT;
}

static void do_octets(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_conn *c = conn(s, t, mk_arg(a, 1));
    const unsigned side = side_of(mk_arg(a, 2));
    struct mk_buf b = {0};

    mk_unescape(mk_arg(a, 3), &b);
    transmit(s, t, c, side, b.ptr, b.len, mk_span(mk_opt(a, "after", "1ms")));
    mk_buf_free(&b);
}

static void do_compress(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_conn *c = conn(s, t, mk_arg(a, 1));
    const char *coding = mk_arg(a, 2);
    const char *sizes = mk_opt(a, "sizes", "wire");
    const uint64_t n_plain = mk_number(mk_opt(a, "plain", "0"));

    if ((strcmp(coding, "LZ77-8K") != 0 && strcmp(coding, "LZ77-64K") != 0) || c->lz77 ||
        (strcmp(sizes, "wire") != 0 && strcmp(sizes, "plain") != 0)) {
        mk_fail("compress NAME LZ77-8K|LZ77-64K [plain=N] [sizes=wire|plain], once");
    }
    c->lz77 = mk_alloc(2 * sizeof *c->lz77);
    for (unsigned side = 0; side < 2; side++) {
        c->lz77[side].is_64k = !strcmp(coding, "LZ77-64K");
        c->lz77[side].counts_plain = !strcmp(sizes, "plain");
        c->n_plain[side] = n_plain;
    }
}

/* How a connection ends. */
struct mk_ending {
    unsigned side;
    bool is_reset;
    bool is_silent; /* no close_notify */
};

static void end_conn(struct mk_scenario *s, struct mk_thread *t, struct mk_conn *c,
                     const struct mk_ending *e)
{
    struct mk_buf b = {0};

    if (e->is_reset) {
        t->now = mk_tcp_reset(&s->world, c, e->side, t->now);
    } else {
        if (e->side == MK_SERVER) {
            t->now = mk_tcp_answer_time(c, t->now, 0);
        }
        if (c->tls && !e->is_silent) {
            mk_tls_shutdown(c->tls, e->side, &b);
            t->now = mk_tcp_send(&s->world, c, e->side, b.ptr, b.len, t->now) + 30 * MK_US;
        }
        t->now = mk_tcp_close(&s->world, c, e->side, t->now);
    }
    mk_buf_free(&b);
    forget(s, c);
}

/* Any connection of the thread; NULL: it has none. */
static struct mk_conn *any_conn(const struct mk_scenario *s, const struct mk_thread *t)
{
    struct mk_conn *c = s->world.conns;

    while (c && c->owner != t) {
        c = c->next;
    }
    return c;
}

static void do_close(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    const char *name = mk_arg(a, 1);
    const bool is_all = !strcmp(name, "*");
    struct mk_conn *c = is_all ? any_conn(s, t) : conn(s, t, name);
    const int64_t pause = mk_span(mk_opt(a, "after", "1ms"));
    const struct mk_ending e = {.side = side_of(mk_opt(a, "by", "client")),
                                .is_reset = !strcmp(a->words[0], "reset"),
                                .is_silent = mk_flag(a, "silently")};
    const unsigned ttl = (unsigned)mk_number(mk_opt(a, "ttl", "0"));

    while (c) {
        t->now += pause;
        c->reset_ttl = ttl;
        end_conn(s, t, c, &e);
        c = is_all ? any_conn(s, t) : NULL;
    }
}

static void do_dsk(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    const char *name = mk_arg(a, 1);
    struct mk_tls_plan plan = tls_plan(t, a);
    const bool is_logged = mk_flag(a, "logged");
    struct mk_tls_world quiet = s->tls;

    plan.asks_cert = true;
    plan.client_min = plan.server_min = 0;
    plan.verify = plain_option(a, "verify");
    quiet.keys = is_logged ? s->tls.keys : NULL; /* clients do not log what is inside of SIP */
    struct mk_sa *sa = mk_sa_dsk(name, &quiet, &plan);
    sa->next = s->associations;
    s->associations = sa;
}

static void do_ntlm(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_sa *sa = mk_alloc(sizeof *sa);
    const struct mk_ntlm_plan plan = {.user = mk_opt(a, "user", "ada"),
                                      .domain = mk_opt(a, "domain", "CONTOSO"),
                                      .password = mk_opt(a, "password", "Correct-Horse-7"),
                                      .workstation = mk_opt(a, "workstation", "PC-0117"),
                                      .server = mk_opt(a, "server", "FE01"),
                                      .dns_server = mk_opt(a, "dns-server", "fe01.contoso.com"),
                                      .dns_domain = mk_opt(a, "dns-domain", "contoso.com"),
                                      .is_datagram = mk_flag(a, "sip")};

    sa->name = mk_copy(mk_arg(a, 1));
    sa->ntlm = mk_ntlm_new(&plan, mk_rng_next(&s->world.rng));
    sa->next = s->associations;
    s->associations = sa;
}

/* Options of kdc and kerberos alike. */
static struct mk_krb_plan krb_plan(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    return (struct mk_krb_plan){.user = mk_opt(a, "user", "ada"),
                                .realm = mk_opt(a, "realm", "CONTOSO.COM"),
                                .service = mk_opt(a, "service", "krbtgt/CONTOSO.COM"),
                                .etypes = mk_opt(a, "etypes", "18,17,23"),
                                .error = (unsigned)mk_number(mk_opt(a, "error", "0")),
                                .has_preauth = mk_flag(a, "preauth"),
                                .now = t->now + mk_span(mk_opt(a, "skew", "0s")),
                                .seed = s->world.seed};
}

static void do_kerberos(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    const struct mk_krb_plan plan = krb_plan(s, t, a);
    struct mk_sa *sa = mk_alloc(sizeof *sa);

    sa->name = mk_copy(mk_arg(a, 1));
    sa->krb = mk_krb_new(&plan);
    sa->next = s->associations;
    s->associations = sa;
}

/* A length in front of the message, as over TCP (RFC 4120, 7.2.2). */
static void counted(struct mk_buf *message)
{
    struct mk_buf b = {0};

    mk_buf_be32(&b, (uint32_t)message->len);
    mk_buf_add(&b, message->ptr, message->len);
    mk_buf_free(message);
    *message = b;
}

/* One question to a KDC and its answer, over TCP or UDP as Windows asks: UDP only if it is small.
 */
static void do_kdc(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_host *client = mk_host_find(&s->world, mk_arg(a, 1));
    struct mk_host *server = mk_host_find(&s->world, mk_arg(a, 2));
    const bool is_udp = mk_flag(a, "udp");
    const int64_t think = mk_span(mk_opt(a, "after", "1ms"));
    struct mk_krb_plan p = krb_plan(s, t, a);
    struct mk_buf ask = {0}, say = {0};

    p.is_tgs = !strcmp(mk_arg(a, 3), "tgs");
    if (!p.is_tgs && strcmp(mk_arg(a, 3), "as") != 0) {
        mk_fail("kdc CLIENT SERVER as|tgs");
    }
    mk_krb_request(&p, &ask);
    mk_krb_answer(&p, &say);
    t->now += 300 * MK_US;
    if (is_udp) {
        const unsigned port = 49152 + mk_rng_below(&s->world.rng, 16000);

        mk_udp(&s->world, t->now, client, port, server, 88, client->addr[0].family, &ask);
        t->now += client->rtt + server->rtt + think;
        mk_udp(&s->world, t->now, server, 88, client, port, client->addr[0].family, &say);
    } else {
        struct mk_conn *c = mk_tcp_open(&s->world, &t->now, client, server, 88,
                                        client->addr[0].family, MK_OPENS, 1);

        c->name = mk_copy("kdc");
        c->owner = t;
        counted(&ask);
        counted(&say);
        transmit(s, t, c, MK_CLIENT, ask.ptr, ask.len, 100 * MK_US);
        transmit(s, t, c, MK_SERVER, say.ptr, say.len, think);
        t->now = mk_tcp_close(&s->world, c, MK_CLIENT, t->now + 100 * MK_US);
        forget(s, c);
    }
    mk_buf_free(&ask);
    mk_buf_free(&say);
}

static void do_loss(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_conn *c = conn(s, t, mk_arg(a, 1));
    const unsigned side = side_of(mk_arg(a, 2));
    const uint64_t n = mk_number(mk_arg(a, 3));

    c->loss[side] = (struct mk_loss){(unsigned)n, !strcmp(a->words[0], "drop")};
}

static void do_snaplen(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    if (!s->world.is_new) {
        mk_fail("snaplen belongs before the first frame");
    }
    s->world.snaplen = (uint32_t)mk_number(mk_arg(a, 1));
}

static void do_keys(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    if (strcmp(mk_arg(a, 1), "none") != 0) {
        mk_fail("keys none");
    }
    s->tls.keys = NULL;
}

static void do_window(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_world *w = &s->world;

    if (!strcmp(a->words[0], "start-here")) {
        mk_world_flush(w, t->now);
        w->spool_start = ftell(w->spool);
        w->start = t->now;
    } else if (!strcmp(a->words[0], "stop-here")) {
        w->stop = t->now;
    } else if (!strcmp(a->words[0], "start-at")) {
        w->start = moment(s, mk_arg(a, 1));
    } else {
        w->stop = moment(s, mk_arg(a, 1));
    }
}

static void do_udp(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_host *from = mk_host_find(&s->world, mk_arg(a, 1));
    struct mk_host *to = mk_host_find(&s->world, mk_arg(a, 2));
    struct mk_buf b = {0};

    t->now += mk_span(mk_opt(a, "after", "0s"));
    mk_unescape(mk_opt(a, "text", "x"), &b);
    mk_udp(&s->world, t->now, from, (unsigned)mk_number(mk_opt(a, "from", "50000")), to,
           (unsigned)mk_number(mk_opt(a, "to", "3478")), from->addr[0].family, &b);
    mk_buf_free(&b);
}

bool mk_command(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    static const struct {
        const char *name;
        void (*run)(struct mk_scenario *, struct mk_thread *, struct mk_args *);
    } commands[] = {
        {"clock",      do_clock   },
        {"seed",       do_seed    },
        {"client",     do_host    },
        {"server",     do_host    },
        {"cert",       do_cert    },
        {"dns",        do_dns     },
        {"connect",    do_connect },
        {"tls",        do_tls     },
        {"ask",        do_message },
        {"reply",      do_message },
        {"octets",     do_octets  },
        {"compress",   do_compress},
        {"close",      do_close   },
        {"reset",      do_close   },
        {"dsk",        do_dsk     },
        {"ntlm",       do_ntlm    },
        {"kerberos",   do_kerberos},
        {"kdc",        do_kdc     },
        {"lose",       do_loss    },
        {"drop",       do_loss    },
        {"snaplen",    do_snaplen },
        {"keys",       do_keys    },
        {"start-here", do_window  },
        {"stop-here",  do_window  },
        {"start-at",   do_window  },
        {"stop-at",    do_window  },
        {"udp",        do_udp     },
    };

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (!strcmp(commands[i].name, a->words[0])) {
            commands[i].run(s, t, a);
            return true;
        }
    }
    return false;
}
