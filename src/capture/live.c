/*
 * Live capture through libpcap.  The handle never blocks: we poll its descriptor ourselves, so that
 * timers and signals are served on a quiet interface too.
 */
#define _DEFAULT_SOURCE /* pcap.h needs u_int */
#include "capture/live.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include <signscope/limits.h>

#include "base/mem.h"
#include "capture/linktype.h"

#define BUFFER_KIB (16u * 1024) /* of the kernel: a second of a busy link */
#define BLIND_WAIT_MS 10        /* between looks at a device that cannot be polled */

struct sgs_live {
    struct sgs_input *in;
    pcap_t *pcap;
    uint32_t link;
    int watched;  /* descriptor that ends a wait, too; -1: none */
    bool is_nano; /* fractions are nanoseconds, else microseconds */
};

static enum sgs_status activate_failed(int rc, const char *device, const char *detail, char *why)
{
    switch (rc) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        (void)snprintf(why, SGS_WHY_LEN, "no such interface; signscope -D lists them");
        return SGS_E_NO_DEVICE;
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        (void)snprintf(why, SGS_WHY_LEN,
                       "no right to capture; give it once with: sudo setcap "
                       "cap_net_raw,cap_net_admin+eip \"$(command -v signscope)\"");
        return SGS_E_ACCESS;
    case PCAP_ERROR_IFACE_NOT_UP:
        (void)snprintf(why, SGS_WHY_LEN,
                       "the interface is down; bring it up with: sudo ip link "
                       "set %.32s up",
                       device);
        return SGS_E_IO;
    default:
        (void)snprintf(why, SGS_WHY_LEN, "%s%s%.160s", pcap_statustostr(rc), *detail ? ": " : "",
                       detail);
        return SGS_E_IO;
    }
}

/* What an option asks, as libpcap's int. */
static int or_default(uint32_t asked, uint32_t otherwise, uint32_t most)
{
    asked = asked ? asked : otherwise;
    return (int)(asked < most ? asked : most);
}

static void set_options(pcap_t *pcap, const struct sgs_live_options *o)
{
    uint32_t most_kib = (uint32_t)INT32_MAX / 1024;

    (void)pcap_set_snaplen(pcap, or_default(o->snap_len, SGS_MAX_FRAME, SGS_MAX_FRAME));
    (void)pcap_set_buffer_size(pcap, or_default(o->buffer, BUFFER_KIB, most_kib) * 1024);
    (void)pcap_set_promisc(pcap, !o->not_promiscuous);
    (void)pcap_set_immediate_mode(pcap, 1);
    (void)pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
}

static enum sgs_status set_filter(pcap_t *pcap, const char *expression, char *why)
{
    struct bpf_program program;

    if (!expression) {
        return SGS_OK;
    }
    if (pcap_compile(pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        (void)snprintf(why, SGS_WHY_LEN, "filter: %.200s", pcap_geterr(pcap));
        return SGS_E_FORMAT;
    }
    int rc = pcap_setfilter(pcap, &program);
    pcap_freecode(&program);
    if (rc != 0) {
        (void)snprintf(why, SGS_WHY_LEN, "filter: %.200s", pcap_geterr(pcap));
        return SGS_E_IO;
    }
    return SGS_OK;
}

enum sgs_status sgs_live_open(const char *device, const struct sgs_live_options *options,
                              struct sgs_input *in, char *why, struct sgs_live **out)
{
    char error[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_create(device, error);

    if (!pcap) {
        (void)snprintf(why, SGS_WHY_LEN, "%.200s", error);
        return SGS_E_IO;
    }
    set_options(pcap, options);
    int rc = pcap_activate(pcap); /* above 0: a warning */
    enum sgs_status st = SGS_OK;
    if (rc < 0) {
        st = activate_failed(rc, device, pcap_geterr(pcap), why);
    } else if (pcap_setnonblock(pcap, 1, error) != 0) {
        st = activate_failed(PCAP_ERROR, device, error, why);
    } else {
        st = set_filter(pcap, options->filter, why);
    }
    if (st != SGS_OK) {
        pcap_close(pcap);
        return st;
    }
    struct sgs_live *live = sgs_xcalloc(1, sizeof *live);
    live->in = in;
    live->pcap = pcap;
    live->watched = -1;
    live->link = sgs_link_of((uint32_t)pcap_datalink(pcap));
    live->is_nano = pcap_get_tstamp_precision(pcap) == PCAP_TSTAMP_PRECISION_NANO;
    *out = live;
    return SGS_OK;
}

void sgs_live_close(struct sgs_live *live)
{
    if (live) {
        pcap_close(live->pcap);
    }
    free(live);
}

void sgs_live_watch(struct sgs_live *live, int fd)
{
    live->watched = fd;
}

void sgs_live_count(struct sgs_live *live)
{
    struct pcap_stat stat;

    if (pcap_stats(live->pcap, &stat) == 0) {
        live->in->info.dropped = (uint64_t)stat.ps_drop + stat.ps_ifdrop;
    }
}

static void wait_for_frame(struct sgs_live *live, int timeout_ms)
{
    struct pollfd fds[] = {
        {.fd = pcap_get_selectable_fd(live->pcap), .events = POLLIN},
        {.fd = live->watched,                      .events = POLLIN},
    };

    if (fds[0].fd < 0) {
        int most = timeout_ms < 0 || timeout_ms > BLIND_WAIT_MS ? BLIND_WAIT_MS : timeout_ms;
        (void)poll(NULL, 0, most);
        return;
    }
    (void)poll(fds, 2, timeout_ms);
}

static enum sgs_next give(struct sgs_live *live, const struct pcap_pkthdr *h, const u_char *octets,
                          struct sgs_frame *out)
{
    uint32_t len = h->caplen < SGS_MAX_FRAME ? h->caplen : SGS_MAX_FRAME;

    *out = (struct sgs_frame){
        .link = live->link,
        .time = sgs_time_from(h->ts.tv_sec, (int64_t)h->ts.tv_usec * (live->is_nano ? 1 : SGS_US)),
        .wire_len = h->len > len ? h->len : len,
        .octets = sgs_slice(octets, len),
    };
    live->in->info.octets += len;
    sgs_input_count(live->in, out, true);
    return SGS_NEXT_FRAME;
}

enum sgs_next sgs_live_next(struct sgs_live *live, int timeout_ms, struct sgs_frame *out)
{
    struct pcap_pkthdr *h;
    const u_char *octets;
    int rc = pcap_next_ex(live->pcap, &h, &octets);

    if (rc == 0 && timeout_ms != 0) {
        wait_for_frame(live, timeout_ms);
        rc = pcap_next_ex(live->pcap, &h, &octets);
    }
    if (rc == 1) {
        return give(live, h, octets, out);
    }
    if (rc == 0) {
        return SGS_NEXT_NOTHING;
    }
    sgs_live_count(live);
    sgs_input_damage(live->in, live->in->info.octets, "the interface went away");
    live->in->is_over = true;
    return SGS_NEXT_END;
}

enum sgs_status sgs_source_list(void (*each)(void *ctx, const char *name, const char *description),
                                void *ctx, char *why)
{
    char error[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *all = NULL;

    if (pcap_findalldevs(&all, error) != 0) {
        (void)snprintf(why, SGS_WHY_LEN, "%.200s", error);
        return SGS_E_IO;
    }
    for (const pcap_if_t *i = all; i; i = i->next) {
        each(ctx, i->name, i->description ? i->description : "");
    }
    pcap_freealldevs(all);
    return SGS_OK;
}
