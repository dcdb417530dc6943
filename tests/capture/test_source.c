/* Opening files: what cannot be opened, standard input, pipes. */
#define _POSIX_C_SOURCE 200809L /* pipe, mkdtemp, dup2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "octets.h"

static void write_all(int fd, const void *ptr, size_t len)
{
    assert_int_equal(write(fd, ptr, len), len);
}

static struct octets small(void)
{
    struct octets o = octets_new(false);

    put_pcap(&o, 0xa1b2c3d4, 65535, 1);
    put_record(&o, 1700000000, 0, 60, 1);
    put_record(&o, 1700000001, 0, 60, 2);
    return o;
}

static void test_failures(void **state)
{
    char dir[] = "/tmp/sgs_test_XXXXXX";
    char path[64];
    char why[SGS_WHY_LEN] = "";
    struct sgs_source *s = NULL;

    assert_non_null(mkdtemp(dir));
    assert_int_equal(sgs_source_open_file(dir, NULL, why, &s), SGS_E_IS_DIR);
    assert_string_equal(why, "is a directory");
    (void)snprintf(path, sizeof path, "%s/a", dir);
    assert_int_equal(sgs_source_open_file(path, NULL, why, &s), SGS_E_NOT_FOUND);
    assert_string_equal(why, "no such file");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fclose(f);
    assert_int_equal(sgs_source_open_file(path, NULL, why, &s), SGS_E_EMPTY);
    assert_string_equal(why, "is empty");
    (void)chmod(path, 0);
    if (geteuid() != 0) {
        assert_int_equal(sgs_source_open_file(path, NULL, why, &s), SGS_E_ACCESS);
        assert_string_equal(why, "permission denied");
    }
    (void)unlink(path);
    (void)rmdir(dir);
    assert_null(s);
}

/* A pipe gives what came, waits no longer than it may, and then goes on. */
static void test_pipe(void **state)
{
    struct octets o = small();
    int fd[2];
    int saved = dup(STDIN_FILENO);
    char why[SGS_WHY_LEN];
    struct sgs_source *s = NULL;
    struct sgs_frame f;

    assert_int_equal(pipe(fd), 0);
    assert_int_equal(dup2(fd[0], STDIN_FILENO), STDIN_FILENO);
    write_all(fd[1], o.ptr, 24);
    assert_int_equal(sgs_source_open_file("-", NULL, why, &s), SGS_OK);
    assert_string_equal(sgs_source_info(s)->name, "-");
    assert_int_equal(sgs_source_next(s, 1, &f), SGS_NEXT_NOTHING);
    write_all(fd[1], o.ptr + 24, 76 + 5);
    assert_int_equal(sgs_source_next(s, 1000, &f), SGS_NEXT_FRAME);
    assert_int_equal(f.octets.ptr[0], 1);
    assert_int_equal(sgs_source_next(s, 1, &f), SGS_NEXT_NOTHING);
    write_all(fd[1], o.ptr + 24 + 76 + 5, o.len - 24 - 76 - 5);
    (void)close(fd[1]);
    assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_FRAME);
    assert_int_equal(f.octets.ptr[0], 2);
    assert_int_equal(f.input_number, 2);
    assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_END);
    assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_END);
    assert_int_equal(sgs_source_info(s)->octets, o.len);
    assert_false(sgs_source_is_live(s));
    sgs_source_close(s);
    sgs_source_close(NULL);
    (void)dup2(saved, STDIN_FILENO);
    (void)close(saved);
    (void)close(fd[0]);
    octets_free(&o);
}

/* Something else to be read cuts the wait for a frame short, and frames still come first. */
static void test_watched(void **state)
{
    struct octets o = small();
    int fd[2], other[2];
    int saved = dup(STDIN_FILENO);
    char why[SGS_WHY_LEN];
    struct sgs_source *s = NULL;
    struct sgs_frame f;

    (void)state;
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(pipe(other), 0);
    assert_int_equal(dup2(fd[0], STDIN_FILENO), STDIN_FILENO);
    write_all(fd[1], o.ptr, 24);
    assert_int_equal(sgs_source_open_file("-", NULL, why, &s), SGS_OK);
    sgs_source_watch(s, other[0]);
    write_all(other[1], "x", 1);
    assert_int_equal(sgs_source_next(s, 600000, &f), SGS_NEXT_NOTHING);
    write_all(fd[1], o.ptr + 24, 76);
    assert_int_equal(sgs_source_next(s, 600000, &f), SGS_NEXT_FRAME);
    assert_false(sgs_source_brings_secrets(s)); /* it is no pcapng */
    sgs_source_close(s);
    (void)dup2(saved, STDIN_FILENO);
    (void)close(saved);
    for (int i = 0; i < 2; i++) {
        (void)close(fd[i]);
        (void)close(other[i]);
    }
    octets_free(&o);
}

/* The account of an input, before, while and after it is read. */
static void test_info(void **state)
{
    struct octets o = small();
    struct memory m = {.ptr = o.ptr, .len = o.len};
    struct sgs_source *s = open_memory(&m);
    struct sgs_frame f;
    const struct sgs_input_info *info;

    assert_non_null(s);
    info = sgs_source_info(s);
    assert_string_equal(info->name, "memory");
    assert_int_equal(info->frames, 0);
    assert_int_equal(info->first, SGS_TIME_NONE);
    assert_int_equal(info->last, SGS_TIME_NONE);
    assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_FRAME);
    assert_int_equal(f.number, 0);
    assert_int_equal(f.input, 0);
    assert_int_equal(sgs_source_info(s)->octets, 24 + 76);
    assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_FRAME);
    assert_int_equal(sgs_source_next(s, 0, &f), SGS_NEXT_END);
    info = sgs_source_info(s);
    assert_int_equal(info->frames, 2);
    assert_int_equal(info->octets, o.len);
    assert_int_equal(info->last - info->first, SGS_SEC);
    sgs_source_close(s);
    octets_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_watched),
        cmocka_unit_test(test_info),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL) != 0;
}
