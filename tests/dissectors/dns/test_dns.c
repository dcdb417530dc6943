/*
 * DNS: names and data of records in the spelling of dig, questions and their answers, framing over
 * TCP, and damage.  Messages are written octet by octet from RFC 1035 and the RFCs of the records.
 */
#include "../play.h"

#include <signscope/limits.h>

/* A string literal as octets, without its NUL; "" "" keeps an escape apart from what follows. */
#define OCTETS(s) sgs_slice(s, sizeof(s) - 1)

#define COUNTS(q, an, ns, ar) "\0" q "\0" an "\0" ns "\0" ar
#define A_EXAMPLE "\1a\7example\0"
#define ASKS_A A_EXAMPLE "\0\1\0\1"
#define ASKS_AAAA A_EXAMPLE "\0\x1c\0\1"
#define ONE_QUESTION COUNTS("\1", "\0", "\0", "\0")
#define QUERY(id) "\0" id "\1\0" ONE_QUESTION ASKS_A
#define ANSWER(id, rcode) "\0" id "\x81" rcode COUNTS("\1", "\1", "\0", "\0") ASKS_A A_RECORD
#define A_RECORD "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"

/* A conversation with port 53. */
static void open_dns(struct play *p, enum sgs_transport transport, bool has_start)
{
    const struct sgs_conn_info info = {
        .transport = transport,
        .end = {{.ip = {192, 0, 2, 15}, .len = 4, .port = 50738},
                {.ip = {192, 0, 2, 53}, .len = 4, .port = 53}},
        .has_start = has_start,
    };

    play_open(p, "dns", has_start);
    sgs_stream_close(p->stream);
    p->stream = sgs_stream_open(p->engine, &info, "dns");
}

/* data of records: one response with one record, and what its data must read */

struct data_case {
    const char *name;
    const char *type;      /* as it must be called */
    unsigned number;       /* of the type */
    struct sgs_slice data; /* on the wire, at offset 39 of the message */
    const char *want;
};

#define DATA(s)                                                                                    \
    {                                                                                              \
        (const uint8_t *)(s), sizeof(s) - 1                                                        \
    }

/* Rows whose texts take several lines cannot be aligned. */
/* clang-format off */
static const struct data_case data_cases[] = {
    {"A", "A", 1, DATA("\xc6\x33\x64\x07"), "198.51.100.7"},
    {"AAAA", "AAAA", 28, DATA("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), "2001:db8::1"},
    {"CNAME by pointer", "CNAME", 5, DATA("\3www\xc0\x0c"), "www.a.example"},
    {"NS with odd octets", "NS", 2, DATA("\5a.b\\\xe9\4 x\"y\0"), "a\\.b\\\\\\233.\\032x\"y"},
    {"PTR to the root", "PTR", 12, DATA("\0"), "."},
    {"SRV", "SRV", 33, DATA("\0\0\0\x64\1\xbb\3sip\xc0\x0e"), "0 100 443 sip.example"},
    {"MX", "MX", 15, DATA("\0\x0a\xc0\x0c"), "10 a.example"},
    {"SOA", "SOA", 6,
     DATA(
     "\2ns\xc0\x0e\1h\xc0\x0e\0\0\7\xea\0\0\0\1\0\0\0\2\0\0\0\3\xff\xff\xff\xff"
     ), "ns.example h.example 2026 1 2 3 4294967295"},
    {"TXT", "TXT", 16, DATA("\3a b\4\"\\\0z"), "\"a b\" \"\\\"\\\\\\000z\""},
    {"URI", "URI", 256, DATA("\0\1\0\2https://x/"), "1 2 \"https://x/\""},
    {"CAA", "CAA", 257, DATA("\0\5issueca.example"), "0 issue \"ca.example\""},
    {"NAPTR", "NAPTR", 35,
     DATA(
     "\0\x64\0\x32\1s\7SIP+D2T\0\4_sip\xc0\x0e"
     ), "100 50 \"s\" \"SIP+D2T\" \"\" _sip.example"},
    {"HTTPS", "HTTPS", 65,
     DATA(
     "\0\1\0\0\1\0\6\2h2\2h3\0\3\0\2\x20\xfb\0\4\0\4\xc0\0\2\1\0\5\0\2zz"
     ), "1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1 ech"},
    {"SVCB with keys unknown", "SVCB", 64,
     DATA(
     "\0\1\0\0\0\0\4\0\1\1\0\2\x9b\0\1x"
     ), "1 . mandatory=alpn,key256 key667"},
    {"a type without name", "TYPE65280", 65280, DATA("\xde\xad"), "\\# 2 dead"},
};
/* clang-format on */

static void record_data(void **state)
{
    const struct data_case *c = *state;
    static const char head[] = "\0\1\x81\x80" COUNTS("\1", "\1", "\0", "\0") ASKS_A "\xc0\x0c";
    uint8_t msg[256];
    size_t n = sizeof head - 1;
    struct play p;
    char want[256];

    memcpy(msg, head, n);
    const uint8_t fixed[] = {(uint8_t)(c->number >> 8), (uint8_t)c->number, 0, 1, 0, 0, 0, 9, 0,
                             (uint8_t)c->data.len};
    memcpy(msg + n, fixed, sizeof fixed);
    n += sizeof fixed;
    memcpy(msg + n, c->data.ptr, c->data.len);
    open_dns(&p, SGS_UDP, true);
    play_push(&p, SGS_S2C, sgs_slice(msg, n + c->data.len));
    (void)snprintf(want, sizeof want, "{name:\"a.example\" type:\"%s\" ttl:9 data:\"%s\"}", c->type,
                   c->want);
    const char *out = play_end(&p, SGS_END_IDLE);
    if (!strstr(out, want) || strstr(out, "malformed")) {
        fail_msg("%s not in %s", want, out);
    }
    play_close(&p);
}

/* whole conversations: datagrams, and the events they must give */

struct step {
    enum sgs_dir dir;
    struct sgs_slice octets;
};

#define C2S(s)                                                                                     \
    {                                                                                              \
        SGS_C2S,                                                                                   \
        {                                                                                          \
            (const uint8_t *)(s), sizeof(s) - 1                                                    \
        }                                                                                          \
    }
#define S2C(s)                                                                                     \
    {                                                                                              \
        SGS_S2C,                                                                                   \
        {                                                                                          \
            (const uint8_t *)(s), sizeof(s) - 1                                                    \
        }                                                                                          \
    }

struct talk {
    const char *name;
    const char *want;
    struct step steps[6]; /* ends at the first without octets */
};

#define Q1 "name=a.example type=A txid=1 transport=udp"
#define A1 "answers{name:\"a.example\" type:\"A\" ttl:60 data:\"192.0.2.1\"}"

/* Rows whose texts take several lines cannot be aligned. */
/* clang-format off */
static const struct talk talks[] = {
    {"query and answer",
     "#1 dns.query " Q1 "\n"
     "#2 dns.response " Q1 " rcode=NOERROR " A1 " query_frame=1 rtt_ms=1000000\n",
     {C2S(QUERY("\1")), S2C(ANSWER("\1", "\x80"))}},
    {"a repeated query is one question, each answer is tied to it",
     "#1 dns.query " Q1 "\n"
     "#2 dns.query " Q1 "\n"
     "#3 dns.response " Q1 " rcode=NOERROR " A1 " query_frame=1 rtt_ms=2000000 attempts=2\n"
     "#4 dns.response " Q1 " rcode=NOERROR " A1 " query_frame=1 rtt_ms=3000000 attempts=2\n",
     {C2S(QUERY("\1")), C2S(QUERY("\1")), S2C(ANSWER("\1", "\x80")), S2C(ANSWER("\1", "\x80"))}},
    {"answers out of order",
     "#1 dns.query " Q1 "\n"
     "#2 dns.query name=a.example type=A txid=2 transport=udp\n"
     "#3 dns.response name=a.example type=A txid=2 transport=udp rcode=SERVFAIL " A1
     " query_frame=2 rtt_ms=1000000\n"
     "#4 dns.response " Q1 " rcode=NXDOMAIN " A1 " query_frame=1 rtt_ms=3000000\n",
     {C2S(QUERY("\1")), C2S(QUERY("\2")), S2C(ANSWER("\2", "\x82")), S2C(ANSWER("\1", "\x83"))}},
    {"the same id for another type answers nothing",
     "#1 dns.query " Q1 "\n"
     "#2 dns.response name=a.example type=AAAA txid=1 transport=udp rcode=NOERROR\n"
     "#3 dns.unanswered name=a.example type=A attempts=1\n",
     {C2S(QUERY("\1")), S2C("\0\1\x81\x80" ONE_QUESTION ASKS_AAAA)}},
    {"two questions with one id",
     "#1 dns.query " Q1 "\n"
     "#2 dns.query name=a.example type=AAAA txid=1 transport=udp\n"
     "#3 dns.response name=a.example type=AAAA txid=1 transport=udp rcode=NOERROR query_frame=2"
     " rtt_ms=1000000\n"
     "#4 dns.response " Q1 " rcode=NOERROR " A1 " query_frame=1 rtt_ms=3000000\n",
     {C2S(QUERY("\1")), C2S("\0\1\1\0" ONE_QUESTION ASKS_AAAA),
      S2C("\0\1\x81\x80" ONE_QUESTION ASKS_AAAA), S2C(ANSWER("\1", "\x80"))}},
    {"names differ in case only",
     "#1 dns.query " Q1 "\n"
     "#2 dns.response name=A.eXample type=A txid=1 transport=udp rcode=NOERROR query_frame=1"
     " rtt_ms=1000000\n",
     {C2S(QUERY("\1")), S2C("\0\1\x81\x80" ONE_QUESTION "\1A\7eXample\0\0\1\0\1")}},
    {"an answer without question is tied by its id",
     "#1 dns.query " Q1 "\n"
     "#2 dns.response " Q1 " rcode=FORMERR query_frame=1 rtt_ms=1000000\n",
     {C2S(QUERY("\1")), S2C("\0\1\x80\1" COUNTS("\0", "\0", "\0", "\0"))}},
    {"an unreadable question is no other's answer",
     "#1 dns.query " Q1 "\n"
     "#3 malformed in=2 what=label of unknown kind offset=14\n"
     "#2 dns.response txid=1 transport=udp rcode=NOERROR\n"
     "#4 dns.unanswered name=a.example type=A attempts=1\n",
     {C2S(QUERY("\1")), S2C("\0\1\x81\x80" ONE_QUESTION "\x41x\0\0\1\0\1")}},
    {"truncated is answered",
     "#1 dns.query " Q1 "\n"
     "#2 dns.response " Q1 " rcode=NOERROR truncated=1 query_frame=1 rtt_ms=1000000\n",
     {C2S(QUERY("\1")), S2C("\0\1\x83\x80" ONE_QUESTION ASKS_A)}},
    {"upper bits of the code are in OPT",
     "#1 dns.response " Q1 " rcode=BADVERS\n",
     {S2C("\0\1\x81\x80" COUNTS("\1", "\0", "\0", "\1") ASKS_A "\0\0\x29\4\xd0\1\0\0\0\0\0")}},
    {"OPT is no answer, an unknown code is its number",
     "#1 dns.response " Q1 " rcode=RCODE14\n",
     {S2C("\0\1\x81\x8e" COUNTS("\1", "\1", "\0", "\0") ASKS_A "\0\0\x29\4\xd0\0\0\0\0\0\0")}},
    {"several questions are one event",
     "#1 dns.query " Q1 "\n"
     "#2 dns.unanswered name=a.example type=A attempts=1\n",
     {C2S("\0\1\1\0" COUNTS("\2", "\0", "\0", "\0") ASKS_A "\xc0\x0c\0\x1c\0\1")}},
    {"an update counts too, but its records are no answers",
     "#1 dns.query name=a.example type=SOA txid=1 transport=udp\n"
     "#2 dns.response name=a.example type=SOA txid=1 transport=udp rcode=REFUSED query_frame=1"
     " rtt_ms=1000000\n",
     {C2S("\0\1\x28\0" ONE_QUESTION A_EXAMPLE "\0\6\0\1"),
      S2C("\0\1\xa8\5" COUNTS("\1", "\1", "\0", "\0") A_EXAMPLE "\0\6\0\1" A_RECORD)}},
    {"a pointer to itself",
     "#2 limit in=1 what=dns.jumps number=64\n"
     "#1 dns.query txid=1 transport=udp\n",
     {C2S("\0\1\1\0" ONE_QUESTION "\xc0\x0c\0\1\0\1")}},
    {"a label of unknown kind",
     "#2 malformed in=1 what=label of unknown kind offset=14\n"
     "#1 dns.query txid=1 transport=udp\n",
     {C2S("\0\1\1\0" ONE_QUESTION "\x41x\0\0\1\0\1")}},
    {"what can be read of a record cut short",
     "#2 malformed in=1 what=record cut short offset=40\n"
     "#1 dns.response " Q1 " rcode=NOERROR\n",
     {S2C("\0\1\x81\x80" COUNTS("\1", "\1", "\0", "\0") ASKS_A
          "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0")}},
    {"an address of three octets, then a good record",
     "#2 malformed in=1 what=data of a record do not fill it offset=39\n"
     "#1 dns.response " Q1 " rcode=NOERROR answers{name:\"a.example\" type:\"A\" ttl:1}"
     "{name:\"a.example\" type:\"A\" ttl:60 data:\"192.0.2.1\"}\n",
     {S2C("\0\1\x81\x80" COUNTS("\1", "\2", "\0", "\0") ASKS_A
          "\xc0\x0c\0\1\0\1\0\0\0\1\0\3\1\2\3" A_RECORD)}},
    {"a header cut short",
     "#2 malformed in=1 what=header cut short offset=5\n"
     "#1 dns.query txid=1 transport=udp\n",
     {C2S("\0\1\1\0\0")}},
};
/* clang-format on */

static void conversation(void **state)
{
    const struct talk *t = *state;
    struct play p;

    open_dns(&p, SGS_UDP, true);
    for (size_t i = 0; i < 6 && t->steps[i].octets.ptr; i++) {
        play_push(&p, t->steps[i].dir, t->steps[i].octets);
    }
    assert_string_equal(play_end(&p, SGS_END_IDLE), t->want);
    play_close(&p);
}

/* what nobody answered */

static const char *ask_and_wait(struct play *p, sgs_time wait, enum sgs_end why)
{
    open_dns(p, SGS_UDP, true);
    play_push(p, SGS_C2S, OCTETS(QUERY("\1")));
    p->origin.time_last = p->origin.time += wait;
    return play_end(p, why);
}

static void unanswered_needs_time(void **state)
{
    struct play p;

    assert_null(strstr(ask_and_wait(&p, 4 * SGS_SEC, SGS_END_CAPTURE), "unanswered"));
    play_close(&p);
    assert_null(strstr(ask_and_wait(&p, -4 * SGS_SEC, SGS_END_CAPTURE), "unanswered"));
    play_close(&p);
    assert_non_null(strstr(ask_and_wait(&p, 6 * SGS_SEC, SGS_END_CAPTURE), "unanswered"));
    play_close(&p);
    assert_non_null(strstr(ask_and_wait(&p, 0, SGS_END_IDLE), "unanswered"));
    play_close(&p);
}

static void unanswered_behind_a_gap_is_unknown(void **state)
{
    static const char query[] = "\0\x1b" QUERY("\1");
    struct play p;

    open_dns(&p, SGS_TCP, true);
    play_push(&p, SGS_C2S, OCTETS(query));
    play_gap(&p, SGS_S2C, 45);
    assert_null(strstr(play_end(&p, SGS_END_FIN), "unanswered"));
    play_close(&p);
    open_dns(&p, SGS_TCP, true);
    play_push(&p, SGS_C2S, OCTETS(query));
    assert_non_null(strstr(play_end(&p, SGS_END_FIN), "dns.unanswered name=a.example type=A"));
    play_close(&p);
}

/* A query stays one pending question however many others wait. */
static void many_questions(void **state)
{
    struct play p;
    uint8_t msg[] = QUERY("\1");

    open_dns(&p, SGS_UDP, true);
    for (unsigned i = 0; i < SGS_MAX_DNS_PENDING + 1; i++) {
        msg[0] = (uint8_t)(i >> 8);
        msg[1] = (uint8_t)i;
        play_push(&p, SGS_C2S, sgs_slice(msg, sizeof msg - 1));
    }
    const char *out = play_end(&p, SGS_END_CAPTURE);
    assert_non_null(strstr(out, "limit in=1025 what=dns.pending number=1024"));
    play_close(&p);
}

/* framing over TCP */

#define T_QUERY(id) "\0\x1b" QUERY(id)

static void stream_in_pieces(void **state)
{
    static const char octets[] = T_QUERY("\1") T_QUERY("\2") "\0\0";
    struct play p;

    open_dns(&p, SGS_TCP, true);
    for (size_t i = 0; i < sizeof octets - 1; i++) {
        play_push(&p, SGS_C2S, sgs_slice(octets + i, 1));
    }
    const char *out = play_end(&p, SGS_END_CAPTURE);
    assert_string_equal(out, "#1 dns.query name=a.example type=A txid=1 transport=tcp\n"
                             "#2 dns.query name=a.example type=A txid=2 transport=tcp\n"
                             "#3 malformed what=message without flags offset=0\n");
    play_close(&p);
}

static void stream_found_again(void **state)
{
    struct play p;

    open_dns(&p, SGS_TCP, false);
    play_push(&p, SGS_C2S, OCTETS("mple\0\0\1\0\1" T_QUERY("\1")));
    play_gap(&p, SGS_C2S, 0);
    play_push(&p, SGS_C2S, OCTETS("\xff\xff\xff" T_QUERY("\2") T_QUERY("\3")));
    const char *out = play_end(&p, SGS_END_CAPTURE);
    assert_non_null(strstr(out, "#1 dns.query name=a.example type=A txid=1 "));
    assert_non_null(strstr(out, "dns.query name=a.example type=A txid=2 "));
    assert_non_null(strstr(out, "dns.query name=a.example type=A txid=3 "));
    assert_null(strstr(out, "malformed"));
    play_close(&p);
}

/* A datagram cut by the snap length is no fault of its sender. */
static void cut_datagram(void **state)
{
    struct play p;

    open_dns(&p, SGS_UDP, true);
    play_push(&p, SGS_C2S, OCTETS(QUERY("\1")));
    play_frame(&p);
    sgs_stream_push(p.stream, SGS_S2C, sgs_slice_head(OCTETS(ANSWER("\1", "\x83")), 16), true,
                    &p.origin);
    const char *out = play_end(&p, SGS_END_IDLE);
    assert_non_null(strstr(out, "#2 dns.response name=a.example type=A txid=1 transport=udp "
                                "rcode=NXDOMAIN query_frame=1 rtt_ms=1000000 cut=1\n"));
    assert_null(strstr(out, "malformed"));
    assert_null(strstr(out, "unanswered"));
    play_close(&p);
}

/* A name of 255 octets is the longest: RFC 1035, section 2.3.4. */
static void longest_name(void **state)
{
    for (unsigned last = 61; last <= 62; last++) {
        uint8_t msg[12 + 256 + 4] = "\0\1\1\0" COUNTS("\1", "\0", "\0", "\0");
        const unsigned labels[] = {63, 63, 63, last};
        size_t n = 12;
        struct play p;

        for (size_t i = 0; i < 4; i++) {
            msg[n++] = (uint8_t)labels[i];
            memset(msg + n, 'x', labels[i]);
            n += labels[i];
        }
        const uint8_t tail[] = {0, 0, 1, 0, 1};
        memcpy(msg + n, tail, sizeof tail);
        open_dns(&p, SGS_UDP, true);
        play_push(&p, SGS_C2S, sgs_slice(msg, n + sizeof tail));
        const char *out = play_end(&p, SGS_END_CAPTURE);
        assert_int_equal(!strstr(out, "name longer than 255 octets"), last == 61);
        play_close(&p);
    }
}

/* recognition */

static void recognised(void **state)
{
    extern const struct sgs_dissector sgs_dissector_dns;
    const struct {
        struct sgs_slice head;
        enum sgs_guess want;
    } rows[] = {
        {OCTETS(QUERY("\1")),                          SGS_SURE },
        {OCTETS(T_QUERY("\1")),                        SGS_SURE },
        {OCTETS("\0\1\1"),                             SGS_SHORT},
        {OCTETS("\x16\3\1\0\x40\1\0\0\x3c\3\3abcdef"), SGS_MAYBE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(sgs_dissector_dns.probe(rows[i].head, SGS_C2S), rows[i].want);
    }
}

#define N_DATA (sizeof data_cases / sizeof *data_cases)
#define N_TALKS (sizeof talks / sizeof *talks)

int main(void)
{
    const struct CMUnitTest single[] = {
        cmocka_unit_test(unanswered_needs_time),
        cmocka_unit_test(unanswered_behind_a_gap_is_unknown),
        cmocka_unit_test(many_questions),
        cmocka_unit_test(stream_in_pieces),
        cmocka_unit_test(stream_found_again),
        cmocka_unit_test(cut_datagram),
        cmocka_unit_test(longest_name),
        cmocka_unit_test(recognised),
    };
    struct CMUnitTest tests[N_DATA + N_TALKS + sizeof single / sizeof *single];
    size_t n = 0;

    for (size_t i = 0; i < N_DATA; i++) {
        tests[n++] = (struct CMUnitTest){.name = data_cases[i].name,
                                         .test_func = record_data,
                                         .initial_state = (void *)(uintptr_t)&data_cases[i]};
    }
    for (size_t i = 0; i < N_TALKS; i++) {
        tests[n++] = (struct CMUnitTest){.name = talks[i].name,
                                         .test_func = conversation,
                                         .initial_state = (void *)(uintptr_t)&talks[i]};
    }
    memcpy(tests + n, single, sizeof single);
    return cmocka_run_group_tests_name("dns", tests, NULL, NULL) != 0;
}
