/* The TLS part of the report, from events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/export.h>

#include "export/report.h"

static struct sgs_report_builder *builder;

static int setup(void **state)
{
    (void)state;
    builder = sgs_report_builder_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sgs_report_builder_free(builder);
    return 0;
}

static struct sgs_event event(enum sgs_kind kind, uint32_t conn, const char *layers)
{
    return (struct sgs_event){
        .kind = kind,
        .transport = SGS_TCP,
        .conn = conn,
        .dir = SGS_C2S,
        .src = {.ip = {10, 0, 0, 15}, .len = 4, .port = 50738},
        .dst = {.ip = {10, 0, 1, 9},  .len = 4, .port = 443  },
        .layers = sgs_slice_str(layers)
    };
}

static void hello(uint32_t conn, const char *sni)
{
    const struct sgs_value value = {
        .id = SGS_F_SNI, .type = SGS_T_TEXT, .text = sgs_slice_str(sni)};
    struct sgs_event ev = event(SGS_K_TLS_CLIENT_HELLO, conn, "tls");

    ev.values = &value;
    ev.n_values = 1;
    sgs_report_builder_event(builder, &ev);
}

static void session(uint32_t conn, const char *layers, const char *state, const char *reason)
{
    const struct sgs_value values[] = {
        {.id = SGS_F_REASON, .type = SGS_T_TEXT, .text = sgs_slice_str(reason)},
        {.id = SGS_F_STATE,  .type = SGS_T_TEXT, .text = sgs_slice_str(state) },
    };
    struct sgs_event ev = event(SGS_K_TLS_SESSION, conn, layers);

    ev.values = values;
    ev.n_values = 2;
    sgs_report_builder_event(builder, &ev);
}

static struct sgs_report finish(void)
{
    struct sgs_report report;

    memset(&report, 0, sizeof report);
    sgs_report_builder_finish(builder, &report);
    return report;
}

static void counts(void **state)
{
    struct sgs_report r;

    (void)state;
    hello(4, "sip.contoso.com");
    session(4, "tls", "opaque", "no-key");
    session(1, "http1/tls", "decrypted", "");
    session(0, "tls", "partly", "gap");
    session(1, "tls/sip/tlsdsk/tls", "opaque", "no-key"); /* inside SIP: no connection */
    r = finish();
    assert_int_equal(r.tls_connections, 3);
    assert_int_equal(r.tls_decrypted, 1);
    assert_int_equal(r.n_undecrypted, 2);
    assert_int_equal(r.undecrypted[0].conn, 0); /* in order of number */
    assert_true(r.undecrypted[0].is_partly);
    assert_string_equal(r.undecrypted[0].reason, "gap");
    assert_int_equal(r.undecrypted[1].conn, 4);
    assert_false(r.undecrypted[1].is_partly);
    assert_true(sgs_slice_eq(r.undecrypted[1].sni, SGS_LIT("sip.contoso.com")));
    assert_int_equal(r.undecrypted[1].server.port, 443);
}

/* A name is that of its own connection, also when a number comes again. */
static void names(void **state)
{
    struct sgs_report r;

    (void)state;
    hello(7, "a.example");
    session(7, "tls", "opaque", "no-key");
    session(7, "tls", "opaque", "late-start");
    r = finish();
    assert_int_equal(r.n_undecrypted, 2);
    for (size_t i = 0; i < 2; i++) {
        bool is_first = strcmp(r.undecrypted[i].reason, "no-key") == 0;

        assert_int_equal(r.undecrypted[i].sni.len, is_first ? strlen("a.example") : 0);
    }
}

static void nothing(void **state)
{
    struct sgs_report r = finish();

    (void)state;
    assert_int_equal(r.tls_connections, 0);
    assert_int_equal(r.n_undecrypted, 0);
}

/* Every reason of the contract has words and a remedy of one line. */
static void reasons(void **state)
{
    static const char *const contract[] = {"no-key",
                                           "no-key-entries",
                                           "key-line-damaged",
                                           "key-one-direction",
                                           "record-damaged",
                                           "cut-end",
                                           "hold-limit",
                                           "no-client-hello",
                                           "late-start",
                                           "gap",
                                           "snaplen",
                                           "cipher-unsupported",
                                           "resumed-unknown",
                                           "wrong-key",
                                           "key-unusable",
                                           "key-pending",
                                           "ech",
                                           "version-unsupported",
                                           "no-traffic-secret",
                                           "no-early-secret",
                                           "no-application-data"};

    (void)state;
    assert_int_equal(sgs_n_tls_reasons, sizeof contract / sizeof *contract);
    for (size_t i = 0; i < sizeof contract / sizeof *contract; i++) {
        const struct sgs_tls_reason *reason = sgs_tls_reason_find(sgs_slice_str(contract[i]));

        assert_non_null(reason);
        assert_true(strlen(reason->text) > 3 && strlen(reason->remedy) > 10);
        assert_null(strchr(reason->remedy, '\n'));
    }
    assert_null(sgs_tls_reason_find(SGS_LIT("no")));
}

static void unknown_reason(void **state)
{
    struct sgs_report r;

    (void)state;
    session(1, "tls", "opaque", "another");
    r = finish();
    assert_int_equal(r.n_undecrypted, 1);
    assert_null(r.undecrypted[0].reason);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts, setup, teardown),
        cmocka_unit_test_setup_teardown(names, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(reasons, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_reason, setup, teardown),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL) != 0;
}
