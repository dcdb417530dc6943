/* XML documents: tokens nest, and what looks them up stays inside them. */
#include "fuzz.h"

#include <signscope/limits.h>
#include <signscope/xml.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sgs_arena arena;
    struct sgs_xml x;
    sgs_arena_init(&arena, SGS_MAX_MESSAGE_MEMORY);
    sgs_xml_read(sgs_slice(data, size), &arena, &x);
    unsigned depth = 0;
    size_t lookups = 0;
    for (size_t i = 0; i < x.n; i++) {
        const struct sgs_xml_token *t = &x.tokens[i];
        if (t->kind == SGS_XML_START) {
            FUZZ_CHECK(t->depth == depth + 1 && t->depth <= SGS_MAX_XML_DEPTH);
            depth++;
        }
        FUZZ_CHECK(t->depth == depth);
        if (t->kind == SGS_XML_END) {
            depth--;
        }
        if (t->kind == SGS_XML_START && lookups++ < 64) {
            size_t end = sgs_xml_close(&x, i);
            FUZZ_CHECK(end > i && end <= x.n);
            FUZZ_CHECK(sgs_xml_child(&x, i, i + 1) <= x.n);
            FUZZ_CHECK(sgs_xml_find(&x, i + 1, end, "Body") <= end);
            FUZZ_CHECK(sgs_xml_text(&x, i).len <= SGS_MAX_XML_TEXT);
            (void)sgs_xml_attribute(&x, i, "href");
        }
    }
    FUZZ_CHECK(x.end != SGS_XML_WHOLE || depth == 0);
    FUZZ_CHECK((x.end == SGS_XML_LIMIT) == (x.limit != NULL));
    FUZZ_CHECK(x.offset <= size);
    sgs_arena_clear(&arena);
    return 0;
}
