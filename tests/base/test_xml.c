/* xml.h: tokens, their finders, cuts at every octet, caps, encodings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/limits.h>
#include <signscope/xml.h>

static struct sgs_arena a;
static struct sgs_xml x;
static char big[2 * SGS_MAX_XML];

static int fresh(void **state)
{
    sgs_arena_init(&a, SGS_MAX_MESSAGE_MEMORY);
    return 0;
}

static int release(void **state)
{
    sgs_arena_clear(&a);
    return 0;
}

static void read_slice(struct sgs_slice s)
{
    sgs_arena_reset(&a);
    sgs_xml_read(s, &a, &x);
}

static void read_text(const char *text)
{
    read_slice(sgs_slice_str(text));
}

/* "<name depth", "@name=value", "'text' depth", ">name depth", one after the other. */
static struct sgs_slice told(void)
{
    struct sgs_slice s = SGS_LIT("");

    for (size_t i = 0; i < x.n; i++) {
        const struct sgs_xml_token *t = &x.tokens[i];
        static const char *const forms[] = {
            [SGS_XML_START] = "%.*s <%.*s%.*s%u",
            [SGS_XML_ATTRIBUTE] = "%.*s @%.*s=%.*s,%u",
            [SGS_XML_TEXT] = "%.*s '%.*s%.*s'%u",
            [SGS_XML_END] = "%.*s >%.*s%.*s%u",
        };
        const char *form = forms[t->kind];
        struct sgs_slice name = t->name;
        struct sgs_slice text = t->text;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        s = sgs_arena_printf(&a, form, (int)s.len, (const char *)s.ptr, (int)name.len,
                             (const char *)name.ptr, (int)text.len, (const char *)text.ptr,
                             t->depth);
#pragma GCC diagnostic pop
    }
    return sgs_slice_trim(s);
}

static void assert_told(const char *want)
{
    assert_string_equal(sgs_arena_text(&a, told()), want);
}

static void gives_tokens(void **state)
{
    read_text(
        "<?xml version=\"1.0\"?><!-- c --><a x='1' y=\" 2 \">\n <b>t</b> &lt;u&#x41; <c/></a>\n");
    assert_int_equal(x.end, SGS_XML_WHOLE);
    assert_null(x.limit);
    assert_told("<a1 @x=1,1 @y= 2 ,1 <b2 't'2 >b2 ' <uA '1 <c2 >c2 >a1");
}

static void joins_text(void **state)
{
    read_text("<a>one<!-- c -->&amp;<![CDATA[<two>]]><?pi x?> three</a>");
    assert_told("<a1 'one&<two> three'1 >a1");
}

static void knows_namespaces(void **state)
{
    read_text(
        "<s:E xmlns:s='urn:s' xmlns='urn:d'><b s:x='1' x='2' xml:lang='de'/><c xmlns=''/></s:E>");
    assert_int_equal(x.end, SGS_XML_WHOLE);
    assert_told("<E1 <b2 @x=1,2 @x=2,2 @lang=de,2 >b2 <c2 >c2 >E1");
    assert_true(sgs_slice_eq(x.tokens[0].ns, SGS_LIT("urn:s")));
    assert_true(sgs_slice_eq(x.tokens[1].ns, SGS_LIT("urn:d")));
    assert_true(sgs_slice_eq(x.tokens[2].ns, SGS_LIT("urn:s")));
    assert_int_equal(x.tokens[3].ns.len, 0);
    assert_true(sgs_slice_eq(x.tokens[4].ns, SGS_LIT("http://www.w3.org/XML/1998/namespace")));
    assert_true(sgs_slice_eq(x.tokens[5].ns, SGS_LIT("urn:d")));
    assert_int_equal(x.tokens[6].ns.len, 0);
    assert_true(sgs_slice_eq(x.tokens[8].ns, SGS_LIT("urn:s")));
    assert_ptr_equal(x.tokens[5].ns.ptr, x.tokens[1].ns.ptr); /* one copy */
}

static void finds(void **state)
{
    read_text("<r><p k='v' l='w'> <q>inner</q> own </p><p><q/><s><q/></s></p><t/></r>");
    size_t first = sgs_xml_find(&x, 0, x.n, "p");
    size_t close = sgs_xml_close(&x, first);
    size_t second = sgs_xml_find(&x, close, x.n, "p");

    assert_true(first < x.n && second < x.n);
    assert_true(sgs_slice_eq(sgs_xml_text(&x, first), SGS_LIT("own")));
    assert_true(sgs_slice_eq(sgs_xml_text(&x, first + 3), SGS_LIT("inner")));
    assert_int_equal(sgs_xml_text(&x, second).len, 0);
    assert_true(sgs_slice_eq(sgs_xml_attribute(&x, first, "l"), SGS_LIT("w")));
    assert_int_equal(sgs_xml_attribute(&x, first, "m").len, 0);
    assert_int_equal(sgs_xml_attribute(&x, second, "k").len, 0);
    assert_int_equal(sgs_xml_close(&x, 0), x.n - 1);
    assert_int_equal(sgs_xml_find(&x, first + 1, close, "p"), close);
    assert_int_equal(sgs_xml_find(&x, x.n, x.n + 5, "p"), x.n + 5);

    size_t child = sgs_xml_child(&x, second, second + 1);
    assert_true(sgs_slice_eq(x.tokens[child].name, SGS_LIT("q")));
    child = sgs_xml_child(&x, second, child + 1);
    assert_true(sgs_slice_eq(x.tokens[child].name, SGS_LIT("s")));
    assert_int_equal(sgs_xml_child(&x, second, child + 1), x.n);
    assert_int_equal(sgs_xml_child(&x, child, 0), child + 1);
}

/* The tokens before a cut are the first of the whole, but for the last text, which may be short. */
static void survives_every_cut(void **state)
{
    static const char whole[] =
        "<?xml version='1.0' encoding='utf-8'?><a xmlns='urn:a' k='\xc3\xa4'>"
        "t\xe2\x82\xac<![CDATA[<x]]><!-- c --><b>u&amp;v</b>\r\n<c/></a>\n";
    struct sgs_arena all;
    struct sgs_xml reference;

    sgs_arena_init(&all, SGS_MAX_MESSAGE_MEMORY);
    sgs_xml_read(SGS_LIT(whole), &all, &reference);
    assert_int_equal(reference.end, SGS_XML_WHOLE);
    for (size_t len = 0; len + 1 < sizeof whole; len++) {
        read_slice(sgs_slice(whole, len));
        assert_int_equal(x.end, len + 2 < sizeof whole ? SGS_XML_CUT : SGS_XML_WHOLE);
        assert_true(x.n <= reference.n);
        for (size_t i = 0; i < x.n; i++) {
            const struct sgs_xml_token *want = &reference.tokens[i];
            assert_int_equal(x.tokens[i].kind, want->kind);
            assert_true(sgs_slice_eq(x.tokens[i].name, want->name));
            assert_true(i + 1 == x.n ? sgs_slice_starts(want->text, x.tokens[i].text)
                                     : sgs_slice_eq(want->text, x.tokens[i].text));
        }
    }
    sgs_arena_clear(&all);
}

static void tells_of_wrong_xml(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
        size_t n;
    } rows[] = {
        {"<a><b></a>",                 8, 2},
        {"<a>t&nbsp;u</a>",            4, 2},
        {" <?xml version='1.0'?><a/>", 1, 0},
        {"<a/><b/>",                   4, 2},
        {"<a><p:b/></a>",              3, 1},
        {"<a>\x01</a>",                3, 1},
        {"<a>\xff</a>",                3, 1},
        {"<a k='1' k='2'/>",           9, 0},
        {"no xml",                     0, 0},
        {"\xef\xbb\xbf<a></b>",        8, 1},
        {"<a/>\n{\"json\":1}",         5, 2},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        read_text(rows[i].text);
        assert_int_equal(x.end, SGS_XML_WRONG);
        assert_int_equal(x.offset, rows[i].offset);
        assert_int_equal(x.n, rows[i].n);
    }
}

static void refuses_a_dtd(void **state)
{
    read_text("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><a>&d;</a>");
    assert_int_equal(x.end, SGS_XML_DTD);
    assert_in_range(x.offset, 21, 33); /* in the declaration */
    assert_int_equal(x.n, 0);
    read_text("<!DOCTYPE html SYSTEM 'http://192.0.2.1/x.dtd'><html/>");
    assert_int_equal(x.end, SGS_XML_DTD);
}

static void reads_encodings(void **state)
{
    read_slice(SGS_LIT("\xff\xfe<\0a\0>\0\xe4\0<\0/\0a\0>\0"));
    assert_int_equal(x.end, SGS_XML_WHOLE);
    assert_told("<a1 '\xc3\xa4'1 >a1");
    read_text("<?xml version=\"1.0\" encoding=\"utf-16\"?><a>\xc3\xa4</a>");
    assert_int_equal(x.end, SGS_XML_WHOLE);
    assert_told("<a1 '\xc3\xa4'1 >a1");
    read_text("\xef\xbb\xbf<?xml version='1.0' encoding='UTF-16'?><a>\xc3\xa4</a>");
    assert_int_equal(x.end, SGS_XML_WHOLE);
    read_text("<?xml version='1.0' encoding='Windows-1252'?><a>\xe4\x80\x93</a>");
    assert_int_equal(x.end, SGS_XML_WHOLE);
    assert_told("<a1 '\xc3\xa4\xe2\x82\xac\xe2\x80\x9c'1 >a1");
    read_text("<?xml version='1.0' encoding='windows-1252'?><a>\x81</a>");
    assert_int_equal(x.end, SGS_XML_WRONG);
    read_text("<?xml version='1.0' encoding='iso-8859-1'?><a>\xe4</a>");
    assert_told("<a1 '\xc3\xa4'1 >a1");
    read_text("<?xml version='1.0' encoding='koi8-r'?><a/>");
    assert_int_equal(x.end, SGS_XML_WRONG);
}

static void assert_limit(const char *limit, size_t n)
{
    assert_int_equal(x.end, SGS_XML_LIMIT);
    assert_string_equal(x.limit, limit);
    assert_int_equal(x.n, n);
}

static size_t repeat(size_t at, const char *unit, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; unit[k] != 0; k++) {
            big[at++] = unit[k];
        }
    }
    return at;
}

static void caps_depth_and_elements(void **state)
{
    size_t len = repeat(0, "<a>", SGS_MAX_XML_DEPTH);

    len = repeat(len, "</a>", SGS_MAX_XML_DEPTH);
    read_slice(sgs_slice(big, len));
    assert_int_equal(x.end, SGS_XML_WHOLE);
    len = repeat(0, "<a>", 100000);
    read_slice(sgs_slice(big, len));
    assert_limit("xml.depth", SGS_MAX_XML_DEPTH);
    assert_int_equal(x.offset, 3 * SGS_MAX_XML_DEPTH);
    len = repeat(repeat(0, "<r>", 1), "<a/>", SGS_MAX_XML_ELEMENTS);
    read_slice(sgs_slice(big, len));
    assert_limit("xml.elements", 2 * SGS_MAX_XML_ELEMENTS - 1);
}

static void caps_text(void **state)
{
    size_t len = repeat(repeat(0, "<a><b/>", 1), "t", SGS_MAX_XML_TEXT);

    read_slice(sgs_slice(big, repeat(len, "</a>", 1)));
    assert_int_equal(x.end, SGS_XML_WHOLE);
    assert_int_equal(sgs_xml_text(&x, 0).len, SGS_MAX_XML_TEXT);
    read_slice(sgs_slice(big, repeat(len, "t</a>", 1)));
    assert_limit("xml.text", 3);
}

static void caps_namespaces_and_attributes(void **state)
{
    size_t len = repeat(repeat(0, "<a xmlns='", 1), "u", SGS_MAX_XML_NAMESPACE);

    read_slice(sgs_slice(big, repeat(len, "'/>", 1)));
    assert_int_equal(x.end, SGS_XML_WHOLE);
    read_slice(sgs_slice(big, repeat(len, "u'/>", 1)));
    assert_limit("xml.namespace", 0);
    len = repeat(repeat(0, "<a>", 1), "<b k='1' l='2' m='3'/>", SGS_MAX_XML_ATTRIBUTES / 3 + 1);
    read_slice(sgs_slice(big, len));
    assert_limit("xml.attributes", x.n);
    assert_true(x.n > SGS_MAX_XML_ATTRIBUTES);
}

static void caps_octets_and_memory(void **state)
{
    size_t len = repeat(repeat(0, "<a><b/>", 1), "<?p?>", SGS_MAX_XML / 5);

    read_slice(sgs_slice(big, repeat(len, "</a>", 1)));
    assert_limit("xml.octets", 3);
    assert_int_equal(x.offset, SGS_MAX_XML);

    struct sgs_arena small;
    sgs_arena_init(&small, 10000);
    len = repeat(repeat(0, "<a>", 1), "<b/>", 1000);
    sgs_xml_read(sgs_slice(big, len), &small, &x);
    assert_int_equal(x.end, SGS_XML_LIMIT);
    assert_string_equal(x.limit, "xml.memory");
    assert_true(x.n > 10);
    assert_true(sgs_slice_eq(x.tokens[x.n - 1].name, SGS_LIT("b")));
    sgs_arena_clear(&small);
}

/* What is written says the same when it is read again; as long as it is read whole. */
static void writes_elements(void **state)
{
    static const struct {
        const char *text;
        size_t i;
        const char *written;
    } rows[] = {
        {"<a>x</a>",                                                                     0, "<a>x</a>"   },
        {"<o xmlns:p='urn:p' xmlns='urn:o'><p:a b='1' p:b='&lt;\"&#10;'><c/></p:a></o>", 1,
         "<a xmlns=\"urn:p\" b=\"1\" xmlns:n1=\"urn:p\" n1:b=\"&lt;&quot;&#10;\">"
         "<c xmlns=\"urn:o\"></c></a>"                                                                   },
        {"<a xmlns='urn:a'><b xmlns='' xml:lang='en'>1 &amp; <![CDATA[<2>]]></b></a>",   0,
         "<a xmlns=\"urn:a\"><b xmlns=\"\" xml:lang=\"en\">1 &amp; &lt;2&gt;</b></a>"                    },
        {"<a><b>x</b>",                                                                  0, "<a><b>x</b>"},
        {"<a><b>x</b><c>y</c></a>",                                                      1, "<b>x</b>"   },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        read_text(rows[i].text);
        struct sgs_slice out = sgs_xml_write(&x, rows[i].i, &a);
        assert_int_equal(out.len, strlen(rows[i].written));
        assert_memory_equal(out.ptr, rows[i].written, out.len);
    }
}

/* Escapes make it longer than it may be: then there is nothing. */
static void writes_no_more_than_a_document(void **state)
{
    size_t len = repeat(0, "<a>", 1);

    for (size_t i = 0; i < 16; i++) {
        len = repeat(repeat(repeat(len, "<b>", 1), "\"", SGS_MAX_XML_TEXT - 8), "</b>", 1);
    }
    read_slice(sgs_slice(big, repeat(len, "</a>", 1)));
    assert_true(x.n > 40);
    assert_int_equal(sgs_xml_write(&x, 0, &a).len, 0);
    assert_true(sgs_xml_write(&x, 1, &a).len > SGS_MAX_XML_TEXT);
}

/* The same tokens as those of its own document, with the depth they have here. */
static void gives_parts(void **state)
{
    static const struct {
        const char *text;
        size_t i;
        const char *told;
        enum sgs_xml_end end;
    } rows[] = {
        {"<a><b c='1'>x<d/></b><e>y</e></a>", 1, "<b2 @c=1,2 'x'2 <d3 >d3 >b2", SGS_XML_WHOLE},
        {"<a><b/></a>",                       0, "<a1 <b2 >b2 >a1",             SGS_XML_WHOLE},
        {"<a><b>x</b><c>y",                   1, "<b2 'x'2 >b2",                SGS_XML_WHOLE},
        {"<a><b>x</b><c>y",                   4, "<c2 'y'2",                    SGS_XML_CUT  },
        {"<a><b>x</b><c>y",                   0, "<a1 <b2 'x'2 >b2 <c2 'y'2",   SGS_XML_CUT  },
        {"<a><b>x</c></a>",                   1, "<b2 'x'2",                    SGS_XML_CUT  },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        read_text(rows[i].text);
        x = sgs_xml_part(&x, rows[i].i);
        assert_told(rows[i].told);
        assert_int_equal(x.end, rows[i].end);
    }
}

/* What comes again and again says the same each time, whole or not, and beside its likes. */
static void reads_again(void **state)
{
    static const struct {
        const char *text;
        const char *told;
        enum sgs_xml_end end;
    } rows[] = {
        {"<g:a xmlns:g='urn:g' n='1'>one<b/></g:a>", "<a1 @n=1,1 'one'1 <b2 >b2 >a1",
         SGS_XML_WHOLE                                                                             },
        {"<g:a xmlns:g='urn:g' n='2'>two<b/></g:a>", "<a1 @n=2,1 'two'1 <b2 >b2 >a1",
         SGS_XML_WHOLE                                                                             },
        {"<a>one",                                   "<a1 'one'1",                    SGS_XML_CUT  },
        {"<a>one</b>",                               "<a1 'one'1",                    SGS_XML_WRONG},
    };

    for (unsigned round = 0; round < 5; round++) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            sgs_arena_clear(&a);
            read_text(rows[i].text);
            assert_told(rows[i].told);
            assert_int_equal(x.end, rows[i].end);
        }
    }
}

/* More of them than are remembered, and larger ones. */
static void reads_many_again(void **state)
{
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 600; i++) {
            char text[32], told_of[32];
            (void)snprintf(text, sizeof text, "<a>%u</a>", i / 2);
            (void)snprintf(told_of, sizeof told_of, "<a1 '%u'1 >a1", i / 2);
            read_text(text);
            assert_told(told_of);
            sgs_arena_reset(&a);
        }
    }
}

static void finds_by_name(void **state)
{
    read_text("<a><b><c>1</c></b><c>2</c></a>");
    assert_true(sgs_slice_eq(sgs_xml_text(&x, sgs_xml_child_named(&x, 0, "c")), SGS_LIT("2")));
    assert_true(sgs_slice_eq(sgs_xml_text_inside(&x, 0, "c"), SGS_LIT("1")));
    assert_int_equal(sgs_xml_child_named(&x, 0, "d"), x.n);
    assert_int_equal(sgs_xml_child_named(&x, x.n, "c"), x.n);
    assert_int_equal(sgs_xml_inside(&x, x.n, "c"), x.n);
    assert_int_equal(sgs_xml_inside(&x, 1, "b"), x.n);
    assert_int_equal(sgs_xml_text_inside(&x, 0, "d").len, 0);
}

static void names_the_root(void **state)
{
    static const struct {
        const char *text;
        size_t len; /* octets; 0: up to its end */
        const char *root;
    } rows[] = {
        {"<a/>",                                                                                0,  "a"  },
        {"\xef\xbb\xbf \n<?xml version='1.0'?><!-- <b> -- > --><!DOCTYPE c><p:Metadata x='y'>", 0,
         "Metadata"                                                                                      },
        {"<?xml version='1.0' encoding='utf-8'?>\r\n<s:Env\nx=''>",                             0,  "Env"},
        {"\xff\xfe<\0a\0b\0>\0",                                                                10, "ab" },
        {"\xfe\xff\0<\0a\0b\0/\0>",                                                             12, "ab" },
        {"<ab",                                                                                 0,  ""   },
        {"<!-- a",                                                                              0,  ""   },
        {"{\"a\":1}",                                                                           0,  ""   },
        {"{\"a\":\"<b>\"}",                                                                     0,  ""   },
        {"",                                                                                    0,  ""   },
        {"<a123456789012345678901234567890123456789012345678901234567890123>",                  0,  ""   },
        {"<a12345678901234567890123456789012345678901234567890123456789012>",                   0,
         "a12345678901234567890123456789012345678901234567890123456789012"                               },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char root[SGS_XML_ROOT_LEN];
        size_t len = rows[i].len ? rows[i].len : strlen(rows[i].text);
        assert_string_equal(sgs_xml_root(sgs_slice(rows[i].text, len), root), rows[i].root);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, release)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(gives_tokens),
        CASE(joins_text),
        CASE(knows_namespaces),
        CASE(finds),
        CASE(survives_every_cut),
        CASE(tells_of_wrong_xml),
        CASE(refuses_a_dtd),
        CASE(reads_encodings),
        CASE(caps_depth_and_elements),
        CASE(caps_text),
        CASE(caps_namespaces_and_attributes),
        CASE(caps_octets_and_memory),
        CASE(writes_elements),
        CASE(writes_no_more_than_a_document),
        CASE(gives_parts),
        CASE(reads_again),
        CASE(reads_many_again),
        CASE(finds_by_name),
        CASE(names_the_root),
    };

    return cmocka_run_group_tests_name("xml", tests, NULL, NULL) != 0;
}
