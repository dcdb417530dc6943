/*
 * BPF on frames of files.  A program depends on the link type, so each link type that is met gets
 * its own; an expression need not make sense for all of them (`ether host` does not for raw IP).
 */
#define _DEFAULT_SOURCE /* pcap.h needs u_int */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include <signscope/limits.h>

#include "base/mem.h"
#include "capture/linktype.h"
#include "capture/source.h"

struct program {
    uint32_t link;
    bool is_usable; /* bpf holds code */
    struct bpf_program bpf;
};

struct sgs_filter {
    char *expression; /* ours */
    char error[SGS_WHY_LEN];
    bool has_error;
    size_t n;
    struct program programs[SGS_MAX_FILTER_LINKS];
};

static bool compile(const char *expression, uint32_t link, struct bpf_program *out, char *why)
{
    pcap_t *dead = pcap_open_dead(sgs_link_dlt(link), SGS_MAX_FRAME);

    if (!dead) {
        sgs_die("libpcap");
    }
    bool ok = pcap_compile(dead, out, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!ok) {
        (void)snprintf(why, SGS_WHY_LEN, "filter: %.200s", pcap_geterr(dead));
    }
    pcap_close(dead);
    return ok;
}

/* The program for a link type; NULL past the cap. */
static struct program *program_for(struct sgs_filter *f, uint32_t link)
{
    for (size_t i = 0; i < f->n; i++) {
        if (f->programs[i].link == link) {
            return &f->programs[i];
        }
    }
    if (f->n == SGS_MAX_FILTER_LINKS) {
        return NULL;
    }
    struct program *p = &f->programs[f->n++];
    p->link = link;
    p->is_usable = compile(f->expression, link, &p->bpf, f->error);
    return p;
}

enum sgs_status sgs_filter_new(const char *expression, char *why, struct sgs_filter **out)
{
    struct sgs_filter *f = sgs_xcalloc(1, sizeof *f);
    size_t size = strlen(expression) + 1;

    f->expression = sgs_xmalloc(size);
    memcpy(f->expression, expression, size);
    bool ok = program_for(f, SGS_LINK_ETHERNET)->is_usable;
    (void)snprintf(why, SGS_WHY_LEN, "%s", f->error);
    if (!ok && !program_for(f, SGS_LINK_RAW)->is_usable) {
        sgs_filter_free(f);
        return SGS_E_FORMAT;
    }
    *out = f;
    return SGS_OK;
}

void sgs_filter_free(struct sgs_filter *f)
{
    if (!f) {
        return;
    }
    for (size_t i = 0; i < f->n; i++) {
        if (f->programs[i].is_usable) {
            pcap_freecode(&f->programs[i].bpf);
        }
    }
    free(f->expression);
    free(f);
}

bool sgs_filter_match(struct sgs_filter *f, const struct sgs_frame *frame)
{
    struct program *p = program_for(f, frame->link);
    struct pcap_pkthdr h = {.caplen = (bpf_u_int32)frame->octets.len, .len = frame->wire_len};

    if (!p || !p->is_usable) {
        f->has_error = true;
        return false;
    }
    return pcap_offline_filter(&p->bpf, &h, frame->octets.ptr) != 0;
}

const char *sgs_filter_error(const struct sgs_filter *f)
{
    return f->has_error ? f->error : NULL;
}
