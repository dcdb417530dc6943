/*
 * Link types of files and of libpcap.  From 50 on both numberings agree but for the rows below;
 * the low numbers differ between systems, and that is why files have values of their own.
 */
#include "capture/linktype.h"

#include <stddef.h>

static const struct {
    uint32_t dlt;
    uint32_t link;
} rows[] = {
    {11, 100}, /* ATM, RFC 1483 */
    {12, 101}, /* raw IP; the first row of a link is the DLT_ of Linux */
    {14, 101}, /* raw IP on OpenBSD */
    {15, 102}, /* SLIP of BSD/OS */
    {16, 103}, /* PPP of BSD/OS */
    {19, 106}, /* classical IP over ATM of Linux */
};

uint32_t sgs_link_of(uint32_t value)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].dlt == value) {
            return rows[i].link;
        }
    }
    return value;
}

int sgs_link_dlt(uint32_t link)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].link == link) {
            return (int)rows[i].dlt;
        }
    }
    return (int)link;
}
