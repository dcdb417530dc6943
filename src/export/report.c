/*
 * The TLS part of the report: one tls.session event a connection tells its end, its ClientHello
 * told the name asked for.  What would open a closed connection is a row of a table.
 */
#include "export/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>

#include "base/map.h"
#include "base/mem.h"

/* Of each end: what gives its keys. */
#define KEY_LOG_RECIPE                                                                             \
    "client: start it with SSLKEYLOGFILE set to a file name, if it heeds that (Firefox, Chrome, "  \
    "curl, GnuTLS; Windows Schannel, thus Lync and Skype for Business themselves, does not); "     \
    "proxy: lead the client through one that writes a key log (mitmproxy with SSLKEYLOGFILE); "    \
    "server: the key log of a load balancer in front (HAProxy: tune.ssl.keylog), or its private "  \
    "key if all key exchange is RSA; then capture again and give the file with -k"

const struct sgs_tls_reason sgs_tls_reasons[] = {
    {"no-key",              "no key",                          KEY_LOG_RECIPE                                },
    {"no-key-entries",      "no entry in the key log",
     "the key log is empty or of another kind: check that the client wrote to it (lines begin with "
     "CLIENT_RANDOM or CLIENT_HANDSHAKE_TRAFFIC_SECRET), then give it again with -k"                         },
    {"key-line-damaged",    "key line damaged",
     "copy the key log again in binary form and whole; its line for this connection cannot be "
     "read"                                                                                                  },
    {"key-one-direction",   "key for one direction only",
     "the key log lacks one of the two secrets of TLS 1.3: copy it again after the client has "
     "ended"                                                                                                 },
    {"no-traffic-secret",   "key of the handshake only",
     "the key log lacks CLIENT_TRAFFIC_SECRET_0 and SERVER_TRAFFIC_SECRET_0 of this connection: "
     "copy "
     "it again after the client has ended"                                                                   },
    {"no-early-secret",     "no key for the early data",
     "the key log lacks CLIENT_EARLY_TRAFFIC_SECRET of this connection: take a client that writes "
     "it, or turn early data (0-RTT) off"                                                                    },
    {"record-damaged",      "record damaged",
     "octets were changed on the way or by the capture: capture at another place, without "
     "offloading by the network card"                                                                        },
    {"cut-end",             "cut at the end of the capture",   "let the capture run until the client is done"},
    {"hold-limit",          "key came too late",
     "too much waited for its keys: give --hold a larger size, or write the capture to a file and "
     "read it together with the complete key log"                                                            },
    {"no-client-hello",     "no ClientHello",
     "start the capture before the client connects: its first octets name the key"                           },
    {"late-start",          "late start",
     "start the capture before the client connects, then sign in again"                                      },
    {"gap",                 "cut by a gap",
     "frames are missing: capture on the client itself or with a larger buffer (-B)"                         },
    {"snaplen",             "cut by the snap length",          "capture whole frames: -s 0"                  },
    {"cipher-unsupported",  "cipher not supported",
     "have client or server offer AES-GCM, AES-CBC or ChaCha20 suites"                                       },
    {"version-unsupported", "version not supported",
     "SSL, or a version that is not known: turn on TLS 1.2 in client and server, then capture "
     "again"                                                                                                 },
    {"resumed-unknown",     "session from before the capture",
     "it resumes a session that began before the capture, and the key log has no line of its own "
     "for "
     "it: end the client, start the capture, start the client with its key log"                              },
    {"wrong-key",           "key does not fit",
     "the key log names this connection, but with another secret: take the key log that was "
     "written while this capture ran"                                                                        },
    {"key-unusable",        "server key of no use",
     "with (EC)DHE and TLS 1.3 a key of the server opens nothing: give a key log"                            },
    {"key-pending",         "key not yet there",
     "give the key log again when the client has written it, or read the capture from a file"                },
    {"ech",                 "encrypted ClientHello",
     "turn Encrypted ClientHello off in the client, or give a key log with its ECH secrets"                  },
    {"no-application-data", "nothing inside",
     "nothing to open: the connection ended before it carried data"                                          },
};

const size_t sgs_n_tls_reasons = sizeof sgs_tls_reasons / sizeof *sgs_tls_reasons;

const struct sgs_tls_reason *sgs_tls_reason_find(struct sgs_slice reason)
{
    for (size_t i = 0; i < sgs_n_tls_reasons; i++) {
        if (sgs_slice_eq(reason, sgs_slice_str(sgs_tls_reasons[i].reason))) {
            return &sgs_tls_reasons[i];
        }
    }
    return NULL;
}

const struct sgs_attempt *sgs_report_attempt(const struct sgs_report *r, size_t i)
{
    size_t at = r->chosen ? r->chosen[i] : i;

    return r->attempts ? &r->attempts[at] : sgs_store_get(r->store, at);
}

enum sgs_outcome sgs_report_outcome(const struct sgs_report *r, size_t i)
{
    size_t at = r->chosen ? r->chosen[i] : i;

    return r->attempts ? r->attempts[at].outcome : sgs_store_outcome(r->store, at);
}

bool sgs_conn_text(enum sgs_transport transport, uint32_t conn, char out[SGS_CONN_TEXT_LEN])
{
    const char *name = transport == SGS_TCP ? "tcp" : "udp";

    out[0] = '\0';
    if (transport == SGS_NO_TRANSPORT) {
        return false;
    }
    (void)snprintf(out, SGS_CONN_TEXT_LEN, "%s%u", name, conn);
    return true;
}

/* A connection that was not wholly opened, as it is kept. */
struct closed {
    struct sgs_report_tls row;
    char *sni; /* ours; NULL when not known */
};

struct sgs_report_builder {
    struct sgs_map *names; /* connection number → name asked for, ours, until its session ends */
    struct closed *closed;
    size_t n_closed;
    struct sgs_report_tls *rows; /* what finish shows */
    uint64_t connections;
    uint64_t decrypted;
};

struct sgs_report_builder *sgs_report_builder_new(void)
{
    struct sgs_report_builder *b = sgs_xcalloc(1, sizeof *b);

    b->names = sgs_map_new();
    return b;
}

void sgs_report_builder_free(struct sgs_report_builder *b)
{
    size_t cursor = 0;
    void *name = NULL;

    if (!b) {
        return;
    }
    while (sgs_map_next(b->names, &cursor, NULL, &name)) {
        free(name);
    }
    sgs_map_free(b->names);
    for (size_t i = 0; i < b->n_closed; i++) {
        free(b->closed[i].sni);
    }
    free(b->closed);
    free(b->rows);
    free(b);
}

static struct sgs_slice key_of(const struct sgs_event *ev)
{
    return sgs_slice(&ev->conn, sizeof ev->conn);
}

/* A copy that is a C string; octets after a NUL are lost. */
static char *keep(struct sgs_slice s)
{
    char *text = sgs_xmalloc(s.len + 1);

    if (s.len > 0) {
        memcpy(text, s.ptr, s.len);
    }
    text[s.len] = '\0';
    return text;
}

/* Remembers the name; the oldest goes when there are too many. */
static void hello(struct sgs_report_builder *b, const struct sgs_event *ev)
{
    struct sgs_slice sni = sgs_event_text(ev, SGS_F_SNI);
    struct sgs_slice oldest;
    size_t cursor = 0;

    if (sni.len == 0 || sgs_map_get(b->names, key_of(ev))) {
        return;
    }
    if (sgs_map_len(b->names) >= SGS_MAX_CONNS && sgs_map_next(b->names, &cursor, &oldest, NULL)) {
        free(sgs_map_del(b->names, oldest));
    }
    (void)sgs_map_put(b->names, key_of(ev), keep(sni));
}

static void session(struct sgs_report_builder *b, const struct sgs_event *ev)
{
    const struct sgs_tls_reason *reason = sgs_tls_reason_find(sgs_event_text(ev, SGS_F_REASON));
    struct sgs_slice state = sgs_event_text(ev, SGS_F_STATE);
    char *sni = sgs_map_del(b->names, key_of(ev));

    b->connections++;
    if (sgs_slice_eq(state, SGS_LIT("decrypted"))) {
        b->decrypted++;
        free(sni);
        return;
    }
    if (b->n_closed >= SGS_MAX_REPORT_TLS) {
        free(sni);
        return;
    }
    if ((b->n_closed & (b->n_closed - 1)) == 0) {
        b->closed = sgs_xrealloc(b->closed, b->n_closed ? 2 * b->n_closed : 1, sizeof *b->closed);
    }
    b->closed[b->n_closed++] = (struct closed){
        .row = {.conn = ev->conn,
                .server = ev->dir == SGS_C2S ? ev->dst : ev->src,
                .sni = sgs_slice_str(sni),
                .reason = reason ? reason->reason : NULL,
                .remedy = reason ? reason->remedy : NULL,
                .is_partly = sgs_slice_eq(state, SGS_LIT("partly"))},
        .sni = sni,
    };
}

/* Handshakes inside SIP (TLS-DSK) are no connections. */
static bool is_inner(const struct sgs_event *ev)
{
    return sgs_slice_find(ev->layers, SGS_LIT("tlsdsk")) < ev->layers.len;
}

void sgs_report_builder_event(struct sgs_report_builder *b, const struct sgs_event *ev)
{
    if (ev->transport != SGS_TCP || is_inner(ev)) {
        return;
    }
    if (ev->kind == SGS_K_TLS_CLIENT_HELLO) {
        hello(b, ev);
    } else if (ev->kind == SGS_K_TLS_SESSION) {
        session(b, ev);
    }
}

static int by_conn(const void *a, const void *b)
{
    const struct sgs_report_tls *x = a;
    const struct sgs_report_tls *y = b;

    return (x->conn > y->conn) - (x->conn < y->conn);
}

void sgs_report_builder_finish(struct sgs_report_builder *b, struct sgs_report *report)
{
    free(b->rows);
    b->rows = sgs_xcalloc(b->n_closed, sizeof *b->rows);
    for (size_t i = 0; i < b->n_closed; i++) {
        b->rows[i] = b->closed[i].row;
    }
    if (b->n_closed > 1) {
        qsort(b->rows, b->n_closed, sizeof *b->rows, by_conn);
    }
    report->tls_connections = b->connections;
    report->tls_decrypted = b->decrypted;
    report->undecrypted = b->rows;
    report->n_undecrypted = b->n_closed;
}
