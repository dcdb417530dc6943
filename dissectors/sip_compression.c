/*
 * NEGOTIATE ([MS-SIPCOMP]): a request that names a compression, and a 200 that takes it, after
 * which both directions go on as compression packets.  Anything else than a 2xx that names one
 * leaves the connection as it is.
 */
#include <signscope/event.h>

#include "sip.h"

static const char *const codings[] = {"LZ77-8K", "LZ77-64K"};

/* The first of a list that can be decompressed; empty: none can. */
static struct sgs_slice coding_of(const struct sgs_sip_head *head)
{
    struct sgs_slice list = sgs_sip_value(head, SGS_SIP_COMPRESSION);

    while (list.len > 0) {
        struct sgs_slice name = sgs_slice_trim(sgs_slice_cut(&list, ','));
        for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
            if (sgs_slice_ieq(name, sgs_slice_str(codings[i]))) {
                return sgs_slice_str(codings[i]);
            }
        }
    }
    return (struct sgs_slice){NULL, 0};
}

void sgs_sip_put_compression(struct sgs_draft *d, struct sgs_layer *l,
                             const struct sgs_sip_head *head)
{
    struct sgs_slice carrier = sgs_get(l, SGS_NOTE_COMPRESSION);

    if (carrier.len > 0 && !sgs_slice_eq(carrier, SGS_LIT("none"))) {
        ev_bool(d, SGS_F_COMPRESSED, true);
    }
    ev_text(d, SGS_F_COMPRESSION, sgs_sip_value(head, SGS_SIP_COMPRESSION));
}

static void switch_over(struct sgs_layer *l, struct sgs_slice coding, enum sgs_dir dir,
                        struct sgs_slice octets)
{
    struct sgs_sip *st = sgs_state(l);
    struct sgs_layer *child = sgs_start(l, SGS_BY_NAME, SGS_LIT("sipcomp"));

    if (!child) {
        return;
    }
    sgs_put(child, SGS_NOTE_COMPRESSION, coding);
    if (st->is_unsure) {
        sgs_lose(child, dir == SGS_C2S ? SGS_S2C : SGS_C2S, 0);
    }
    sgs_push(child, dir, octets);
    sgs_hand_over(l, child);
}

void sgs_sip_negotiate(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_sip_start *start,
                       struct sgs_slice cseq_method, const struct sgs_sip_head *head)
{
    struct sgs_sip *st = sgs_state(l);
    struct sgs_slice method = start->is_response ? cseq_method : start->method;
    struct sgs_slice coding = coding_of(head);

    if (!sgs_slice_eq(method, SGS_LIT("NEGOTIATE")) || sgs_conn_info(l)->transport == SGS_UDP) {
        return;
    }
    if (!start->is_response) {
        st->has_asked = coding.len > 0;
        st->asker = dir;
        st->coding = coding;
    } else if (start->status >= 200) {
        bool is_taken = start->status < 300 && coding.len > 0;
        bool is_cut = start->status < 300 && sgs_is_cut(l);
        st->is_unsure = is_cut && st->has_asked;
        st->has_asked = false;
        if (is_taken && !is_cut) {
            switch_over(l, coding, dir, (struct sgs_slice){NULL, 0});
        }
    }
}

void sgs_sip_negotiate_gap(struct sgs_layer *l, enum sgs_dir dir)
{
    struct sgs_sip *st = sgs_state(l);

    st->is_unsure |= st->has_asked && dir != st->asker;
    st->has_asked = false;
}

bool sgs_sip_negotiate_measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail,
                               struct sgs_extent *out)
{
    const struct sgs_sip *st = sgs_state(l);

    if (!st->is_unsure) {
        return false;
    }
    *out = dir == st->asker ? SGS_LEN(sgs_slice_head(avail, SGS_MAX_SIP_HEAD).len) : SGS_WAIT;
    return true;
}

bool sgs_sip_negotiate_message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice octets)
{
    struct sgs_sip *st = sgs_state(l);

    if (!st->is_unsure) {
        return false;
    }
    switch_over(l, st->coding, dir, octets);
    st->is_unsure = false;
    return true;
}
