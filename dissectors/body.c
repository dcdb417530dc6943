/*
 * Bodies that somebody reads whole (RFC 9110, section 8.4; RFC 1950 to 1952, RFC 7932): collected,
 * freed of their content codings, and given to whoever claims the media type.  A body that nobody
 * claims is not collected.  Input that is cut or damaged gives what can be read of it.
 *
 *   octets as transferred -> last coding undone -> ... -> first coding undone -> child by media
 * type
 */
#include <brotli/decode.h>
#include <zlib.h>

#include <signscope/buf.h>
#include <signscope/dissector.h>
#include <signscope/limits.h>

#define STEP 16384 /* octets of output asked for at a time */

enum outcome {
    WHOLE,
    CUT,     /* the input ends too early */
    DAMAGED, /* what was read before that place stands */
    FULL     /* the output's cap is reached */
};

struct body {
    bool is_asked;           /* child was asked for */
    struct sgs_layer *child; /* who reads it; NULL: nobody */
};

/* One zlib stream: window as inflateInit2 takes it.  *used: octets of in it read. */
static enum outcome inflate_one(struct sgs_slice in, int window, struct sgs_buf *out, size_t *used)
{
    z_stream z = {.next_in = (z_const Bytef *)(uintptr_t)in.ptr, .avail_in = (uInt)in.len};
    int rc = inflateInit2(&z, window);

    while (rc == Z_OK) {
        uint8_t *to = sgs_buf_reserve(out, STEP);
        if (!to) {
            break;
        }
        z.next_out = to;
        z.avail_out = STEP;
        rc = inflate(&z, Z_SYNC_FLUSH);
        sgs_buf_commit(out, STEP - z.avail_out);
        if (rc == Z_OK && z.avail_out > 0 && z.avail_in == 0) {
            rc = Z_BUF_ERROR;
        }
    }
    *used = in.len - z.avail_in;
    (void)inflateEnd(&z);
    if (rc == Z_OK) {
        return FULL;
    }
    return rc == Z_STREAM_END ? WHOLE : rc == Z_BUF_ERROR ? CUT : DAMAGED;
}

/* gzip, all its members (RFC 1952, section 2.2). */
static enum outcome undo_gzip(struct sgs_slice in, struct sgs_buf *out)
{
    enum outcome end = WHOLE;
    size_t used = 0;

    do {
        end = inflate_one(in, 16 + MAX_WBITS, out, &used);
        in = sgs_slice_from(in, used);
    } while (end == WHOLE && sgs_slice_starts(in, SGS_LIT("\x1f\x8b")));
    return end;
}

/* deflate is zlib (RFC 1950) by the book, and raw (RFC 1951) from some servers. */
static enum outcome undo_deflate(struct sgs_slice in, struct sgs_buf *out)
{
    size_t used = 0;
    enum outcome end = inflate_one(in, MAX_WBITS, out, &used);

    if (end == DAMAGED && out->len == 0) {
        end = inflate_one(in, -MAX_WBITS, out, &used);
    }
    return end;
}

static enum outcome undo_brotli(struct sgs_slice in, struct sgs_buf *out)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    BrotliDecoderResult rc = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    const uint8_t *next = in.ptr;
    size_t left = in.len;

    while (state && rc == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        uint8_t *to = sgs_buf_reserve(out, STEP);
        size_t room = STEP;
        if (!to) {
            break;
        }
        rc = BrotliDecoderDecompressStream(state, &left, &next, &room, &to, NULL);
        sgs_buf_commit(out, STEP - room);
    }
    BrotliDecoderDestroyInstance(state);
    switch (rc) {
    case BROTLI_DECODER_RESULT_SUCCESS:
        return WHOLE;
    case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
        return CUT;
    case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        return FULL;
    case BROTLI_DECODER_RESULT_ERROR:
        break;
    }
    return DAMAGED;
}

static const struct {
    const char *name;
    enum outcome (*undo)(struct sgs_slice in, struct sgs_buf *out);
} codings[] = {
    {"gzip",     undo_gzip   },
    {"x-gzip",   undo_gzip   },
    {"deflate",  undo_deflate},
    {"br",       undo_brotli },
    {"identity", NULL        },
};

#define N_CODINGS (sizeof codings / sizeof *codings)

static size_t coding_find(struct sgs_slice name)
{
    size_t i = 0;

    while (i < N_CODINGS && !sgs_slice_ieq(name, sgs_slice_str(codings[i].name))) {
        i++;
    }
    return i;
}

/* Undoes one coding.  False: nothing of the body can be read. */
static bool undo(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice name, struct sgs_slice *in,
                 struct sgs_buf *out)
{
    size_t i = coding_find(name);

    if (i == N_CODINGS) {
        sgs_malformed(l, dir, "unknown content coding", 0);
        return false;
    }
    if (!codings[i].undo) {
        return true;
    }
    enum outcome end = codings[i].undo(*in, out);
    if (end == FULL) {
        sgs_limit(l, dir, "body.octets", SGS_MAX_BODY);
    } else if (end == DAMAGED || (end == CUT && !sgs_is_cut(l))) {
        sgs_malformed(l, dir, "damaged content coding", 0);
    }
    if (out->len == 0 && end == DAMAGED) {
        return true; /* some servers name a coding and do not apply it */
    }
    *in = sgs_buf_slice(out);
    return in->len > 0;
}

/* Takes the last element off a comma separated list. */
static struct sgs_slice last_of(struct sgs_slice *list)
{
    size_t at = list->len;

    while (at > 0 && list->ptr[at - 1] != ',') {
        at--;
    }
    struct sgs_slice last = sgs_slice_trim(sgs_slice_from(*list, at));
    *list = sgs_slice_head(*list, at > 0 ? at - 1 : 0);
    return last;
}

static void message(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct body *st = sgs_state(l);
    struct sgs_slice list = sgs_get(l, SGS_NOTE_CODING);
    struct sgs_buf bufs[SGS_MAX_HTTP_CODINGS];
    bool is_readable = st->child != NULL;
    size_t n = 0;

    while (is_readable && list.len > 0 && n < SGS_MAX_HTTP_CODINGS) {
        sgs_buf_init(&bufs[n], SGS_MAX_BODY);
        is_readable = undo(l, dir, last_of(&list), &msg, &bufs[n++]);
    }
    if (is_readable && list.len > 0) {
        sgs_limit(l, dir, "http.codings", SGS_MAX_HTTP_CODINGS);
    } else if (is_readable) {
        sgs_push(st->child, dir, msg);
        if (sgs_is_cut(l)) {
            sgs_lose(st->child, dir, 0);
        }
        sgs_finish(st->child);
        st->child = NULL;
    }
    while (n > 0) {
        sgs_buf_clear(&bufs[--n]);
    }
}

/* The media type told; where none is, what the first octet looks like (RFC 9110, section 8.3). */
static struct sgs_slice media_of(const struct sgs_layer *l, struct sgs_slice head)
{
    struct sgs_slice media = sgs_get(l, SGS_NOTE_MEDIA);

    if (media.len == 0 && head.ptr[0] == '{') {
        return SGS_LIT("application/json");
    }
    if (media.len == 0 && (head.ptr[0] == '<' || head.ptr[0] == 0xef)) {
        return SGS_LIT("application/xml");
    }
    return media;
}

static struct sgs_extent measure(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail)
{
    struct body *st = sgs_state(l);

    if (!st->is_asked) {
        st->is_asked = true;
        st->child = sgs_start(l, SGS_BY_MEDIA, media_of(l, avail));
    }
    return st->child ? SGS_REST : SGS_SKIP(avail.len);
}

static const struct sgs_claim claims[] = {
    {SGS_BY_NAME, "body"},
    {0,           NULL  },
};

SGS_DISSECTOR(body) = {
    .name = "body",
    .title = "HTTP body",
    .claims = claims,
    .state_size = sizeof(struct body),
    .max_message = SGS_MAX_BODY,
    .takes_cut = true,
    .measure = measure,
    .message = message,
};
