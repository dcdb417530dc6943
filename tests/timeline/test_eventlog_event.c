/* Single events of event files, as no engine would have made them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "event_file.h"

/* An event with what is right in all but one place, in the order in which it is written. */
enum part {
    KIND,
    ID,
    IN,
    FRAME,
    FRAME_LAST,
    TIME,
    TIME_LAST,
    INPUT,
    INPUT_FRAME,
    FLAGS,
    CONN,
    SRC,
    SRC_PORT,
    DST,
    DST_PORT,
    LAYERS,
    N_VALUES,
    VALUES,
    N_PARTS
};

static const char *const good_parts[N_PARTS] = {
    [KIND] = "00",   [ID] = "04",          [IN] = "00",    [FRAME] = "02",    [FRAME_LAST] = "00",
    [TIME] = "0a",   [TIME_LAST] = "00",   [INPUT] = "01", [FLAGS] = "28",    [INPUT_FRAME] = "02",
    [CONN] = "00",   [SRC] = "04c0000201", [DST] = "00",   [DST_PORT] = "00", [SRC_PORT] = "bb03",
    [LAYERS] = "00", [N_VALUES] = "00",    [VALUES] = "",
};

/* The first field of a type: its number is one octet as long as there are few. */
static const char *field_of(enum sgs_type type, char out[3])
{
    static const char digits[] = "0123456789abcdef";

    for (unsigned i = 0; i < SGS_N_FIELDS && i < 128; i++) {
        if (sgs_field_type((enum sgs_field_id)i) == type) {
            out[0] = digits[i >> 4];
            out[1] = digits[i & 15];
            out[2] = '\0';
            return out;
        }
    }
    fail();
    return NULL;
}

/* A file with the one event, in which part is text; then what an intact file would end with. */
static struct answer read_event(enum part part, const char *head, const char *tail)
{
    struct sgs_buf file;
    struct sgs_buf event;
    struct sgs_buf packed;

    put_good_head(&file);
    sgs_buf_init(&event, 65536);
    sgs_buf_init(&packed, 65536 + 1024);
    for (enum part i = 0; i < N_PARTS; i++) {
        bool has_value = part == VALUES && i == N_VALUES;

        put_hex(&event, i == part ? head : has_value ? "01" : good_parts[i]);
        put_hex(&event, i == part ? tail : "");
    }
    sgs_record_pack(&packed, sgs_buf_slice(&event));
    put_record(&file, SGS_RECORD_EVENTS, sgs_buf_slice(&packed));
    struct answer a = read_octets(sgs_buf_slice(&file), NULL);
    assert_int_equal(a.status, SGS_OK);
    assert_true(a.is_damaged);
    sgs_buf_clear(&packed);
    sgs_buf_clear(&event);
    sgs_buf_clear(&file);
    return a;
}

static void test_events_that_make_no_sense(void **state)
{
    static const struct {
        enum part part;
        const char *octets;
        size_t n_events;
    } rows[] = {
        {KIND,      "00",                     1}, /* as it should be */
        {KIND,      "7f",                     0},
        {KIND,      "8080808080808080808000", 0},
        {ID,        "00",                     0}, /* ids begin at 1 */
        {IN,        "01",                     1}, /* 2 is inside 1 */
        {IN,        "02",                     0}, /* inside what has no id */
        {IN,        "03",                     0}, /* inside a later one */
        {FRAME,     "ffffffffffffffffff01",   1},
        {TIME,      "feffffffffffffff7f",     1}, /* INT64_MAX / 2 */
        {TIME,      "80808080808080808001",   0}, /* one more */
        {TIME,      "ffffffffffffffffff01",   0}, /* SGS_TIME_NONE */
        {TIME_LAST, "feffffffffffffff7f",     0}, /* 5 ns after TIME, that much later */
        {INPUT,     "8102",                   0}, /* one more than SGS_MAX_INPUTS */
        {FLAGS,     "2e",                     1}, /* SGS_LOG, the last trust */
        {FLAGS,     "38",                     0}, /* the transport behind SGS_UDP */
        {FLAGS,     "68",                     0}, /* both ends are the client */
        {FLAGS,     "a8",                     0},
        {CONN,      "ffffffff0f",             1},
        {CONN,      "8080808010",             0},
        {SRC,       "05c000020101",           0},
        {SRC,       "11",                     0},
        {SRC_PORT,  "808004",                 0},
        {LAYERS,    "8140",                   0}, /* longer than a text can be */
        {N_VALUES,  "01",                     0}, /* and the octets end */
        {N_VALUES,  "ffffffffffffffffff01",   0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(read_event(rows[i].part, rows[i].octets, "").n_events, rows[i].n_events);
    }
}

static void test_values_that_make_no_sense(void **state)
{
    static const struct {
        enum sgs_type type;
        const char *octets;
        size_t n_events;
    } rows[] = {
        {SGS_T_TEXT,  "0161",                 1},
        {SGS_T_TEXT,  "00",                   0}, /* what is not known is absent */
        {SGS_T_TEXT,  "0261",                 0},
        {SGS_T_INT,   "02",                   1},
        {SGS_T_INT,   "01",                   0}, /* -1 */
        {SGS_T_BOOL,  "02",                   1},
        {SGS_T_BOOL,  "04",                   0},
        {SGS_T_MS,    "01",                   1},
        {SGS_T_MS,    "ffffffffffffffffff01", 0}, /* SGS_TIME_NONE */
        {SGS_T_TIME,  "01",                   1},
        {SGS_T_TIME,  "feffffffffffffffff01", 0}, /* INT64_MAX */
        {SGS_T_TEXTS, "020161026262",         1},
        {SGS_T_TEXTS, "00",                   0},
        {SGS_T_TEXTS, "020161",               0},
        {SGS_T_TEXTS, "8102",                 0}, /* one more than SGS_MAX_EVENT_ITEMS */
        {SGS_T_MAP,   "010101610162",         1},
        {SGS_T_MAP,   "010101610009",         1}, /* a number */
        {SGS_T_MAP,   "0101000162",           0}, /* no name */
        {SGS_T_MAP,   "00",                   0},
        {SGS_T_MAP,   "020000",               0}, /* two objects */
        {SGS_T_ROWS,  "020000",               1},
        {SGS_T_ROWS,  "00",                   0},
        {SGS_T_ROWS,  "01ff7f",               0},
    };
    char id[3];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *field = field_of(rows[i].type, id);

        assert_int_equal(read_event(VALUES, field, rows[i].octets).n_events, rows[i].n_events);
    }
    assert_int_equal(read_event(VALUES, "ff7f", "0161").n_events, 0);
    assert_int_equal(read_event(N_VALUES, "02", "000161000161").n_events, 0); /* one field twice */
}

/* One more than a list, a text and a name can hold, with all octets there. */
static void test_too_much(void **state)
{
    static char items[4 + 4 * (SGS_MAX_EVENT_ITEMS + 1) + 1] = "8102";
    static char text[4 + 2 * (SGS_MAX_EVENT_TEXT + 1) + 1] = "8140";
    char id[3];

    (void)state;
    for (size_t i = 0; i <= SGS_MAX_EVENT_ITEMS; i++) {
        memcpy(items + 4 + 4 * i, "0161", 5);
    }
    assert_int_equal(read_event(VALUES, field_of(SGS_T_TEXTS, id), items).n_events, 0);
    memcpy(items, "8002", 4);
    items[4 + 4 * SGS_MAX_EVENT_ITEMS] = '\0';
    assert_int_equal(read_event(VALUES, field_of(SGS_T_TEXTS, id), items).n_events, 1);
    memset(text + 4, '6', sizeof text - 5);
    assert_int_equal(read_event(VALUES, field_of(SGS_T_TEXT, id), text).n_events, 0);
    memcpy(text, "8040", 4);
    text[4 + 2 * SGS_MAX_EVENT_TEXT] = '\0';
    assert_int_equal(read_event(VALUES, field_of(SGS_T_TEXT, id), text).n_events, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_that_make_no_sense),
        cmocka_unit_test(test_values_that_make_no_sense),
        cmocka_unit_test(test_too_much),
    };

    return cmocka_run_group_tests_name("eventlog_event", tests, NULL, NULL);
}
