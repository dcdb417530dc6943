/* What led to an exchange: stories of exchanges, and for each the earlier one that named it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/buf.h>

#include "signin/tie.h"
#include "timeline/draft.h"

#define MAX_LINES 8

/* One exchange. */
struct line {
    enum sgs_proto proto;
    const char *host;
    const char *target; /* method for CONNECT, type for DNS */
    unsigned status;
    enum sgs_kind kind;
    enum sgs_field_id field;
    const char *value;
    uint32_t conn;
    const char *layers;
    const char *expected;
};

static const struct {
    const char *title;
    struct line lines[MAX_LINES];
} stories[] = {
#define SAY(proto, host, target, status, ...) SAY_(proto, host, target, status, __VA_ARGS__)
#define SAY_(proto, host, target, status, kind, field, value, conn, layers, expected)              \
    {                                                                                              \
        SGS_P_##proto, host, target, status, SGS_K_##kind, SGS_F_##field, value, conn, layers,     \
            expected                                                                               \
    }
#define STORY(title, ...) {title, {__VA_ARGS__}},
#include "ties.def"
#undef STORY
#undef SAY
};

static void put_value(struct sgs_draft *d, enum sgs_field_id field, const char *value)
{
    switch (sgs_field_type(field)) {
    case SGS_T_MAP:
        ev_member(d, field, SGS_LIT("Root"), sgs_slice_str(value));
        break;
    case SGS_T_ROWS:
        ev_row(d, field);
        ev_member(d, field, SGS_LIT("data"), sgs_slice_str(value));
        break;
    case SGS_T_TEXT:
        ev_str(d, field, value);
        break;
    case SGS_T_TEXTS:
    case SGS_T_INT:
    case SGS_T_BOOL:
    case SGS_T_MS:
    case SGS_T_TIME:
        fail_msg("no such field in these lines");
    }
}

static struct sgs_draft *open_event(const struct line *l, enum sgs_kind kind, size_t n,
                                    uint64_t which)
{
    struct sgs_draft *d = sgs_draft_new(kind);

    d->ev.id = n * 10 + which;
    d->ev.origin.time = d->ev.origin.time_last = (sgs_time)d->ev.id * SGS_MS;
    d->ev.origin.frame = d->ev.id * 7;
    d->ev.transport = SGS_TCP;
    d->ev.src.port = d->ev.dst.port = 443;
    d->ev.conn = l->conn;
    d->ev.dir = which > 1 ? SGS_S2C : SGS_C2S;
    d->ev.layers = sgs_slice_str(l->layers);
    return d;
}

static enum sgs_kind answer_of(enum sgs_proto proto)
{
    return proto == SGS_P_SIP        ? SGS_K_SIP_RESPONSE
           : proto == SGS_P_DNS      ? SGS_K_DNS_RESPONSE
           : proto == SGS_P_KERBEROS ? SGS_K_KERBEROS_TGS_REP
                                     : SGS_K_HTTP_RESPONSE;
}

struct told {
    struct sgs_draft *drafts[3]; /* question, answer, what it carries or NULL */
    const struct sgs_event *inner[1];
    struct sgs_exchange x;
};

static void tell(struct told *t, const struct line *l, size_t n)
{
    bool is_connect = strcmp(l->target, "CONNECT") == 0;
    bool is_carried = l->kind != answer_of(l->proto);

    t->drafts[0] = open_event(l, SGS_K_HTTP_REQUEST, n, 1);
    ev_str(t->drafts[0], SGS_F_METHOD, is_connect ? "CONNECT" : "GET");
    ev_str(t->drafts[0], SGS_F_TARGET, l->target);
    t->drafts[1] = open_event(l, answer_of(l->proto), n, 2);
    ev_int(t->drafts[1], SGS_F_STATUS, l->status);
    if (l->proto == SGS_P_DNS) {
        ev_str(t->drafts[1], SGS_F_TYPE, l->target);
    }
    if (is_carried) {
        t->drafts[2] = open_event(l, l->kind, n, 3);
        if (l->kind == SGS_K_AUTH_RESULT) {
            ev_str(t->drafts[2], SGS_F_RESULT, "accepted");
            ev_str(t->drafts[2], SGS_F_CARRIER, "http");
        }
    }
    put_value(t->drafts[is_carried ? 2 : 1], l->field, l->value);
    if (l->kind == SGS_K_TLS_CERTIFICATE) {
        ev_str(t->drafts[2], SGS_F_SIDE, "client");
    }
    t->inner[0] = is_carried ? sgs_draft_seal(t->drafts[2]) : NULL;
    t->x = (struct sgs_exchange){.proto = l->proto,
                                 .req = sgs_draft_seal(t->drafts[0]),
                                 .rsp = sgs_draft_seal(t->drafts[1]),
                                 .inner = t->inner,
                                 .n_inner = is_carried,
                                 .host = sgs_slice_str(l->host)};
}

static void check(const char *title, const struct line *l, const struct sgs_step *act)
{
    struct sgs_buf b;

    sgs_buf_init(&b, 1024);
    for (size_t i = 0; i < act->n_because; i++) {
        bool is_proven = act->because[i].strength == SGS_PROVEN;
        assert_int_equal(act->because[i].frame, act->because[i].event * 7);
        (void)sgs_buf_printf(&b, "%s%s:%u%s", i ? " " : "", act->because[i].how,
                             (unsigned)(act->because[i].event / 10), is_proven ? "!" : "");
    }
    (void)sgs_buf_add_octet(&b, 0);
    if (strcmp((const char *)b.ptr, l->expected) != 0) {
        fail_msg("%s, %s %s: \"%s\", wanted \"%s\"", title, l->host, l->target, (const char *)b.ptr,
                 l->expected);
    }
    sgs_buf_clear(&b);
}

static void test_stories(void **state)
{
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
        struct told told[MAX_LINES] = {0};
        const struct sgs_exchange *list[MAX_LINES];
        struct sgs_step acts[MAX_LINES] = {0};
        struct sgs_arena a;
        size_t n = 0;

        sgs_arena_init(&a, 1u << 20);
        for (; n < MAX_LINES && stories[i].lines[n].host; n++) {
            tell(&told[n], &stories[i].lines[n], n);
            list[n] = &told[n].x;
        }
        sgs_ties_find(list, acts, n, &a);
        for (size_t k = 0; k < n; k++) {
            check(stories[i].title, &stories[i].lines[k], &acts[k]);
        }
        for (size_t k = 0; k < 3 * n; k++) {
            sgs_draft_free(told[k / 3].drafts[k % 3]);
        }
        sgs_arena_clear(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories),
    };
    return cmocka_run_group_tests_name("signin/tie", tests, NULL, NULL) != 0;
}
