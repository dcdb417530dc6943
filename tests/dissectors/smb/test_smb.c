/* SMB is named by its head, whatever its port; what goes on behind it is not looked at. */
#include "../play.h"

#define NAMED "#1 proto.named name=SMB by=header\n"

static void named(void **state)
{
    static const struct {
        const char *octets;
        size_t len;
        const char *expected;
    } rows[] = {
#define ROW(octets, expected) {octets, sizeof(octets) - 1, expected},
        ROW("\0\0\0\x20\xffSMBr", NAMED) ROW("\0\0\0\x40\xfeSMB\x40", NAMED)
            ROW("\0\0\0\x40\xfdSMB\x5a", NAMED) ROW("\0\0\0\x40\xfcSMB\x5a", "")
                ROW("\x81\0\0\x44 CKFDENECFDEFFCFGEFFCCACACACACACA", "") ROW("\0\0\0\x40\xfeSM", "")
#undef ROW
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct play p;
        play_open(&p, NULL, true);
        play_push(&p, SGS_C2S, sgs_slice(rows[i].octets, rows[i].len));
        play_push(&p, SGS_C2S, sgs_slice(rows[i].octets, rows[i].len));
        assert_string_equal(play_end(&p, SGS_END_FIN), rows[i].expected);
        play_close(&p);
    }
}

/* Behind a session of NetBIOS (port 139), in pieces. */
static void late(void **state)
{
    struct play p;

    play_open(&p, NULL, true);
    play_push(&p, SGS_C2S, SGS_LIT("\x81\0\0\0"));
    play_push(&p, SGS_S2C, SGS_LIT("\x82\0\0\0"));
    play_push(&p, SGS_C2S, SGS_LIT("\0\0\0\x20\xffSMBr"));
    play_push(&p, SGS_S2C, SGS_LIT("\0\0\0\x20\xffSMBr"));
    assert_string_equal(play_end(&p, SGS_END_FIN), NAMED);
    play_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named),
        cmocka_unit_test(late),
    };

    return cmocka_run_group_tests_name("smb", tests, NULL, NULL) != 0;
}
