/*
 * SIP by sight.  The framing of compression packets is nowhere written down in full, so it is
 * learned from the first messages, which are plain text; this is as much of SIP as that takes.
 */
#include "sipcomp.h"

bool sipcomp_is_text(uint8_t octet)
{
    return octet >= 0x20 || octet == '\t' || octet == '\r' || octet == '\n';
}

bool sipcomp_is_start(struct sgs_slice s)
{
    static const char *const starts[] = {
        "SIP/2.0 ", "REGISTER ", "SUBSCRIBE ", "SERVICE ", "NOTIFY ",  "BENOTIFY ",
        "OPTIONS ", "INVITE ",   "ACK ",       "BYE ",     "CANCEL ",  "INFO ",
        "MESSAGE ", "PUBLISH ",  "REFER ",     "UPDATE ",  "NEGOTIATE"};

    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (sgs_slice_starts(s, sgs_slice_str(starts[i]))) {
            return true;
        }
    }
    return false;
}

/* Octets up to the body, or 0. */
static size_t head_len(struct sgs_slice s, size_t from)
{
    const struct sgs_slice blank = SGS_LIT("\r\n\r\n");
    size_t at = from + sgs_slice_find(sgs_slice_from(s, from), blank);

    return at < s.len ? at + blank.len : 0;
}

static uint64_t body_len(struct sgs_slice head)
{
    uint64_t n = 0;

    while (head.len > 0) {
        struct sgs_slice line = sgs_slice_cut(&head, '\n');
        size_t colon = sgs_slice_chr(line, ':');
        struct sgs_slice name = sgs_slice_trim(sgs_slice_head(line, colon));
        struct sgs_slice value = sgs_slice_trim(sgs_slice_from(line, colon + 1));
        if (sgs_slice_ieq(name, SGS_LIT("Content-Length")) || sgs_slice_ieq(name, SGS_LIT("l"))) {
            (void)sgs_slice_uint(value, SGS_MAX_SIP_MESSAGE, &n);
        }
    }
    return n;
}

size_t sipcomp_message_len(struct sgs_slice s, size_t *scanned)
{
    size_t head = head_len(s, *scanned);

    if (head == 0) {
        *scanned = s.len > 3 ? s.len - 3 : 0;
        return 0;
    }
    return head + (size_t)body_len(sgs_slice_head(s, head));
}

bool sipcomp_is_whole(struct sgs_slice s)
{
    for (;;) {
        while (s.len > 0 && (s.ptr[0] == '\r' || s.ptr[0] == '\n')) {
            s = sgs_slice_from(s, 1);
        }
        if (s.len == 0) {
            return true;
        }
        size_t scanned = 0;
        size_t n = sipcomp_is_start(s) ? sipcomp_message_len(s, &scanned) : 0;
        if (n == 0 || n > s.len) {
            return false;
        }
        s = sgs_slice_from(s, n);
    }
}
