/*
 * Prints what signscope decrypted, for comparison with an oracle:  plaintext CAPTURE [KEYS]
 * One line for each connection and direction: tcp.stream, 0 (from the client) or 1, the octets in
 * hex.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signscope/buf.h>
#include <signscope/engine.h>
#include <signscope/server_keys.h>
#include <signscope/tls_keys.h>

#include "capture/source.h"

#define MAX_CONNS 4096
#define MAX_OCTETS ((size_t)256 << 20)

static struct sgs_buf plain[MAX_CONNS][2];

/* The last layer of a path is TLS, and no other one is. */
static bool is_outermost_tls(struct sgs_slice path)
{
    for (size_t n = sgs_slice_chr(path, '/'); n < path.len; n = sgs_slice_chr(path, '/')) {
        if (sgs_slice_eq(sgs_slice_head(path, n), SGS_LIT("tls"))) {
            return false;
        }
        path = sgs_slice_from(path, n + 1);
    }
    return sgs_slice_eq(path, SGS_LIT("tls"));
}

/* What the outermost TLS layer of a connection pushes. */
static void tap(void *ctx, const struct sgs_conn_info *info, struct sgs_slice path,
                enum sgs_dir dir, struct sgs_slice octets)
{
    (void)ctx;
    if (is_outermost_tls(path) && info->transport == SGS_TCP && info->number < MAX_CONNS) {
        struct sgs_buf *b = &plain[info->number][dir];
        b->cap = MAX_OCTETS;
        (void)sgs_buf_add(b, octets);
    }
}

static void add_secrets(void *ctx, struct sgs_slice text)
{
    sgs_tls_keys_add(ctx, SGS_KEY_DSB, text, true, NULL);
}

static void read_keys(struct sgs_tls_keys *keys, const char *path)
{
    struct sgs_buf b;
    uint8_t block[4096];
    size_t n = 0;
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(2);
    }
    sgs_buf_init(&b, MAX_OCTETS);
    while ((n = fread(block, 1, sizeof block, f)) > 0) {
        (void)sgs_buf_add(&b, sgs_slice(block, n));
    }
    (void)fclose(f);
    enum sgs_key_file kind = sgs_key_file_probe(sgs_buf_slice(&b));
    if (kind == SGS_KEY_FILE_LOG) {
        sgs_tls_keys_add(keys, SGS_KEY_KEYLOG, sgs_buf_slice(&b), true, NULL);
    } else if (sgs_server_keys_add(sgs_tls_keys_servers(keys), kind, sgs_buf_slice(&b), NULL, 0) !=
               SGS_KEY_ERROR_NONE) {
        (void)fprintf(stderr, "plaintext: %s\n", path);
        exit(2);
    }
    sgs_buf_clear(&b);
}

int main(int argc, char **argv)
{
    char why[SGS_WHY_LEN] = "";
    struct sgs_source *source = NULL;
    struct sgs_tls_keys *keys = sgs_tls_keys_new();
    struct sgs_secrets secrets = {add_secrets, keys};
    if (argc < 2 || sgs_source_open_file(argv[1], &secrets, why, &source) != SGS_OK) {
        (void)fprintf(stderr, "plaintext: %s\n", why);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        read_keys(keys, argv[i]);
    }
    struct sgs_engine *engine =
        sgs_engine_new(&(struct sgs_engine_options){.keys = keys, .tap = tap});
    struct sgs_frame frame;
    uint64_t number = 0;
    while (sgs_source_next(source, 0, &frame) == SGS_NEXT_FRAME) {
        frame.number = ++number;
        sgs_engine_feed(engine, &frame);
    }
    sgs_engine_finish(engine);
    for (size_t i = 0; i < MAX_CONNS; i++) {
        for (size_t dir = 0; dir < 2; dir++) {
            struct sgs_slice s = sgs_buf_slice(&plain[i][dir]);
            if (s.len > 0) {
                (void)printf("%zu %zu ", i, dir);
                for (size_t j = 0; j < s.len; j++) {
                    (void)printf("%02x", s.ptr[j]);
                }
                (void)printf("\n");
            }
            sgs_buf_clear(&plain[i][dir]);
        }
    }
    sgs_engine_free(engine);
    sgs_source_close(source);
    sgs_tls_keys_free(keys);
    return 0;
}
