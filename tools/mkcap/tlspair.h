/*
 * Two ends of OpenSSL that talk through memory: the octets between them are real TLS, their way is
 * somebody else's business (a TCP connection, or headers of SIP messages).
 */
#ifndef MKCAP_TLSPAIR_H
#define MKCAP_TLSPAIR_H

#include "pki.h"

#include <openssl/ssl.h>

struct mk_tls_plan {
    const char *sni;         /* NULL: none */
    const char *verify;      /* name that the certificate must have; NULL: not checked */
    const char *cert;        /* of the server */
    const char *client_cert; /* NULL: none */
    bool asks_cert;          /* the server asks for one */
    bool needs_cert;         /* and ends the handshake without */
    int client_min, client_max, server_min, server_max; /* TLS1_2_VERSION ...; 0: any */
    const char *ciphers;     /* of the client up to TLS 1.2, OpenSSL's names; NULL: default */
    const char *suites;      /* of TLS 1.3; NULL: default */
    const char *alpn;        /* offered, with commas; NULL: none */
    const char *alpn_answer; /* NULL: none */
    const char *save;        /* the session gets this name; NULL: it does not */
    const char *resume;      /* session to go on with; NULL: none */
    bool accepts_all;        /* the client checks nothing */
    int64_t time;            /* at which certificates are looked at, ns since 1970 */
};

struct mk_tls {
    SSL *end[2]; /* client, server */
    SSL_CTX *ctx[2];
    bool is_open;
    bool is_broken;   /* one end gave up; its alert, if any, was the last it gave */
    unsigned breaker; /* the side that did */
    const char *why;  /* OpenSSL's words for that; static, may be NULL */
    char *save;
};

struct mk_session {
    char *name;
    SSL_SESSION *session;
    SSL_CTX *server; /* which remembers it */
    struct mk_session *next;
};

struct mk_tls_world {
    struct mk_pki *pki;  /* kept */
    struct mk_buf *keys; /* key log lines go there; kept; NULL: nowhere */
    struct mk_session *sessions;
};

struct mk_tls *mk_tls_new(struct mk_tls_world *w, const struct mk_tls_plan *plan);
/* Lets a side take in octets (may be empty) and appends what it says to out. */
void mk_tls_handshake(struct mk_tls *t, unsigned side, const struct mk_buf *in, struct mk_buf *out);
/* Seals octets of a side; the other one reads them. */
void mk_tls_write(struct mk_tls *t, unsigned side, const void *octets, size_t n,
                  struct mk_buf *out);
/* close_notify of a side. */
void mk_tls_shutdown(struct mk_tls *t, unsigned side, struct mk_buf *out);
/* Remembers the session under the name in the plan. */
void mk_tls_save(struct mk_tls_world *w, struct mk_tls *t);
void mk_tls_free(struct mk_tls *t);
void mk_tls_world_free(struct mk_tls_world *w);

/* TLS1_2_VERSION and so on for "1.2"; fails on anything else. */
int mk_tls_version(const char *text);

#endif
