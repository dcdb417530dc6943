/* Live capture: on the loopback interface where we have the right, and what is said where not. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/source.h"

#define PORT 40321

static void test_no_device(void **state)
{
    const struct sgs_live_options options = {.snap_len = 0};
    char why[SGS_WHY_LEN] = "";
    struct sgs_source *s = NULL;
    enum sgs_status st = sgs_source_open_live("sgs-no-such", &options, why, &s);

    assert_true(st == SGS_E_NO_DEVICE || st == SGS_E_ACCESS);
    assert_non_null(strstr(why, st == SGS_E_ACCESS ? "setcap" : "no such interface"));
    assert_null(strchr(why, '\n'));
    assert_null(s);
}

/* One datagram to nobody on the loopback interface. */
static void send_one(const char *text)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    (void)sendto(fd, text, strlen(text), 0, (const struct sockaddr *)&to, sizeof to);
    (void)close(fd);
}

static struct sgs_source *loopback(const struct sgs_live_options *options)
{
    char why[SGS_WHY_LEN] = "";
    struct sgs_source *s = NULL;
    enum sgs_status st = sgs_source_open_live("lo", options, why, &s);

    if (st != SGS_OK) {
        print_message("no live capture here: %s\n", why);
        skip();
    }
    return s;
}

static void test_capture(void **state)
{
    const struct sgs_live_options options = {.filter = "udp dst port 40321", .buffer = 2048};
    struct sgs_source *s = loopback(&options);
    struct sgs_frame f = {0};

    assert_true(sgs_source_is_live(s));
    assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_NOTHING);
    assert_int_equal(sgs_source_next(s, 20, &f), SGS_NEXT_NOTHING);
    send_one("who is there");
    assert_int_equal(sgs_source_next(s, 2000, &f), SGS_NEXT_FRAME);
    assert_int_equal(f.link, 1);
    assert_int_equal(f.octets.len, 14 + 20 + 8 + 12);
    assert_int_equal(f.wire_len, f.octets.len);
    assert_memory_equal(f.octets.ptr + 42, "who is there", 12);
    assert_int_equal(f.input_number, 1);
    assert_true(f.time > 1700000000 * SGS_SEC);
    assert_int_equal(sgs_source_info(s)->frames, 1);
    assert_int_equal(sgs_source_info(s)->dropped, 0);
    sgs_source_close(s);
}

static void test_snap(void **state)
{
    const struct sgs_live_options options = {
        .filter = "udp dst port 40321", .snap_len = 96, .not_promiscuous = true};
    struct sgs_source *s = loopback(&options);
    struct sgs_frame f = {0};
    char text[201] = "";

    (void)memset(text, 'x', sizeof text - 1);
    send_one(text);
    assert_int_equal(sgs_source_next(s, 2000, &f), SGS_NEXT_FRAME);
    assert_in_range(f.octets.len, 90, 96); /* the kernel may round down */
    assert_int_equal(f.wire_len, 14 + 20 + 8 + 200);
    assert_int_equal(sgs_source_info(s)->cut_frames, 1);
    sgs_source_close(s);
}

static void test_bad_filter(void **state)
{
    const struct sgs_live_options options = {.filter = "no such word"};
    const struct sgs_live_options none = {.filter = NULL};
    char why[SGS_WHY_LEN] = "";
    struct sgs_source *s = NULL;

    sgs_source_close(loopback(&none));
    assert_int_equal(sgs_source_open_live("lo", &options, why, &s), SGS_E_FORMAT);
    assert_int_equal(strncmp(why, "filter: ", 8), 0);
    assert_null(s);
}

/* Two interfaces at once: the one that is quiet does not hold up the other. */
static void test_merge(void **state)
{
    const struct sgs_live_options quiet = {.filter = "udp dst port 40399"};
    const struct sgs_live_options busy = {.filter = "udp dst port 40321"};
    struct sgs_source *s[] = {loopback(&quiet), loopback(&busy)};
    struct sgs_merge *m = sgs_merge_new(s, 2);
    struct sgs_frame f = {0};

    assert_int_equal(sgs_merge_next(m, 10, &f), SGS_NEXT_NOTHING);
    send_one("a");
    enum sgs_next next = sgs_merge_next(m, 500, &f);
    next = next == SGS_NEXT_NOTHING ? sgs_merge_next(m, 500, &f) : next;
    assert_int_equal(next, SGS_NEXT_FRAME);
    assert_int_equal(f.input, 2);
    assert_int_equal(f.number, 1);
    sgs_merge_free(m);
}

static void on_device(void *ctx, const char *name, const char *description)
{
    bool *has_loopback = ctx;

    assert_non_null(description);
    *has_loopback = *has_loopback || strcmp(name, "lo") == 0;
}

static void test_list(void **state)
{
    char why[SGS_WHY_LEN] = "";
    bool has_loopback = false;

    if (sgs_source_list(on_device, &has_loopback, why) != SGS_OK) {
        print_message("no list of interfaces here: %s\n", why);
        skip();
    }
    assert_true(has_loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_device), cmocka_unit_test(test_capture),
        cmocka_unit_test(test_snap),      cmocka_unit_test(test_bad_filter),
        cmocka_unit_test(test_merge),     cmocka_unit_test(test_list),
    };
    return cmocka_run_group_tests_name("live", tests, NULL, NULL) != 0;
}
