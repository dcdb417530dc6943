/* The command line: what is taken, what is refused and with which words. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/limits.h>

#include "cli/options.h"

#define MAX_WORDS 10

/* argv without the program, ended by NULL; what the message holds, or NULL when all is well. */
struct row {
    const char *name;
    const char *words[MAX_WORDS];
    const char *message;
};

static const struct row rows[] = {
    {"nothing",                    {NULL},                                                             "no input"                               },
    {"file",                       {"a.pcap", NULL},                                                   NULL                                     },
    {"stdin",                      {"-", NULL},                                                        NULL                                     },
    {"stdin twice",                {"-", "-r", "-", NULL},                                             "-: standard input can be read once only"},
    {"read",                       {"-r", "a.pcap", "-r", "b.pcap", NULL},                             NULL                                     },
    {"operands between options",   {"a.pcap", "-q", "b.pcap", "-v", NULL},                             NULL                                     },
    {"after dashes",               {"--", "-q", NULL},                                                 NULL                                     },
    {"live",                       {"-i", "eth0", NULL},                                               NULL                                     },
    {"live with file",             {"-i", "eth0", "-r", "a.pcap", NULL},                               "-i: goes not with -r"                   },
    {"live with words",            {"-i", "eth0", "port", "5061", NULL},                               NULL                                     },
    {"two filters",                {"-i", "eth0", "-f", "tcp", "port", "5061", NULL},                  "a second filter"                        },
    {"filter twice",               {"-f", "tcp", "-f", "udp", "a", NULL},                              "-f udp: a second filter"                },
    {"filter on files",            {"-f", "tcp port 443", "a.pcap", NULL},                             NULL                                     },
    {"snap length on files",       {"-s", "100", "a.pcap", NULL},                                      "-s: only with -i"                       },
    {"buffer on files",            {"-B", "100", "a.pcap", NULL},                                      "-B: only with -i"                       },
    {"promiscuous on files",       {"-p", "a.pcap", NULL},                                             "-p: only with -i"                       },
    {"snap length",                {"-i", "x", "-s", "262144", NULL},                                  NULL                                     },
    {"snap length too large",      {"-i", "x", "-s", "262145", NULL},                                  "-s 262145:"                             },
    {"snap length no number",      {"-i", "x", "-s", "1k", NULL},                                      "-s 1k:"                                 },
    {"snap length negative",       {"-i", "x", "-s", "-1", NULL},                                      "-s -1:"                                 },
    {"hold",                       {"--hold=3M", "a", NULL},                                           NULL                                     },
    {"hold nothing",               {"--hold", "0", "a", NULL},                                         NULL                                     },
    {"hold no size",               {"--hold=M", "a", NULL},                                            "--hold=M: no size"                      },
    {"hold a strange unit",        {"--hold=3T", "a", NULL},                                           "--hold=3T: no size"                     },
    {"hold too much",              {"--hold=1025G", "a", NULL},                                        "--hold=1025G: no size"                  },
    {"hold less than nothing",     {"--hold=-1", "a", NULL},                                           "--hold=-1: no size"                     },
    {"hold and event file",
     {"--hold=1M", "--read-events=a", NULL},
     "--read-events: goes not with --hold"                                                                                                      },
    {"buffer none",                {"-i", "x", "-B", "0", NULL},                                       "-B 0:"                                  },
    {"stop duration",              {"-a", "duration:5", "a", NULL},                                    NULL                                     },
    {"stop packets",               {"-a", "packets:5", "a", NULL},                                     NULL                                     },
    {"stop zero",                  {"-a", "packets:0", "a", NULL},                                     "-a packets:0: no stop condition"        },
    {"stop file size",             {"-a", "filesize:5", "a", NULL},                                    "-a filesize:5: no stop condition"       },
    {"stop without number",        {"-a", "duration", "a", NULL},                                      "-a duration: no stop condition"         },
    {"stop too long",              {"-a", "duration:1000000001", "a", NULL},                           "no stop condition"                      },
    {"form",                       {"-T", "json", "a", NULL},                                          NULL                                     },
    {"forms",                      {"-T", "text=-", "-T", "json=a.json", "-T", "ndjson=b", "a", NULL}, NULL                                     },
    {"form unknown",
     {"-T", "xml", "a", NULL},
     "-T xml: unknown form; one of text, json, ndjson, md"                                                                                      },
    {"form of a later version",    {"-T", "html=a.html", "a", NULL},                                   "-T html: unknown form"                  },
    {"form without file",          {"-T", "json=", "a", NULL},                                         "name of the file is missing"            },
    {"forms to one place",         {"-T", "text", "-T", "json", "a", NULL},                            "standard output"                        },
    {"forms to one file",          {"-T", "text=x", "-T", "json=x", "a", NULL},                        "two outputs go to x"                    },
    {"color",                      {"--color=never", "a", NULL},                                       NULL                                     },
    {"color apart",                {"--color", "always", "a", NULL},                                   NULL                                     },
    {"color wrong",                {"--color=red", "a", NULL},                                         "--color=red: no such choice"            },
    {"width",                      {"--width=120", "a", NULL},                                         NULL                                     },
    {"width small",                {"--width=59", "a", NULL},                                          "--width 59:"                            },
    {"width large",                {"--width", "1001", "a", NULL},                                     "--width 1001:"                          },
    {"unknown long",               {"--foo", "a", NULL},                                               "--foo: unknown option"                  },
    {"unknown long with value",    {"--foo=1", "a", NULL},                                             "--foo=1: unknown option"                },
    {"unknown short",              {"-x", "a", NULL},                                                  "-x: unknown option"                     },
    {"short among others",         {"-qx", "a", NULL},                                                 "-x: unknown option"                     },
    {"selected",
     {"-u", "ada", "-uben", "--client=192.0.2.1", "-c", "3", "-Y", "outcome == failed", "a", NULL},
     NULL                                                                                                                                       },
    {"first none",                 {"-c", "0", "a", NULL},                                             "-c 0: not a number it can be"           },
    {"condition of nothing",       {"-Y", "user ==", "a", NULL},                                       "-Y user ==: column 8: a value"          },
    {"two conditions",             {"-Y", "user", "-Y", "cause", "a", NULL},                           "-Y cause: a second condition"           },
    {"of a later version: redact", {"--redact=none", "a", NULL},                                       "--redact=none: unknown option"          },
    {"events",                     {"--read-events", "e", NULL},                                       NULL                                     },
    {"events with file",           {"--read-events=e", "a", NULL},                                     "--read-events: goes not with -r"        },
    {"events with live",           {"--read-events=e", "-i", "lo", NULL},                              "--read-events: goes not with -i"        },
    {"events with keys",           {"-k", "x", "--read-events=e", NULL},                               "--read-events: goes not with -k"        },
    {"events with anchors",
     {"--ca", "x", "--read-events=e", NULL},
     "--read-events: goes not with --ca"                                                                                                        },
    {"anchors",                    {"--ca=x", "--ca", "y", "a", NULL},                                 NULL                                     },
    {"events with filter",
     {"-f", "tcp", "--read-events=e", NULL},
     "--read-events: goes not with -f"                                                                                                          },
    {"events with packets",
     {"-apackets:1", "--read-events=e", NULL},
     "--read-events: goes not with -a"                                                                                                          },
    {"events with duration",
     {"-aduration:1", "--read-events=e", NULL},
     "--read-events: goes not with -a"                                                                                                          },
    {"events of nowhere",          {"--read-events=", NULL},                                           "--read-events=: no name of a file"      },
    {"events to standard output",
     {"--write-events=-", "a", NULL},
     "--write-events=-: no name of a file"                                                                                                      },
    {"events from file to file",   {"--read-events=e", "--write-events=f", NULL},                      NULL                                     },
    {"events of nothing",          {"--write-events=f", NULL},                                         "no input"                               },
    {"events where a report goes",
     {"-T", "json=f", "--write-events=f", "a", NULL},
     "--write-events=f: a report goes there"                                                                                                    },
    {"argument missing",           {"a", "-r", NULL},                                                  "-r: needs FILE"                         },
    {"long argument missing",      {"a", "--width", NULL},                                             "--width: needs COLUMNS"                 },
    {"needless argument",          {"--utc=yes", "a", NULL},                                           "--utc: takes no argument"               },
    {"help alone",                 {"--help", NULL},                                                   NULL                                     },
    {"version alone",              {"--version", NULL},                                                NULL                                     },
    {"list alone",                 {"-D", NULL},                                                       NULL                                     },
    {"abbreviated",                {"--vers", NULL},                                                   NULL                                     },
};

static bool parse(const struct row *row, struct sgs_options *o, struct sgs_buf *why)
{
    char *argv[MAX_WORDS + 2] = {(char *)(uintptr_t) "signscope"};
    int argc = 1;

    for (size_t i = 0; row->words[i]; i++) {
        argv[argc++] = (char *)(uintptr_t)row->words[i];
    }
    return sgs_options_parse(o, argc, argv, why);
}

static void one(void **state)
{
    const struct row *row = *state;
    struct sgs_options o;
    struct sgs_buf why;
    bool is_good = false;

    sgs_buf_init(&why, 4096);
    is_good = parse(row, &o, &why);
    if (row->message) {
        struct sgs_slice message = sgs_buf_slice(&why);

        assert_false(is_good);
        assert_true(sgs_slice_find(message, sgs_slice_str(row->message)) < message.len);
        assert_true(sgs_slice_chr(message, '\n') == message.len);
    } else {
        assert_true(is_good);
        assert_int_equal(why.len, 0);
    }
    sgs_options_clear(&o);
    sgs_buf_clear(&why);
}

static void parse_good(struct sgs_options *o, const struct row *row)
{
    struct sgs_buf why;

    sgs_buf_init(&why, 4096);
    assert_true(parse(row, o, &why));
    sgs_buf_clear(&why);
}

static void values(void **state)
{
    static const struct row row = {
        "",
        {"-k", "a.keys", "x.pcap", "-ql", "--local", "-ftcp", "--width=99", "--write-events=e",
          "--ca=roots"},
        NULL
    };
    struct sgs_options o;

    (void)state;
    parse_good(&o, &row);
    assert_int_equal(o.n_files, 1);
    assert_string_equal(o.files[0], "x.pcap");
    assert_int_equal(o.n_keys, 1);
    assert_string_equal(o.keys[0], "a.keys");
    assert_int_equal(o.n_cas, 1);
    assert_string_equal(o.cas[0], "roots");
    assert_true(o.is_quiet && o.is_line_buffered && o.is_local);
    assert_false(o.is_verbose || o.wants_check);
    assert_string_equal(o.filter, "tcp");
    assert_int_equal(o.width, 99);
    assert_string_equal(o.write_events, "e");
    assert_null(o.read_events);
    assert_int_equal(o.n_outputs, 1);
    assert_string_equal(o.outputs[0].exporter->name, "text");
    assert_null(o.outputs[0].path);
    sgs_options_clear(&o);
}

/* The words behind the options are the filter; the shortest of several conditions counts. */
static void live_values(void **state)
{
    static const struct row row = {
        "", {"-i", "eth0", "-i", "lo", "-aduration:9", "-aduration:3", "-p", "port", "5061"},
         NULL
    };
    struct sgs_options o;

    (void)state;
    parse_good(&o, &row);
    assert_int_equal(o.n_devices, 2);
    assert_string_equal(o.devices[1], "lo");
    assert_string_equal(o.filter, "port 5061");
    assert_true(o.stop_duration == 3 * SGS_SEC);
    assert_true(o.not_promiscuous);
    assert_int_equal(o.n_files, 0);
    sgs_options_clear(&o);
}

static void last_of_two_wins(void **state)
{
    static const struct row row = {
        "", {"--local", "--utc", "--color=never", "--color=always", "a"},
         NULL
    };
    struct sgs_options o;

    (void)state;
    parse_good(&o, &row);
    assert_false(o.is_local);
    assert_int_equal(o.color, SGS_COLOR_ALWAYS);
    sgs_options_clear(&o);
}

static void too_many_files(void **state)
{
    static char *argv[SGS_MAX_INPUTS + 3];
    struct sgs_options o;
    struct sgs_buf why;

    (void)state;
    sgs_buf_init(&why, 4096);
    for (size_t i = 0; i < SGS_MAX_INPUTS + 2; i++) {
        argv[i] = (char *)(uintptr_t) "a";
    }
    assert_false(sgs_options_parse(&o, SGS_MAX_INPUTS + 2, argv, &why));
    sgs_options_clear(&o);
    sgs_buf_clear(&why);
}

/* Every option of the table stands in --help, and no line passes 80 columns. */
static void help(void **state)
{
    static const char *const names[] = {"-r FILE",
                                        "-i IF",
                                        "-D",
                                        "-f BPF",
                                        "-s OCTETS",
                                        "-B KIB",
                                        "-p",
                                        "-k FILE",
                                        "--ca=FILE|DIR",
                                        "-T FORM",
                                        "--color=WHEN",
                                        "--utc",
                                        "--local",
                                        "--check",
                                        "--help",
                                        "--version",
                                        "--read-events=FILE",
                                        "--write-events=FILE"};
    struct sgs_buf text;
    struct sgs_slice rest;

    (void)state;
    sgs_buf_init(&text, 65536);
    sgs_options_help(&text);
    rest = sgs_buf_slice(&text);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_true(sgs_slice_find(rest, sgs_slice_str(names[i])) < rest.len);
    }
    while (rest.len > 0) {
        assert_true(sgs_slice_cut(&rest, '\n').len <= 80);
    }
    sgs_buf_clear(&text);
}

int main(void)
{
    enum { N_ROWS = sizeof rows / sizeof *rows };
    const struct CMUnitTest others[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(live_values),
        cmocka_unit_test(last_of_two_wins),
        cmocka_unit_test(too_many_files),
        cmocka_unit_test(help),
    };
    struct CMUnitTest tests[N_ROWS];
    int failed = 0;

    for (size_t i = 0; i < N_ROWS; i++) {
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = one, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    failed += cmocka_run_group_tests_name("rows", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("options", others, NULL, NULL);
    return failed != 0;
}
