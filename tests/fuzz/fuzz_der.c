/* DER elements: whatever is read lies in the window it was read from, and a failure sticks. */
#include "fuzz.h"

#include <signscope/der.h>

#define MAX_DEPTH 32

static void values(struct sgs_arena *a, struct sgs_reader r)
{
    struct sgs_reader copy = r;
    int64_t number = sgs_der_int(&copy);
    FUZZ_CHECK(rd_ok(&copy) || number == 0);
    copy = r;
    sgs_time t = sgs_der_time(&copy);
    FUZZ_CHECK(rd_ok(&copy) || t == SGS_TIME_NONE);
    copy = r;
    uint32_t bits = sgs_der_bits(&copy);
    FUZZ_CHECK(rd_ok(&copy) || bits == 0);
    copy = r;
    (void)sgs_der_oid(a, sgs_der_value(&copy, SGS_DER_OID));
}

static void elements(struct sgs_arena *a, struct sgs_reader r, unsigned depth)
{
    struct sgs_der e;
    struct sgs_reader at = r;

    while (sgs_der_next(&r, &e)) {
        FUZZ_CHECK(rd_ok(&r) && r.off > at.off);
        FUZZ_CHECK(e.value.len <= r.off - at.off - 2);
        values(a, at);
        struct sgs_reader cut = at;
        FUZZ_CHECK(rd_left(&at) >= e.value.len);
        struct sgs_reader in = sgs_der_enter_cut(&cut, e.tag);
        FUZZ_CHECK(rd_ok(&in) && rd_left(&in) == e.value.len && cut.off == r.off);
        if (depth < MAX_DEPTH && (e.tag & 0x20)) {
            elements(a, rd_open(e.value), depth + 1);
        }
        at = r;
    }
    FUZZ_CHECK(rd_done(&r) || !rd_ok(&r));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sgs_arena a;

    sgs_arena_init(&a, 1u << 20);
    elements(&a, rd_open(sgs_slice(data, size)), 0);
    sgs_arena_clear(&a);
    return 0;
}
