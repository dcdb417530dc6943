/*
 * SPNEGO (RFC 4178, section 4.2, with what [MS-SPNG] adds): which mechanism both sides take, and
 * the tokens of that mechanism, which go to its own dissector.  The scheme Negotiate (RFC 4559)
 * also brings such tokens without SPNEGO around them.
 *
 *   InitialContextToken  60 len  06 06 2b0601050502  NegTokenInit          RFC 2743, section 3.1
 *   NegTokenInit         a0 len 30 len  [0] mechTypes  [1] reqFlags  [2] mechToken  [3] MIC
 *   NegTokenResp         a1 len 30 len  [0] negState  [1] supportedMech  [2] token  [3] MIC
 */
#include <signscope/der.h>
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/names.h>

#define THIS_MECH SGS_LIT("\x2b\x06\x01\x05\x05\x02")

static const struct {
    const char *oid;
    const char *name;
} mechs[] = {
    {"1.2.840.113554.1.2.2",   "Kerberos 5"             },
    {"1.2.840.48018.1.2.2",    "MS Kerberos 5"          }, /* a slip of Windows 2000, kept since */
    {"1.2.840.113554.1.2.2.3", "Kerberos 5 user-to-user"},
    {"1.3.6.1.4.1.311.2.2.10", "NTLMSSP"                },
    {"1.3.6.1.4.1.311.2.2.30", "NEGOEX"                 },
    {"1.3.6.1.5.2.5",          "IAKERB"                 },
};

static const struct sgs_value_name states[] = {
    {0, "accept-completed" },
    {1, "accept-incomplete"},
    {2, "reject"           },
    {3, "request-mic"      },
};

/* The name of a mechanism, or its number. */
static struct sgs_slice mech_name(struct sgs_layer *l, struct sgs_slice oid)
{
    struct sgs_slice text = sgs_der_oid(sgs_scratch(l), oid);

    for (size_t i = 0; i < sizeof mechs / sizeof *mechs; i++) {
        if (sgs_slice_eq(text, sgs_slice_str(mechs[i].oid))) {
            return sgs_slice_str(mechs[i].name);
        }
    }
    return text;
}

/* A mechanism's token shows what it is; what the sides agreed on may not have been captured. */
static void carry(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice token)
{
    struct sgs_reader r = rd_open(token);
    struct sgs_slice name = {NULL, 0};

    if (sgs_slice_starts(token, SGS_LIT("NTLMSSP\0"))) {
        name = SGS_LIT("ntlm");
    } else if ((rd_u8(&r) & 0xe0) == SGS_DER_APPLICATION(0)) {
        name = SGS_LIT("kerberos");
    }
    if (name.len > 0) {
        sgs_push(sgs_child(l, name, SGS_BY_NAME, name), dir, token);
    }
}

static void put_mechs(struct sgs_layer *l, struct sgs_draft *d, struct sgs_reader *r)
{
    struct sgs_reader list = sgs_der_enter(r, SGS_DER_SEQUENCE);
    struct sgs_der e;

    for (size_t n = 0; n < SGS_MAX_EVENT_ITEMS && sgs_der_next(&list, &e); n++) {
        if (e.tag == SGS_DER_OID) {
            ev_item(d, SGS_F_MECHS, mech_name(l, e.value));
        }
    }
    r->bad |= list.bad;
}

static void put_state(struct sgs_layer *l, struct sgs_draft *d, struct sgs_reader *r)
{
    int64_t state = sgs_der_int(r);

    if (rd_ok(r)) {
        ev_text(d, SGS_F_NEG_STATE,
                SGS_NAME_OR_NUMBER(states, (uint32_t)state, "", sgs_scratch(l)));
    }
}

/* One member; *out_token is what it brings for a mechanism, if it does. */
static void put_member(struct sgs_layer *l, struct sgs_draft *d, bool is_init, struct sgs_der e,
                       struct sgs_reader *bad, struct sgs_slice *out_token)
{
    struct sgs_reader r = rd_open(e.value);

    switch (e.tag) {
    case SGS_DER_CONTEXT(0):
        if (is_init) {
            put_mechs(l, d, &r);
        } else {
            put_state(l, d, &r);
        }
        break;
    case SGS_DER_CONTEXT(1):
        if (!is_init) {
            ev_text(d, SGS_F_MECH, mech_name(l, sgs_der_value(&r, SGS_DER_OID)));
        }
        break;
    case SGS_DER_CONTEXT(2):
        *out_token = sgs_der_value(&r, SGS_DER_OCTET_STRING);
        break;
    case SGS_DER_CONTEXT(3): /* of a server's NegTokenInit2 negHints, and the MIC is [4] */
    case SGS_DER_CONTEXT(4):
        if (sgs_der_next(&r, &e) && e.tag == SGS_DER_OCTET_STRING) {
            ev_bool(d, SGS_F_MIC, true);
        }
        break;
    default:
        break;
    }
    bad->bad |= r.bad;
}

/* NegTokenInit or NegTokenResp at the head of r. */
static void read_token(struct sgs_layer *l, enum sgs_dir dir, struct sgs_reader *r, bool is_init)
{
    struct sgs_reader outer = sgs_der_enter(r, SGS_DER_CONTEXT(is_init ? 0 : 1));
    struct sgs_reader members = sgs_der_enter(&outer, SGS_DER_SEQUENCE);
    struct sgs_slice token = {NULL, 0};
    struct sgs_der e;

    if (!rd_ok(&members)) {
        sgs_malformed(l, dir, "SPNEGO message against its grammar", 0);
        return;
    }
    struct sgs_draft *d =
        sgs_event_open(l, dir, is_init ? SGS_K_SPNEGO_INIT : SGS_K_SPNEGO_RESPONSE);
    ev_text(d, SGS_F_CARRIER, sgs_get(l, SGS_NOTE_CARRIER));
    struct sgs_reader bad = rd_open(token);
    while (sgs_der_next(&members, &e)) {
        put_member(l, d, is_init, e, &bad, &token);
    }
    carry(l, dir, token);
    sgs_emit(d);
    if (members.bad || bad.bad) {
        sgs_malformed(l, dir, "SPNEGO message against its grammar", 0);
    }
}

/* True when r is a token of SPNEGO with the head of RFC 2743, which is then read.  Only the first
 * one should have it; mod_auth_kerb also puts it before its answers. */
static bool take_head(struct sgs_reader *r)
{
    struct sgs_reader all = *r;
    struct sgs_reader in = sgs_der_enter(&all, SGS_DER_APPLICATION(0));
    struct sgs_slice mech = sgs_der_value(&in, SGS_DER_OID);

    if (!rd_ok(&in) || !sgs_slice_eq(mech, THIS_MECH)) {
        return false;
    }
    *r = in;
    return true;
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sgs_reader r = rd_open(msg);
    bool has_head = take_head(&r);
    struct sgs_reader peek = r;
    uint8_t tag = rd_u8(&peek);

    if (has_head || tag == SGS_DER_CONTEXT(0) || tag == SGS_DER_CONTEXT(1)) {
        read_token(l, dir, &r, tag != SGS_DER_CONTEXT(1));
    } else {
        carry(l, dir, msg);
    }
}

static const struct sgs_claim claims[] = {
    {SGS_BY_SCHEME, "Negotiate"},
    {SGS_BY_NAME,   "spnego"   },
    {0,             NULL       },
};

SGS_DISSECTOR(spnego) = {
    .name = "spnego",
    .title = "SPNEGO",
    .claims = claims,
    .max_message = SGS_MAX_TOKEN,
    .message = message,
};
