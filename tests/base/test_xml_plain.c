/* xml_plain.h: what it accepts is what expat says; expat reads a document that ends with a comment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signscope/limits.h>

#include "base/xml_plain.h"

#define COMMENT "<!--c-->"

static struct sgs_arena ours;
static struct sgs_arena theirs;

static int fresh(void **state)
{
    sgs_arena_init(&ours, SGS_MAX_MESSAGE_MEMORY);
    sgs_arena_init(&theirs, SGS_MAX_MESSAGE_MEMORY);
    return 0;
}

static int release(void **state)
{
    sgs_arena_clear(&ours);
    sgs_arena_clear(&theirs);
    return 0;
}

static void assert_same(struct sgs_slice a, struct sgs_slice b)
{
    assert_int_equal(a.len, b.len);
    assert_true(sgs_slice_eq(a, b));
}

/* True if text is read here; then expat must have read the same. */
static bool is_plain(const char *text, size_t len)
{
    static char commented[4096];
    struct sgs_xml mine;
    struct sgs_xml wanted;

    sgs_arena_reset(&ours);
    sgs_arena_reset(&theirs);
    if (!sgs_xml_read_plain(sgs_slice(text, len), &ours, &mine)) {
        return false;
    }
    assert_true(len + sizeof COMMENT <= sizeof commented);
    memcpy(commented, text, len);
    memcpy(commented + len, COMMENT, sizeof COMMENT);
    sgs_xml_read(sgs_slice(commented, len + sizeof COMMENT - 1), &theirs, &wanted);
    if (wanted.end != SGS_XML_WHOLE) {
        fail_msg("expat stops at octet %zu of %s", wanted.offset, commented);
    }
    assert_int_equal(mine.end, SGS_XML_WHOLE);
    assert_null(mine.limit);
    assert_int_equal(mine.n, wanted.n);
    for (size_t i = 0; i < mine.n; i++) {
        assert_int_equal(mine.tokens[i].kind, wanted.tokens[i].kind);
        assert_int_equal(mine.tokens[i].depth, wanted.tokens[i].depth);
        assert_same(mine.tokens[i].ns, wanted.tokens[i].ns);
        assert_same(mine.tokens[i].name, wanted.tokens[i].name);
        assert_same(mine.tokens[i].text, wanted.tokens[i].text);
    }
    return true;
}

static const char *const documents[] = {
    "<a/>",
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<a>\n  <b c='1' d = \"&lt;'x'&amp;\"/> \r\n</a "
    ">\n",
    "<?xml version=\"1.0\" encoding=\"utf-16\"?><a b=\"\">one &gt; "
    "two\r\nthree\r\r\n&quot;]]&apos;</a>",
    "<s:E xmlns:s='urn:s' xmlns='urn:d'><b s:x='1' x='2'/><c xmlns=''><d/></c><e/></s:E>",
    "<p:a xmlns:p='urn:1' xmlns:q='urn:2'><p:b xmlns:p='urn:3' p:k='v' q:k='w'/><p:b/></p:a>",
    "<?xml version=\"1.0\" ?><_a.b-c1 d_='%&amp;amp;'>t<e>u</e>v</_a.b-c1>",
};

static void reads_what_expat_reads(void **state)
{
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        assert_true(is_plain(documents[i], strlen(documents[i])));
    }
}

/* Each octet left out, doubled, and replaced by each of those that mean something in XML. */
static void accepts_nothing_that_expat_does_not(void **state)
{
    static const char octets[] = "<>/&;:='\"!?-[]x a\n\r\t\x01\x7f\xc3";
    size_t n_read = 0;

    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        const char *text = documents[i];
        size_t len = strlen(text);
        for (size_t at = 0; at < len; at++) {
            char changed[1024];
            memcpy(changed, text, at);
            memcpy(changed + at, text + at + 1, len - at);
            n_read += is_plain(changed, len - 1);
            memcpy(changed + at + 1, text + at, len - at);
            for (size_t k = 0; k < sizeof octets; k++) {
                changed[at] = octets[k];
                n_read += is_plain(changed, len + 1);
                memcpy(changed + at + 1, text + at + 1, len - at - 1);
                n_read += is_plain(changed, len);
                memcpy(changed + at + 1, text + at, len - at);
            }
        }
    }
    assert_true(n_read > 1000);
}

static void leaves_the_rest(void **state)
{
    static const char *const rest[] = {
        "",
        " <a/>",
        "<a>&#65;</a>",
        "<a><!-- c --></a>",
        "<a><![CDATA[b]]></a>",
        "<a>]]></a>",
        "<!DOCTYPE a><a/>",
        "<a b='1' b='2'/>",
        "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
        "<a xmlns:p='u' xmlns:p='v'/>",
        "<p:a/>",
        "<a><b xmlns:p='u'/><p:c/></a>",
        "<a></a><b/>",
        "<a></b>",
        "<a",
        "<a>",
        "<a b='<'/>",
        "<a b='1'c='2'/>",
        "<a xmlns:p=''/>",
        "<a xmlns:xml='u'/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
        "<a:b:c xmlns:a='u'/>",
        "<a>\xc3\xa4</a>",
        "<1/>",
        "<?xml version=\"1.0\" encoding=\"koi8-r\"?><a/>",
    };

    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        size_t used = ours.used;
        struct sgs_xml x;
        assert_false(sgs_xml_read_plain(sgs_slice_str(rest[i]), &ours, &x));
        assert_int_equal(ours.used, used);
    }
    struct sgs_xml x;
    assert_false(sgs_xml_read_plain(SGS_LIT("<a/>\0"), &ours, &x));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, release)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(reads_what_expat_reads),
        CASE(accepts_nothing_that_expat_does_not),
        CASE(leaves_the_rest),
    };

    return cmocka_run_group_tests_name("xml_plain", tests, NULL, NULL) != 0;
}
