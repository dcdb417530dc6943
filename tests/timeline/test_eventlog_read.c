/* Event files that this program did not write: heads, records and ends, all with right check sums.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "event_file.h"

static void test_heads(void **state)
{
    enum { KINDS = SGS_N_KINDS, FIELDS = SGS_N_FIELDS };
    const uint32_t ours = fingerprint(KINDS, FIELDS);
    const uint32_t older = fingerprint(KINDS - 2, FIELDS - 30);
    const struct {
        uint64_t version;
        size_t n_kinds, n_fields;
        uint32_t catalogue;
        uint64_t n_inputs;
        enum sgs_status status;
    } rows[] = {
        {1, KINDS,     FIELDS,      ours,     1,                  SGS_OK           },
        {1, KINDS,     FIELDS,      ours,     SGS_MAX_INPUTS,     SGS_OK           },
        {1, KINDS - 2, FIELDS - 30, older,    1,                  SGS_OK           },
        {1, KINDS - 2, FIELDS,      ours,     1,                  SGS_E_UNSUPPORTED},
        {1, KINDS,     FIELDS,      ours ^ 1, 1,                  SGS_E_UNSUPPORTED},
        {1, KINDS + 1, FIELDS,      ours,     1,                  SGS_E_UNSUPPORTED},
        {1, KINDS,     FIELDS + 1,  ours,     1,                  SGS_E_UNSUPPORTED},
        {1, SIZE_MAX,  SIZE_MAX,    ours,     1,                  SGS_E_UNSUPPORTED},
        {2, KINDS,     FIELDS,      ours,     1,                  SGS_E_UNSUPPORTED},
        {0, KINDS,     FIELDS,      ours,     1,                  SGS_E_UNSUPPORTED},
        {1, KINDS,     FIELDS,      ours,     0,                  SGS_E_FORMAT     },
        {1, KINDS,     FIELDS,      ours,     SGS_MAX_INPUTS + 1, SGS_E_FORMAT     },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_buf file;

        put_head(&file, rows[i].version, rows[i].n_kinds, rows[i].n_fields, rows[i].catalogue,
                 rows[i].n_inputs);
        assert_int_equal(read_octets(sgs_buf_slice(&file), NULL).status, rows[i].status);
        sgs_buf_clear(&file);
    }
    assert_int_equal(read_octets(SGS_LIT("\x0a\x0d\x0d\x0a\x1c\0\0\0"), NULL).status, SGS_E_FORMAT);
}

#define IN "0301610000000000000000"
#define RUN "05000000000000"
#define END "06000100"
#define B12 "626262626262626262626262"
#define NAME_47                                                                                    \
    "0401612f" B12 B12 B12 "6262626262626262626262"                                                \
    "00"
#define NAME_48 "04016130" B12 B12 B12 B12 "00"

/* A file of one input whose records are these, each with its type: it is whole, or damaged at the
 * one at fault. */
static void test_ends(void **state)
{
    static const struct {
        int fault; /* -1: none */
        const char *records[5];
    } rows[] = {
        {-1, {IN, RUN, END, NULL}                                                          },
        {-1, {"0301610000ffffffffffffffffff01ffffffffffffffffff0100000000", RUN, END, NULL}},
        {-1, {IN, NAME_47, RUN, "06000101", NULL}                                          },
        {2,  {IN, RUN, "06010100", NULL}                                                   }, /* an event is missing */
        {2,  {IN, RUN, "06000000", NULL}                                                   }, /* an input too many */
        {2,  {IN, RUN, "06000101", NULL}                                                   }, /* a row is missing */
        {1,  {IN, END, NULL}                                                               }, /* no run */
        {1,  {RUN, "06000000", NULL}                                                       }, /* no input, although the head has one */
        {1,  {IN, IN, RUN, "06000200", NULL}                                               }, /* a second input */
        {3,  {IN, RUN, END, RUN, NULL}                                                     }, /* something behind the end */
        {1,  {IN, "05000000000200", END, NULL}                                             }, /* no truth value */
        {1,  {IN, "05000000000002", END, NULL}                                             },
        {1,  {IN, NAME_48, RUN, "06000101", NULL}                                          }, /* name of 48 octets */
        {0,  {"0301610000feffffffffffffffff010000000000", RUN, END, NULL}                  }, /* beyond any time */
        {0,  {"030161000000feffffffffffffffff0100000000", RUN, END, NULL}                  },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_buf file;
        struct sgs_buf record;
        size_t fault = 0;

        put_good_head(&file);
        sgs_buf_init(&record, 1000);
        for (int j = 0; rows[i].records[j]; j++) {
            fault = j == rows[i].fault ? file.len : fault;
            put_hex(&record, rows[i].records[j]);
            put_record(&file, (enum sgs_record_type)record.ptr[0],
                       sgs_slice_from(sgs_buf_slice(&record), 1));
            sgs_buf_drop(&record, record.len);
        }
        struct answer a = read_octets(sgs_buf_slice(&file), NULL);
        assert_int_equal(a.status, SGS_OK);
        assert_true(a.is_damaged == (rows[i].fault >= 0) && a.has_coverage == !a.is_damaged);
        assert_int_equal(a.offset, fault);
        sgs_buf_clear(&record);
        sgs_buf_clear(&file);
    }
}

/* Records behind a good head: the reader stops at the first, for each of them. */
static void test_records_that_make_no_sense(void **state)
{
    static const struct {
        int type;
        const char *octets;
    } rows[] = {
        {0,                  ""                          },
        {7,                  ""                          },
        {255,                ""                          },
        {SGS_RECORD_HEAD,    "01"                        },
        {SGS_RECORD_EVENTS,  ""                          },
        {SGS_RECORD_EVENTS,  "01000000"                  }, /* nothing is packed */
        {SGS_RECORD_INPUT,   "016100000000000000"        }, /* ends before its damage */
        {SGS_RECORD_INPUT,   "01000000000000000000"      }, /* NUL in the name */
        {SGS_RECORD_INPUT,   "01610000000000000001000000"}, /* listed, not counted */
        {SGS_RECORD_INPUT,   "0161000000000000000000"    }, /* more behind it */
        {SGS_RECORD_SKIPPED, "01610162"                  },
        {SGS_RECORD_RUN,     "000000000002"              },
        {SGS_RECORD_RUN,     "0000000000"                },
        {SGS_RECORD_END,     "000000"                    }, /* its input is missing */
        {SGS_RECORD_END,     "000100"                    },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_buf file;
        struct sgs_buf payload;
        size_t at = 0;

        put_good_head(&file);
        at = file.len;
        sgs_buf_init(&payload, 1000);
        put_hex(&payload, rows[i].octets);
        put_record(&file, (enum sgs_record_type)rows[i].type, sgs_buf_slice(&payload));
        struct answer a = read_octets(sgs_buf_slice(&file), NULL);
        assert_true(a.status == SGS_OK && a.is_damaged && !a.has_coverage && a.n_events == 0);
        assert_int_equal(a.offset, at);
        sgs_buf_clear(&payload);
        sgs_buf_clear(&file);
    }
}

/* The octets of such a record are never waited for. */
static void test_impossible_lengths(void **state)
{
    static const char *const heads[] = {"03ffffffff00000000", "0300002000", "02fcffffff"};

    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct sgs_buf file;

        put_good_head(&file);
        put_hex(&file, heads[i]);
        assert_string_equal(read_octets(sgs_buf_slice(&file), NULL).what,
                            "record of impossible length");
        sgs_buf_clear(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_records_that_make_no_sense),
        cmocka_unit_test(test_impossible_lengths),
    };

    return cmocka_run_group_tests_name("eventlog_read", tests, NULL, NULL);
}
