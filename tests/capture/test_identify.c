/* What a file is that is no capture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <zlib.h>

#include "octets.h"

struct row {
    const char *name;
    struct sgs_slice octets;
    const char *says; /* part of the answer */
};

#define TEXT(name, octets, says)                                                                   \
    {                                                                                              \
        (name), {(const uint8_t *)(octets), sizeof(octets) - 1}, (says)                            \
    }

static const struct row rows[] = {
    TEXT("netmon 2", "GMBU\x03\x02\x01\x00", "Network Monitor 2 capture; convert it with: editcap"),
    TEXT("netmon 1", "RTSS\x01\x01", "Network Monitor 1 capture"),
    TEXT("snoop", "snoop\0\0\0\0\0\0\x02", "snoop capture"),
    TEXT("zip", "PK\x03\x04\x14\0", "zip archive; unpack it first"),
    TEXT("cab", "MSCF\0\0\0\0\x10", "cabinet"),
    TEXT("xz",
         "\xfd"
         "7zXZ\0\0\x04",
         "by xz"),
    TEXT("html", "\r\n <!DOCTYPE HTML PUBLIC>\n<html>", "HTML page"),
    TEXT("html 2", "<HTML><body>", "HTML page"),
    TEXT("xml", "\xef\xbb\xbf<?xml version=\"1.0\"?><a/>", "XML document"),
    TEXT("json", "{\"log\": {}}", "JSON document"),
    TEXT("pdf", "%PDF-1.7\n%\xe2\xe3", "PDF document"),
    TEXT("certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n", "PEM certificate"),
    TEXT("key", "-----BEGIN PRIVATE KEY-----\nMIIB\n", "PEM file; keys are given with -k"),
    TEXT("key log", "CLIENT_RANDOM 0011 2233\n", "TLS key log; give it with -k"),
    TEXT("key log with a head", "# SSL/TLS secrets log file, by NSS\n", "TLS key log"),
    TEXT("text", "hello, world\n", "plain text"),
    TEXT("utf-8", "gr\xc3\xbc\xc3\x9f\n", "plain text"),
    TEXT("utf-16", "\xff\xfeh\0i\0", "UTF-16 text"),
    TEXT("noise", "\x00\x01\x02\x03\x04", "unknown kind"),
    TEXT("one octet", "\x01", "unknown kind"),
    TEXT("event log", "ElfFile\0\0\0", "Windows event log"),
};

static void assert_says(const uint8_t *ptr, size_t len, const char *says)
{
    struct memory m = {.ptr = ptr, .len = len};
    char why[SGS_WHY_LEN] = "";
    struct sgs_source *s = NULL;

    assert_int_equal(sgs_source_open_pull(pull_from(&m), "m", NULL, why, &s), SGS_E_FORMAT);
    assert_null(s);
    assert_null(strchr(why, '\n'));
    if (!strstr(why, says)) {
        fail_msg("\"%s\" does not say \"%s\"", why, says);
    }
}

static void test_row(void **state)
{
    const struct row *row = *state;

    assert_says(row->octets.ptr, row->octets.len, row->says);
}

/* The head of a 64-bit trace with buffers of 64 KiB. */
static void test_event_trace(void **state)
{
    uint8_t etl[512] = {0};

    etl[2] = 1;
    etl[54] = 4;
    etl[72] = 2;
    etl[74] = 2;
    etl[75] = 0xc0;
    etl[76] = 0x20;
    assert_says(etl, sizeof etl, "etl2pcapng in.etl out.pcapng");
    etl[75] = 0;
    assert_says(etl, sizeof etl, "unknown kind");
}

static void test_tar(void **state)
{
    static const uint8_t mark[] = {'u', 's', 't', 'a', 'r'};
    uint8_t tar[512] = "name";

    memcpy(tar + 257, mark, sizeof mark);
    assert_says(tar, sizeof tar, "tar archive");
}

static void test_packed(void **state)
{
    uint8_t out[512];
    z_stream z = {.avail_in = 0};
    static uint8_t text[] = "<html>not found</html>";

    z.next_in = text;
    z.avail_in = sizeof text - 1;
    z.next_out = out;
    z.avail_out = sizeof out;
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    assert_says(out, sizeof out - z.avail_out, "no capture but gzip of an HTML page");
    (void)deflateEnd(&z);
    assert_says((const uint8_t *)"\x1f\x8b\x08\x00\x00", 5, "compressed data cut short");
    assert_says((const uint8_t *)"\x1f\x8b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12,
                "compressed data damaged");
}

static void test_headers(void **state)
{
    assert_says((const uint8_t *)"\xd4\xc3\xb2\xa1\x02\0\x04\0", 8,
                "pcap file whose header is cut");
    assert_says((const uint8_t *)"\x0a\x0d\x0d\x0a\x1c\0\0\0", 8,
                "pcapng file whose header is cut");
}

static void test_empty(void **state)
{
    struct memory m = {.len = 0};
    char why[SGS_WHY_LEN] = "";
    struct sgs_source *s = NULL;

    assert_int_equal(sgs_source_open_pull(pull_from(&m), "m", NULL, why, &s), SGS_E_EMPTY);
    assert_string_equal(why, "is empty");
    m.is_broken = true;
    assert_int_equal(sgs_source_open_pull(pull_from(&m), "m", NULL, why, &s), SGS_E_IO);
    assert_string_equal(why, "read error");
}

int main(void)
{
    struct CMUnitTest kinds[sizeof rows / sizeof *rows];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kinds[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = test_row,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_trace), cmocka_unit_test(test_tar),
        cmocka_unit_test(test_packed),      cmocka_unit_test(test_headers),
        cmocka_unit_test(test_empty),
    };
    int failed = cmocka_run_group_tests_name("identify kinds", kinds, NULL, NULL);
    return (cmocka_run_group_tests_name("identify", tests, NULL, NULL) != 0) | (failed != 0);
}
