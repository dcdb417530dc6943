/*
 * One dissector, SGS_FUZZ_DISSECTOR, on records of the sample format of feed.h.  The first octet of
 * the input chooses: bit 0 datagrams instead of a stream, the rest the cuts.  With SGS_FUZZ_SPLIT
 * in the environment (long runs) the same octets in other pieces must give the same events of this
 * layer, up to the first hole or malformed message: a layer that has lost its place, and one inside
 * that nobody has recognised yet, looks at the head of each piece.  The key logs of the dissector's
 * samples are there in every run, so that mutated records are opened too.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/dissector.h>

#include "feed.h"

#define MAX_KEYS ((size_t)64 * 1024) /* octets of key log lines */

/* Takes the events of layers inside this one ("[http1/body]") out of lines. */
static void keep_own(char *lines)
{
    char *to = lines;
    for (char *line = lines; *line;) {
        size_t len = strcspn(line, "\n");
        len += line[len] == '\n';
        const char *layers = NULL;
        for (size_t i = 0; i < len; i++) {
            layers = line[i] == '[' ? line + i : layers;
        }
        bool is_inside = layers && memchr(layers, '/', (size_t)(line + len - layers));
        if (!is_inside) {
            memmove(to, line, len);
            to += len;
        }
        line += len;
    }
    *to = '\0';
}

/* Length of the lines before the first one that says that a place was lost. */
static size_t sound(const char *lines)
{
    static const char *const lost[] = {"malformed", "limit", "net.gap"};
    const char *line = lines;
    while (*line) {
        for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
            if (strncmp(line, lost[i], strlen(lost[i])) == 0) {
                return (size_t)(line - lines);
            }
        }
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return (size_t)(line - lines);
}

static void same_events(const char *whole, const char *pieces)
{
    size_t a = sound(whole);
    size_t b = sound(pieces);
    bool is_same = strncmp(whole, pieces, a < b ? a : b) == 0 && (whole[a] || pieces[b] || a == b);
    if (!is_same) {
        (void)fprintf(stderr, "in one piece:\n%sin more:\n%s", whole, pieces);
    }
    FUZZ_CHECK(is_same);
}

/* Pieces are messages of their own where the carrier tells where a message ends. */
static bool is_any_split_equal(void)
{
    for (size_t i = 0; i < sgs_n_dissectors; i++) {
        if (strcmp(sgs_dissectors[i]->name, SGS_FUZZ_DISSECTOR) == 0) {
            return sgs_dissectors[i]->measure;
        }
    }
    return false;
}

/* The key logs that lie beside the samples, one after the other; read once. */
static struct sgs_slice key_logs(void)
{
    static struct sgs_buf all;
    static const char folder[] = SGS_SAMPLES "/" SGS_FUZZ_DISSECTOR;
    if (all.cap > 0) {
        return sgs_buf_slice(&all);
    }
    sgs_buf_init(&all, MAX_KEYS);
    char **names = NULL;
    size_t n = feed_list(folder, ".bin", &names);
    for (size_t i = 0; i < n; i++) {
        char path[512];
        struct feed_sample s;
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (feed_load(path, &s)) {
            (void)sgs_buf_add(&all, sgs_slice(s.keys, s.keys_len));
            feed_unload(&s);
        }
    }
    feed_unlist(names, n);
    return sgs_buf_slice(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct feed_sample s;
    feed_parse(sgs_slice(data + 1, size - 1), data[0] & 1, &s);
    feed_keys(&s, key_logs());
    char *whole = feed_run(SGS_FUZZ_DISSECTOR, &s, 0, NULL);
    if (!s.is_udp) {
        char *pieces = feed_run(SGS_FUZZ_DISSECTOR, &s, 1 + (data[0] >> 1), NULL);
        if (getenv("SGS_FUZZ_SPLIT") && is_any_split_equal()) {
            keep_own(whole);
            keep_own(pieces);
            same_events(whole, pieces);
        }
        free(pieces);
    }
    free(whole);
    feed_unload(&s);
    return 0;
}
