/*
 * Captures written again as pcapng.  Blocks of a pcapng file are carried over without a look
 * inside; frames of a pcap file become Enhanced Packet Blocks:
 *
 *   0 type  4 length  8 interface  12 time  20 octets captured  24 octets on the wire  28 frame
 *
 * After damage the next block is found as the reader finds it: a known type, both lengths, and
 * behind it another plausible block or the end.
 */
#include "capture/pcapng_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/buf.h>
#include <signscope/digest.h>
#include <signscope/limits.h>
#include <signscope/reader.h>

#include "base/map.h"
#include "base/mem.h"
#include "capture/file.h"
#include "capture/unpack.h"
#include "capture/window.h"

#define BLOCK_MIN 12   /* octets: type and both lengths */
#define BLOCK_HEAD 8   /* octets: type and first length */
#define SECTION_MIN 28 /* octets: with byte order, version, section length */
#define PCAP_HEAD 24   /* octets of a classic file before its first record */
#define PCAP_NS 0xa1b23c4d
#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define SECRETS_TLS_KEY_LOG 0x544c534b
#define OPTION_RESOLUTION 9
#define MAX_SECRETS (SGS_MAX_BLOCK / 2) /* octets of key log lines in one block */
#define MAX_REPEATS 65536               /* secrets blocks remembered: a capture has a few */

enum block {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_ENHANCED = 6,
    BLOCK_SECRETS = 10
};

/* What begins a block when one is searched: all types a reader knows. */
static const uint32_t known_types[] = {
    BLOCK_SECTION, BLOCK_INTERFACE, 2,     3,     4,     5,         BLOCK_ENHANCED, 9,
    BLOCK_SECRETS, 0x204,           0x216, 0x221, 0xbad, 0x40000bad};

struct sgs_rewriter {
    struct sgs_file *file; /* NULL: octets come from the caller's pull function */
    struct sgs_unpack *unpack;
    struct sgs_window window;
    struct sgs_source *pcap; /* reads the window; NULL: it is pcapng */
    uint8_t head[PCAP_HEAD]; /* of a pcap file */
    const struct sgs_rewrite *how;
    struct sgs_rewritten done;
    struct sgs_map *repeats; /* digests of the secrets blocks written */
    struct sgs_buf block;    /* one of ours on its way out */
    bool is_big;             /* byte order of the section */
    bool has_section;
    bool is_placed; /* our secrets are written */
    bool is_good;   /* all writes so far */
};

/* A block as its head tells it. */
struct head {
    uint32_t type;
    uint32_t total; /* octets, rounded up to 4; 0: it makes no sense */
    bool is_big;
};

/* reading */

/* All octets held, at least n of them unless the input has fewer. */
static struct sgs_slice need(struct sgs_window *w, size_t n)
{
    struct sgs_slice s = sgs_window_need(w, n);

    while (s.len < n && w->is_waiting) {
        s = sgs_window_need(w, n);
    }
    return s;
}

static uint32_t number(bool is_big, struct sgs_reader *r)
{
    return is_big ? rd_be32(r) : rd_le32(r);
}

static struct head head_at(struct sgs_slice s, size_t off, bool is_big)
{
    struct sgs_reader r = rd_open(rd_at(s, off, BLOCK_MIN));
    struct sgs_reader order = rd_open(rd_at(s, off + BLOCK_HEAD, 4));
    struct head h = {.type = number(is_big, &r), .is_big = is_big};
    bool is_known_order = true;

    if (h.type == BLOCK_SECTION) { /* reads the same in both orders */
        uint32_t magic = rd_be32(&order);
        h.is_big = magic == BYTE_ORDER_MAGIC;
        is_known_order = h.is_big || magic == 0x4d3c2b1a;
    }
    uint32_t total = number(h.is_big, &r);
    uint32_t min = h.type == BLOCK_SECTION ? SECTION_MIN : BLOCK_MIN;
    if (rd_ok(&r) && is_known_order && total >= min && total <= SGS_MAX_BLOCK) {
        h.total = (total + 3) & ~UINT32_C(3);
    }
    return h;
}

static bool is_closed(struct sgs_slice s, const struct head *h)
{
    struct sgs_reader r = rd_open(rd_at(s, h->total - 4, 4));
    uint32_t total = number(h->is_big, &r);

    return rd_ok(&r) && total <= h->total && ((total + 3) & ~UINT32_C(3)) == h->total;
}

static bool is_known(uint32_t type)
{
    for (size_t i = 0; i < sizeof known_types / sizeof *known_types; i++) {
        if (known_types[i] == type) {
            return true;
        }
    }
    return false;
}

/* Behind off octets another block could begin, or the input ends. */
static bool is_followed(struct sgs_window *w, size_t off, bool is_big)
{
    struct sgs_slice s = need(w, off + BLOCK_MIN);

    if (s.len < off + BLOCK_MIN) {
        return s.len == off;
    }
    struct head next = head_at(s, off, is_big);
    return next.total && is_known(next.type);
}

static void note_damage(struct sgs_rewriter *w, const char *what)
{
    if (w->done.damage_total++ == 0) {
        w->done.damage_at = w->window.offset;
        w->done.damage = what;
    }
}

/* A block at the head of the window that can be believed. */
static bool is_believable(struct sgs_rewriter *w)
{
    struct sgs_slice s = need(&w->window, BLOCK_MIN);
    struct head h = head_at(s, 0, w->is_big);

    if (!h.total || !is_known(h.type)) {
        return false;
    }
    s = need(&w->window, h.total);
    return s.len >= h.total && is_closed(s, &h) && is_followed(&w->window, h.total, h.is_big);
}

/* Moves the window to the next block that can be believed, or to the end. */
static void search(struct sgs_rewriter *w, const char *what)
{
    uint64_t searched = 0;

    note_damage(w, what);
    do {
        sgs_window_drop(&w->window, 1);
        searched++;
    } while (need(&w->window, 1).len > 0 && searched < SGS_MAX_RESYNC && !is_believable(w));
    if (searched >= SGS_MAX_RESYNC) {
        w->window.is_ended = true;
        sgs_window_drop(&w->window, sgs_window_held(&w->window));
    }
}

/* writing */

static void emit(struct sgs_rewriter *w, struct sgs_slice octets)
{
    w->is_good = w->is_good && w->how->write(w->how->ctx, octets);
}

static void put(struct sgs_rewriter *w, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t at = w->is_big ? len - 1 - i : i;

        sgs_buf_add_octet(&w->block, (uint8_t)(value >> 8 * at));
    }
}

static void begin_block(struct sgs_rewriter *w, enum block type, size_t body_len)
{
    sgs_buf_drop(&w->block, w->block.len);
    put(w, type, 4);
    put(w, BLOCK_MIN + (body_len + 3) / 4 * 4, 4);
}

/* Pads the body and closes the block. */
static void end_block(struct sgs_rewriter *w)
{
    put(w, 0, (4 - w->block.len % 4) % 4);
    put(w, w->block.len + 4, 4);
    emit(w, sgs_buf_slice(&w->block));
}

/* Octets of text up to its last line end before MAX_SECRETS. */
static size_t whole_lines(struct sgs_slice text)
{
    size_t len = text.len < MAX_SECRETS ? text.len : MAX_SECRETS;

    while (len < text.len && len > 0 && text.ptr[len - 1] != '\n') {
        len--;
    }
    return len > 0 ? len : text.len;
}

/* Our secrets, before the first block that is neither section nor interface. */
static void place_secrets(struct sgs_rewriter *w)
{
    struct sgs_slice rest = w->how->secrets;

    while (!w->is_placed && rest.len > 0) {
        size_t len = whole_lines(rest);

        begin_block(w, BLOCK_SECRETS, 8 + len);
        put(w, SECRETS_TLS_KEY_LOG, 4);
        put(w, len, 4);
        emit(w, sgs_buf_slice(&w->block));
        emit(w, sgs_slice_head(rest, len));
        sgs_buf_drop(&w->block, w->block.len);
        put(w, 0, (4 - len % 4) % 4);
        put(w, BLOCK_MIN + 8 + (len + 3) / 4 * 4, 4);
        emit(w, sgs_buf_slice(&w->block));
        rest = sgs_slice_from(rest, len);
    }
    w->is_placed = true;
}

/* pcapng to pcapng */

/* True for a secrets block whose body was written before. */
static bool is_repeat(struct sgs_rewriter *w, struct sgs_slice block)
{
    uint8_t digest[SGS_SHA256_LEN];
    struct sgs_slice key = {digest, sizeof digest};

    sgs_sha256(rd_at(block, BLOCK_HEAD, block.len - BLOCK_MIN), digest);
    if (sgs_map_get(w->repeats, key)) {
        return true;
    }
    if (sgs_map_len(w->repeats) < MAX_REPEATS) {
        (void)sgs_map_put(w->repeats, key, w);
    }
    return false;
}

static void copy_section(struct sgs_rewriter *w, struct sgs_slice block)
{
    static const uint8_t not_told[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    if (w->has_section) {
        place_secrets(w);
    }
    w->has_section = true;
    emit(w, sgs_slice_head(block, 16));
    emit(w, sgs_slice(not_told, sizeof not_told));
    emit(w, sgs_slice_from(block, 24));
}

static void copy_block(struct sgs_rewriter *w, const struct head *h, struct sgs_slice block)
{
    if (h->type == BLOCK_SECTION) {
        copy_section(w, block);
        w->is_big = h->is_big;
        return;
    }
    if (h->type != BLOCK_INTERFACE) {
        place_secrets(w);
    }
    if (h->type == BLOCK_SECRETS && (w->how->is_stripped || is_repeat(w, block))) {
        w->done.left_out++;
        return;
    }
    if (is_closed(block, h)) {
        emit(w, block);
        return;
    }
    emit(w, sgs_slice_head(block, h->total - 4)); /* what follows says that the head is right */
    sgs_buf_drop(&w->block, w->block.len);
    put(w, h->total, 4);
    emit(w, sgs_buf_slice(&w->block));
}

/* What is wrong with a block that cannot be copied, or NULL. */
static const char *wrong(struct sgs_rewriter *w, const struct head *h)
{
    if (!h->total) {
        return "block header makes no sense";
    }
    struct sgs_slice s = need(&w->window, h->total);
    if (s.len < h->total) {
        return "block cut short";
    }
    if (!is_closed(s, h)) {
        if (!is_followed(&w->window, h->total, h->is_big)) {
            return "block without its end";
        }
        note_damage(w, "lengths of a block differ");
    }
    return NULL;
}

static void copy_pcapng(struct sgs_rewriter *w)
{
    struct sgs_window *window = &w->window;
    struct sgs_slice s = need(window, BLOCK_MIN);

    while (s.len >= BLOCK_MIN && w->is_good) {
        struct head h = head_at(s, 0, w->is_big);
        const char *what = wrong(w, &h);

        if (what) {
            search(w, what);
        } else {
            copy_block(w, &h, rd_at(need(window, h.total), 0, h.total));
            sgs_window_drop(window, h.total);
        }
        s = need(window, BLOCK_MIN);
    }
    if (sgs_window_trouble(window)) {
        note_damage(w, sgs_window_trouble(window));
    } else if (s.len > 0) {
        note_damage(w, "block header cut short");
    }
    place_secrets(w);
}

/* pcap to pcapng */

static uint32_t pcap_number(const struct sgs_rewriter *w, size_t off)
{
    struct sgs_reader r = rd_open(rd_at(sgs_slice(w->head, sizeof w->head), off, 4));

    return number(w->head[0] == 0xa1, &r);
}

static void put_preamble(struct sgs_rewriter *w, bool is_ns)
{
    begin_block(w, BLOCK_SECTION, SECTION_MIN - BLOCK_MIN);
    put(w, BYTE_ORDER_MAGIC, 4);
    put(w, 1, 2);
    put(w, 0, 2);
    put(w, UINT64_MAX, 8);
    end_block(w);
    begin_block(w, BLOCK_INTERFACE, is_ns ? 20 : 8);
    put(w, pcap_number(w, 20) & 0xffff, 2); /* above it: octets of a frame check sequence */
    put(w, 0, 2);
    put(w, pcap_number(w, 16), 4);
    if (is_ns) {
        put(w, OPTION_RESOLUTION, 2);
        put(w, 1, 2);
        put(w, 9, 1);
        put(w, 0, 3);
        put(w, 0, 4);
    }
    end_block(w);
    place_secrets(w);
}

static void put_frame(struct sgs_rewriter *w, const struct sgs_frame *f, bool is_ns)
{
    uint64_t ticks = (uint64_t)(f->time > 0 ? f->time : 0) / (is_ns ? 1 : SGS_US);

    begin_block(w, BLOCK_ENHANCED, 20 + f->octets.len);
    put(w, 0, 4);
    put(w, ticks >> 32, 4);
    put(w, ticks & UINT32_MAX, 4);
    put(w, f->octets.len, 4);
    put(w, f->wire_len, 4);
    sgs_buf_add(&w->block, f->octets);
    end_block(w);
}

static void convert_pcap(struct sgs_rewriter *w)
{
    struct sgs_frame f;
    enum sgs_next next = SGS_NEXT_NOTHING;
    bool is_ns = pcap_number(w, 0) == PCAP_NS;

    put_preamble(w, is_ns);
    while (w->is_good && (next = sgs_source_next(w->pcap, 0, &f)) != SGS_NEXT_END) {
        if (next == SGS_NEXT_FRAME) {
            put_frame(w, &f, is_ns);
        }
    }
    const struct sgs_input_info *info = sgs_source_info(w->pcap);
    w->done.damage_total = info->damage_total;
    if (info->n_damage > 0) {
        w->done.damage_at = info->damage[0].offset;
        w->done.damage = info->damage[0].what;
    }
}

/* life */

/* The window as a pull function, so that what was looked at is read by the reader, too. */
static int64_t pull_window(void *ctx, uint8_t *out, size_t cap)
{
    struct sgs_window *w = ctx;
    struct sgs_slice s = sgs_window_need(w, 1);
    size_t n = s.len < cap ? s.len : cap;

    if (n == 0) {
        return w->is_waiting ? SGS_PULL_WAIT : sgs_window_trouble(w) ? -1 : 0;
    }
    memcpy(out, s.ptr, n);
    sgs_window_drop(w, n);
    return (int64_t)n;
}

static enum sgs_status look(struct sgs_rewriter *w, const char *name, char *why)
{
    struct sgs_slice s = need(&w->window, SECTION_MIN);
    struct sgs_reader version = rd_open(rd_at(s, 12, 4));
    struct head h = head_at(s, 0, false);

    if (!sgs_slice_starts(s, SGS_LIT("\x0a\x0d\x0d\x0a"))) {
        size_t n = s.len < sizeof w->head ? s.len : sizeof w->head;
        if (n > 0) {
            memcpy(w->head, s.ptr, n);
        }
        return sgs_source_open_pull((struct sgs_pull){pull_window, &w->window}, name, NULL, why,
                                    &w->pcap);
    }
    uint16_t major = h.is_big ? rd_be16(&version) : rd_le16(&version);
    uint16_t minor = h.is_big ? rd_be16(&version) : rd_le16(&version);
    if (!h.total || major != 1 || (minor != 0 && minor != 2)) {
        (void)snprintf(why, SGS_WHY_LEN, "is a pcapng file whose %s",
                       h.total ? "version is not known" : "header is cut or damaged");
        return SGS_E_FORMAT;
    }
    return SGS_OK;
}

static enum sgs_status open_chain(struct sgs_rewriter *w, struct sgs_pull pull, const char *name,
                                  char *why, struct sgs_rewriter **out)
{
    w->unpack = sgs_unpack_new(pull);
    sgs_window_init(&w->window, w->unpack);
    w->repeats = sgs_map_new();
    sgs_buf_init(&w->block, SGS_MAX_FRAME + 64);
    enum sgs_status st = look(w, name, why);
    if (st != SGS_OK) {
        sgs_rewriter_close(w);
        return st;
    }
    *out = w;
    return SGS_OK;
}

enum sgs_status sgs_rewriter_open_pull(struct sgs_pull pull, const char *name, char *why,
                                       struct sgs_rewriter **out)
{
    return open_chain(sgs_xcalloc(1, sizeof(struct sgs_rewriter)), pull, name, why, out);
}

enum sgs_status sgs_rewriter_open(const char *path, char *why, struct sgs_rewriter **out)
{
    struct sgs_file *file = NULL;
    enum sgs_status st = sgs_file_open(path, why, &file);

    if (st != SGS_OK) {
        return st;
    }
    struct sgs_rewriter *w = sgs_xcalloc(1, sizeof *w);
    w->file = file;
    return open_chain(w, sgs_file_pull(file), path, why, out);
}

bool sgs_rewriter_run(struct sgs_rewriter *w, const struct sgs_rewrite *how,
                      struct sgs_rewritten *out)
{
    w->how = how;
    w->is_good = true;
    if (w->pcap) {
        convert_pcap(w);
    } else {
        copy_pcapng(w);
    }
    *out = w->done;
    return w->is_good;
}

void sgs_rewriter_close(struct sgs_rewriter *w)
{
    if (!w) {
        return;
    }
    sgs_source_close(w->pcap);
    sgs_window_clear(&w->window);
    sgs_unpack_free(w->unpack);
    sgs_file_close(w->file);
    sgs_map_free(w->repeats);
    sgs_buf_clear(&w->block);
    free(w);
}
