/*
 * NTLM ([MS-NLMP], section 2.2): the three messages, whoever carries them.  Names lie in a payload
 * to which the head points with fields of length(2), room(2) and offset(4), little endian.
 *
 *    0          8      12                  20      24          32        40            48
 *   +----------+------+-------------------+-------+-----------+---------+-------------+--------
 *   | NTLMSSP0 | type | ...               |                                           | payload
 *   +----------+------+-------------------+-------+-----------+---------+-------------+--------
 *   NEGOTIATE     1    flags domain        workstation          version
 *   CHALLENGE     2    target flags        challenge  reserved  target info  version
 *   AUTHENTICATE  3    LM NT domain user workstation key (12..60) flags(60) version(64) MIC(72)
 *
 * Challenges, responses, keys and MICs are looked at, but never passed on.
 */
#include <signscope/codec.h>
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/names.h>
#include <signscope/reader.h>

#define SIGNATURE SGS_LIT("NTLMSSP\0")
#define MIC_END 88
#define FLAGS_END 64 /* of AUTHENTICATE: in the oldest ones the payload lies there already */
#define V1_LEN 24    /* octets of a response of version 1: section 2.2.2.6 */
#define V2_AV_OFF 44 /* of the list of names in a response of version 2: sections 2.2.2.7, .8 */
#define V2_TIME_OFF 24
#define FILETIME_1970 UINT64_C(116444736000000000)

#define FLAG_UNICODE 0x00000001u
#define FLAG_EXTENDED_SESSIONSECURITY 0x00080000u
#define FLAG_VERSION 0x02000000u

/* Section 2.2.2.5, from the lowest bit; the others are reserved. */
static const struct sgs_value_name flags[] = {
    {0x00000001, "NTLMSSP_NEGOTIATE_UNICODE"                 },
    {0x00000002, "NTLM_NEGOTIATE_OEM"                        },
    {0x00000004, "NTLMSSP_REQUEST_TARGET"                    },
    {0x00000010, "NTLMSSP_NEGOTIATE_SIGN"                    },
    {0x00000020, "NTLMSSP_NEGOTIATE_SEAL"                    },
    {0x00000040, "NTLMSSP_NEGOTIATE_DATAGRAM"                },
    {0x00000080, "NTLMSSP_NEGOTIATE_LM_KEY"                  },
    {0x00000200, "NTLMSSP_NEGOTIATE_NTLM"                    },
    {0x00000800, "NTLMSSP_NEGOTIATE_ANONYMOUS"               },
    {0x00001000, "NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED"     },
    {0x00002000, "NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED"},
    {0x00008000, "NTLMSSP_NEGOTIATE_ALWAYS_SIGN"             },
    {0x00010000, "NTLMSSP_TARGET_TYPE_DOMAIN"                },
    {0x00020000, "NTLMSSP_TARGET_TYPE_SERVER"                },
    {0x00080000, "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY"},
    {0x00100000, "NTLMSSP_NEGOTIATE_IDENTIFY"                },
    {0x00400000, "NTLMSSP_REQUEST_NON_NT_SESSION_KEY"        },
    {0x00800000, "NTLMSSP_NEGOTIATE_TARGET_INFO"             },
    {0x02000000, "NTLMSSP_NEGOTIATE_VERSION"                 },
    {0x20000000, "NTLMSSP_NEGOTIATE_128"                     },
    {0x40000000, "NTLMSSP_NEGOTIATE_KEY_EXCH"                },
    {0x80000000, "NTLMSSP_NEGOTIATE_56"                      },
};

/* AV_PAIR: section 2.2.2.1. */
enum {
    AV_EOL,
    AV_NB_COMPUTER_NAME,
    AV_NB_DOMAIN_NAME,
    AV_DNS_COMPUTER_NAME,
    AV_DNS_DOMAIN_NAME,
    AV_DNS_TREE_NAME,
    AV_FLAGS,
    AV_TIMESTAMP,
    AV_SINGLE_HOST,
    AV_TARGET_NAME,
    AV_CHANNEL_BINDINGS
};
#define AV_FLAG_MIC 0x2u
#define MAX_AV_PAIRS 64 /* of one list: there are ten kinds */

static const struct sgs_value_name av_names[] = {
    {AV_NB_COMPUTER_NAME,  "MsvAvNbComputerName" },
    {AV_NB_DOMAIN_NAME,    "MsvAvNbDomainName"   },
    {AV_DNS_COMPUTER_NAME, "MsvAvDnsComputerName"},
    {AV_DNS_DOMAIN_NAME,   "MsvAvDnsDomainName"  },
    {AV_DNS_TREE_NAME,     "MsvAvDnsTreeName"    },
    {AV_TARGET_NAME,       "MsvAvTargetName"     },
};

struct ntlm {
    uint32_t flags; /* of the last challenge: they say how the answer spells its names */
};

/* One message on its way into an event. */
struct work {
    struct sgs_layer *l;
    enum sgs_dir dir;
    struct sgs_slice msg;
    struct sgs_draft *d;
    size_t payload;    /* offset of the first octet that a field points to; msg.len: none */
    bool is_unicode;   /* names are UTF-16LE, else in a character set of the machine */
    bool has_mic_flag; /* MsvAvFlags tells of a MIC */
    const char *wrong; /* what malformed says, once; NULL: nothing */
    size_t wrong_at;
};

static void wrong(struct work *w, const char *what, size_t off)
{
    if (!w->wrong) {
        w->wrong = what;
        w->wrong_at = off;
    }
}

/* The octets that the field at the head of r points to. */
static struct sgs_slice field(struct work *w, struct sgs_reader *r)
{
    size_t at = r->off;
    uint16_t len = rd_le16(r);
    rd_skip(r, 2);
    uint32_t off = rd_le32(r);

    if (!rd_ok(r) || len == 0) {
        return (struct sgs_slice){NULL, 0};
    }
    struct sgs_slice s = rd_at(w->msg, off, len);
    if (!s.ptr) {
        wrong(w, "a field points outside the message", at);
        return s;
    }
    w->payload = off < w->payload ? off : w->payload;
    return s;
}

static struct sgs_slice text_of(const struct work *w, struct sgs_slice s)
{
    return w->is_unicode ? sgs_utf16le_decode(sgs_scratch(w->l), s) : s;
}

static void put_flags(const struct work *w, uint32_t value)
{
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (value & flags[i].value) {
            ev_item(w->d, SGS_F_FLAGS, sgs_slice_str(flags[i].name));
        }
    }
}

/* VERSION: section 2.2.2.10.  It is there when the flags say so and no name lies in its place. */
static void put_version(const struct work *w, struct sgs_reader *r, uint32_t value)
{
    size_t end = r->off + 8;
    unsigned major = rd_u8(r);
    unsigned minor = rd_u8(r);
    unsigned build = rd_le16(r);

    rd_skip(r, 4); /* reserved, revision of NTLM */
    if (rd_ok(r) && (value & FLAG_VERSION) && end <= w->payload) {
        ev_text(w->d, SGS_F_OS_VERSION,
                sgs_arena_printf(sgs_scratch(w->l), "%u.%u.%u", major, minor, build));
    }
}

static void put_filetime(struct sgs_draft *d, uint64_t ticks)
{
    if (ticks >= FILETIME_1970) {
        ticks -= FILETIME_1970;
        ev_time(d, SGS_F_TIMESTAMP,
                sgs_time_from((int64_t)(ticks / 10000000), (int64_t)(ticks % 10000000 * 100)));
    }
}

static bool is_zero(struct sgs_slice s)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] == 0) {
        n++;
    }
    return n == s.len;
}

static void put_pair(struct work *w, uint16_t id, struct sgs_slice value)
{
    struct sgs_reader r = rd_open(value);
    const char *name = SGS_NAME_FIND(av_names, id);

    if (name && value.len > 0) {
        ev_member(w->d, SGS_F_TARGET_INFO, sgs_slice_str(name),
                  sgs_utf16le_decode(sgs_scratch(w->l), value));
    } else if (id == AV_FLAGS) {
        uint32_t bits = rd_le32(&r);
        ev_member_int(w->d, SGS_F_TARGET_INFO, SGS_LIT("MsvAvFlags"), bits);
        w->has_mic_flag = bits & AV_FLAG_MIC;
    } else if (id == AV_TIMESTAMP) {
        put_filetime(w->d, rd_le64(&r));
    } else if (id == AV_CHANNEL_BINDINGS) {
        ev_bool(w->d, SGS_F_CHANNEL_BINDING, !is_zero(value));
    }
}

/* A list of AV_PAIRs; at: its offset in the message. */
static void put_target_info(struct work *w, struct sgs_slice list, size_t at)
{
    struct sgs_reader r = rd_open(list);

    for (size_t n = 0; rd_more(&r); n++) {
        uint16_t id = rd_le16(&r);
        struct sgs_slice value = rd_take(&r, rd_le16(&r));
        if (id == AV_EOL && rd_ok(&r)) {
            return;
        }
        if (n == MAX_AV_PAIRS) {
            sgs_limit(w->l, w->dir, "ntlm.av_pairs", MAX_AV_PAIRS);
            return;
        }
        if (rd_ok(&r)) {
            put_pair(w, id, value);
        }
    }
    if (list.len > 0) {
        wrong(w, "target information without an end", at);
    }
}

/* messages */

static void negotiate(struct work *w, struct sgs_reader *r)
{
    uint32_t value = rd_le32(r);

    if (!rd_ok(r)) {
        wrong(w, "message cut short", w->msg.len);
        return;
    }
    put_flags(w, value);
    struct sgs_slice domain = field(w, r); /* never in Unicode: section 2.2.1.1 */
    struct sgs_slice workstation = field(w, r);
    ev_text(w->d, SGS_F_DOMAIN, domain);
    ev_text(w->d, SGS_F_WORKSTATION, workstation);
    put_version(w, r, value);
}

static void challenge(struct work *w, struct sgs_reader *r)
{
    struct ntlm *st = sgs_state(w->l);
    struct sgs_slice target = field(w, r);
    uint32_t value = rd_le32(r);

    rd_skip(r, 8); /* the challenge */
    if (!rd_ok(r)) {
        wrong(w, "message cut short", w->msg.len);
        return;
    }
    st->flags = value;
    w->is_unicode = value & FLAG_UNICODE;
    ev_text(w->d, SGS_F_TARGET, text_of(w, target));
    put_flags(w, value);
    rd_skip(r, 8); /* reserved */
    size_t at = r->off;
    put_target_info(w, field(w, r), at);
    put_version(w, r, value);
}

static void put_kind(const struct work *w, const char *kind)
{
    ev_item(w->d, SGS_F_RESPONSES, sgs_slice_str(kind));
}

/* Which responses are there: section 3.3; extended: extended session security was agreed on. */
static void put_responses(const struct work *w, struct sgs_slice lm, struct sgs_slice nt,
                          bool extended)
{
    bool is_v2 = nt.len > V1_LEN;
    bool has_lm = lm.len == V1_LEN && !is_zero(lm) && !sgs_slice_eq(lm, nt);

    if (nt.len == 0 && is_zero(lm)) {
        put_kind(w, "anonymous");
    } else if (is_v2) {
        if (has_lm) {
            put_kind(w, "LMv2");
        }
        put_kind(w, "NTLMv2");
    } else if (nt.len == V1_LEN && extended && lm.len == V1_LEN && is_zero(sgs_slice_from(lm, 8))) {
        put_kind(w, "NTLM2 session"); /* the LM response is a nonce of 8 octets, and zeros */
    } else {
        if (has_lm) {
            put_kind(w, "LM");
        }
        if (nt.len == V1_LEN) {
            put_kind(w, "NTLMv1");
        }
    }
}

/* The client's part of a response of version 2: section 2.2.2.7. */
static void put_client_challenge(struct work *w, struct sgs_slice nt, size_t at)
{
    struct sgs_reader r = rd_open(nt);

    rd_skip(&r, V2_TIME_OFF);
    uint64_t ticks = rd_le64(&r);
    if (nt.len < V2_AV_OFF) {
        wrong(w, "response of version 2 cut short", at);
        return;
    }
    put_target_info(w, sgs_slice_from(nt, V2_AV_OFF), at);
    put_filetime(w->d, ticks); /* it counts, not the server's that the list repeats */
}

static void put_mic(const struct work *w)
{
    bool has_room = w->payload >= MIC_END && w->msg.len >= MIC_END;

    ev_bool(w->d, SGS_F_MIC, w->has_mic_flag && has_room);
}

static void authenticate(struct work *w, struct sgs_reader *r)
{
    const struct ntlm *st = sgs_state(w->l);
    struct sgs_slice lm = field(w, r);
    size_t nt_at = r->off;
    struct sgs_slice nt = field(w, r);
    struct sgs_slice domain = field(w, r);
    struct sgs_slice user = field(w, r);
    struct sgs_slice workstation = field(w, r);

    if (!rd_ok(r)) {
        wrong(w, "message cut short", w->msg.len);
        return;
    }
    rd_skip(r, 8); /* where the session key is */
    uint32_t value = rd_le32(r);
    bool has_flags = rd_ok(r) && w->payload >= FLAGS_END;
    value = has_flags ? value : st->flags;
    w->is_unicode = value & FLAG_UNICODE;
    ev_text(w->d, SGS_F_DOMAIN, text_of(w, domain));
    ev_text(w->d, SGS_F_USER, text_of(w, user));
    ev_text(w->d, SGS_F_WORKSTATION, text_of(w, workstation));
    ev_bool(w->d, SGS_F_EMPTY_USER, user.len == 0);
    if (has_flags) {
        put_flags(w, value);
        put_version(w, r, value);
    }
    put_responses(w, lm, nt, value & FLAG_EXTENDED_SESSIONSECURITY);
    if (nt.len > V1_LEN) {
        put_client_challenge(w, nt, nt_at);
    }
    put_mic(w);
}

static void read_message(struct work *w, struct sgs_reader *r, enum sgs_kind kind)
{
    w->d = sgs_event_open(w->l, w->dir, kind);
    ev_text(w->d, SGS_F_CARRIER, sgs_get(w->l, SGS_NOTE_CARRIER));
    if (kind == SGS_K_NTLM_NEGOTIATE) {
        negotiate(w, r);
    } else if (kind == SGS_K_NTLM_CHALLENGE) {
        challenge(w, r);
    } else {
        authenticate(w, r);
    }
    sgs_emit(w->d);
    if (w->wrong) {
        sgs_malformed(w->l, w->dir, w->wrong, w->wrong_at);
    }
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct work w = {.l = l, .dir = dir, .msg = msg, .payload = msg.len};
    struct sgs_reader r = rd_open(msg);
    struct sgs_slice signature = rd_take(&r, 8);
    uint32_t type = rd_le32(&r);

    if (!rd_ok(&r) || !sgs_slice_eq(signature, SIGNATURE) || type < 1 || type > 3) {
        sgs_malformed(l, dir, "no NTLM message", 0);
        return;
    }
    read_message(&w, &r,
                 type == 1   ? SGS_K_NTLM_NEGOTIATE
                 : type == 2 ? SGS_K_NTLM_CHALLENGE
                             : SGS_K_NTLM_AUTHENTICATE);
}

static const struct sgs_claim claims[] = {
    {SGS_BY_SCHEME, "NTLM"},
    {SGS_BY_NAME,   "ntlm"},
    {0,             NULL  },
};

SGS_DISSECTOR(ntlm) = {
    .name = "ntlm",
    .title = "NTLM",
    .claims = claims,
    .state_size = sizeof(struct ntlm),
    .max_message = SGS_MAX_TOKEN,
    .message = message,
};
