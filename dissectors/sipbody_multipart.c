/*
 * Several bodies in one (RFC 2046, section 5.1).  The boundary is the first line of the body; that
 * of the Content-Type header is the same.
 *
 *   --boundary CRLF  header lines CRLF  CRLF  part  CRLF--boundary ... CRLF--boundary--
 */
#include "sipbody.h"

#include <signscope/limits.h>

#define MAX_BOUNDARY 72 /* octets with the two hyphens: RFC 2046 allows 70 */

static struct sgs_slice trimmed_line(struct sgs_slice s)
{
    return sgs_slice_trim(sgs_slice_head(s, sgs_slice_chr(s, '\n')));
}

/* The media type that the header lines of a part tell; *body: what follows them. */
static struct sgs_slice read_head(struct sgs_slice part, struct sgs_slice *body)
{
    const struct sgs_slice name = SGS_LIT("Content-Type:");
    struct sgs_slice media = {NULL, 0};

    while (part.len > 0) {
        struct sgs_slice line = trimmed_line(part);
        part = sgs_slice_from(part, sgs_slice_chr(part, '\n') + 1);
        if (line.len == 0) {
            break;
        }
        if (sgs_slice_istarts(line, name)) {
            media = sgs_slice_from(line, name.len);
            media = sgs_slice_trim(sgs_slice_cut(&media, ';'));
        }
    }
    *body = part;
    return media;
}

static void carry(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice part, bool is_cut)
{
    struct sgs_slice body;
    struct sgs_slice media = read_head(part, &body);
    struct sgs_layer *child =
        media.len > 0 && body.len > 0 ? sgs_start(l, SGS_BY_MEDIA, media) : NULL;

    sgs_put(child, SGS_NOTE_MEDIA, media);
    sgs_push(child, dir, body);
    if (is_cut) {
        sgs_lose(child, dir, 0);
    }
    sgs_finish(child);
}

/* Octets of s before the next boundary line; *end: behind the boundary, or s.len. */
static size_t part_len(struct sgs_slice s, struct sgs_slice boundary, size_t *end)
{
    size_t at = 0;

    while (at < s.len) {
        size_t found = at + sgs_slice_find(sgs_slice_from(s, at), boundary);
        bool is_at_line = found > 0 && found < s.len && s.ptr[found - 1] == '\n';
        if (found >= s.len || is_at_line) {
            bool has_return = is_at_line && found > 1 && s.ptr[found - 2] == '\r';
            *end = found < s.len ? found + boundary.len : s.len;
            return found < s.len ? found - 1 - has_return : s.len;
        }
        at = found + boundary.len;
    }
    *end = s.len;
    return s.len;
}

void sipbody_multipart(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg)
{
    struct sgs_slice boundary = trimmed_line(msg);
    struct sgs_slice rest = sgs_slice_from(msg, sgs_slice_chr(msg, '\n') + 1);

    if (boundary.len <= 2 || boundary.len > MAX_BOUNDARY) {
        sgs_malformed(l, dir, "a body of several parts without a boundary", 0);
        return;
    }
    for (unsigned n = 0; rest.len > 0; n++) {
        size_t end = 0;
        if (n == SGS_MAX_MULTIPART) {
            sgs_limit(l, dir, "multipart.parts", SGS_MAX_MULTIPART);
            return;
        }
        size_t len = part_len(rest, boundary, &end);
        carry(l, dir, sgs_slice_head(rest, len), len == rest.len);
        rest = sgs_slice_from(rest, end);
        if (sgs_slice_starts(rest, SGS_LIT("--"))) {
            return;
        }
        rest = sgs_slice_from(rest, sgs_slice_chr(rest, '\n') + 1);
    }
}
