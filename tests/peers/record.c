/*
 * Writes what our own live capture gives to a pcap file with nanoseconds:  record IF FILE FILTER
 * Prints a line when it listens; ends at SIGTERM, with status 2 when it cannot capture.
 */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>

#include "capture/source.h"

static volatile sig_atomic_t is_over;

static void stop(int number)
{
    (void)number;
    is_over = 1;
}

static void put(FILE *f, const uint32_t *words, size_t n)
{
    (void)fwrite(words, sizeof *words, n, f);
}

int main(int argc, char **argv)
{
    char why[SGS_WHY_LEN] = "";
    struct sgs_source *source = NULL;
    if (argc != 4) {
        return 1;
    }
    const struct sgs_live_options options = {.buffer = 16384, .filter = argv[3]};
    if (sgs_source_open_live(argv[1], &options, why, &source) != SGS_OK) {
        (void)fprintf(stderr, "%s\n", why);
        return 2;
    }
    FILE *f = fopen(argv[2], "wb");
    if (!f) {
        perror(argv[2]);
        sgs_source_close(source);
        return 1;
    }
    const struct sigaction action = {.sa_handler = stop};
    (void)sigaction(SIGTERM, &action, NULL);
    (void)puts("listening");
    (void)fflush(stdout);

    const uint32_t head[] = {0xa1b23c4d, 4u << 16 | 2u, 0, 0, 262144, 1}; /* 1: Ethernet */
    struct sgs_frame frame;
    enum sgs_next next = SGS_NEXT_NOTHING;
    put(f, head, sizeof head / sizeof *head);
    while (next != SGS_NEXT_END && (next == SGS_NEXT_FRAME || !is_over)) {
        next = sgs_source_next(source, 100, &frame);
        if (next == SGS_NEXT_FRAME) {
            const uint32_t row[] = {(uint32_t)(frame.time / SGS_SEC),
                                    (uint32_t)(frame.time % SGS_SEC), (uint32_t)frame.octets.len,
                                    frame.wire_len};
            put(f, row, sizeof row / sizeof *row);
            (void)fwrite(frame.octets.ptr, 1, frame.octets.len, f);
        }
    }
    (void)printf("%llu lost\n", (unsigned long long)sgs_source_info(source)->dropped);
    sgs_source_close(source);
    return fclose(f) == 0 ? 0 : 1;
}
