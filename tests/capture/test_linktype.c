/* Link types of files and of libpcap; libpcap itself says which DLT_ value is which. */
#define _DEFAULT_SOURCE /* pcap.h needs u_int */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "capture/linktype.h"

static void test_names(void **state)
{
    static const struct {
        uint32_t link; /* tcpdump.org/linktypes.html */
        const char *name;
    } rows[] = {
        {0,   "NULL"            },
        {1,   "EN10MB"          },
        {9,   "PPP"             },
        {101, "RAW"             },
        {105, "IEEE802_11"      },
        {106, "ATM_CLIP"        },
        {108, "LOOP"            },
        {113, "LINUX_SLL"       },
        {127, "IEEE802_11_RADIO"},
        {228, "IPV4"            },
        {229, "IPV6"            },
        {276, "LINUX_SLL2"      },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(pcap_datalink_val_to_name(sgs_link_dlt(rows[i].link)), rows[i].name);
        assert_int_equal(sgs_link_of((uint32_t)sgs_link_dlt(rows[i].link)), rows[i].link);
    }
}

static void test_raw(void **state)
{
    assert_int_equal(sgs_link_of(12), SGS_LINK_RAW);
    assert_int_equal(sgs_link_of(14), SGS_LINK_RAW);
    assert_int_equal(sgs_link_of(DLT_RAW), SGS_LINK_RAW);
    assert_int_equal(sgs_link_of(147), 147);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_raw),
    };
    return cmocka_run_group_tests_name("linktype", tests, NULL, NULL) != 0;
}
