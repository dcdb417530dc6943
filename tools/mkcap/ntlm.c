/* NTLMv2 ([MS-NLMP]): messages as in 2.2.1, keys as in 3.4.5, signatures as in 3.4.4. */
#include "ntlm.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "crypt.h"
#include "world.h"

#define NEGOTIATE_FLAGS 0xe2088297u
#define CHALLENGE_FLAGS 0xe2898235u
#define AUTHENTICATE_FLAGS 0xe2888235u
#define DATAGRAM 0x00000040u
#define SIGNATURE_NUMBER 100u /* [MS-SIPAE]: the same for every message */
#define FILETIME_1970 INT64_C(116444736000000000)
#define N_NAMES 7

struct mk_ntlm {
    char *names[N_NAMES]; /* user, domain, password, workstation, server, dns server, dns domain */
    bool is_datagram;
    struct mk_rng rng;
    uint8_t server_challenge[8];
    struct mk_buf target_info;
    struct mk_buf negotiate, challenge; /* as sent: the MIC covers them */
    uint8_t session_key[16];
};

enum { USER, DOMAIN, PASSWORD, WORKSTATION, SERVER, DNS_SERVER, DNS_DOMAIN };

struct mk_ntlm *mk_ntlm_new(const struct mk_ntlm_plan *plan, uint64_t seed)
{
    struct mk_ntlm *n = mk_alloc(sizeof *n);
    const char *const names[N_NAMES] = {plan->user,        plan->domain, plan->password,
                                        plan->workstation, plan->server, plan->dns_server,
                                        plan->dns_domain};

    for (unsigned i = 0; i < N_NAMES; i++) {
        n->names[i] = mk_copy(names[i]);
    }
    n->is_datagram = plan->is_datagram;
    n->rng.state = seed;
    mk_rng_fill(&n->rng, n->server_challenge, sizeof n->server_challenge);
    mk_rng_fill(&n->rng, n->session_key, sizeof n->session_key);
    return n;
}

void mk_ntlm_free(struct mk_ntlm *n)
{
    if (!n) {
        return;
    }
    for (unsigned i = 0; i < N_NAMES; i++) {
        free(n->names[i]);
    }
    mk_buf_free(&n->target_info);
    mk_buf_free(&n->negotiate);
    mk_buf_free(&n->challenge);
    free(n);
}

static void utf16(struct mk_buf *b, const char *ascii, bool is_upper)
{
    for (; *ascii; ascii++) {
        mk_buf_le16(b, is_upper ? (unsigned)toupper((unsigned char)*ascii) : (unsigned char)*ascii);
    }
}

void mk_ntowfv2(const char *user, const char *domain, const char *password, uint8_t out[16])
{
    struct mk_buf b = {0};
    uint8_t hash[16], mac[64];

    utf16(&b, password, false);
    mk_md4(b.ptr, b.len, hash);
    b.len = 0;
    utf16(&b, user, true);
    utf16(&b, domain, false);
    mk_hmac("MD5", hash, sizeof hash, b.ptr, b.len, mac);
    memcpy(out, mac, 16);
    mk_buf_free(&b);
}

static void av_pair(struct mk_buf *b, unsigned id, const char *text)
{
    const size_t at = b->len;

    mk_buf_le16(b, id);
    mk_buf_le16(b, 0);
    utf16(b, text, false);
    b->ptr[at + 2] = (uint8_t)(b->len - at - 4);
}

static void begin(struct mk_buf *b, unsigned type)
{
    mk_buf_add(b, "NTLMSSP", 8);
    mk_buf_le32(b, type);
}

/* Length, room and place of a field whose octets come behind the head. */
static void field(struct mk_buf *head, struct mk_buf *payload, size_t head_len, const void *octets,
                  size_t n)
{
    mk_buf_le16(head, (unsigned)n);
    mk_buf_le16(head, (unsigned)n);
    mk_buf_le32(head, (uint32_t)(head_len + payload->len));
    mk_buf_add(payload, octets, n);
}

static void version(struct mk_buf *b)
{
    static const uint8_t windows_10[8] = {10, 0, 0x61, 0x4a, 0, 0, 0, 15};

    mk_buf_add(b, windows_10, sizeof windows_10);
}

void mk_ntlm_negotiate(struct mk_ntlm *n, struct mk_buf *out)
{
    struct mk_buf *b = &n->negotiate;

    b->len = 0;
    begin(b, 1);
    mk_buf_le32(b, NEGOTIATE_FLAGS);
    mk_buf_add(b, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16); /* domain and workstation: none */
    version(b);
    mk_buf_add(out, b->ptr, b->len);
}

void mk_ntlm_challenge(struct mk_ntlm *n, int64_t now, struct mk_buf *out)
{
    struct mk_buf *b = &n->challenge;
    struct mk_buf payload = {0}, target = {0};
    const uint64_t time = (uint64_t)(now / 100 + FILETIME_1970);

    b->len = n->target_info.len = 0;
    av_pair(&n->target_info, 2, n->names[DOMAIN]);
    av_pair(&n->target_info, 1, n->names[SERVER]);
    av_pair(&n->target_info, 4, n->names[DNS_DOMAIN]);
    av_pair(&n->target_info, 3, n->names[DNS_SERVER]);
    mk_buf_le16(&n->target_info, 7);
    mk_buf_le16(&n->target_info, 8);
    mk_buf_le32(&n->target_info, (uint32_t)time);
    mk_buf_le32(&n->target_info, (uint32_t)(time >> 32));
    mk_buf_le32(&n->target_info, 0); /* end of list */

    begin(b, 2);
    utf16(&target, n->names[DOMAIN], true);
    field(b, &payload, 56, target.ptr, target.len);
    mk_buf_le32(b, CHALLENGE_FLAGS | (n->is_datagram ? DATAGRAM : 0));
    mk_buf_add(b, n->server_challenge, sizeof n->server_challenge);
    mk_buf_add(b, "\0\0\0\0\0\0\0", 8);
    field(b, &payload, 56, n->target_info.ptr, n->target_info.len);
    version(b);
    mk_buf_add(b, payload.ptr, payload.len);
    mk_buf_add(out, b->ptr, b->len);
    mk_buf_free(&payload);
    mk_buf_free(&target);
}

/* 3.3.2: what the client makes of challenge, time and target names; appends NtChallengeResponse. */
static void respond(struct mk_ntlm *n, const uint8_t key[16], struct mk_buf *out)
{
    struct mk_buf temp = {0};
    uint8_t client_challenge[8], proof[64];
    const size_t info = n->target_info.len - 4; /* without the end of list */

    mk_rng_fill(&n->rng, client_challenge, sizeof client_challenge);
    mk_buf_add(&temp, n->server_challenge, sizeof n->server_challenge);
    mk_buf_add(&temp, "\1\1\0\0\0\0\0", 8);
    mk_buf_add(&temp, n->target_info.ptr + info - 8, 8); /* the time of the challenge */
    mk_buf_add(&temp, client_challenge, sizeof client_challenge);
    mk_buf_le32(&temp, 0);
    mk_buf_add(&temp, n->target_info.ptr, info);
    if (!n->is_datagram) {
        mk_buf_le16(&temp, 6); /* flags: there is a MIC */
        mk_buf_le16(&temp, 4);
        mk_buf_le32(&temp, 2);
    }
    mk_buf_le32(&temp, 0);
    mk_buf_le32(&temp, 0);
    mk_hmac("MD5", key, 16, temp.ptr, temp.len, proof);
    mk_buf_add(out, proof, 16);
    mk_buf_add(out, temp.ptr + 8, temp.len - 8);
    mk_buf_free(&temp);
}

void mk_ntlm_authenticate(struct mk_ntlm *n, struct mk_buf *out)
{
    struct mk_buf head = {0}, payload = {0}, nt = {0}, text[3] = {{0}};
    const size_t head_len = n->is_datagram ? 72 : 88;
    uint8_t key[16], base[64], sealed[16];
    const uint8_t no_lm[24] = {0};

    mk_ntowfv2(n->names[USER], n->names[DOMAIN], n->names[PASSWORD], key);
    respond(n, key, &nt);
    mk_hmac("MD5", key, sizeof key, nt.ptr, 16, base);
    mk_rc4(base, 16, n->session_key, sizeof n->session_key, sealed);
    utf16(&text[0], n->names[DOMAIN], false);
    utf16(&text[1], n->names[USER], false);
    utf16(&text[2], n->names[WORKSTATION], false);

    struct mk_buf names = {0}; /* they stand before the responses */
    begin(&head, 3);
    const size_t lm_at = head_len + text[0].len + text[1].len + text[2].len;
    field(&head, &payload, lm_at, no_lm, sizeof no_lm);
    field(&head, &payload, lm_at, nt.ptr, nt.len);
    for (unsigned i = 0; i < 3; i++) {
        field(&head, &names, head_len, text[i].ptr, text[i].len);
        mk_buf_free(&text[i]);
    }
    field(&head, &payload, lm_at, sealed, sizeof sealed);
    mk_buf_le32(&head, AUTHENTICATE_FLAGS | (n->is_datagram ? DATAGRAM : 0));
    version(&head);
    const size_t mic_at = head.len;
    if (!n->is_datagram) {
        mk_buf_add(&head, no_lm, 16);
    }
    mk_buf_add(&head, names.ptr, names.len);
    mk_buf_add(&head, payload.ptr, payload.len);
    if (!n->is_datagram) {
        struct mk_buf all = {0};
        uint8_t mic[64];

        mk_buf_add(&all, n->negotiate.ptr, n->negotiate.len);
        mk_buf_add(&all, n->challenge.ptr, n->challenge.len);
        mk_buf_add(&all, head.ptr, head.len);
        mk_hmac("MD5", n->session_key, sizeof n->session_key, all.ptr, all.len, mic);
        memcpy(head.ptr + mic_at, mic, 16);
        mk_buf_free(&all);
    }
    mk_buf_add(out, head.ptr, head.len);
    mk_buf_free(&head);
    mk_buf_free(&names);
    mk_buf_free(&payload);
    mk_buf_free(&nt);
}

/* 3.4.5.2, 3.4.5.3: the signing or sealing key of a side. */
static void derive(const struct mk_ntlm *n, unsigned side, const char *purpose, uint8_t out[16])
{
    struct mk_buf b = {0};
    uint8_t digest[64];

    mk_buf_add(&b, n->session_key, sizeof n->session_key);
    mk_buf_printf(&b, "session key to %s %s key magic constant",
                  side ? "server-to-client" : "client-to-server", purpose);
    mk_buf_u8(&b, 0);
    mk_digest("MD5", b.ptr, b.len, digest);
    memcpy(out, digest, 16);
    mk_buf_free(&b);
}

void mk_ntlm_sign(const struct mk_ntlm *n, unsigned side, const void *octets, size_t len,
                  uint8_t out[16])
{
    struct mk_buf b = {0};
    uint8_t sign_key[16], seal_key[20], number_key[64], mac[64];
    const uint8_t head[4] = {1, 0, 0, 0}, number[4] = {SIGNATURE_NUMBER, 0, 0, 0};

    derive(n, side, "signing", sign_key);
    derive(n, side, "sealing", seal_key);
    memcpy(seal_key + 16, number, 4); /* datagrams: a key for each number */
    mk_digest("MD5", seal_key, sizeof seal_key, number_key);
    mk_buf_add(&b, number, 4);
    mk_buf_add(&b, octets, len);
    mk_hmac("MD5", sign_key, sizeof sign_key, b.ptr, b.len, mac);
    memcpy(out, head, 4);
    mk_rc4(number_key, 16, mac, 8, out + 4);
    memcpy(out + 12, number, 4);
    mk_buf_free(&b);
}
