/* NetLogon is named by the interface that a connection of DCE/RPC binds to; others are not. */
#include "../play.h"

#define BIND_LEN 72

static void load(uint8_t bind[BIND_LEN])
{
    uint8_t head[5];
    FILE *f = fopen(SGS_SAMPLES "/netlogon/bind.bin", "rb");

    assert_non_null(f);
    assert_int_equal(fread(head, 1, sizeof head, f), sizeof head);
    assert_int_equal(fread(bind, 1, BIND_LEN, f), BIND_LEN);
    assert_int_equal(fclose(f), 0);
}

static void expect(size_t place, uint8_t octet, size_t len, const char *expected)
{
    uint8_t bind[BIND_LEN];
    struct play p;

    load(bind);
    bind[place] = octet;
    play_open(&p, NULL, true);
    play_push(&p, SGS_C2S, sgs_slice(bind, 20));
    play_push(&p, SGS_C2S, sgs_slice(bind + 20, len - 20));
    play_push(&p, SGS_S2C, SGS_LIT("\5\0\x0c\3"));
    assert_string_equal(play_end(&p, SGS_END_FIN), expected);
    play_close(&p);
}

static void named(void **state)
{
    const char *is_named = "#1 proto.named name=NetLogon by=interface\n";

    expect(0, 5, BIND_LEN, is_named);
    expect(1, 1, BIND_LEN, is_named);
    expect(0, 5, 48, is_named);
    expect(0, 5, 47, "");
    expect(0, 4, BIND_LEN, "");
    expect(1, 2, BIND_LEN, "");
    expect(2, 0, BIND_LEN, "");  /* a call */
    expect(40, 0, BIND_LEN, ""); /* another interface */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named),
    };

    return cmocka_run_group_tests_name("netlogon", tests, NULL, NULL) != 0;
}
