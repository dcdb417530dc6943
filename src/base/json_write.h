/*
 * JSON written straight into a buffer (RFC 8259): compact, members in the order of the calls,
 * always valid UTF-8.  Nothing is allocated besides the buffer; once something did not fit, its
 * overflow flag is set and what it holds is no JSON.
 */
#ifndef SGS_BASE_JSON_WRITE_H
#define SGS_BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <signscope/buf.h>
#include <signscope/clock.h>
#include <signscope/slice.h>

/* A writer in the caller's memory.  Members are private to json_write.c. */
struct sgs_jw {
    struct sgs_buf *out; /* kept by the caller as long as the writer is used */
    bool has_value;      /* a value stands before this place in the same list or object */
};

/* A writer at the start of a document; out need not be empty. */
void sgs_jw_init(struct sgs_jw *w, struct sgs_buf *out);

void sgs_jw_object(struct sgs_jw *w);
void sgs_jw_object_end(struct sgs_jw *w);
void sgs_jw_list(struct sgs_jw *w);
void sgs_jw_list_end(struct sgs_jw *w);

/* The name of the member whose value is written next: any octets (slice), or one of ours that needs
 * no escapes (the others, below). */
void sgs_jw_name_slice(struct sgs_jw *w, struct sgs_slice name);

/*
 * Room for n octets behind the comma that is due, which is written; the caller writes there and
 * gives what lies behind it to sgs_jw_wrote().  NULL past the cap.  Most often there is room: that
 * much is decided in place.
 */
static inline uint8_t *sgs_jw_room(struct sgs_jw *w, size_t n)
{
    struct sgs_buf *b = w->out;
    uint8_t *to =
        n < b->size - b->len && n < b->cap - b->len ? b->ptr + b->len : sgs_buf_reserve(b, n + 1);

    if (to) {
        to[0] = ',';
        to += w->has_value ? 1 : 0;
    }
    w->has_value = true;
    return to;
}

static inline void sgs_jw_wrote(struct sgs_jw *w, const uint8_t *end)
{
    w->out->len = (size_t)(end - w->out->ptr);
}

/* In place: the length of a literal costs nothing then, and its copy next to nothing. */
#define SGS_JW_INLINE __attribute__((always_inline)) static inline

SGS_JW_INLINE void sgs_jw_plain_name(struct sgs_jw *w, struct sgs_slice name)
{
    uint8_t *to = sgs_jw_room(w, name.len + 3);

    w->has_value = false;
    if (to) {
        to[0] = '"';
        memcpy(to + 1, name.ptr, name.len);
        to[name.len + 1] = '"';
        to[name.len + 2] = ':';
        sgs_jw_wrote(w, to + name.len + 3);
    }
}

SGS_JW_INLINE void sgs_jw_name(struct sgs_jw *w, const char *name)
{
    sgs_jw_plain_name(w, sgs_slice(name, strlen(name)));
}

/* Any octets; what is not UTF-8 becomes U+FFFD, octet by octet. */
void sgs_jw_text(struct sgs_jw *w, struct sgs_slice text);
void sgs_jw_str(struct sgs_jw *w, const char *text);
/* A text of ours that needs no escapes. */
void sgs_jw_plain(struct sgs_jw *w, struct sgs_slice text);

void sgs_jw_int(struct sgs_jw *w, int64_t number);
void sgs_jw_uint(struct sgs_jw *w, uint64_t number);
void sgs_jw_bool(struct sgs_jw *w, bool value);
void sgs_jw_null(struct sgs_jw *w);

/* A duration of ns nanoseconds as milliseconds: 534.1, 0.0, -1.000001; exact, at least one decimal.
 */
void sgs_jw_ms(struct sgs_jw *w, int64_t ns);

/* A time as RFC 3339 text; null for SGS_TIME_NONE. */
void sgs_jw_time(struct sgs_jw *w, sgs_time t);

/* Octets that are one whole JSON value already. */
void sgs_jw_raw(struct sgs_jw *w, struct sgs_slice value);

/* Name and value in one call. */
SGS_JW_INLINE void sgs_jw_member_text(struct sgs_jw *w, const char *name, struct sgs_slice text)
{
    sgs_jw_name(w, name);
    sgs_jw_text(w, text);
}

static inline void sgs_jw_member_str(struct sgs_jw *w, const char *name, const char *text)
{
    sgs_jw_name(w, name);
    sgs_jw_str(w, text);
}

SGS_JW_INLINE void sgs_jw_member_plain(struct sgs_jw *w, const char *name, struct sgs_slice text)
{
    sgs_jw_name(w, name);
    sgs_jw_plain(w, text);
}

static inline void sgs_jw_member_int(struct sgs_jw *w, const char *name, int64_t number)
{
    sgs_jw_name(w, name);
    sgs_jw_int(w, number);
}

SGS_JW_INLINE void sgs_jw_member_uint(struct sgs_jw *w, const char *name, uint64_t number)
{
    sgs_jw_name(w, name);
    sgs_jw_uint(w, number);
}

static inline void sgs_jw_member_bool(struct sgs_jw *w, const char *name, bool value)
{
    sgs_jw_name(w, name);
    sgs_jw_bool(w, value);
}

static inline void sgs_jw_member_ms(struct sgs_jw *w, const char *name, int64_t ns)
{
    sgs_jw_name(w, name);
    sgs_jw_ms(w, ns);
}

SGS_JW_INLINE void sgs_jw_member_time(struct sgs_jw *w, const char *name, sgs_time t)
{
    sgs_jw_name(w, name);
    sgs_jw_time(w, t);
}

/*
 * Appends text as it stands between the quotes of a JSON string.  Besides what RFC 8259 asks for
 * (section 7), characters that a terminal or a script obeys without showing them are escaped: DEL,
 * C1 controls, line and paragraph separators, marks that turn the direction of text.
 */
void sgs_json_escape(struct sgs_buf *out, struct sgs_slice text);

#endif
