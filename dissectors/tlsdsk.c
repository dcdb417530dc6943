/*
 * TLS-DSK ([MS-SIPAE], sections 3.1 and 3.2.5.1): a TLS handshake in the gssapi-data of SIP
 * authentication headers, with the user's certificate on the client's side.  One value is one
 * flight, a row of whole TLS records as a socket would carry them:
 *
 *   type 1 | version 2 | length 2 | fragment      22 handshake, 20 ChangeCipherSpec, 21 alert
 *
 * Handshake messages may span records, but not flights.  What is in a flight is told here by name;
 * the records go to a tls layer of their own, one for each ClientHello.
 */
#include <inttypes.h>

#include <signscope/buf.h>
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/names.h>
#include <signscope/reader.h>

enum { CHANGE_CIPHER_SPEC = 20, ALERT = 21, HANDSHAKE = 22, APPLICATION_DATA = 23 };
#define HEADER_LEN 5
#define CLIENT_HELLO 1
#define MAX_FRAGMENT (16384 + 2048) /* octets: RFC 5246, section 6.2.3 */

struct tlsdsk {
    uint64_t n_handshakes; /* begun here */
    uint64_t round;        /* of the last of them; 0: its ClientHello was not seen */
    enum sgs_dir client;
    bool has_changed[2]; /* ChangeCipherSpec: what follows is encrypted */
};

/* One flight. */
struct flight {
    struct sgs_layer *l;
    struct sgs_draft *d;
    bool *has_changed;        /* of its direction */
    struct sgs_buf handshake; /* fragments of clear handshake records, joined */
    size_t len;               /* octets of whole records */
    const char *wrong;        /* what malformed says, once; NULL: nothing */
};

/* RFC 5246, section 7.4, and what its extensions added. */
static const struct sgs_value_name messages[] = {
    {0,            "HelloRequest"      },
    {CLIENT_HELLO, "ClientHello"       },
    {2,            "ServerHello"       },
    {4,            "NewSessionTicket"  },
    {11,           "Certificate"       },
    {12,           "ServerKeyExchange" },
    {13,           "CertificateRequest"},
    {14,           "ServerHelloDone"   },
    {15,           "CertificateVerify" },
    {16,           "ClientKeyExchange" },
    {20,           "Finished"          },
    {21,           "CertificateURL"    },
    {22,           "CertificateStatus" },
};

static const struct sgs_value_name records[] = {
    {CHANGE_CIPHER_SPEC, "ChangeCipherSpec"},
    {ALERT,              "Alert"           },
    {HANDSHAKE,          "Finished"        }, /* encrypted: nothing else comes so early */
    {APPLICATION_DATA,   "ApplicationData" },
};

struct record {
    uint8_t type;
    struct sgs_slice fragment;
};

/* The record at the head of r; false: there is no whole one. */
static bool next_record(struct sgs_reader *r, struct record *out)
{
    out->type = rd_u8(r);
    uint8_t major = rd_u8(r);
    rd_skip(r, 1);
    uint16_t len = rd_be16(r);
    out->fragment = rd_take(r, len);
    return rd_ok(r) && major == 3 && len <= MAX_FRAGMENT && out->type >= CHANGE_CIPHER_SPEC &&
           out->type <= APPLICATION_DATA;
}

static bool begins_handshake(struct sgs_slice octets)
{
    struct sgs_reader r = rd_open(octets);
    struct record record;

    return next_record(&r, &record) && record.type == HANDSHAKE && record.fragment.len > 0 &&
           record.fragment.ptr[0] == CLIENT_HELLO;
}

/* Names the handshake messages that have been joined. */
static void name_messages(struct flight *f)
{
    struct sgs_reader r = rd_open(sgs_buf_slice(&f->handshake));

    while (rd_more(&r)) {
        uint8_t type = rd_u8(&r);
        rd_skip(&r, rd_be24(&r));
        if (!rd_ok(&r)) {
            f->wrong = "a handshake message passes the end of its flight";
            break;
        }
        ev_item(f->d, SGS_F_CONTAINS, SGS_NAME_OR_NUMBER(messages, type, "", sgs_scratch(f->l)));
    }
    sgs_buf_clear(&f->handshake);
}

static void name_record(struct flight *f, const struct record *record)
{
    if (record->type == HANDSHAKE && !*f->has_changed) {
        (void)sgs_buf_add(&f->handshake, record->fragment);
        return;
    }
    name_messages(f);
    ev_item(f->d, SGS_F_CONTAINS, SGS_NAME_OR_NUMBER(records, record->type, "", sgs_scratch(f->l)));
    *f->has_changed |= record->type == CHANGE_CIPHER_SPEC;
}

static void name_all(struct flight *f, struct sgs_slice octets)
{
    struct sgs_reader r = rd_open(octets);
    struct record record;

    sgs_buf_init(&f->handshake, octets.len);
    while (rd_more(&r)) {
        if (!next_record(&r, &record)) {
            f->wrong = "gssapi-data does not end with a whole TLS record";
            break;
        }
        f->len = r.off;
        name_record(f, &record);
    }
    name_messages(f);
}

/* The layer that reads the handshake at hand. */
static struct sgs_layer *tls_of(struct sgs_layer *l)
{
    const struct tlsdsk *st = sgs_state(l);
    const struct sgs_slice name = SGS_LIT("tlsdsk");
    struct sgs_slice key = sgs_arena_printf(sgs_scratch(l), "%" PRIu64, st->n_handshakes);
    struct sgs_layer *tls = sgs_child(l, key, SGS_BY_NAME, SGS_LIT("tls"));

    if (!sgs_slice_eq(sgs_get(tls, SGS_NOTE_CARRIER), name)) {
        sgs_put(tls, SGS_NOTE_CARRIER, name);
    }
    return tls;
}

/* What this flight's Finished was found to be. */
static void put_finished(struct sgs_draft *d, struct sgs_layer *tls)
{
    struct sgs_slice told = sgs_get(tls, SGS_NOTE_FINISHED);

    if (told.len > 0) {
        ev_bool(d, SGS_F_FINISHED_VALID, sgs_slice_eq(told, SGS_LIT("right")));
        sgs_put(tls, SGS_NOTE_FINISHED, (struct sgs_slice){NULL, 0});
    }
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct tlsdsk *st = sgs_state(l);
    struct flight f = {.l = l, .has_changed = &st->has_changed[dir]};
    struct sgs_reader r = rd_open(msg);
    struct record record;

    if (!next_record(&r, &record)) {
        sgs_malformed(l, dir, "gssapi-data without a TLS record", 0);
        return;
    }
    if (begins_handshake(msg)) {
        *st = (struct tlsdsk){.n_handshakes = st->n_handshakes + 1, .round = 1, .client = dir};
        sgs_put(l, SGS_NOTE_DSK, (struct sgs_slice){NULL, 0});
    } else if (st->round > 0) {
        st->round += dir == st->client;
    }
    f.d = sgs_event_open(l, dir, SGS_K_TLSDSK_MESSAGE);
    if (st->round > 0) {
        ev_int(f.d, SGS_F_ROUND, st->round);
    }
    ev_str(f.d, SGS_F_BY, dir == st->client ? "client" : "server");
    name_all(&f, msg);
    struct sgs_layer *tls = tls_of(l);
    sgs_push(tls, dir, sgs_slice_head(msg, f.len));
    put_finished(f.d, tls);
    sgs_put(l, SGS_NOTE_DSK, sgs_get(tls, SGS_NOTE_DSK));
    sgs_emit(f.d);
    if (f.wrong) {
        sgs_malformed(l, dir, f.wrong, f.len);
        sgs_lose(tls, dir, 0);
    }
}

static const struct sgs_claim claims[] = {
    {SGS_BY_SCHEME, "TLS-DSK"},
    {SGS_BY_NAME,   "tlsdsk" },
    {0,             NULL     },
};

SGS_DISSECTOR(tlsdsk) = {
    .name = "tlsdsk",
    .title = "TLS-DSK",
    .claims = claims,
    .state_size = sizeof(struct tlsdsk),
    .max_message = SGS_MAX_TOKEN,
    .message = message,
};
