/*
 * Search filters (RFC 4511, section 4.5.1.7) as text (RFC 4515), and what the filter of a
 * NetLogon ping asks about ([MS-ADTS], section 6.3.3).
 *
 *   a0 and  a1 or  a2 not      filters inside
 *   a3 =  a5 >=  a6 <=  a8 ~=  attribute, value
 *   a4 substrings              attribute, SEQUENCE OF 80 first, 81 any, 82 last
 *   87 present                 attribute
 *   a9 extensible              81 rule, 82 attribute, 83 value, 84 also of the DN
 */
#include <signscope/buf.h>
#include <signscope/codec.h>
#include <signscope/mask.h>

#include "ldap.h"

#define AND 0xa0
#define OR 0xa1
#define NOT 0xa2
#define EQUAL 0xa3
#define SUBSTRINGS 0xa4
#define GREATER 0xa5
#define LESS 0xa6
#define PRESENT 0x87
#define APPROX 0xa8
#define EXTENSIBLE 0xa9

#define HIDDEN "***"

struct text {
    struct sgs_buf buf;
    struct sgs_arena *a;
    bool is_bad;
    bool is_deep;
};

static bool is_secret(struct sgs_slice attribute)
{
    static const char *const tails[] = {"password", "pwd", "credentials", "secret"};

    attribute = sgs_slice_head(attribute, sgs_slice_chr(attribute, ';'));
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        if (sgs_slice_iends(attribute, sgs_slice_str(tails[i]))) {
            return true;
        }
    }
    return false;
}

/* Text with what must not stand in it, and what is no UTF-8, as \xx: RFC 4515, section 3. */
static void put_text(struct text *t, struct sgs_slice value)
{
    while (value.len > 0) {
        size_t n = sgs_utf8_len(value);
        uint8_t c = value.ptr[0];
        if (n == 0 || c < ' ' || c == 0x7f || c == '(' || c == ')' || c == '*' || c == '\\') {
            (void)sgs_buf_printf(&t->buf, "\\%02x", c);
            n = 1;
        } else {
            (void)sgs_buf_add(&t->buf, sgs_slice_head(value, n));
        }
        value = t->buf.overflow ? (struct sgs_slice){NULL, 0} : sgs_slice_from(value, n);
    }
}

static void put_value(struct text *t, struct sgs_slice attribute, struct sgs_slice value)
{
    if (is_secret(attribute)) {
        (void)sgs_buf_add_str(&t->buf, HIDDEN);
    } else {
        put_text(t, sgs_mask_text(t->a, value));
    }
}

static void put_assertion(struct text *t, struct sgs_reader *r, const char *sign)
{
    struct sgs_slice attribute = sgs_der_value(r, SGS_DER_OCTET_STRING);
    struct sgs_slice value = sgs_der_value(r, SGS_DER_OCTET_STRING);

    put_text(t, attribute);
    (void)sgs_buf_add_str(&t->buf, sign);
    put_value(t, attribute, value);
}

static void put_substrings(struct text *t, struct sgs_reader *r)
{
    struct sgs_slice attribute = sgs_der_value(r, SGS_DER_OCTET_STRING);
    struct sgs_reader parts = sgs_der_enter(r, SGS_DER_SEQUENCE);
    struct sgs_der e = {
        0, {NULL, 0}
    };
    bool is_first = true;

    put_text(t, attribute);
    (void)sgs_buf_add_str(&t->buf, "=");
    while (sgs_der_next(&parts, &e)) {
        bool has_star = !is_first || e.tag != 0x80;
        (void)sgs_buf_add_str(&t->buf, has_star ? "*" : "");
        put_value(t, attribute, e.value);
        is_first = false;
    }
    if (e.tag != 0x82) {
        (void)sgs_buf_add_str(&t->buf, "*");
    }
    r->bad |= parts.bad;
}

static void put_extensible(struct text *t, struct sgs_reader *r)
{
    struct sgs_slice rule = {NULL, 0}, attribute = {NULL, 0}, value = {NULL, 0};
    bool is_dn = false;
    struct sgs_der e;

    while (sgs_der_next(r, &e)) {
        rule = e.tag == 0x81 ? e.value : rule;
        attribute = e.tag == 0x82 ? e.value : attribute;
        value = e.tag == 0x83 ? e.value : value;
        is_dn |= e.tag == 0x84 && e.value.len == 1 && e.value.ptr[0] != 0;
    }
    put_text(t, attribute);
    (void)sgs_buf_add_str(&t->buf, is_dn ? ":dn" : "");
    (void)sgs_buf_add_str(&t->buf, rule.len > 0 ? ":" : "");
    put_text(t, rule);
    (void)sgs_buf_add_str(&t->buf, ":=");
    put_value(t, attribute, value);
}

static void put_item(struct text *t, struct sgs_der filter)
{
    struct sgs_reader r = rd_open(filter.value);

    switch (filter.tag) {
    case EQUAL:
        put_assertion(t, &r, "=");
        break;
    case GREATER:
        put_assertion(t, &r, ">=");
        break;
    case LESS:
        put_assertion(t, &r, "<=");
        break;
    case APPROX:
        put_assertion(t, &r, "~=");
        break;
    case SUBSTRINGS:
        put_substrings(t, &r);
        break;
    case PRESENT:
        put_text(t, filter.value);
        (void)sgs_buf_add_str(&t->buf, "=*");
        break;
    case EXTENSIBLE:
        put_extensible(t, &r);
        break;
    default:
        t->is_bad = true;
        break;
    }
    t->is_bad |= r.bad;
}

/* Filters nest: those that are open stand on a stack, so depth costs nothing but its limit. */
static void put_filter(struct text *t, struct sgs_der filter)
{
    struct sgs_reader open[SGS_MAX_LDAP_FILTER];
    size_t depth = 0;
    bool has_more = true;

    while (has_more && !t->buf.overflow && !t->is_bad) {
        (void)sgs_buf_add_str(&t->buf, "(");
        if (filter.tag == AND || filter.tag == OR || filter.tag == NOT) {
            t->is_deep |= depth == SGS_MAX_LDAP_FILTER;
            if (t->is_deep) {
                return;
            }
            (void)sgs_buf_add_str(&t->buf, filter.tag == AND ? "&" : filter.tag == OR ? "|" : "!");
            open[depth++] = rd_open(filter.value);
        } else {
            put_item(t, filter);
            (void)sgs_buf_add_str(&t->buf, ")");
        }
        while (depth > 0 && !rd_more(&open[depth - 1])) {
            (void)sgs_buf_add_str(&t->buf, ")");
            depth--;
        }
        has_more = depth > 0;
        if (has_more && !sgs_der_next(&open[depth - 1], &filter)) {
            t->is_bad = true;
        }
    }
}

void sgs_ldap_put_filter(struct sgs_ldap_work *w, struct sgs_der filter)
{
    struct text t = {.a = sgs_scratch(w->l)};

    sgs_buf_init(&t.buf, SGS_MAX_EVENT_TEXT);
    put_filter(&t, filter);
    if (t.is_deep) {
        sgs_limit(w->l, w->dir, "ldap.filter", SGS_MAX_LDAP_FILTER);
    } else if (t.is_bad) {
        w->is_bad = true;
    } else {
        ev_text(w->d, SGS_F_FILTER, sgs_buf_slice(&t.buf));
    }
    sgs_buf_clear(&t.buf);
}

void sgs_ldap_put_ping(struct sgs_ldap_work *w, struct sgs_der filter)
{
    static const struct {
        const char *attribute;
        enum sgs_field_id field;
    } rows[] = {
        {"DnsDomain", SGS_F_DOMAIN     },
        {"Host",      SGS_F_WORKSTATION},
        {"User",      SGS_F_USER       },
    };
    struct sgs_reader list = rd_open(filter.value);
    struct sgs_der e;

    while (filter.tag == AND && sgs_der_next(&list, &e)) {
        struct sgs_reader in = rd_open(e.value);
        struct sgs_slice attribute = sgs_der_value(&in, SGS_DER_OCTET_STRING);
        struct sgs_slice value = sgs_der_value(&in, SGS_DER_OCTET_STRING);
        for (size_t i = 0; e.tag == EQUAL && i < sizeof rows / sizeof *rows; i++) {
            if (sgs_slice_ieq(attribute, sgs_slice_str(rows[i].attribute))) {
                ev_text(w->d, rows[i].field, sgs_mask_text(sgs_scratch(w->l), value));
            }
        }
    }
}
