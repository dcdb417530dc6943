/* TLS with OpenSSL on both ends (RFC 5246, RFC 8446).  Nothing depends on the wall clock: sessions
 * are kept by the server under their number, so no ticket holds a time. */
#include "tlspair.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>

#include "world.h"

#define RECORD 16384u

static int pair_slot; /* where a context keeps struct mk_buf * of its key log */

static void must(int ok, const char *what)
{
    if (ok <= 0) {
        mk_fail("TLS: %s: %s", what, ERR_error_string(ERR_get_error(), NULL));
    }
}

int mk_tls_version(const char *text)
{
    static const struct {
        const char *text;
        int version;
    } versions[] = {
        {"1.0", TLS1_VERSION  },
        {"1.1", TLS1_1_VERSION},
        {"1.2", TLS1_2_VERSION},
        {"1.3", TLS1_3_VERSION},
    };

    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        if (!strcmp(versions[i].text, text)) {
            return versions[i].version;
        }
    }
    mk_fail("\"%s\" is no version of TLS", text);
}

static void log_key(const SSL *ssl, const char *line)
{
    struct mk_buf *keys = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), pair_slot);

    if (keys) {
        mk_buf_str(keys, line);
        mk_buf_str(keys, "\n");
    }
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                       const unsigned char *in, unsigned in_len, void *answer)
{
    const char *want = answer;

    for (unsigned i = 0; i + in[i] < in_len; i += in[i] + 1u) {
        if (in[i] == strlen(want) && !memcmp(in + i + 1, want, in[i])) {
            *out = in + i + 1;
            *out_len = in[i];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_NOACK;
}

static void use_cert(SSL_CTX *ctx, const struct mk_cert *c)
{
    must(SSL_CTX_use_certificate(ctx, c->cert), "certificate");
    must(SSL_CTX_use_PrivateKey(ctx, c->key), "key");
    for (const struct mk_cert *up = c->issuer; up && up->issuer; up = up->issuer) {
        must(SSL_CTX_add1_chain_cert(ctx, up->cert) == 1, "chain");
    }
}

static SSL_CTX *context(struct mk_tls_world *w, const SSL_METHOD *method, int min, int max)
{
    SSL_CTX *ctx = SSL_CTX_new(method);

    must(ctx != NULL, "context");
    SSL_CTX_set_security_level(ctx, 0); /* old versions are wanted here */
    must(SSL_CTX_set_min_proto_version(ctx, min) == 1 &&
             SSL_CTX_set_max_proto_version(ctx, max) == 1,
         "versions");
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_ENCRYPT_THEN_MAC);
    return ctx;
}

static SSL_CTX *client_context(struct mk_tls_world *w, const struct mk_tls_plan *plan)
{
    SSL_CTX *ctx = context(w, TLS_client_method(), plan->client_min, plan->client_max);
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);

    if (!plan->accepts_all) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
        X509_VERIFY_PARAM_set_time(param, (time_t)(plan->time / MK_S));
        for (const struct mk_cert *c = w->pki->certs; c; c = c->next) {
            if (c->is_trusted) {
                must(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), c->cert), "trust");
            }
        }
    }
    if (plan->verify) {
        must(X509_VERIFY_PARAM_set1_host(param, plan->verify, 0), "name");
    }
    if (plan->client_cert) {
        use_cert(ctx, mk_pki_cert(w->pki, plan->client_cert));
    }
    if (plan->ciphers) {
        must(SSL_CTX_set_cipher_list(ctx, plan->ciphers), plan->ciphers);
    }
    if (plan->suites) {
        must(SSL_CTX_set_ciphersuites(ctx, plan->suites), plan->suites);
    }
    return ctx;
}

static SSL_CTX *server_context(struct mk_tls_world *w, const struct mk_tls_plan *plan)
{
    SSL_CTX *ctx = context(w, TLS_server_method(), plan->server_min, plan->server_max);

    if (!pair_slot) {
        pair_slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    }
    must(SSL_CTX_set_ex_data(ctx, pair_slot, w->keys), "key log");
    SSL_CTX_set_keylog_callback(ctx, log_key);
    use_cert(ctx, mk_pki_cert(w->pki, plan->cert));
    must(SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"mkcap", 5), "sessions");
    SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFDEFAULT");
    if (plan->asks_cert) { /* who may come in is decided by the scenario */
        SSL_CTX_set_verify(
            ctx, SSL_VERIFY_PEER | (plan->needs_cert ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
    }
    return ctx;
}

static int accept_cert(X509_STORE_CTX *ctx, void *arg)
{
    return 1;
}

static void offer_alpn(SSL *ssl, const char *offer)
{
    struct mk_buf b = {0};

    for (const char *s = offer; *s;) {
        const size_t n = strcspn(s, ",");

        mk_buf_u8(&b, (unsigned)n);
        mk_buf_add(&b, s, n);
        s += n + (s[n] ? 1 : 0);
    }
    SSL_set_alpn_protos(ssl, b.ptr, (unsigned)b.len);
    mk_buf_free(&b);
}

static struct mk_session *session(const struct mk_tls_world *w, const char *name)
{
    for (struct mk_session *s = w->sessions; s; s = s->next) {
        if (!strcmp(s->name, name)) {
            return s;
        }
    }
    mk_fail("no TLS session is called \"%s\"", name);
}

struct mk_tls *mk_tls_new(struct mk_tls_world *w, const struct mk_tls_plan *plan)
{
    struct mk_tls *t = mk_alloc(sizeof *t);
    struct mk_session *old = plan->resume ? session(w, plan->resume) : NULL;

    t->ctx[0] = client_context(w, plan);
    if (old) {
        SSL_CTX_up_ref(old->server);
        t->ctx[1] = old->server;
    } else {
        t->ctx[1] = server_context(w, plan);
        if (plan->asks_cert) {
            SSL_CTX_set_cert_verify_callback(t->ctx[1], accept_cert, NULL);
        }
        if (plan->alpn_answer) { /* the context lives longer than the plan */
            static char http1[] = "http/1.1", http2[] = "h2";

            SSL_CTX_set_alpn_select_cb(t->ctx[1], choose_alpn,
                                       strcmp(plan->alpn_answer, http2) ? http1 : http2);
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        t->end[i] = SSL_new(t->ctx[i]);
        must(t->end[i] != NULL, "end");
        SSL_set_bio(t->end[i], BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    }
    SSL_set_connect_state(t->end[0]);
    SSL_set_accept_state(t->end[1]);
    if (plan->sni) {
        char *name = mk_copy(plan->sni); /* the macro takes no const */

        must(SSL_set_tlsext_host_name(t->end[0], name) == 1, "name");
        free(name);
    }
    if (plan->alpn) {
        offer_alpn(t->end[0], plan->alpn);
    }
    if (old) { /* its age counts from now, so that none is on the wire */
        SSL_SESSION_set_time(old->session, (long)time(NULL));
        must(SSL_set_session(t->end[0], old->session), "session");
    }
    t->save = plan->save ? mk_copy(plan->save) : NULL;
    return t;
}

static void collect(struct mk_tls *t, unsigned side, struct mk_buf *out)
{
    char *octets;
    BIO *b = SSL_get_wbio(t->end[side]);
    const long n = BIO_get_mem_data(b, &octets);

    mk_buf_add(out, octets, (size_t)n);
    must(BIO_reset(b), "memory");
}

static void give(struct mk_tls *t, unsigned side, const struct mk_buf *in)
{
    if (in->len) {
        must(BIO_write(SSL_get_rbio(t->end[side]), in->ptr, (int)in->len), "memory");
    }
}

/* Reads what has come for a side, so that its state goes on. */
static void drain(struct mk_tls *t, unsigned side)
{
    static uint8_t octets[RECORD];

    while (SSL_read(t->end[side], octets, sizeof octets) > 0) {
    }
    ERR_clear_error();
}

void mk_tls_handshake(struct mk_tls *t, unsigned side, const struct mk_buf *in, struct mk_buf *out)
{
    give(t, side, in);
    if (SSL_is_init_finished(t->end[side])) {
        drain(t, side);
    } else {
        const int r = SSL_do_handshake(t->end[side]);
        const int error = SSL_get_error(t->end[side], r);

        if (r <= 0 && error != SSL_ERROR_WANT_READ && !t->is_broken) {
            const unsigned long code = ERR_peek_error();

            t->is_broken = true;
            t->breaker = side;
            t->why = SSL_get_verify_result(t->end[side]) != X509_V_OK
                         ? X509_verify_cert_error_string(SSL_get_verify_result(t->end[side]))
                         : ERR_reason_error_string(code);
        }
        ERR_clear_error();
    }
    collect(t, side, out);
    t->is_open = SSL_is_init_finished(t->end[0]) && SSL_is_init_finished(t->end[1]);
}

void mk_tls_write(struct mk_tls *t, unsigned side, const void *octets, size_t n, struct mk_buf *out)
{
    const uint8_t *p = octets;

    while (n) {
        const size_t some = n < RECORD ? n : RECORD;
        const size_t before = out->len;

        must(SSL_write(t->end[side], p, (int)some), "write");
        collect(t, side, out);
        const struct mk_buf record = {out->ptr + before, out->len - before, 0};
        give(t, !side, &record);
        drain(t, !side);
        p += some;
        n -= some;
    }
}

void mk_tls_shutdown(struct mk_tls *t, unsigned side, struct mk_buf *out)
{
    SSL_shutdown(t->end[side]);
    ERR_clear_error();
    collect(t, side, out);
}

void mk_tls_save(struct mk_tls_world *w, struct mk_tls *t)
{
    if (!t->save) {
        return;
    }
    struct mk_session *s = mk_alloc(sizeof *s);
    s->name = t->save;
    t->save = NULL;
    s->session = SSL_get1_session(t->end[0]);
    s->server = t->ctx[1];
    SSL_CTX_up_ref(s->server);
    s->next = w->sessions;
    w->sessions = s;
}

void mk_tls_free(struct mk_tls *t)
{
    if (!t) {
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        SSL_set_shutdown(t->end[i],
                         SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); /* stays resumable */
        SSL_free(t->end[i]);
        SSL_CTX_free(t->ctx[i]);
    }
    free(t->save);
    free(t);
}

void mk_tls_world_free(struct mk_tls_world *w)
{
    while (w->sessions) {
        struct mk_session *s = w->sessions;

        w->sessions = s->next;
        SSL_SESSION_free(s->session);
        SSL_CTX_free(s->server);
        free(s->name);
        free(s);
    }
}
