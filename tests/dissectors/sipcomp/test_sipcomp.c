/*
 * SIP compression: the switch at NEGOTIATE, every way a packet header may look like, what is lost
 * with a hole and where reading goes on, and what is no packet.  What must come out of compressed
 * conversations is what the same messages give when they are sent as they are.
 */
#include "../play.h"

#include <signscope/limits.h>

#include "mkcap/lz77.h"

#define NEGOTIATE                                                                                  \
    "NEGOTIATE sip:10.20.0.15:5061 SIP/2.0\r\nVia: SIP/2.0/TLS 10.20.7.44:52110\r\n"               \
    "CSeq: 1 NEGOTIATE\r\nCall-ID: n1\r\nFrom: <sip:10.20.7.44:52110>;tag=6f\r\n"                  \
    "To: <sip:10.20.0.15:5061>\r\nCompression: LZ77-8K\r\nMax-Forwards: 0\r\n"                     \
    "Content-Length: 0\r\n\r\n"
#define TAKEN                                                                                      \
    "SIP/2.0 200 OK\r\nCompression: LZ77-8K\r\nFrom: <sip:10.20.7.44:52110>;tag=6f\r\n"            \
    "To: <sip:10.20.0.15:5061>;tag=A1\r\nCall-ID: n1\r\nCSeq: 1 NEGOTIATE\r\n"                     \
    "Via: SIP/2.0/TLS 10.20.7.44:52110;ms-received-port=52110\r\nContent-Length: 0\r\n\r\n"
#define REGISTER(cseq)                                                                             \
    "REGISTER sip:contoso.com SIP/2.0\r\nVia: SIP/2.0/TLS 10.20.7.44:52110\r\n"                    \
    "From: <sip:ada@contoso.com>;tag=1a2b;epid=0102030405\r\nTo: <sip:ada@contoso.com>\r\n"        \
    "Call-ID: c1\r\nCSeq: " cseq                                                                   \
    " REGISTER\r\nUser-Agent: UCCAPI/16.0\r\nContent-Length: 0\r\n\r\n"
#define REFUSED(cseq)                                                                              \
    "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/TLS 10.20.7.44:52110\r\nFrom: "                      \
    "<sip:ada@contoso.com>;tag=1a2b;epid=0102030405\r\nTo: <sip:ada@contoso.com>\r\n"              \
    "Call-ID: c1\r\nCSeq: " cseq " REGISTER\r\nServer: RTC/6.0\r\nContent-Length: 5\r\n\r\n<a/>\n"

/* What headers look like on this connection. */
struct dialect {
    const char *name;
    size_t len, flags_at, size_at, size_len;
    bool is_little;
    unsigned unit; /* of COMPRESSED */
    bool counts_plain, counts_header;
    uint8_t filler; /* what stands elsewhere */
};

static const struct dialect dialects[] = {
    {"H1: flags, 0, be 32 of the wire", 6,  0, 2,  4, false, 0x02, false, false, 0   },
    {"H2: size before compression",     6,  0, 2,  4, false, 0x02, true,  false, 0   },
    {"H3: flags in the high half",      6,  0, 2,  4, false, 0x20, false, false, 0   },
    {"H3 with the other size",          6,  0, 2,  4, false, 0x20, true,  false, 0   },
    {"H4: be 16 flags",                 6,  1, 4,  2, false, 0x02, false, false, 0   },
    {"H4 with the other size",          6,  1, 4,  2, false, 0x02, true,  false, 0   },
    {"the header is counted",           6,  0, 2,  4, false, 0x02, false, true,  0   },
    {"both",                            6,  1, 2,  4, false, 0x20, true,  true,  0   },
    {"four octets, be 16",              4,  1, 2,  2, false, 0x02, false, false, 0   },
    {"le 32 first",                     8,  4, 0,  4, true,  0x01, true,  false, 7   },
    {"le 16 in the middle",             6,  5, 1,  2, true,  0x10, false, true,  0xff},
    {"sixteen octets",                  16, 3, 10, 4, false, 0x40, false, false, 0x20},
};

struct talk {
    struct play play;
    const struct dialect *d;
    struct mk_lz77 z[2];
    uint8_t packet[70000];
    size_t len;
};

/* The packet that z makes of text, with a header of that dialect, in t->packet. */
static void make(struct talk *t, enum sgs_dir dir, struct sgs_slice text, bool is_plain)
{
    static uint8_t usual[70000];
    const struct dialect *d = t->d;

    t->z[dir].counts_plain = d->counts_plain;
    size_t n = mk_lz77_packet(&t->z[dir], text.ptr, text.len, is_plain, usual) - MK_LZ77_HEADER;
    size_t size = ((size_t)usual[3] << 16 | (size_t)usual[4] << 8 | usual[5]);
    size += d->counts_header ? d->len : 0;
    memset(t->packet, d->filler, d->len);
    t->packet[d->flags_at] = (uint8_t)(d->filler ^ (usual[0] / 2 * d->unit));
    for (size_t i = 0; i < d->size_len; i++) {
        size_t shift = 8 * (d->is_little ? i : d->size_len - 1 - i);
        t->packet[d->size_at + i] = (uint8_t)(size >> shift);
    }
    memcpy(t->packet + d->len, usual + MK_LZ77_HEADER, n);
    t->len = d->len + n;
}

static void push_text(struct talk *t, enum sgs_dir dir, const char *text, bool is_plain)
{
    make(t, dir, sgs_slice_str(text), is_plain);
    play_push(&t->play, dir, sgs_slice(t->packet, t->len));
}

static void plain(struct talk *t, enum sgs_dir dir, const char *text)
{
    push_text(t, dir, text, true);
}

static void coded(struct talk *t, enum sgs_dir dir, const char *text)
{
    push_text(t, dir, text, false);
}

static struct talk talk;

static struct talk *open_talk(const struct dialect *d, bool is_negotiated)
{
    talk = (struct talk){.d = d};
    play_open(&talk.play, is_negotiated ? "sip" : "sipcomp", is_negotiated);
    if (is_negotiated) {
        play_text(&talk.play, SGS_C2S, NEGOTIATE);
        play_text(&talk.play, SGS_S2C, TAKEN);
    }
    return &talk;
}

/* How often what stands in out. */
static size_t count(const char *out, const char *what)
{
    size_t n = 0;

    for (const char *at = strstr(out, what); at; at = strstr(at + 1, what)) {
        n++;
    }
    return n;
}

static void remove_all(char *text, const char *what)
{
    for (char *at = strstr(text, what); at; at = strstr(at, what)) {
        memmove(at, at + strlen(what), strlen(at + strlen(what)) + 1);
    }
}

static const char *const lines[] = {REGISTER("1"), REFUSED("1"), REGISTER("2"), REFUSED("2"),
                                    REGISTER("3"), REFUSED("3"), "\r\n\r\n",    REFUSED("2"),
                                    REGISTER("4"), REFUSED("4"), REGISTER("5"), REFUSED("5"),
                                    REGISTER("6"), REFUSED("6"), REGISTER("7"), REFUSED("7")};
#define N_LINES (sizeof lines / sizeof *lines)

static char *copy(const char *text)
{
    size_t n = strlen(text) + 1;
    char *out = malloc(n);

    assert_non_null(out);
    memcpy(out, text, n);
    return out;
}

/* What the lines give when nothing is compressed.  Given. */
static char *uncompressed(void)
{
    struct play p;
    play_open(&p, "sip", true);
    play_text(&p, SGS_C2S, NEGOTIATE);
    sgs_stream_push(p.stream, SGS_S2C,
                    SGS_LIT("SIP/2.0 200 OK\r\nFrom: <sip:10.20.7.44:52110>\r\n"
                            "To: <sip:10.20.0.15:5061>;tag=A1\r\nCall-ID: n1\r\n"
                            "CSeq: 1 NEGOTIATE\r\n"
                            "Via: SIP/2.0/TLS 10.20.7.44:52110;ms-received-port=52110\r\n\r\n"),
                    false, &p.origin);
    for (size_t i = 0; i < N_LINES; i++) {
        play_text(&p, i % 2 ? SGS_S2C : SGS_C2S, lines[i]);
    }
    char *out = copy(play_end(&p, SGS_END_FIN));
    play_close(&p);
    return out;
}

/* plain: packets of each side that are sent plain before the first compressed one. */
static void compare(const struct dialect *d, size_t n_plain)
{
    char *want = uncompressed();
    struct talk *t = open_talk(d, true);

    for (size_t i = 0; i < N_LINES; i++) {
        push_text(t, i % 2 ? SGS_S2C : SGS_C2S, lines[i], i / 2 < n_plain);
    }
    char *have = copy(play_end(&t->play, SGS_END_FIN));
    if (count(have, "compressed=1") != N_LINES - 1) {
        fail_msg("%s, %zu plain: got\n%s", d->name, n_plain, have);
    }
    remove_all(have, " compressed=1");
    remove_all(have, " compression=LZ77-8K");
    remove_all(want, " compression=LZ77-8K");
    if (strcmp(want, have) != 0) {
        fail_msg("%s, %zu plain: expected\n%s\ngot\n%s", d->name, n_plain, want, have);
    }
    free(want);
    free(have);
    play_close(&t->play);
}

static void every_dialect(void **state)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        compare(&dialects[i], 1);
        compare(&dialects[i], 3);
        compare(&dialects[i], N_LINES);
    }
}

/* The usual header is known by itself, when the first packet is compressed already. */
static void compressed_at_once(void **state)
{
    for (size_t i = 0; i < 8; i++) {
        compare(&dialects[i], 0);
    }
}

/* holes, ends, and what is no packet */

static const struct dialect *const h1 = &dialects[0];
static const struct dialect *const h2 = &dialects[1];

/* The value of a field of the line, up to the next blank or, for texts, the next field. */
static void value_of(const char *line, const char *field, const char *next, char *out, size_t n)
{
    const char *at = strstr(line, field);

    *out = 0;
    if (at) {
        at += strlen(field);
        const char *end = strstr(at, next);
        (void)snprintf(out, n, "%.*s", end ? (int)(end - at) : (int)strlen(at), at);
    }
}

/*
 * Events in short: >2 a request of CSeq 2, <2 its answer, with ! when it came as it was and with ~
 * when it was cut; (reason octets) what could not be read; [what] malformed, {what} limit.
 */
static void in_short(char *events, struct sgs_buf *b)
{
    for (char *line = events; *line;) {
        char *end = strchr(line, '\n');
        char v[128], w[32];
        *end = 0;
        if (strstr(line, " sip.re")) {
            value_of(line, " cseq=", " ", v, sizeof v);
            (void)sgs_buf_printf(b, "%s%s%s%s ", strstr(line, "sip.request") ? ">" : "<", v,
                                 strstr(line, "compressed=1") ? "" : "!",
                                 strstr(line, "cut=1") ? "~" : "");
        } else if (strstr(line, " sip.unreadable")) {
            value_of(line, " reason=", " octets=", v, sizeof v);
            value_of(line, " octets=", " ", w, sizeof w);
            (void)sgs_buf_printf(b, "(%s %s) ", v, w);
        } else if (!strstr(line, "net.gap")) {
            bool is_limit = strstr(line, " limit ");
            value_of(line, " what=", is_limit ? " number=" : " offset=", v, sizeof v);
            (void)sgs_buf_printf(b, is_limit ? "{%s} " : "[%s] ", v);
        }
        line = end + 1;
    }
    (void)sgs_buf_add_octet(b, 0);
}

static void ends_as(struct talk *t, enum sgs_end why, const char *want)
{
    char *out = copy(play_end(&t->play, why));
    struct sgs_buf b;

    sgs_buf_init(&b, 1u << 16);
    in_short(out, &b);
    if (strcmp((const char *)b.ptr, want) != 0) {
        fail_msg("expected\n%s\ngot\n%s", want, (const char *)b.ptr);
    }
    sgs_buf_clear(&b);
    free(out);
    play_close(&t->play);
}

static const char *cseq(unsigned n)
{
    static char text[512];

    (void)snprintf(text, sizeof text, REGISTER("%u"), n);
    return text;
}

/* The next packet of z begins at the front. */
static void to_front(struct talk *t, enum sgs_dir dir)
{
    t->z[dir].has_begun = false;
}

static void flush(struct talk *t, enum sgs_dir dir, const char *text)
{
    t->z[dir].at = 0;
    to_front(t, dir);
    make(t, dir, sgs_slice_str(text), true);
    t->packet[t->d->flags_at] = (uint8_t)(4 * t->d->unit);
    play_push(&t->play, dir, sgs_slice(t->packet, t->len));
}

static void lose(struct talk *t, enum sgs_dir dir, const char *text)
{
    make(t, dir, sgs_slice_str(text), false);
    play_gap(&t->play, dir, t->len);
}

/* What refers to the lost packet is lost too; what is sent plain is not, nor what begins again. */
static void hole_between_packets(void **state)
{
    struct talk *t = open_talk(h1, true);
    char want[256];
    plain(t, SGS_C2S, cseq(1));
    coded(t, SGS_C2S, cseq(2));
    lose(t, SGS_C2S, cseq(3));
    coded(t, SGS_C2S, cseq(4));
    size_t lost = t->len;
    coded(t, SGS_C2S, cseq(5));
    lost += t->len;
    plain(t, SGS_C2S, cseq(6));
    coded(t, SGS_C2S, cseq(7));
    to_front(t, SGS_C2S);
    (void)snprintf(
        want, sizeof want,
        ">1! <1! >1 >2 (octets before it are lost %zu) >6 (octets before it are lost %zu) "
        ">8 >9 ",
        lost, t->len);
    coded(t, SGS_C2S, cseq(8));
    coded(t, SGS_C2S, cseq(9));
    ends_as(t, SGS_END_FIN, want);
}

/* The size before compression does not tell where a packet ends that cannot be decoded. */
static void hole_with_plain_sizes(void **state)
{
    struct talk *t = open_talk(h2, true);
    char want[256];
    coded(t, SGS_S2C, REFUSED("1"));
    coded(t, SGS_S2C, REFUSED("2"));
    lose(t, SGS_S2C, REFUSED("3"));
    coded(t, SGS_S2C, REFUSED("4"));
    size_t lost = t->len;
    coded(t, SGS_S2C, REFUSED("5"));
    lost += t->len;
    flush(t, SGS_S2C, REFUSED("6"));
    coded(t, SGS_S2C, REFUSED("7"));
    (void)snprintf(want, sizeof want, ">1! <1! <1 <2 (octets before it are lost %zu) <6 <7 ", lost);
    ends_as(t, SGS_END_FIN, want);
}

/* A packet that is sent plain has a hole: the message is cut, nothing else is lost. */
static void hole_in_plain_packet(void **state)
{
    struct talk *t = open_talk(h1, true);
    coded(t, SGS_C2S, cseq(1));
    make(t, SGS_C2S, sgs_slice_str(cseq(2)), true);
    play_push(&t->play, SGS_C2S, sgs_slice(t->packet, 205));
    play_gap(&t->play, SGS_C2S, 10);
    play_push(&t->play, SGS_C2S, sgs_slice(t->packet + 215, t->len - 215));
    coded(t, SGS_C2S, cseq(3));
    ends_as(t, SGS_END_FIN, ">1! <1! >1 >2~ >3 ");
}

/* A compressed one: the message is cut, and its direction is lost up to the front. */
static void hole_in_packet(void **state)
{
    struct talk *t = open_talk(h1, true);
    char want[256];
    make(t, SGS_C2S, sgs_slice_str(cseq(1)), false);
    play_push(&t->play, SGS_C2S, sgs_slice(t->packet, t->len - 20));
    play_gap(&t->play, SGS_C2S, 5);
    play_push(&t->play, SGS_C2S, sgs_slice(t->packet + t->len - 15, 15));
    coded(t, SGS_C2S, cseq(2));
    (void)snprintf(want, sizeof want, ">1! <1! >1~ (octets before it are lost %zu) >3 >4 ",
                   15 + t->len);
    to_front(t, SGS_C2S);
    coded(t, SGS_C2S, cseq(3));
    coded(t, SGS_C2S, cseq(4));
    ends_as(t, SGS_END_FIN, want);
}

/* A hole of unknown size: the next packet is where one can be. */
static void hole_of_unknown_size(void **state)
{
    struct talk *t = open_talk(h1, true);
    coded(t, SGS_C2S, cseq(1));
    make(t, SGS_C2S, sgs_slice_str(cseq(2)), false);
    play_push(&t->play, SGS_C2S, sgs_slice(t->packet, 10));
    play_gap(&t->play, SGS_C2S, 0);
    play_push(&t->play, SGS_C2S, sgs_slice(t->packet + t->len - 3, 3));
    to_front(t, SGS_C2S);
    coded(t, SGS_C2S, cseq(3));
    ends_as(t, SGS_END_FIN, ">1! <1! >1 >~ (octets before it are lost 3) >3 ");
}

/* AT_FRONT makes known only what comes with it. */
static void copies_of_what_is_lost(void **state)
{
    struct talk *t = open_talk(h1, true);
    coded(t, SGS_C2S, cseq(1));
    lose(t, SGS_C2S, cseq(2));
    /* at the front, six letters, and a copy of what stood nine octets before */
    play_push(&t->play, SGS_C2S,
              SGS_LIT("\x06\0\0\0\0\x08"
                      "aaaaaa\xf2\x40"));
    to_front(t, SGS_C2S);
    coded(t, SGS_C2S, cseq(3));
    ends_as(t, SGS_END_FIN, ">1! <1! >1 (octets before it are lost 14) >3 ");
}

static void capture_ends_in_packet(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        struct talk *t = open_talk(&dialects[i], true);
        coded(t, SGS_C2S, cseq(1));
        make(t, SGS_C2S, sgs_slice_str(cseq(2)), false);
        play_push(&t->play, SGS_C2S, sgs_slice(t->packet, t->len - 1));
        coded(t, SGS_S2C, REFUSED("1"));
        make(t, SGS_S2C, sgs_slice_str(REFUSED("2")), true);
        play_push(&t->play, SGS_S2C, sgs_slice(t->packet, 3));
        ends_as(t, SGS_END_CAPTURE, ">1! <1! >1 <1 >~ ");
    }
}

/* In the middle of a conversation: nobody said that it is compressed. */
static void joined_late(void **state)
{
    struct talk *t = open_talk(h1, false);
    char want[256];
    make(t, SGS_C2S, sgs_slice_str(cseq(1)), false);
    make(t, SGS_S2C, sgs_slice_str(REFUSED("1")), false);
    coded(t, SGS_C2S, cseq(2));
    size_t lost = t->len;
    play_text(&t->play, SGS_S2C, "rest"); /* of a packet */
    coded(t, SGS_C2S, cseq(3));
    lost += t->len;
    flush(t, SGS_S2C, REFUSED("3"));
    to_front(t, SGS_C2S);
    coded(t, SGS_C2S, cseq(4));
    coded(t, SGS_S2C, REFUSED("4"));
    coded(t, SGS_C2S, cseq(5));
    (void)snprintf(want, sizeof want,
                   "(the conversation began before the capture 4) <3 "
                   "(the conversation began before the capture %zu) >4 <4 >5 ",
                   lost);
    ends_as(t, SGS_END_FIN, want);
}

/* Nor is it said with which coding. */
static void joined_late_64k(void **state)
{
    struct talk *t = open_talk(h1, false);
    t->z[SGS_C2S].is_64k = t->z[SGS_S2C].is_64k = true;
    coded(t, SGS_C2S, cseq(1));
    coded(t, SGS_S2C, REFUSED("1"));
    coded(t, SGS_C2S, cseq(2));
    coded(t, SGS_S2C, REFUSED("2"));
    ends_as(t, SGS_END_FIN, ">1 <1 >2 <2 ");
}

/* The probe finds them behind TLS. */
static void found_by_probe(void **state)
{
    const struct sgs_dissector *d = NULL;
    struct talk *t = open_talk(h1, false);

    for (size_t i = 0; i < sgs_n_dissectors; i++) {
        d = strcmp(sgs_dissectors[i]->name, "sipcomp") == 0 ? sgs_dissectors[i] : d;
    }
    assert_non_null(d);
    make(t, SGS_C2S, sgs_slice_str(cseq(1)), true);
    assert_int_equal(d->probe(sgs_slice(t->packet, t->len), SGS_C2S), SGS_SURE);
    assert_int_equal(d->probe(sgs_slice(t->packet, 5), SGS_C2S), SGS_SHORT);
    assert_int_equal(d->probe(sgs_slice(t->packet, 16), SGS_C2S), SGS_SHORT);
    assert_int_equal(d->probe(SGS_LIT("\0\0\0\0\1\0Hello, world."), SGS_C2S), SGS_NO);
    make(t, SGS_C2S, sgs_slice_str(cseq(1)), false);
    assert_int_equal(d->probe(sgs_slice(t->packet, t->len), SGS_C2S), SGS_SURE);
    assert_int_equal(d->probe(sgs_slice(t->packet, 17), SGS_C2S), SGS_SHORT);
    make(t, SGS_C2S, sgs_slice_str(cseq(2)), false);
    assert_int_equal(d->probe(sgs_slice(t->packet, t->len), SGS_C2S), SGS_SURE);
    assert_int_equal(d->probe(sgs_slice(t->packet, t->len + 1), SGS_C2S), SGS_NO);
    assert_int_equal(d->probe(SGS_LIT("\6\0\0\0\0\x20\1\2\3\4\5\6\7\x08\1\2\3\4\5"), SGS_C2S),
                     SGS_NO);
    assert_int_equal(d->probe(SGS_LIT("\x16\3\1"), SGS_C2S), SGS_NO);
    assert_int_equal(d->probe(SGS_LIT("\x0a\0\0\0\0\1xxxxxxxxxxxxxx"), SGS_C2S), SGS_NO);
    ends_as(t, SGS_END_FIN, "");
}

/* negotiation */

struct answer_case {
    const char *name, *ask, *answer, *want;
};

#define ASK(head) "NEGOTIATE sip:a SIP/2.0\r\nCall-ID: n\r\nCSeq: 1 NEGOTIATE\r\n" head "\r\n"
#define ANSWER(status, head) "SIP/2.0 " status "\r\nCall-ID: n\r\nCSeq: 1 NEGOTIATE\r\n" head "\r\n"

/* What follows is sent as it is: is that read as SIP? */
static const struct answer_case not_taken[] = {
    {"refused",                          ASK("Compression: LZ77-8K\r\n"), ANSWER("488 No",   ""),                         ">1! <1! >1! <1! "},
    {"405",                              ASK("Compression: LZ77-8K\r\n"), ANSWER("405 No",   "Compression: LZ77-8K\r\n"),
     ">1! <1! >1! <1! "                                                                                                                     },
    {"None",                             ASK("Compression: LZ77-8K\r\n"), ANSWER("200 OK",   "Compression: None\r\n"),
     ">1! <1! >1! <1! "                                                                                                                     },
    {"no header",                        ASK(""),                         ANSWER("200 OK",   ""),                         ">1! <1! >1! <1! "},
    {"provisional",                      ASK("Compression: LZ77-8K\r\n"), ANSWER("100 Wait", "Compression: LZ77-8K\r\n"),
     ">1! <1! >1! <1! "                                                                                                                     },
    {"taken, but nothing is compressed", ASK("Compression: LZ77-8K\r\n"),
     ANSWER("200 OK",                                                                        "Compression: LZ77-8K\r\n"), ">1! <1! >1! <1! "},
};

/* A fresh conversation, nothing asked so far. */
static void open_again(struct talk *t)
{
    (void)play_end(&t->play, SGS_END_FIN);
    play_close(&t->play);
    play_open(&t->play, "sip", true);
}

static void answers(void **state)
{
    for (size_t i = 0; i < sizeof not_taken / sizeof *not_taken; i++) {
        struct talk *t = open_talk(h1, true);
        open_again(t);
        play_text(&t->play, SGS_C2S, not_taken[i].ask);
        play_text(&t->play, SGS_S2C, not_taken[i].answer);
        play_text(&t->play, SGS_C2S, REGISTER("1"));
        play_text(&t->play, SGS_S2C, REFUSED("1"));
        ends_as(t, SGS_END_FIN, not_taken[i].want);
    }
}

static void other_spellings(void **state)
{
    struct talk *t = open_talk(h1, true);
    open_again(t);
    t->z[SGS_C2S].is_64k = t->z[SGS_S2C].is_64k = true;
    play_text(&t->play, SGS_S2C, ASK("COMPRESSION: LZ77-8K, LZ77-64K\r\n")); /* a server asks */
    play_text(&t->play, SGS_C2S, ANSWER("202 Yes", "compression : x, lz77-64k\r\n"));
    coded(t, SGS_S2C, cseq(1));
    coded(t, SGS_C2S, REFUSED("1"));
    coded(t, SGS_S2C, cseq(2));
    ends_as(t, SGS_END_FIN, ">1! <1! >1 <1 >2 ");
}

static struct talk *asked(void)
{
    struct talk *t = open_talk(h1, true);
    open_again(t);
    play_text(&t->play, SGS_C2S, NEGOTIATE);
    return t;
}

/* The answer is lost: what its asker sends next tells what it was. */
static void answer_lost(void **state)
{
    struct talk *t = asked();
    play_gap(&t->play, SGS_S2C, strlen(TAKEN));
    coded(t, SGS_C2S, cseq(1));
    coded(t, SGS_S2C, REFUSED("1"));
    coded(t, SGS_C2S, cseq(2));
    ends_as(t, SGS_END_FIN, ">1! >1 <1 >2 ");

    t = asked();
    play_gap(&t->play, SGS_S2C, strlen(TAKEN));
    play_text(&t->play, SGS_C2S, REGISTER("1"));
    play_text(&t->play, SGS_S2C, REFUSED("1"));
    ends_as(t, SGS_END_FIN, ">1! >1! <1! ");

    t = asked(); /* in part */
    play_push(&t->play, SGS_S2C, sgs_slice(TAKEN, 60));
    play_gap(&t->play, SGS_S2C, strlen(TAKEN) - 60);
    coded(t, SGS_C2S, cseq(1));
    coded(t, SGS_S2C, REFUSED("1"));
    ends_as(t, SGS_END_FIN, ">1! <!~ >1 <1 ");
}

/* what is wrong */

static void contradictory_flags(void **state)
{
    static const char flags[] = {'\x0a', '\x04', '\x0c', '\x0e'};

    for (size_t i = 0; i < sizeof flags; i++) {
        struct talk *t = open_talk(h1, true);
        char packet[] = "\0\0\0\0\0\3abc";
        packet[0] = flags[i];
        coded(t, SGS_C2S, cseq(1));
        play_push(&t->play, SGS_C2S, sgs_slice(packet, 9));
        coded(t, SGS_C2S, cseq(2));
        char want[128];
        (void)snprintf(want, sizeof want,
                       ">1! <1! >1 [flags that contradict each other] "
                       "(flags that contradict each other %zu) >3 ",
                       9 + t->len);
        to_front(t, SGS_C2S);
        coded(t, SGS_C2S, cseq(3));
        ends_as(t, SGS_END_FIN, want);
    }
}

static void wrong_code(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        struct talk *t = open_talk(&dialects[i], true);
        coded(t, SGS_C2S, cseq(1));
        /* offset 0 */
        play_push(&t->play, SGS_C2S,
                  SGS_LIT("\2\0\0\0\0\x10"
                          "abc\xf0\0\0\0\0\0\0\0\0\0\0\0\0"));
        to_front(t, SGS_C2S);
        coded(t, SGS_C2S, cseq(2));
        ends_as(t, SGS_END_FIN,
                ">1! <1! >1 [a packet does not follow the coding] "
                "(a packet does not follow the coding 22) >2 ");
    }
}

static void no_packet(void **state)
{
    struct talk *t = open_talk(h1, true);
    coded(t, SGS_C2S, cseq(1));
    play_push(&t->play, SGS_C2S, SGS_LIT("\x55 no header here, by any reading"));
    to_front(t, SGS_C2S);
    coded(t, SGS_C2S, cseq(2));
    play_push(&t->play, SGS_S2C, SGS_LIT("\x55\xff\xff\xff no header here either, by any reading"));
    to_front(t, SGS_S2C);
    coded(t, SGS_S2C, REFUSED("2"));
    ends_as(t, SGS_END_FIN,
            ">1! <1! >1 [no packet where one must begin] (no packet where one must begin 32) >2 "
            "[no packet where one must begin] (no packet where one must begin 42) <2 ");
}

/* A header of eight octets of which none tells the length. */
static void no_size(void **state)
{
    struct talk *t = open_talk(h1, true);
    play_push(&t->play, SGS_C2S, SGS_LIT("\1\2\3\4\5\6\7\x08" REGISTER("1")));
    char want[128];
    (void)snprintf(want, sizeof want,
                   ">1! <1! [no packet where one must begin] (no packet where one must begin %zu) ",
                   8 + strlen(REGISTER("1")));
    ends_as(t, SGS_END_FIN, want);
}

/* A few octets that stand for tens of thousands, again and again. */
static void bomb(void **state)
{
    static uint8_t text[65000] = "REGISTER sip:";
    struct talk *t = open_talk(h1, false);
    t->z[SGS_C2S].is_64k = true;
    memset(text + 13, 'a', sizeof text - 13);
    for (size_t i = 0; i < 200; i++) {
        make(t, SGS_C2S, sgs_slice(text, sizeof text), false);
        assert_true(t->len < 40);
        play_push(&t->play, SGS_C2S, sgs_slice(t->packet, t->len));
    }
    size_t from = SGS_MAX_SIPCOMP_FREE / sizeof text; /* packets that are read, at least */
    const char *out = play_end(&t->play, SGS_END_FIN);
    assert_int_equal(count(out, " limit what=sipcomp.octets"), 1);
    assert_int_equal(count(out, " sip.unreadable reason=more than the cap allows octets="), 1);
    const char *octets = strstr(out, "allows octets=");
    assert_non_null(octets);
    unsigned long n = strtoul(octets + strlen("allows octets="), NULL, 10);
    assert_in_range(n, (200 - 2 * from) * 20, (200 - from) * 40);
    play_close(&t->play);
}

/* One message in several packets, and several in one. */
static void messages_and_packets(void **state)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        struct talk *t = open_talk(&dialects[i], true);
        char two[1024];
        (void)snprintf(two, sizeof two, "%s%s", REGISTER("3"), REGISTER("4"));
        plain(t, SGS_C2S, cseq(1));
        const char *text = REGISTER("2");
        make(t, SGS_C2S, sgs_slice(text, 100), true);
        play_push(&t->play, SGS_C2S, sgs_slice(t->packet, t->len));
        make(t, SGS_C2S, sgs_slice(text + 100, strlen(text) - 100), false);
        play_push(&t->play, SGS_C2S, sgs_slice(t->packet, t->len));
        coded(t, SGS_C2S, two);
        coded(t, SGS_C2S, cseq(5));
        ends_as(t, SGS_END_FIN, ">1! <1! >1 >2 >3 >4 >5 ");
    }
}

/* The same for the usual header, when the first packet has less than a message. */
static void fragment_first(void **state)
{
    for (size_t i = 0; i < 8; i++) {
        for (size_t is_plain = 0; is_plain < 2; is_plain++) {
            struct talk *t = open_talk(&dialects[i], true);
            const char *text = REGISTER("1");
            make(t, SGS_C2S, sgs_slice(text, 150), is_plain);
            play_push(&t->play, SGS_C2S, sgs_slice(t->packet, t->len));
            make(t, SGS_C2S, sgs_slice(text + 150, strlen(text) - 150), is_plain);
            play_push(&t->play, SGS_C2S, sgs_slice(t->packet, t->len));
            coded(t, SGS_C2S, cseq(2));
            coded(t, SGS_C2S, cseq(3));
            ends_as(t, SGS_END_FIN, ">1! <1! >1 >2 >3 ");
        }
    }
}

/* Texts longer than the history, and its end. */
static void long_talk(void **state)
{
    static char text[6000], want[4096];
    struct talk *t = open_talk(h1, true);
    size_t at = (size_t)snprintf(want, sizeof want, ">1! <1! ");

    for (unsigned i = 0; i < 200; i++) {
        unsigned pad = (i * 377) % 5000;
        (void)snprintf(text, sizeof text,
                       "REGISTER sip:contoso.com SIP/2.0\r\nCall-ID: c%u\r\nCSeq: %u REGISTER\r\n"
                       "X: %0*u\r\n\r\n",
                       i, i, (int)pad, i);
        coded(t, SGS_C2S, text);
        at += (size_t)snprintf(want + at, sizeof want - at, ">%u ", i);
    }
    ends_as(t, SGS_END_FIN, want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dialect),
        cmocka_unit_test(compressed_at_once),
        cmocka_unit_test(hole_between_packets),
        cmocka_unit_test(hole_with_plain_sizes),
        cmocka_unit_test(hole_in_plain_packet),
        cmocka_unit_test(hole_in_packet),
        cmocka_unit_test(hole_of_unknown_size),
        cmocka_unit_test(copies_of_what_is_lost),
        cmocka_unit_test(capture_ends_in_packet),
        cmocka_unit_test(joined_late),
        cmocka_unit_test(joined_late_64k),
        cmocka_unit_test(found_by_probe),
        cmocka_unit_test(answers),
        cmocka_unit_test(other_spellings),
        cmocka_unit_test(answer_lost),
        cmocka_unit_test(contradictory_flags),
        cmocka_unit_test(wrong_code),
        cmocka_unit_test(no_packet),
        cmocka_unit_test(no_size),
        cmocka_unit_test(bomb),
        cmocka_unit_test(messages_and_packets),
        cmocka_unit_test(fragment_first),
        cmocka_unit_test(long_talk),
    };
    return cmocka_run_group_tests_name("sipcomp", tests, NULL, NULL);
}
