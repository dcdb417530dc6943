/*
 * Noise: conversations of three kinds between one workstation and many hosts, each message with a
 * random one of them, its size chosen so that the mean length of frames comes out as asked for.
 */
#include "noise.h"

#include <stdlib.h>
#include <string.h>

#define CERT "noise"
#define MANY_ROUNDS 400u /* messages of a conversation before it ends and another begins */
#define LARGEST 5840u

enum kind { OPAQUE_TCP, SEALED_TLS, PLAIN_UDP, N_KINDS };

struct talk {
    enum kind kind;
    struct mk_host *server;
    struct mk_conn *conn; /* NULL: not open */
    unsigned udp_port;
    unsigned rounds; /* messages so far */
    int64_t free_at; /* when the last message is through */
};

struct mk_noise {
    struct mk_scenario *s;
    struct mk_tls_world tls; /* without a key log */
    struct mk_host *client;
    struct talk *talks;
    uint32_t n_talks;
    uint64_t frames;       /* to make */
    struct mk_tally tally; /* made so far */
    uint32_t mean;
    int64_t gap; /* ns a frame */
};

static struct mk_host *host(struct mk_scenario *s, const char *prefix, unsigned i)
{
    char name[32], address[48];

    snprintf(name, sizeof name, "noise-%s-%u", prefix, i);
    snprintf(address, sizeof address, "%s+%u",
             strcmp(prefix, "client") ? "203.0.113.1" : "192.0.2.200", i);
    struct mk_host *h = mk_host_new(&s->world, name, !strcmp(prefix, "client"));
    h->addr[0] = mk_addr_parse(address);
    return h;
}

struct mk_noise *mk_noise_new(struct mk_scenario *s, struct mk_args *a)
{
    struct mk_noise *n = mk_alloc(sizeof *n);

    n->s = s;
    n->tls = (struct mk_tls_world){.pki = &s->pki};
    n->frames = mk_number(mk_opt(a, "frames", "1000"));
    n->n_talks = (uint32_t)mk_number(mk_opt(a, "conns", "20"));
    n->mean = (uint32_t)mk_number(mk_opt(a, "mean", "600"));
    if (!n->frames || !n->n_talks) {
        mk_fail("noise wants frames and conns");
    }
    const char *over = mk_opt(a, "over", NULL);
    n->gap = over ? mk_span(over) / (int64_t)n->frames : 100 * MK_US;
    const char *client = mk_opt(a, "client", NULL);
    n->client = client ? mk_host_find(&s->world, client) : host(s, "client", 0);
    n->talks = mk_alloc(n->n_talks * sizeof *n->talks);
    for (uint32_t i = 0; i < n->n_talks; i++) {
        n->talks[i].kind = (enum kind)(i % N_KINDS);
        n->talks[i].server = i < 250 ? host(s, "server", i) : n->talks[i % 250].server;
    }
    mk_pki_issue(&s->pki, &(struct mk_cert_plan){.name = CERT,
                                                 .subject = "files.example.net",
                                                 .key = "ec:" CERT,
                                                 .from = s->clock - 86400 * MK_S,
                                                 .to = s->clock + 86400 * MK_S});
    return n;
}

static void drop(struct mk_noise *n, struct talk *t)
{
    mk_tcp_free(&n->s->world, t->conn);
    t->conn = NULL;
    t->rounds = 0;
}

static void begin(struct mk_noise *n, struct talk *t, int64_t now)
{
    struct mk_buf in = {0}, out = {0};

    t->conn =
        mk_tcp_open(&n->s->world, &now, n->client, t->server,
                    t->kind == SEALED_TLS ? 8443 : 9000 + t->server->ip_id % 100u, 4, MK_OPENS, 1);
    t->conn->tally = &n->tally;
    n->tally.frames += 3;
    n->tally.octets += 66 + 66 + 54;
    if (t->kind == SEALED_TLS) {
        t->conn->tls = mk_tls_new(
            &n->tls,
            &(struct mk_tls_plan){.sni = "files.example.net", .cert = CERT, .accepts_all = true});
        for (unsigned side = 0;; side = !side) {
            out.len = 0;
            mk_tls_handshake(t->conn->tls, side, &in, &out);
            if (!out.len) {
                break;
            }
            now = side ? mk_tcp_answer_time(t->conn, now, MK_MS) : now + 200 * MK_US;
            now = mk_tcp_send(&n->s->world, t->conn, side, out.ptr, out.len, now);
            in.len = 0;
            mk_buf_add(&in, out.ptr, out.len);
        }
    }
    t->free_at = now;
    mk_buf_free(&in);
    mk_buf_free(&out);
}

/* More when the frames so far are too short, less when they are too long. */
static uint32_t size(struct mk_noise *n)
{
    struct mk_rng *r = &n->s->world.rng;
    const bool is_short = n->tally.octets < n->tally.frames * n->mean;

    return 1 + mk_rng_below(r, is_short ? LARGEST : n->mean > 120 ? n->mean / 3 : 30);
}

static void send_tcp(struct mk_noise *n, struct talk *t, const uint8_t *octets, uint32_t len)
{
    const unsigned side = mk_rng_below(&n->s->world.rng, 2);
    struct mk_buf sealed = {0};
    int64_t at = side ? mk_tcp_answer_time(t->conn, t->free_at, MK_MS) : t->free_at + MK_MS;

    if (t->kind == SEALED_TLS) {
        mk_tls_write(t->conn->tls, side, octets, len, &sealed);
    } else {
        mk_buf_add(&sealed, octets, len);
    }
    t->free_at = mk_tcp_send(&n->s->world, t->conn, side, sealed.ptr, sealed.len, at);
    mk_buf_free(&sealed);
}

static void send_udp(struct mk_noise *n, struct talk *t, uint8_t *octets, uint32_t len, int64_t now)
{
    struct mk_rng *r = &n->s->world.rng;
    const bool is_up = mk_rng_below(r, 2);
    const struct mk_buf payload = {octets, 1 + len % 1400, 0};

    if (!t->udp_port) {
        t->udp_port = 49152 + mk_rng_below(r, 16000);
    }
    octets[0] = 0x40 | (octets[0] & 0x3f); /* neither STUN nor RTP */
    mk_udp(&n->s->world, now, is_up ? n->client : t->server, is_up ? t->udp_port : 33000,
           is_up ? t->server : n->client, is_up ? 33000 : t->udp_port, 4, &payload);
    n->tally.frames++;
    n->tally.octets += 14 + 20 + 8 + payload.len;
    t->free_at = now;
}

bool mk_noise_step(struct mk_noise *n, int64_t *now)
{
    static uint8_t octets[LARGEST + 8];
    struct mk_world *w = &n->s->world;
    struct talk *t = &n->talks[mk_rng_below(&w->rng, n->n_talks)];
    const uint64_t made = w->n_made;
    const uint32_t len = size(n);

    if (n->tally.frames >= n->frames) {
        return false;
    }
    mk_rng_fill(&w->rng, octets, len);
    if (t->free_at < *now) {
        t->free_at = *now;
    }
    if (t->kind == PLAIN_UDP) {
        send_udp(n, t, octets, len, *now);
    } else if (!t->conn) {
        begin(n, t, *now);
    } else if (++t->rounds == MANY_ROUNDS) {
        mk_tcp_close(w, t->conn, MK_CLIENT, mk_tcp_answer_time(t->conn, t->free_at, MK_MS));
        drop(n, t);
    } else {
        send_tcp(n, t, octets, len);
    }
    *now += n->gap * (int64_t)(w->n_made - made);
    return true;
}

void mk_noise_free(struct mk_noise *n)
{
    if (n) {
        for (uint32_t i = 0; i < n->n_talks; i++) {
            if (n->talks[i].conn) {
                n->talks[i].conn->tally = NULL; /* its last acknowledgments are still to come */
            }
        }
        free(n->talks);
        free(n);
    }
}
