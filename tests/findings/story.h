/*
 * Small sign-ins told in lines.  A line is an exchange: what it is, with whom, and fields of its
 * events as JSON, first those of the question, then those of the answer, then those of what the
 * answer carries.  Each is a connection of its own unless it begins with '+': then it is on the
 * connection of the line before.
 *
 *   dns NAME                  no answer        tcp HOST:PORT silent | refused
 *   dns NAME ok [RECORD...] | RCODE            tls HOST:PORT END | DESCRIPTION by SIDE
 *   dns NAME alias TARGET     no address
 *   http HOST METHOD TARGET STATUS             sip HOST STATUS
 *   krb SERVICE ok | ERROR                     sip HOST -         no answer
 *   wait SECONDS                               sip HOST http STATUS
 *                                              sip HOST lost STATUS  no question
 *   ping HOST                                  end HOST closed | reset by SIDE
 *
 *   open HOST:PORT                             mitm HOST:PORT        tls.interception
 *   fetch HOST URL OUTCOME    revocation.fetch for the certificate of the connection, a list
 *   over                      what was told so far made an attempt of its own
 *   at HOST ADDRESS | v6      from here on its address is another one
 *   choice HOST:PORT          tls.server_hello
 *
 * A record of a name is an address or cname:NAME; without any it is the address of the host.
 * The third fields of tls are those of tls.session.
 *
 * Of times in fields the unit is a second from the beginning of the story.
 */
#ifndef SGS_TESTS_FINDINGS_STORY_H
#define SGS_TESTS_FINDINGS_STORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/finding.h>
#include <signscope/json.h>
#include <signscope/signin.h>

#include "timeline/draft.h"

#define MAX_LINES 24
#define MAX_HOSTS 16

struct story {
    struct sgs_signin *signin;
    char hosts[MAX_HOSTS][64];     /* the place is the last octet of the address */
    struct sgs_addr at[MAX_HOSTS]; /* len 0: the usual address */
    size_t n_hosts;
    uint64_t id;
    int64_t ms;
    struct sgs_slice rest; /* of the line at hand */
    size_t n_over;         /* attempts before the one that counts */
};

static struct sgs_slice word(struct story *s)
{
    return sgs_slice_cut(&s->rest, ' ');
}

/* The next JSON object of the line, or an empty one. */
static struct sgs_json *fields(struct story *s)
{
    struct sgs_slice rest = s->rest;
    size_t depth = 0, len = 0;

    if (rest.len == 0 || rest.ptr[0] != '{') {
        return NULL;
    }
    do {
        depth += rest.ptr[len] == '{';
        depth -= rest.ptr[len] == '}';
        len++;
    } while (depth > 0 && len < rest.len);
    s->rest = sgs_slice_trim(sgs_slice_from(rest, len));
    struct sgs_json *j = sgs_json_read(sgs_slice_head(rest, len));
    assert_non_null(j);
    return j;
}

static enum sgs_field_id field_id(struct sgs_slice name)
{
    for (size_t i = 0; i < SGS_N_FIELDS; i++) {
        if (sgs_slice_eq(name, sgs_slice_str(sgs_field_name((enum sgs_field_id)i)))) {
            return (enum sgs_field_id)i;
        }
    }
    fail_msg("no field is called %.*s", (int)name.len, (const char *)name.ptr);
    return SGS_N_FIELDS;
}

static void put_members(struct sgs_draft *d, enum sgs_field_id id, struct sgs_json_value v)
{
    for (size_t i = 0; i < sgs_json_size(v); i++) {
        struct sgs_slice name;
        struct sgs_json_value m = sgs_json_item(v, i, &name);
        if (m.kind == SGS_JSON_NUMBER) {
            ev_member_int(d, id, name, sgs_json_int(m, 0));
        } else {
            ev_member(d, id, name, sgs_json_text(m));
        }
    }
}

static void put_field(struct sgs_draft *d, enum sgs_field_id id, struct sgs_json_value v)
{
    switch (sgs_field_type(id)) {
    case SGS_T_TEXT:
        ev_text(d, id, sgs_json_text(v));
        break;
    case SGS_T_INT:
        ev_int(d, id, (uint64_t)sgs_json_int(v, 0));
        break;
    case SGS_T_BOOL:
        ev_bool(d, id, sgs_json_int(v, 0) != 0);
        break;
    case SGS_T_MS:
        ev_ms(d, id, sgs_json_int(v, 0) * SGS_MS);
        break;
    case SGS_T_TEXTS:
        for (size_t i = 0; i < sgs_json_size(v); i++) {
            ev_item(d, id, sgs_json_text(sgs_json_item(v, i, NULL)));
        }
        break;
    case SGS_T_MAP:
        ev_row(d, id);
        put_members(d, id, v);
        break;
    case SGS_T_TIME:
        ev_time(d, id, sgs_json_int(v, 0) * SGS_SEC);
        break;
    case SGS_T_ROWS:
        ev_row(d, id);
        put_members(d, id, v);
        break;
    }
}

static void put_fields(struct story *s, struct sgs_draft *d)
{
    struct sgs_json *j = fields(s);
    struct sgs_json_value root = sgs_json_root(j);

    for (size_t i = 0; i < sgs_json_size(root); i++) {
        struct sgs_slice name;
        struct sgs_json_value v = sgs_json_item(root, i, &name);
        put_field(d, field_id(name), v);
    }
    sgs_json_free(j);
}

static uint8_t place_of(struct story *s, struct sgs_slice host)
{
    size_t i = 0;

    while (i < s->n_hosts && !sgs_slice_eq(sgs_slice_str(s->hosts[i]), host)) {
        i++;
    }
    if (i == s->n_hosts) {
        assert_true(i < MAX_HOSTS);
        (void)snprintf(s->hosts[i], sizeof s->hosts[i], "%.*s", (int)host.len,
                       (const char *)host.ptr);
        s->n_hosts++;
    }
    return (uint8_t)(10 + i);
}

/* 198.51.100.10, or as the line "at" has it. */
static struct sgs_addr address_of(struct story *s, struct sgs_slice host)
{
    uint8_t place = place_of(s, host);
    struct sgs_addr usual = {
        .ip = {198, 51, 100, place},
          .len = 4
    };

    return s->at[place - 10].len > 0 ? s->at[place - 10] : usual;
}

/* An event with a host ("name" or "name:port"); each line is a connection of its own. */
static struct sgs_draft *open_event(struct story *s, enum sgs_kind kind, struct sgs_slice host,
                                    enum sgs_dir dir)
{
    struct sgs_slice port_text = host;
    struct sgs_slice name = sgs_slice_cut(&port_text, ':');
    uint64_t port = 443;
    struct sgs_draft *d = sgs_draft_new(kind);
    struct sgs_addr client = {
        .ip = {192, 0, 2, 1},
          .len = 4, .port = 50000
    };

    (void)sgs_slice_uint(port_text, UINT16_MAX, &port);
    struct sgs_addr server = address_of(s, name);
    server.port = (uint16_t)port;
    s->ms += 10;
    d->ev.id = ++s->id;
    d->ev.origin.frame = d->ev.origin.frame_last = s->id;
    d->ev.origin.time = d->ev.origin.time_last = s->ms * SGS_MS;
    d->ev.transport = port == 53 ? SGS_UDP : SGS_TCP;
    d->ev.dir = dir;
    d->ev.client = client;
    d->ev.src = dir == SGS_C2S ? client : server;
    d->ev.dst = dir == SGS_C2S ? server : client;
    return d;
}

/* Gives the event away; its id. */
static uint64_t tell(struct story *s, struct sgs_draft *d, uint32_t conn)
{
    d->ev.conn = conn;
    uint64_t id = d->ev.id;
    sgs_signin_event(s->signin, sgs_draft_seal(d));
    sgs_draft_free(d);
    return id;
}

static void put_record(struct sgs_draft *d, struct sgs_slice name, const char *type,
                       struct sgs_slice data)
{
    ev_row(d, SGS_F_ANSWERS);
    ev_member(d, SGS_F_ANSWERS, SGS_LIT("name"), name);
    ev_member(d, SGS_F_ANSWERS, SGS_LIT("type"), sgs_slice_str(type));
    ev_member(d, SGS_F_ANSWERS, SGS_LIT("data"), data);
}

/* What an answer has: the words of the line, or the address of the host. */
static void put_addresses(struct story *s, struct sgs_draft *d, struct sgs_slice name)
{
    char text[SGS_ADDR_TEXT_LEN];
    struct sgs_addr usual = address_of(s, name);

    if (s->rest.len == 0) {
        sgs_addr_host(&usual, text);
        put_record(d, name, usual.len == 4 ? "A" : "AAAA", sgs_slice_str(text));
    }
    while (s->rest.len > 0) {
        struct sgs_slice data = word(s);
        bool is_alias = sgs_slice_starts(data, SGS_LIT("cname:"));
        bool is_v6 = sgs_slice_starts(data, SGS_LIT("2001:"));
        put_record(d, name,
                   is_alias ? "CNAME"
                   : is_v6  ? "AAAA"
                            : "A",
                   sgs_slice_from(data, is_alias ? 6 : 0));
    }
}

static void tell_dns(struct story *s, uint32_t conn)
{
    struct sgs_slice name = word(s), rcode = word(s);
    bool is_srv = name.len > 0 && name.ptr[0] == '_';
    struct sgs_draft *d = open_event(s, SGS_K_DNS_QUERY, SGS_LIT("resolver:53"), SGS_C2S);

    ev_text(d, SGS_F_NAME, name);
    ev_str(d, SGS_F_TYPE, is_srv ? "SRV" : "A");
    uint64_t id = tell(s, d, conn);
    if (rcode.len == 0) {
        d = open_event(s, SGS_K_DNS_UNANSWERED, SGS_LIT("resolver:53"), SGS_C2S);
        d->ev.in = id;
        ev_text(d, SGS_F_NAME, name);
        ev_str(d, SGS_F_TYPE, is_srv ? "SRV" : "A");
        (void)tell(s, d, conn);
        return;
    }
    bool is_alias = sgs_slice_eq(rcode, SGS_LIT("alias"));
    bool is_found = is_alias || sgs_slice_eq(rcode, SGS_LIT("ok"));
    d = open_event(s, SGS_K_DNS_RESPONSE, SGS_LIT("resolver:53"), SGS_S2C);
    ev_text(d, SGS_F_NAME, name);
    ev_str(d, SGS_F_TYPE, is_srv ? "SRV" : "A");
    ev_text(d, SGS_F_RCODE, is_found ? SGS_LIT("NOERROR") : rcode);
    if (is_found && is_srv) {
        char data[96];
        struct sgs_slice target = word(s);
        (void)snprintf(data, sizeof data, "0 0 443 %.*s", (int)target.len,
                       (const char *)target.ptr);
        put_record(d, name, "SRV", sgs_slice_str(data));
    } else if (is_alias) {
        put_record(d, name, "CNAME", word(s));
    } else if (is_found) {
        put_addresses(s, d, name);
    }
    (void)tell(s, d, conn);
}

static void tell_tcp(struct story *s, uint32_t conn)
{
    struct sgs_slice host = word(s);
    bool is_silent = sgs_slice_eq(word(s), SGS_LIT("silent"));
    struct sgs_draft *d =
        open_event(s, is_silent ? SGS_K_TCP_UNANSWERED : SGS_K_TCP_REFUSED, host, SGS_C2S);

    ev_int(d, SGS_F_ATTEMPTS, 3);
    if (is_silent) {
        ev_ms(d, SGS_F_IDLE_MS, 21 * SGS_SEC);
    } else {
        ev_ms(d, SGS_F_RTT_MS, 4 * SGS_MS);
    }
    (void)tell(s, d, conn);
}

static void tell_open(struct story *s, uint32_t conn)
{
    struct sgs_draft *d = open_event(s, SGS_K_TCP_OPEN, word(s), SGS_C2S);

    ev_ms(d, SGS_F_RTT_MS, 4 * SGS_MS);
    (void)tell(s, d, conn);
}

static void tell_address(struct story *s, uint32_t conn)
{
    uint8_t place = place_of(s, word(s));
    struct sgs_addr *a = &s->at[place - 10];

    if (sgs_slice_eq(s->rest, SGS_LIT("v6"))) {
        *a = (struct sgs_addr){
            .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = place},
              .len = 16
        };
        return;
    }
    a->len = 4;
    for (size_t i = 0; i < 4; i++) {
        uint64_t octet = 0;
        assert_true(sgs_slice_uint(sgs_slice_cut(&s->rest, '.'), 255, &octet));
        a->ip[i] = (uint8_t)octet;
    }
}

/* fields: of the ClientHello, then of the server's certificate. */
static void tell_tls(struct story *s, uint32_t conn)
{
    struct sgs_slice host = word(s), how = word(s), side = {NULL, 0};

    if (sgs_slice_starts(s->rest, SGS_LIT("by "))) {
        (void)word(s);
        side = word(s);
    }
    struct sgs_draft *d = open_event(s, SGS_K_TLS_CLIENT_HELLO, host, SGS_C2S);
    struct sgs_slice name = sgs_slice_head(host, sgs_slice_chr(host, ':'));
    bool has_fields = s->rest.len > 0;
    if (has_fields) {
        put_fields(s, d);
    } else {
        ev_text(d, SGS_F_SNI, name);
        ev_str(d, SGS_F_VERSION, "TLSv1.2");
    }
    (void)tell(s, d, conn);
    if (s->rest.len > 0) {
        d = open_event(s, SGS_K_TLS_CERTIFICATE, host, SGS_S2C);
        ev_str(d, SGS_F_SIDE, "server");
        ev_int(d, SGS_F_POSITION, 0);
        put_fields(s, d);
        (void)tell(s, d, conn);
    }
    if (side.len > 0) {
        bool is_client = sgs_slice_eq(side, SGS_LIT("client"));
        d = open_event(s, SGS_K_TLS_ALERT, host, is_client ? SGS_C2S : SGS_S2C);
        ev_str(d, SGS_F_LEVEL, "fatal");
        ev_text(d, SGS_F_DESCRIPTION, how);
        ev_text(d, SGS_F_BY, side);
        (void)tell(s, d, conn);
        how = is_client ? SGS_LIT("alert-c") : SGS_LIT("alert-s");
    }
    d = open_event(s, SGS_K_TLS_SESSION, host, SGS_C2S);
    if (s->rest.len > 0) {
        put_fields(s, d);
    } else {
        ev_str(d, SGS_F_STATE, "opaque");
    }
    ev_text(d, SGS_F_END, how);
    (void)tell(s, d, conn);
}

/* What a question or its answer carries, by its fields. */
static enum sgs_kind carried(struct sgs_slice fields)
{
    static const struct {
        const char *field;
        enum sgs_kind kind;
    } telling[] = {
        {"\"access\":",           SGS_K_AUTODISCOVER_RESULT},
        {"\"links\":",            SGS_K_AUTODISCOVER_RESULT},
        {"\"form_fields\":",      SGS_K_FORM_POST          },
        {"\"asks_password\":",    SGS_K_HTML_PAGE          },
        {"\"page_title\":",       SGS_K_HTML_PAGE          },
        {"\"endpoints\":",        SGS_K_SERVICE_METADATA   },
        {"\"rounds\":",           SGS_K_AUTH_RESULT        },
        {"\"namespace_type\":",   SGS_K_REALM_RESULT       },
        {"\"redirect\":",         SGS_K_AUTODISCOVER_RESULT},
        {"\"fault_code\":",       SGS_K_SOAP_MESSAGE       },
        {"\"passive_auth_uri\":", SGS_K_OAUTH_RESPONSE     },
        {"\"aadsts\":",           SGS_K_OAUTH_RESPONSE     },
        {"\"client_id\":",        SGS_K_OAUTH_REQUEST      },
        {"\"place\":",            SGS_K_TOKEN_PRESENTED    },
        {"\"response_class\":",   SGS_K_CERT_REFUSED       },
        {"\"error\":",            SGS_K_KERBEROS_ERROR     },
        {"\"side\":",             SGS_K_TLS_CERTIFICATE    },
        {"\"description\":",      SGS_K_TLS_ALERT          },
        {"\"registration\":",     SGS_K_REGISTRATION_EVENT },
        {"\"reportError\"",       SGS_K_ERROR_REPORT       },
    };
    fields = sgs_slice_head(fields, sgs_slice_chr(fields, '}'));
    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++) {
        if (sgs_slice_find(fields, sgs_slice_str(telling[i].field)) < fields.len) {
            return telling[i].kind;
        }
    }
    return SGS_K_SOAP_MESSAGE;
}

static void tell_carried(struct story *s, struct sgs_slice host, uint64_t in, uint32_t conn)
{
    while (s->rest.len > 0) {
        struct sgs_draft *d = open_event(s, carried(s->rest), host, SGS_S2C);
        d->ev.in = in;
        put_fields(s, d);
        (void)tell(s, d, conn);
    }
}

static void tell_answer(struct story *s, enum sgs_kind kind, struct sgs_slice host,
                        struct sgs_slice status, uint64_t request, uint32_t conn)
{
    struct sgs_draft *d = open_event(s, kind, host, SGS_S2C);
    uint64_t n = 0;

    assert_true(sgs_slice_uint(status, 999, &n));
    ev_int(d, SGS_F_STATUS, n);
    ev_int(d, SGS_F_REQUEST, request);
    if (kind == SGS_K_SIP_RESPONSE) {
        ev_str(d, SGS_F_CSEQ_METHOD, "REGISTER");
    }
    put_fields(s, d);
    uint64_t id = tell(s, d, conn);
    tell_carried(s, host, id, conn);
}

/* A logon (krbtgt/...) or a ticket, issued or not. */
static void tell_kerberos(struct story *s, uint32_t conn)
{
    struct sgs_slice service = word(s), error = word(s);
    bool is_logon = sgs_slice_starts(service, SGS_LIT("krbtgt/"));
    bool is_issued = sgs_slice_eq(error, SGS_LIT("ok"));
    struct sgs_draft *d = open_event(s, is_logon ? SGS_K_KERBEROS_AS_REQ : SGS_K_KERBEROS_TGS_REQ,
                                     SGS_LIT("dc01:88"), SGS_C2S);

    ev_text(d, SGS_F_SNAME, service);
    if (is_logon) {
        ev_str(d, SGS_F_CNAME, "ada");
    }
    uint64_t id = tell(s, d, conn);
    enum sgs_kind issued = is_logon ? SGS_K_KERBEROS_AS_REP : SGS_K_KERBEROS_TGS_REP;
    d = open_event(s, is_issued ? issued : SGS_K_KERBEROS_ERROR, SGS_LIT("dc01:88"), SGS_S2C);
    ev_int(d, SGS_F_REQUEST, id);
    ev_text(d, SGS_F_ERROR, is_issued ? (struct sgs_slice){NULL, 0} : error);
    put_fields(s, d);
    (void)tell(s, d, conn);
}

static void tell_http(struct story *s, uint32_t conn)
{
    struct sgs_slice host = word(s), method = word(s), target = word(s), status = word(s);
    struct sgs_draft *d = open_event(s, SGS_K_HTTP_REQUEST, host, SGS_C2S);

    ev_text(d, SGS_F_METHOD, method);
    ev_text(d, SGS_F_HOST, host);
    ev_text(d, SGS_F_TARGET, target);
    put_fields(s, d);
    uint64_t id = tell(s, d, conn);
    tell_answer(s, SGS_K_HTTP_RESPONSE, host, status, id, conn);
}

static void tell_choice(struct story *s, uint32_t conn)
{
    struct sgs_draft *d = open_event(s, SGS_K_TLS_SERVER_HELLO, word(s), SGS_S2C);

    put_fields(s, d);
    (void)tell(s, d, conn);
}

static void tell_mitm(struct story *s, uint32_t conn)
{
    struct sgs_slice host = word(s);
    struct sgs_draft *d = open_event(s, SGS_K_TLS_INTERCEPTION, host, SGS_S2C);

    ev_text(d, SGS_F_NAME, sgs_slice_head(host, sgs_slice_chr(host, ':')));
    put_fields(s, d);
    (void)tell(s, d, conn);
}

static void tell_sip(struct story *s, uint32_t conn)
{
    struct sgs_slice host = word(s), status = word(s);

    if (sgs_slice_eq(status, SGS_LIT("lost"))) {
        tell_answer(s, SGS_K_SIP_RESPONSE, host, word(s), 0, conn);
        return;
    }
    struct sgs_draft *d = open_event(s, SGS_K_SIP_REQUEST, host, SGS_C2S);
    ev_str(d, SGS_F_METHOD, "REGISTER");
    ev_str(d, SGS_F_FROM, "sip:ada@contoso.com");
    struct sgs_slice other =
        sgs_slice_eq(status, SGS_LIT("http")) ? word(s) : (struct sgs_slice){NULL, 0};
    put_fields(s, d);
    uint64_t id = tell(s, d, conn);
    if (other.len > 0) {
        d = open_event(s, SGS_K_PROTO_NAMED, host, SGS_S2C);
        ev_str(d, SGS_F_NAME, "HTTP/1.1");
        ev_int(d, SGS_F_REQUEST, id);
        (void)tell(s, d, conn);
    } else if (sgs_slice_eq(status, SGS_LIT("-"))) {
        tell_carried(s, host, id, conn);
    } else {
        tell_answer(s, SGS_K_SIP_RESPONSE, host, status, id, conn);
    }
}

static void tell_wait(struct story *s, uint32_t conn)
{
    uint64_t seconds = 0;

    assert_true(sgs_slice_uint(word(s), 100000, &seconds));
    s->ms += (int64_t)seconds * 1000;
}

static void tell_ping(struct story *s, uint32_t conn)
{
    (void)tell(s, open_event(s, SGS_K_SIP_KEEP_ALIVE, word(s), SGS_C2S), conn);
}

static void tell_end(struct story *s, uint32_t conn)
{
    struct sgs_slice host = word(s);
    bool is_reset = sgs_slice_eq(word(s), SGS_LIT("reset"));
    struct sgs_draft *d =
        open_event(s, is_reset ? SGS_K_TCP_RESET : SGS_K_TCP_CLOSED, host, SGS_S2C);

    (void)word(s);
    ev_text(d, SGS_F_BY, word(s));
    put_fields(s, d);
    (void)tell(s, d, conn);
}

static void tell_fetch(struct story *s, uint32_t conn)
{
    struct sgs_draft *d = open_event(s, SGS_K_REVOCATION_FETCH, word(s), SGS_C2S);
    char chain[16];

    (void)snprintf(chain, sizeof chain, "tcp%u", (unsigned)conn);
    ev_str(d, SGS_F_HOW, "crl");
    ev_text(d, SGS_F_URL, word(s));
    ev_text(d, SGS_F_OUTCOME, word(s));
    ev_int(d, SGS_F_CERTIFICATE, conn);
    ev_str(d, SGS_F_CHAIN_CONN, chain);
    put_fields(s, d);
    (void)tell(s, d, 900);
}

static void tell_over(struct story *s, uint32_t conn)
{
    s->n_over++;
}

static void tell_line(struct story *s, const char *line, uint32_t conn)
{
    static const struct {
        const char *what;
        void (*fn)(struct story *s, uint32_t conn);
    } forms[] = {
        {"dns",    tell_dns     },
        {"tcp",    tell_tcp     },
        {"tls",    tell_tls     },
        {"http",   tell_http    },
        {"krb",    tell_kerberos},
        {"sip",    tell_sip     },
        {"wait",   tell_wait    },
        {"ping",   tell_ping    },
        {"end",    tell_end     },
        {"mitm",   tell_mitm    },
        {"open",   tell_open    },
        {"over",   tell_over    },
        {"at",     tell_address },
        {"fetch",  tell_fetch   },
        {"choice", tell_choice  },
    };
    s->rest = sgs_slice_str(line);
    struct sgs_slice what = word(s);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (sgs_slice_eq(what, sgs_slice_str(forms[i].what))) {
            forms[i].fn(s, conn);
            return;
        }
    }
    fail_msg("no line begins with %.*s", (int)what.len, (const char *)what.ptr);
}

/* Half a minute in which nothing happens. */
static void tell_silence(struct story *s)
{
    s->ms += 30000;
    struct sgs_draft *d = open_event(s, SGS_K_DNS_QUERY, SGS_LIT("resolver:53"), SGS_C2S);
    d->ev.client.ip[3] = d->ev.src.ip[3] = 99;
    ev_str(d, SGS_F_NAME, "www.example.org");
    ev_str(d, SGS_F_TYPE, "A");
    (void)tell(s, d, 1000);
}

/* All of it, and the silence behind it. */
static void tell_lines(struct story *s, const char *const *lines)
{
    uint32_t conn = 0;

    for (uint32_t i = 0; i < MAX_LINES && lines[i]; i++) {
        bool is_same = lines[i][0] == '+';
        conn = is_same || lines[i][0] == 'w' ? conn : i + 1;
        tell_line(s, lines[i] + (is_same ? 2 : 0), conn);
    }
    tell_silence(s);
}

/* All of it; the last of the attempts that it must make, judged. */
static inline const struct sgs_attempt *tell_all(struct story *s, const char *const *lines,
                                                 struct sgs_judge *j)
{
    struct sgs_attempt *list = NULL;

    tell_lines(s, lines);
    size_t n = sgs_signin_build(s->signin, &list);
    assert_int_equal(n, s->n_over + 1);
    sgs_judge_run(j, list, n);
    return &list[n - 1];
}

#endif
