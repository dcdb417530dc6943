/*
 * Names and data of DNS records: RFC 1035, sections 3 and 4.1.4, in the presentation form of its
 * section 5.1, with SRV (RFC 2782), SVCB and HTTPS (RFC 9460), URI (RFC 7553), CAA (RFC 8659) and
 * NAPTR (RFC 3403); data of other types as RFC 3597, section 5, has them.
 *
 *   name: { length(1..63) label }* 0, or a pointer 11xxxxxx xxxxxxxx to an earlier name, which may
 *   also stand behind some labels
 */
#include <signscope/addr.h>
#include <signscope/limits.h>
#include <signscope/names.h>

#include "dns.h"

enum {
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    TYPE_PTR = 12,
    TYPE_MX = 15,
    TYPE_TXT = 16,
    TYPE_AAAA = 28,
    TYPE_SRV = 33,
    TYPE_NAPTR = 35,
    TYPE_DNAME = 39,
    TYPE_SVCB = 64,
    TYPE_HTTPS = 65,
    TYPE_SPF = 99,
    TYPE_URI = 256,
    TYPE_CAA = 257
};

static const struct sgs_value_name types[] = {
    {1,     "A"         },
    {2,     "NS"        },
    {3,     "MD"        },
    {4,     "MF"        },
    {5,     "CNAME"     },
    {6,     "SOA"       },
    {7,     "MB"        },
    {8,     "MG"        },
    {9,     "MR"        },
    {10,    "NULL"      },
    {11,    "WKS"       },
    {12,    "PTR"       },
    {13,    "HINFO"     },
    {14,    "MINFO"     },
    {15,    "MX"        },
    {16,    "TXT"       },
    {17,    "RP"        },
    {18,    "AFSDB"     },
    {24,    "SIG"       },
    {25,    "KEY"       },
    {28,    "AAAA"      },
    {29,    "LOC"       },
    {33,    "SRV"       },
    {35,    "NAPTR"     },
    {36,    "KX"        },
    {37,    "CERT"      },
    {38,    "A6"        },
    {39,    "DNAME"     },
    {41,    "OPT"       },
    {42,    "APL"       },
    {43,    "DS"        },
    {44,    "SSHFP"     },
    {45,    "IPSECKEY"  },
    {46,    "RRSIG"     },
    {47,    "NSEC"      },
    {48,    "DNSKEY"    },
    {49,    "DHCID"     },
    {50,    "NSEC3"     },
    {51,    "NSEC3PARAM"},
    {52,    "TLSA"      },
    {53,    "SMIMEA"    },
    {55,    "HIP"       },
    {59,    "CDS"       },
    {60,    "CDNSKEY"   },
    {61,    "OPENPGPKEY"},
    {62,    "CSYNC"     },
    {63,    "ZONEMD"    },
    {64,    "SVCB"      },
    {65,    "HTTPS"     },
    {99,    "SPF"       },
    {249,   "TKEY"      },
    {250,   "TSIG"      },
    {251,   "IXFR"      },
    {252,   "AXFR"      },
    {253,   "MAILB"     },
    {254,   "MAILA"     },
    {255,   "ANY"       },
    {256,   "URI"       },
    {257,   "CAA"       },
    {32768, "TA"        },
    {32769, "DLV"       },
};

static const struct sgs_value_name svc_keys[] = {
    {0, "mandatory"      },
    {1, "alpn"           },
    {2, "no-default-alpn"},
    {3, "port"           },
    {4, "ipv4hint"       },
    {5, "ech"            },
    {6, "ipv6hint"       },
    {7, "dohpath"        },
    {8, "ohttp"          },
};

void sgs_dns_wrong(struct sgs_dns_reading *m, const char *what, size_t off)
{
    if (!m->wrong) {
        m->wrong = what;
        m->wrong_off = off;
    }
}

/* names */

static bool add_label(struct sgs_dns_name *to, struct sgs_slice label)
{
    if (to->len + 1 + label.len + 1 > SGS_DNS_MAX_NAME) {
        return false;
    }
    to->octets[to->len++] = (uint8_t)label.len;
    for (size_t i = 0; i < label.len; i++) {
        to->octets[to->len++] = label.ptr[i];
    }
    return true;
}

/* Reads the name at r, whose window ends somewhere in the message; pointers leave it. */
bool sgs_dns_read_name(struct sgs_dns_reading *m, struct sgs_reader *r, struct sgs_dns_name *out)
{
    struct sgs_reader at = *r;
    unsigned jumps = 0;

    out->len = 0;
    for (;;) {
        uint8_t len = rd_u8(&at);
        if (!rd_ok(&at)) {
            sgs_dns_wrong(m, "name cut short", m->msg.len);
            break;
        }
        if (len == 0) {
            *r = jumps > 0 ? *r : at;
            return true;
        }
        if (len < 0x40) {
            if (!add_label(out, rd_take(&at, len))) {
                sgs_dns_wrong(m, "name longer than 255 octets", at.off);
                break;
            }
            continue;
        }
        size_t off = (size_t)(len & 0x3f) << 8 | rd_u8(&at);
        if (len < 0xc0 || !rd_ok(&at)) {
            sgs_dns_wrong(m, "label of unknown kind", at.off);
            break;
        }
        *r = jumps > 0 ? *r : at;
        if (++jumps > SGS_MAX_DNS_JUMPS) {
            sgs_limit(m->l, m->dir, "dns.jumps", SGS_MAX_DNS_JUMPS);
            m->has_reached_limit = true;
            break;
        }
        at = rd_open(m->msg);
        rd_skip(&at, off);
    }
    r->bad = true;
    return false;
}

/* One octet of a label or string: RFC 1035, section 5.1. */
static void put_octet(struct sgs_buf *to, uint8_t c, uint8_t special)
{
    if (c <= 0x20 || c >= 0x7f) {
        (void)sgs_buf_printf(to, "\\%03u", (unsigned)c);
        return;
    }
    if (c == '\\' || c == special) {
        (void)sgs_buf_add_octet(to, '\\');
    }
    (void)sgs_buf_add_octet(to, c);
}

void sgs_dns_put_name(struct sgs_buf *to, const struct sgs_dns_name *name)
{
    struct sgs_reader r = rd_open(sgs_slice(name->octets, name->len));

    if (name->len == 0) {
        (void)sgs_buf_add_octet(to, '.');
    }
    while (rd_more(&r)) {
        struct sgs_slice label = rd_take(&r, rd_u8(&r));
        for (size_t i = 0; i < label.len; i++) {
            put_octet(to, label.ptr[i], '.');
        }
        if (rd_more(&r)) {
            (void)sgs_buf_add_octet(to, '.');
        }
    }
}

/* Reads a name and writes it. */
static void copy_name(struct sgs_dns_reading *m, struct sgs_reader *r)
{
    struct sgs_dns_name name;

    if (sgs_dns_read_name(m, r, &name)) {
        sgs_dns_put_name(&m->text, &name);
    }
}

/* data of records */

static void put_address(struct sgs_buf *to, struct sgs_slice octets)
{
    struct sgs_addr a = {.len = (uint8_t)octets.len};
    char text[SGS_ADDR_TEXT_LEN];

    for (size_t i = 0; i < octets.len && i < sizeof a.ip; i++) {
        a.ip[i] = octets.ptr[i];
    }
    sgs_addr_host(&a, text);
    (void)sgs_buf_add_str(to, text);
}

static void put_quoted(struct sgs_buf *to, struct sgs_slice s)
{
    (void)sgs_buf_add_octet(to, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == ' ') {
            (void)sgs_buf_add_octet(to, ' ');
        } else {
            put_octet(to, s.ptr[i], '"');
        }
    }
    (void)sgs_buf_add_octet(to, '"');
}

/* n numbers of 16 bits, a blank behind each. */
static void copy_u16(struct sgs_dns_reading *m, struct sgs_reader *r, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        (void)sgs_buf_printf(&m->text, "%u ", (unsigned)rd_be16(r));
    }
}

static void data_a(struct sgs_dns_reading *m, struct sgs_reader *r)
{
    put_address(&m->text, rd_take(r, 4));
}

static void data_aaaa(struct sgs_dns_reading *m, struct sgs_reader *r)
{
    put_address(&m->text, rd_take(r, 16));
}

static void data_mx(struct sgs_dns_reading *m, struct sgs_reader *r)
{
    copy_u16(m, r, 1);
    copy_name(m, r);
}

static void data_srv(struct sgs_dns_reading *m, struct sgs_reader *r)
{
    copy_u16(m, r, 3);
    copy_name(m, r);
}

static void data_soa(struct sgs_dns_reading *m, struct sgs_reader *r)
{
    copy_name(m, r);
    (void)sgs_buf_add_octet(&m->text, ' ');
    copy_name(m, r);
    for (unsigned i = 0; i < 5; i++) {
        (void)sgs_buf_printf(&m->text, " %u", (unsigned)rd_be32(r));
    }
}

static void data_txt(struct sgs_dns_reading *m, struct sgs_reader *r)
{
    while (rd_more(r)) {
        if (m->text.len > 0) {
            (void)sgs_buf_add_octet(&m->text, ' ');
        }
        put_quoted(&m->text, rd_take(r, rd_u8(r)));
    }
}

static void data_uri(struct sgs_dns_reading *m, struct sgs_reader *r)
{
    copy_u16(m, r, 2);
    put_quoted(&m->text, rd_take(r, rd_left(r)));
}

static void data_caa(struct sgs_dns_reading *m, struct sgs_reader *r)
{
    (void)sgs_buf_printf(&m->text, "%u ", (unsigned)rd_u8(r));
    struct sgs_slice tag = rd_take(r, rd_u8(r));
    for (size_t i = 0; i < tag.len; i++) {
        put_octet(&m->text, tag.ptr[i], '"');
    }
    (void)sgs_buf_add_octet(&m->text, ' ');
    put_quoted(&m->text, rd_take(r, rd_left(r)));
}

static void data_naptr(struct sgs_dns_reading *m, struct sgs_reader *r)
{
    copy_u16(m, r, 2);
    for (unsigned i = 0; i < 3; i++) {
        put_quoted(&m->text, rd_take(r, rd_u8(r)));
        (void)sgs_buf_add_octet(&m->text, ' ');
    }
    copy_name(m, r);
}

/* RFC 3597, section 5. */
static void data_unknown(struct sgs_dns_reading *m, struct sgs_reader *r)
{
    struct sgs_slice s = rd_take(r, rd_left(r));

    (void)sgs_buf_printf(&m->text, "\\# %zu ", s.len);
    for (size_t i = 0; i < s.len && !m->text.overflow; i++) {
        (void)sgs_buf_printf(&m->text, "%02x", (unsigned)s.ptr[i]);
    }
}

/* values of SVCB parameters: RFC 9460, section 7 */

static void put_svc_key(struct sgs_buf *to, uint16_t key)
{
    const char *name = SGS_NAME_FIND(svc_keys, key);

    if (name) {
        (void)sgs_buf_add_str(to, name);
    } else {
        (void)sgs_buf_printf(to, "key%u", (unsigned)key);
    }
}

static void svc_mandatory(struct sgs_buf *to, struct sgs_reader *r)
{
    put_svc_key(to, rd_be16(r));
}

static void svc_alpn(struct sgs_buf *to, struct sgs_reader *r)
{
    struct sgs_slice id = rd_take(r, rd_u8(r));

    for (size_t i = 0; i < id.len; i++) {
        put_octet(to, id.ptr[i], ',');
    }
}

static void svc_port(struct sgs_buf *to, struct sgs_reader *r)
{
    (void)sgs_buf_printf(to, "%u", (unsigned)rd_be16(r));
}

static void svc_ipv4hint(struct sgs_buf *to, struct sgs_reader *r)
{
    put_address(to, rd_take(r, 4));
}

static void svc_ipv6hint(struct sgs_buf *to, struct sgs_reader *r)
{
    put_address(to, rd_take(r, 16));
}

static void svc_dohpath(struct sgs_buf *to, struct sgs_reader *r)
{
    put_quoted(to, rd_take(r, rd_left(r)));
}

/* Writers of one item of a value; keys that are not here are named without value. */
static const struct {
    uint16_t key;
    void (*item)(struct sgs_buf *to, struct sgs_reader *r);
} svc_values[] = {
    {0, svc_mandatory},
    {1, svc_alpn     },
    {3, svc_port     },
    {4, svc_ipv4hint },
    {6, svc_ipv6hint },
    {7, svc_dohpath  },
};

static void put_svc_value(struct sgs_dns_reading *m, uint16_t key, struct sgs_reader *value)
{
    for (size_t i = 0; i < sizeof svc_values / sizeof *svc_values; i++) {
        uint8_t before = '=';
        while (svc_values[i].key == key && rd_more(value)) {
            (void)sgs_buf_add_octet(&m->text, before);
            svc_values[i].item(&m->text, value);
            before = ',';
        }
    }
}

static void data_svcb(struct sgs_dns_reading *m, struct sgs_reader *r)
{
    copy_u16(m, r, 1);
    copy_name(m, r);
    while (rd_more(r)) {
        uint16_t key = rd_be16(r);
        struct sgs_reader value = rd_sub(r, rd_be16(r));
        if (!rd_ok(r)) {
            break;
        }
        (void)sgs_buf_add_octet(&m->text, ' ');
        put_svc_key(&m->text, key);
        put_svc_value(m, key, &value);
        r->bad |= value.bad;
    }
}

static const struct {
    uint16_t type;
    bool is_internet; /* only in class IN */
    void (*put)(struct sgs_dns_reading *m, struct sgs_reader *r);
} data_forms[] = {
    {TYPE_A,     true,  data_a    },
    {TYPE_AAAA,  true,  data_aaaa },
    {TYPE_NS,    false, copy_name },
    {TYPE_CNAME, false, copy_name },
    {TYPE_PTR,   false, copy_name },
    {TYPE_DNAME, false, copy_name },
    {TYPE_SOA,   false, data_soa  },
    {TYPE_MX,    false, data_mx   },
    {TYPE_TXT,   false, data_txt  },
    {TYPE_SPF,   false, data_txt  },
    {TYPE_SRV,   true,  data_srv  },
    {TYPE_NAPTR, true,  data_naptr},
    {TYPE_SVCB,  true,  data_svcb },
    {TYPE_HTTPS, true,  data_svcb },
    {TYPE_URI,   false, data_uri  },
    {TYPE_CAA,   false, data_caa  },
};

/* Writes the data of a record; r ends where the data ends, names may point out of it. */
void sgs_dns_put_data(struct sgs_dns_reading *m, uint16_t type, uint16_t class,
                      struct sgs_reader *r)
{
    if (!rd_more(r)) {
        return; /* updates speak of records without data: RFC 2136, section 2.4 */
    }
    for (size_t i = 0; i < sizeof data_forms / sizeof *data_forms; i++) {
        if (data_forms[i].type == type && (class == 1 || !data_forms[i].is_internet)) {
            data_forms[i].put(m, r);
            return;
        }
    }
    data_unknown(m, r);
}

struct sgs_slice sgs_dns_type_name(struct sgs_layer *l, uint16_t type)
{
    return SGS_NAME_OR_NUMBER(types, type, "TYPE", sgs_scratch(l));
}
