/* Texts of findings, from patterns and from what was exchanged. */
#include "findings/detail.h"

#include <stdio.h>
#include <string.h>

#include <signscope/buf.h>

#include "base/mem.h"
#include "signin/cond.h"
#include "signin/exchange.h"

#define MAX_TEXT 2048 /* octets of one text: longer ones are cut */

const struct sgs_code *sgs_detail_code(const struct sgs_step *s)
{
    char text[24];
    bool is_sip = strcmp(s->proto, "sip") == 0;
    if (s->code >= 0) {
        (void)snprintf(text, sizeof text, "%lld", (long long)s->code);
        const struct sgs_code *c =
            sgs_code_find(sgs_slice_str(text), is_sip ? SGS_FAMILY_SIP_DIAG : SGS_FAMILY_HTTP_DIAG);
        return c ? c : sgs_code_find(sgs_slice_str(text), SGS_N_FAMILIES);
    }
    if (s->symbol.len > 0) {
        return sgs_code_find(s->symbol, SGS_N_FAMILIES);
    }
    if (s->status >= 400) {
        (void)snprintf(text, sizeof text, "%lld", (long long)s->status);
        return sgs_code_find(sgs_slice_str(text),
                             is_sip ? SGS_FAMILY_SIP_STATUS : SGS_FAMILY_HTTP_STATUS);
    }
    return NULL;
}

/* ", code 1000 (Final handshake failed)", as far as it is known. */
static struct sgs_slice code_text(struct sgs_arena *a, const struct sgs_step *s)
{
    if (s->code >= 0) {
        return sgs_arena_printf(a, ", code %lld (%.*s)", (long long)s->code, (int)s->reason.len,
                                (const char *)s->reason.ptr);
    }
    if (s->symbol.len > 0) {
        return sgs_arena_printf(a, ", code %.*s (%.*s)", (int)s->symbol.len,
                                (const char *)s->symbol.ptr, (int)s->reason.len,
                                (const char *)s->reason.ptr);
    }
    if (s->reason.len > 0) {
        return sgs_arena_printf(a, " (%.*s)", (int)s->reason.len, (const char *)s->reason.ptr);
    }
    return (struct sgs_slice){NULL, 0};
}

/* How the answer is told: " was answered 401", " got no answer to the SYN". */
static const char *verb_of(const struct sgs_step *s)
{
    bool is_open = s->response.len == 0 && s->verdict == SGS_V_UNANSWERED;
    return is_open ? "got" : "was answered";
}

struct sgs_slice sgs_detail_exchange(struct sgs_arena *a, const struct sgs_step *s)
{
    struct sgs_slice answer = s->response.len ? s->response : s->note;
    struct sgs_slice code = code_text(a, s);
    return sgs_arena_printf(
        a, "%.*s%s%.*s %s %.*s%.*s.", (int)s->request.len, (const char *)s->request.ptr,
        s->host.len ? " to " : "", (int)s->host.len, (const char *)s->host.ptr, verb_of(s),
        (int)answer.len, (const char *)answer.ptr, (int)code.len, (const char *)code.ptr);
}

struct sgs_slice sgs_detail_refusal(struct sgs_arena *a, const struct sgs_outcome_facts *f)
{
    const struct sgs_step *s = f->decisive;
    const struct sgs_code *c = sgs_detail_code(s);
    struct sgs_slice code = code_text(a, s);
    if (s->trust == SGS_INFERRED) {
        return sgs_arena_printf(a, "The last that was reached is %.*s, %.*s; %s.", (int)s->host.len,
                                (const char *)s->host.ptr, (int)s->note.len,
                                (const char *)s->note.ptr, f->why);
    }
    struct sgs_slice answer = s->response.len ? s->response : s->note;
    struct sgs_slice good =
        f->last_good ? f->last_good->title : SGS_LIT("none, no step before it went well");
    return sgs_arena_printf(a, "%.*s%s%.*s %s %.*s%.*s; %s.%s%s%s Last good step: %.*s.",
                            (int)s->request.len, (const char *)s->request.ptr,
                            s->host.len ? " to " : "", (int)s->host.len, (const char *)s->host.ptr,
                            verb_of(s), (int)answer.len, (const char *)answer.ptr, (int)code.len,
                            (const char *)code.ptr, f->why, c ? " Meaning: " : "", c ? c->says : "",
                            c ? "." : "", (int)good.len, (const char *)good.ptr);
}

/* patterns */

/* What a slot stands for may come from here. */
struct teller {
    const struct sgs_attempt *at;
    const struct sgs_step *about;
    struct sgs_buf out;
};

static void put_time(struct sgs_buf *b, sgs_time t)
{
    char text[SGS_TIME_TEXT_LEN];
    (void)sgs_time_rfc3339_s(t, text);
    (void)sgs_buf_add_str(b, text);
}

static void put_ms(struct sgs_buf *b, sgs_time ns)
{
    sgs_buf_printf(b, "%lld.%lld ms", (long long)(ns / SGS_MS), (long long)(ns % SGS_MS / 100000));
}

static void put_value(struct sgs_buf *b, const struct sgs_value *v)
{
    switch (v->type) {
    case SGS_T_TEXT:
        (void)sgs_buf_add(b, v->text);
        break;
    case SGS_T_INT:
        sgs_buf_printf(b, "%lld", (long long)v->number);
        break;
    case SGS_T_BOOL:
        (void)sgs_buf_add_str(b, v->number ? "yes" : "no");
        break;
    case SGS_T_MS:
        put_ms(b, v->number);
        break;
    case SGS_T_TIME:
        put_time(b, v->number);
        break;
    case SGS_T_TEXTS:
        for (size_t i = 0; i < v->n; i++) {
            (void)sgs_buf_add_str(b, i > 0 ? ", " : "");
            (void)sgs_buf_add(b, v->list[i]);
        }
        break;
    case SGS_T_MAP:
    case SGS_T_ROWS:
        break;
    }
}

static const struct {
    const char *name;
    enum sgs_side side;
} sides[] = {
    {"req",          SGS_REQ         },
    {"rsp",          SGS_RSP         },
    {"inner",        SGS_INNER       },
    {"hello",        SGS_HELLO       },
    {"choice",       SGS_CHOICE      },
    {"leaf",         SGS_LEAF        },
    {"issuer",       SGS_ISSUER      },
    {"session",      SGS_SESSION     },
    {"user",         SGS_USER        },
    {"alert",        SGS_ALERT       },
    {"interception", SGS_INTERCEPTION},
};

static enum sgs_field_id field_of(struct sgs_slice name)
{
    for (size_t i = 0; i < SGS_N_FIELDS; i++) {
        if (sgs_slice_eq(name, sgs_slice_str(sgs_field_name((enum sgs_field_id)i)))) {
            return (enum sgs_field_id)i;
        }
    }
    sgs_die("a rule's text names a field that does not exist");
}

/* "leaf.not_after" */
static void put_field(struct teller *t, struct sgs_slice slot)
{
    struct sgs_slice side = sgs_slice_cut(&slot, '.');
    enum sgs_field_id id = field_of(slot);
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        if (sgs_slice_eq(side, sgs_slice_str(sides[i].name))) {
            const struct sgs_cond has[] = {
                {SGS_OP_HAS, sides[i].side, id,           0, NULL},
                {SGS_OP_END, SGS_REQ,       SGS_N_FIELDS, 0, NULL}
            };
            const struct sgs_event *ev = NULL;
            size_t n = t->about->exchange ? sgs_cond_proof(has, t->about->exchange, &ev, 1) : 0;
            if (n > 0) {
                put_value(&t->out, sgs_event_get(ev, id));
            }
            return;
        }
    }
    sgs_die("a rule's text names a side that does not exist");
}

static void put_number(struct teller *t)
{
    sgs_buf_printf(&t->out, "%lld", (long long)t->about->code);
}

static void put_seconds(struct teller *t)
{
    long long ms = t->about->code;
    sgs_buf_printf(&t->out, "%lld.%lld", ms / 1000, ms % 1000 / 100);
}

static void put_duration(struct teller *t)
{
    if (t->about->duration != SGS_TIME_NONE) {
        put_ms(&t->out, t->about->duration);
    }
}

static void put_client(struct teller *t)
{
    char text[SGS_ADDR_TEXT_LEN];
    sgs_addr_host(&t->at->client, text);
    (void)sgs_buf_add_str(&t->out, text);
}

static void put_slot(struct teller *t, struct sgs_slice slot)
{
    const struct sgs_step *s = t->about;
    const struct {
        const char *name;
        struct sgs_slice text;
    } texts[] = {
        {"host",     s->host    },
        {"request",  s->request },
        {"response", s->response},
        {"title",    s->title   },
        {"note",     s->note    },
        {"text",     s->reason  },
        {"more",     s->symbol  },
        {"user",     t->at->user},
    };
    static const struct {
        const char *name;
        void (*put)(struct teller *t);
    } others[] = {
        {"n",      put_number  },
        {"s",      put_seconds },
        {"took",   put_duration},
        {"client", put_client  },
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (sgs_slice_eq(slot, sgs_slice_str(texts[i].name))) {
            (void)sgs_buf_add(&t->out, texts[i].text);
            return;
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (sgs_slice_eq(slot, sgs_slice_str(others[i].name))) {
            others[i].put(t);
            return;
        }
    }
    put_field(t, slot);
}

struct sgs_slice sgs_detail(struct sgs_arena *a, const char *pattern, const struct sgs_attempt *at,
                            const struct sgs_step *about)
{
    struct teller t = {.at = at, .about = about};
    struct sgs_slice rest = sgs_slice_str(pattern);
    sgs_buf_init(&t.out, MAX_TEXT);
    while (rest.len > 0) {
        (void)sgs_buf_add(&t.out, sgs_slice_cut(&rest, '{'));
        if (rest.len > 0) {
            size_t before = t.out.len;
            put_slot(&t, sgs_slice_cut(&rest, '}'));
            (void)sgs_buf_add_str(&t.out, t.out.len == before ? "unknown" : "");
        }
    }
    struct sgs_slice text = sgs_arena_copy(a, sgs_buf_slice(&t.out));
    sgs_buf_clear(&t.out);
    return text;
}
