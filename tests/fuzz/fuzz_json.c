/* JSON documents: every value can be walked to. */
#include "fuzz.h"

#include <signscope/json.h>

/* Deeper values are not walked to: the stack of the walk is ours, not the document's. */
static size_t walk(struct sgs_json_value v, unsigned depth)
{
    size_t n = 1;
    FUZZ_CHECK(v.kind != SGS_JSON_NONE);
    (void)sgs_json_text(v);
    (void)sgs_json_int(v, -1);
    (void)sgs_json_member(v, "_links");
    for (size_t i = 0; depth < 64 && i < sgs_json_size(v); i++) {
        struct sgs_slice name = {0};
        n += walk(sgs_json_item(v, i, &name), depth + 1);
    }
    FUZZ_CHECK(sgs_json_item(v, sgs_json_size(v), NULL).kind == SGS_JSON_NONE);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sgs_json *j = sgs_json_read(sgs_slice(data, size));
    struct sgs_json_value root = sgs_json_root(j);
    FUZZ_CHECK((j != NULL) == (root.kind != SGS_JSON_NONE));
    if (j) {
        (void)walk(root, 0);
    }
    sgs_json_free(j);
    return 0;
}
