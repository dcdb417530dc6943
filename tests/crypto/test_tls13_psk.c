/* Binders and traffic secrets of pre-shared keys, against values worked out with Python's hmac. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signscope/server_keys.h>

#include "unhex.h"

#define HELLO SGS_LIT("a truncated hello")
#define MESSAGES SGS_LIT("messages")

static struct sgs_arena arena;
static struct sgs_tls_keys *keys;

static void add(const char *psk)
{
    assert_int_equal(sgs_server_keys_add(sgs_tls_keys_servers(keys), SGS_KEY_FILE_PSK,
                                         sgs_slice_str(psk), NULL, 0),
                     SGS_KEY_ERROR_NONE);
}

/* The second key is the one that the values are of. */
static int set_up(void **state)
{
    (void)state;
    sgs_arena_init(&arena, 1u << 16);
    keys = sgs_tls_keys_new();
    add("ff");
    add("00112233445566778899aabbccddeeff");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sgs_tls_keys_free(keys);
    sgs_arena_clear(&arena);
    return 0;
}

static void binders(void **state)
{
    static const char *const rows[] = {
        "3321f3fe36705945e34fb1b8404bd141b0c974b517642cf4c3d310218a8a60e3",
        "69bf70248afe7e6ab8eec53cafde3666fc53c9a933395ee98afffad193bc8480",
        "46127461fdcc42367653d9babf0fb6df6ea850f376dc02cfe176e2972c70ac449cdaac8981b5ca0e3f12b79c"
        "8715a5cd",
        "5827a29ccc6b741023ec75ffddc1422c366b749e34f79978b8ad9bb452cddfa0d256dbf18ecbe8ae8f963d31"
        "adfcafa7",
    };
    const struct sgs_server_keys *ring = sgs_tls_keys_servers(keys);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sgs_slice binder = unhex(&arena, rows[i]);

        assert_int_equal(sgs_server_keys_binder(ring, HELLO, binder), 1);
        assert_int_equal(sgs_server_keys_binder(ring, MESSAGES, binder), SGS_SERVER_KEY_NONE);
        assert_int_equal(sgs_server_keys_binder(ring, HELLO, sgs_slice_from(binder, 1)),
                         SGS_SERVER_KEY_NONE);
    }
    assert_int_equal(sgs_server_keys_binder(ring, HELLO, (struct sgs_slice){NULL, 0}),
                     SGS_SERVER_KEY_NONE);
}

static void secrets(void **state)
{
    static const struct {
        enum sgs_tls_label label;
        const char *sha256, *sha384;
    } rows[] = {
        {SGS_TLS_CLIENT_EARLY_TRAFFIC_SECRET,
         "952d9e25107cabd36510b6e30ed86f8783d1e68b2ec9d30bf5662d560496df86", "9b0014084d0460d369551844b9326436b66fc28b26b36c6d24c38e1f32364b5b7f440dfa33034b8c44f5c8d9"
         "5fdf8625"},
        {SGS_TLS_CLIENT_HANDSHAKE_TRAFFIC_SECRET,
         "f9aad009bd63994c7dd35327277774f8d60d762feb6d9e47580da768489dbaee", "130dfe87cdafa11c541f018d21ac480228369302453335b6950a630e1deccd271bc3e3afb63551279097a538"
         "bfba3369"},
        {SGS_TLS_SERVER_HANDSHAKE_TRAFFIC_SECRET,
         "20a2bee4e326a09614e946d5b97101034a6e01d4ad6d5fed438f01e832450f72", "c27bc635ebd42773164ba7dc4dbc5a4270930e48e3be045eea38d78e855b704e0ea41f95dcedc98af6d5fc53"
         "6c1ee519"},
        {SGS_TLS_CLIENT_TRAFFIC_SECRET_0,
         "41b242fa4ce10bab483943022bd5396e66511d3b82757fd4421081e860ac9df4", "63601cc9ae4faf24a683f8d611b7afd42c97fa67cb2cd78ff1d2e8ad83c97e5ea51602248d7d7a008e40f966"
         "1320ca47"},
        {SGS_TLS_SERVER_TRAFFIC_SECRET_0,
         "28f086ced06fac8a23d2867d2059c68de462e9cfd45e6e61d48c1ba2116d6708", "7ba5115acf37222340427b351d4fda2786f4bf87d4c8a8a496b174eaf39a5f7bb86f7786ebd5ea0f6224d9a2"
         "76f03cb0"},
    };
    const struct sgs_server_keys *ring = sgs_tls_keys_servers(keys);
    uint8_t out[SGS_TLS_MAX_SECRET];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(sgs_server_keys_secret13(ring, 1, 32, rows[i].label, MESSAGES, out));
        assert_octets(sgs_slice(out, 32), unhex(&arena, rows[i].sha256));
        assert_true(sgs_server_keys_secret13(ring, 1, 48, rows[i].label, MESSAGES, out));
        assert_octets(sgs_slice(out, 48), unhex(&arena, rows[i].sha384));
        assert_false(sgs_server_keys_secret13(ring, 1, 20, rows[i].label, MESSAGES, out));
        assert_false(sgs_server_keys_secret13(ring, 2, 32, rows[i].label, MESSAGES, out));
    }
    assert_false(sgs_server_keys_secret13(ring, 1, 32, SGS_TLS_CLIENT_RANDOM, MESSAGES, out));
    assert_false(sgs_server_keys_secret13(ring, 1, 32, SGS_TLS_IGNORED, MESSAGES, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(binders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(secrets, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("tls13_psk", tests, NULL, NULL) != 0;
}
