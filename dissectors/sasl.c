/*
 * Buffers of a SASL security layer (RFC 4422, section 3.7) without their length: what was only
 * signed is read by who speaks inside, what was sealed is named.
 *
 *   Kerberos, RFC 4121, section 4.2.6:
 *       05 04 flags ff EC(2) RRC(2) sequence(8) | octets turned right by RRC
 *   Kerberos, RFC 1964, section 1.2:
 *       60 len OID 02 01 sign(2) seal(2) ffff sequence(8) sum | confounder(8) octets padding
 *   NTLM, [MS-NLMP], section 2.2.2.9:
 *       01 00 00 00 sum(8) sequence(4) | octets
 *   DIGEST-MD5, RFC 2831, section 2.3:
 *       octets | sum(10) 00 01 sequence(4)
 */
#include <signscope/der.h>
#include <signscope/dissector.h>
#include <signscope/limits.h>

#define WRAP_LEN 16 /* octets before the data of a new Kerberos token */
#define IS_SEALED 0x02
#define NTLM_LEN 16
#define DIGEST_LEN 16
#define CONFOUNDER_LEN 8
#define NO_SEAL 0xffff
#define SIGN_SHA1_DES3 0x0400 /* the one with a longer sum */
#define KRB5 SGS_LIT("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02")

enum verdict { UNKNOWN, SIGNED, SEALED };

struct sasl {
    struct sgs_layer *inside;
    enum verdict ntlm; /* what was agreed on holds for all buffers */
    bool is_named;
};

/* What a buffer turned out to be. */
struct found {
    enum verdict verdict;
    const char *mech;       /* NULL: nobody's that is known */
    struct sgs_slice plain; /* of a signed one */
};

/* Octets as they were before they were turned right by n: RFC 4121, section 4.2.5. */
static struct sgs_slice turn_back(struct sgs_arena *a, struct sgs_slice s, size_t n)
{
    struct sgs_slice right = sgs_slice_head(s, n), left = sgs_slice_from(s, n);
    uint8_t *to = n > 0 ? sgs_arena_alloc(a, s.len) : NULL;

    for (size_t i = 0; to && i < s.len; i++) {
        to[i] = i < left.len ? left.ptr[i] : right.ptr[i - left.len];
    }
    return to ? sgs_slice(to, s.len) : n > 0 ? (struct sgs_slice){NULL, 0} : s;
}

static bool open_new_wrap(struct sgs_arena *a, struct sgs_slice token, struct found *out)
{
    struct sgs_reader r = rd_open(token);
    uint16_t id = rd_be16(&r);
    uint8_t flags = rd_u8(&r);

    rd_skip(&r, 1);
    uint16_t extra = rd_be16(&r);
    uint16_t turned = rd_be16(&r);
    rd_skip(&r, WRAP_LEN - 8);
    struct sgs_slice rest = rd_rest(&r);
    if (!rd_ok(&r) || id != 0x0504) {
        return false;
    }
    *out = (struct found){
        SEALED, "Kerberos 5", {NULL, 0}
    };
    if (!(flags & IS_SEALED) && extra <= rest.len) {
        rest = turn_back(a, rest, rest.len > 0 ? turned % rest.len : 0);
        out->plain = sgs_slice_head(rest, rest.len > extra ? rest.len - extra : 0);
        out->verdict = SIGNED;
    }
    return true;
}

static bool open_old_wrap(struct sgs_slice token, struct found *out)
{
    struct sgs_reader r = rd_open(token);
    uint8_t tag = 0;
    uint32_t len = 0;

    if (!sgs_der_head(&r, &tag, &len) || tag != SGS_DER_APPLICATION(0) ||
        !sgs_slice_eq(sgs_der_value(&r, SGS_DER_OID), KRB5) || rd_be16(&r) != 0x0201) {
        return false;
    }
    uint16_t sign = rd_be16(&r);
    uint16_t seal = rd_be16(&r);
    rd_skip(&r, 2 + 8 + (sign == SIGN_SHA1_DES3 ? 20 : 8) + CONFOUNDER_LEN);
    struct sgs_slice rest = rd_rest(&r);
    if (!rd_ok(&r)) {
        return false;
    }
    *out = (struct found){
        SEALED, "Kerberos 5", {NULL, 0}
    };
    size_t padding = rest.len > 0 ? rest.ptr[rest.len - 1] : 0;
    if (seal == NO_SEAL && padding <= rest.len) {
        out->plain = sgs_slice_head(rest, rest.len - padding);
        out->verdict = SIGNED;
    }
    return true;
}

/* The head of a message of LDAP: chance gives such octets once in millions. */
static bool is_readable(struct sgs_slice octets)
{
    struct sgs_reader r = rd_open(octets);
    uint8_t tag = 0;
    uint32_t len = 0;
    bool is_sequence = sgs_der_head(&r, &tag, &len) && tag == SGS_DER_SEQUENCE;

    return is_sequence && rd_u8(&r) == SGS_DER_INTEGER && rd_u8(&r) <= 4 && rd_ok(&r);
}

static bool open_ntlm(struct sasl *st, struct sgs_slice token, struct found *out)
{
    struct sgs_slice plain = sgs_slice_from(token, NTLM_LEN);

    if (!sgs_slice_starts(token, SGS_LIT("\1\0\0\0")) || token.len < NTLM_LEN) {
        return false;
    }
    if (st->ntlm == UNKNOWN) {
        st->ntlm = is_readable(plain) ? SIGNED : SEALED;
    }
    *out = (struct found){st->ntlm, "NTLMSSP", plain};
    return true;
}

static bool open_digest(struct sgs_slice token, struct found *out)
{
    struct sgs_slice plain =
        sgs_slice_head(token, token.len > DIGEST_LEN ? token.len - DIGEST_LEN : 0);
    struct sgs_slice version = rd_at(token, plain.len + 10, 2);

    if (!sgs_slice_eq(version, SGS_LIT("\0\1")) || plain.len == 0) {
        return false;
    }
    *out = (struct found){is_readable(plain) ? SIGNED : SEALED, "DIGEST-MD5", plain};
    return true;
}

static void name_it(struct sgs_layer *l, enum sgs_dir dir, const struct found *f)
{
    struct sasl *st = sgs_state(l);

    if (!st->is_named) {
        st->is_named = true;
        struct sgs_draft *ev = sgs_event_open(l, dir, SGS_K_PROTO_NAMED);
        ev_str(ev, SGS_F_NAME, "SASL");
        ev_str(ev, SGS_F_BY, "buffer");
        ev_str(ev, SGS_F_MECH, f->mech);
        ev_str(ev, SGS_F_PROTECTION, "sealed");
        sgs_emit(ev);
    }
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice token)
{
    struct sasl *st = sgs_state(l);
    struct found f = {
        SEALED, NULL, {NULL, 0}
    };

    if (sgs_is_cut(l)) { /* how its octets were turned shows at its end */
        sgs_lose(st->inside, dir, 0);
        return;
    }
    if (!open_new_wrap(sgs_scratch(l), token, &f) && !open_old_wrap(token, &f) &&
        !open_ntlm(st, token, &f)) {
        (void)open_digest(token, &f);
    }
    if (f.verdict == SEALED) {
        name_it(l, dir, &f);
        return;
    }
    if (!st->inside) {
        st->inside = sgs_start(l, SGS_BY_NAME, SGS_LIT("ldap"));
        sgs_put(st->inside, SGS_NOTE_PROTECTION, SGS_LIT("signed"));
    }
    sgs_push(st->inside, dir, f.plain);
}

static const struct sgs_claim claims[] = {
    {SGS_BY_NAME, "sasl"},
    {0,           NULL  },
};

SGS_DISSECTOR(sasl) = {
    .name = "sasl",
    .title = "SASL",
    .claims = claims,
    .state_size = sizeof(struct sasl),
    .max_message = SGS_MAX_LDAP_MESSAGE,
    .takes_cut = true,
    .message = message,
};
