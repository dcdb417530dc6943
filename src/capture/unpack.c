/*
 * gzip (RFC 1952) and zstd (RFC 8878) taken off an input, recognised by their first octets.  Both
 * formats allow several members, one behind the other; zeros behind the last are padding.  A
 * decoder gets what was read and gives what it can: that loop is the same for both, so each is one
 * function below.
 */
#include "capture/unpack.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"

#define PACKED_LEN ((size_t)64 * 1024) /* octets read at once */
#define MAGIC_LEN 4                    /* octets that tell the kinds apart */
#define ZSTD_WINDOW_LOG 27             /* 128 MiB: what the format asks every decoder to bear */

enum decoded {
    DECODED_MORE,   /* go on */
    DECODED_MEMBER, /* a member is whole */
    DECODED_WRONG   /* no way on */
};

struct codec;

struct sgs_unpack {
    struct sgs_pull pull;
    const struct codec *codec; /* NULL: plain */
    z_stream z;
    ZSTD_DStream *zstd;
    const char *trouble; /* static text */
    size_t head;         /* in packed: first octet not yet used */
    size_t tail;         /* in packed: behind the last octet read */
    bool is_known;       /* codec is set as it should be */
    bool is_member;      /* inside a member */
    bool is_done;        /* nothing more will come out */
    bool is_ended;       /* nothing more will come in */
    uint8_t packed[PACKED_LEN];
};

struct codec {
    const char *name;
    uint8_t magic[MAGIC_LEN];
    size_t magic_len;
    void (*start)(struct sgs_unpack *u); /* a member begins */
    enum decoded (*run)(struct sgs_unpack *u, uint8_t *out, size_t cap, size_t *produced);
    void (*stop)(struct sgs_unpack *u);
};

static void gzip_start(struct sgs_unpack *u)
{
    int rc = u->z.state ? inflateReset(&u->z) : inflateInit2(&u->z, 15 + 16);

    if (rc != Z_OK) {
        sgs_die("zlib");
    }
}

static enum decoded gzip_run(struct sgs_unpack *u, uint8_t *out, size_t cap, size_t *produced)
{
    cap = cap < INT32_MAX ? cap : INT32_MAX;
    u->z.next_in = u->packed + u->head;
    u->z.avail_in = (uInt)(u->tail - u->head);
    u->z.next_out = out;
    u->z.avail_out = (uInt)cap;
    int rc = inflate(&u->z, Z_SYNC_FLUSH);

    u->head = u->tail - u->z.avail_in;
    *produced = cap - u->z.avail_out;
    if (rc == Z_STREAM_END) {
        return DECODED_MEMBER;
    }
    return rc == Z_OK || rc == Z_BUF_ERROR ? DECODED_MORE : DECODED_WRONG;
}

static void gzip_stop(struct sgs_unpack *u)
{
    (void)inflateEnd(&u->z);
}

static void zstd_start(struct sgs_unpack *u)
{
    if (!u->zstd) {
        u->zstd = ZSTD_createDStream();
    }
    if (!u->zstd || ZSTD_isError(ZSTD_DCtx_reset(u->zstd, ZSTD_reset_session_only)) ||
        ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG))) {
        sgs_die("zstd");
    }
}

static enum decoded zstd_run(struct sgs_unpack *u, uint8_t *out, size_t cap, size_t *produced)
{
    ZSTD_inBuffer in = {.src = u->packed, .size = u->tail, .pos = u->head};
    ZSTD_outBuffer to = {.dst = out, .size = cap, .pos = 0};
    size_t rc = ZSTD_decompressStream(u->zstd, &to, &in);

    u->head = in.pos;
    *produced = to.pos;
    if (ZSTD_isError(rc)) {
        return DECODED_WRONG;
    }
    return rc == 0 ? DECODED_MEMBER : DECODED_MORE;
}

static void zstd_stop(struct sgs_unpack *u)
{
    (void)ZSTD_freeDStream(u->zstd);
}

static const struct codec codecs[] = {
    {"gzip", {0x1f, 0x8b},             2, gzip_start, gzip_run, gzip_stop},
    {"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4, zstd_start, zstd_run, zstd_stop},
};

struct sgs_unpack *sgs_unpack_new(struct sgs_pull pull)
{
    struct sgs_unpack *u = sgs_xcalloc(1, sizeof *u);

    u->pull = pull;
    return u;
}

void sgs_unpack_free(struct sgs_unpack *u)
{
    if (u && u->codec) {
        u->codec->stop(u);
    }
    free(u);
}

const char *sgs_unpack_name(const struct sgs_unpack *u)
{
    return u->codec ? u->codec->name : NULL;
}

const char *sgs_unpack_trouble(const struct sgs_unpack *u)
{
    return u->trouble;
}

/* The end of all output; trouble is NULL when that is as it should be. */
static int64_t finish(struct sgs_unpack *u, const char *trouble)
{
    u->trouble = u->trouble ? u->trouble : trouble;
    u->is_done = true;
    return 0;
}

/* Reads ahead until n octets are there (n at most PACKED_LEN / 2); false when the input waits. */
static bool read_ahead(struct sgs_unpack *u, size_t n)
{
    if (u->tail > PACKED_LEN / 2) {
        memmove(u->packed, u->packed + u->head, u->tail - u->head);
        u->tail -= u->head;
        u->head = 0;
    }
    while (u->tail - u->head < n && !u->is_ended) {
        int64_t got = u->pull.pull(u->pull.ctx, u->packed + u->tail, PACKED_LEN - u->tail);
        if (got == SGS_PULL_WAIT) {
            return false;
        }
        u->is_ended = got <= 0;
        u->trouble = got < 0 ? "read error" : u->trouble;
        u->tail += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static const struct codec *recognise(const struct sgs_unpack *u)
{
    size_t len = u->tail - u->head;

    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
        if (len >= codecs[i].magic_len &&
            memcmp(u->packed + u->head, codecs[i].magic, codecs[i].magic_len) == 0) {
            return &codecs[i];
        }
    }
    return NULL;
}

static int64_t pull_plain(struct sgs_unpack *u, uint8_t *out, size_t cap)
{
    size_t held = u->tail - u->head;

    if (held > 0) {
        held = held < cap ? held : cap;
        memcpy(out, u->packed + u->head, held);
        u->head += held;
        return (int64_t)held;
    }
    int64_t got = u->is_ended ? 0 : u->pull.pull(u->pull.ctx, out, cap);
    if (got > 0 || got == SGS_PULL_WAIT) {
        return got;
    }
    return finish(u, got < 0 ? "read error" : NULL);
}

/* Between members: true when another one begins, false at the end of all. */
static bool next_member(struct sgs_unpack *u)
{
    assert(u->codec);
    while (u->head < u->tail && u->packed[u->head] == 0) {
        u->head++;
    }
    if (u->tail - u->head < MAGIC_LEN && !u->is_ended) {
        return true; /* not enough to tell: look again when more has come */
    }
    if (u->head == u->tail) {
        (void)finish(u, NULL);
        return false;
    }
    if (recognise(u) != u->codec) {
        (void)finish(u, "other octets behind the compressed data");
        return false;
    }
    u->codec->start(u);
    u->is_member = true;
    return true;
}

/* One run of the decoder; what it gave, or 0. */
static size_t decode(struct sgs_unpack *u, uint8_t *out, size_t cap)
{
    size_t before = u->head;
    size_t produced = 0;
    enum decoded d = u->codec->run(u, out, cap, &produced);

    if (d == DECODED_MEMBER) {
        u->is_member = false;
    } else if (d == DECODED_WRONG) {
        (void)finish(u, "compressed data damaged");
    } else if (produced == 0 && u->head == before && u->is_ended) {
        (void)finish(u, "compressed data cut short");
    }
    return produced;
}

int64_t sgs_unpack_pull(struct sgs_unpack *u, uint8_t *out, size_t cap)
{
    if (!u->is_known) {
        if (!read_ahead(u, MAGIC_LEN)) {
            return SGS_PULL_WAIT;
        }
        u->codec = recognise(u);
        u->is_known = true;
    }
    if (!u->codec) {
        return u->is_done ? 0 : pull_plain(u, out, cap);
    }
    while (!u->is_done) {
        /* A decoder may hold output back: it is asked before more is waited for. */
        size_t got = u->is_member ? decode(u, out, cap) : 0;
        if (got > 0) {
            return (int64_t)got;
        }
        if (u->is_done) {
            break;
        }
        if (!read_ahead(u, u->is_member ? 1 : MAGIC_LEN)) {
            return SGS_PULL_WAIT;
        }
        if (!u->is_member && !next_member(u)) {
            break;
        }
    }
    return 0;
}
