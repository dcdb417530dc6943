/* What all writers derive from struct sgs_report in the same way. */
#ifndef SGS_EXPORT_REPORT_H
#define SGS_EXPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/export.h>

/* Why TLS octets stayed closed: one row a reason of the JSON contract. */
struct sgs_tls_reason {
    const char *reason; /* word of the JSON contract */
    const char *text;   /* a few words for people */
    const char *remedy; /* one line: what would open it */
};

extern const struct sgs_tls_reason sgs_tls_reasons[];
extern const size_t sgs_n_tls_reasons;

/* The row of a reason; NULL for NULL and for words that are none. */
const struct sgs_tls_reason *sgs_tls_reason_find(struct sgs_slice reason);

#define SGS_CONN_TEXT_LEN 16 /* octets, with the NUL */

/* "tcp3" or "udp0"; false, and out empty, for no conversation. */
bool sgs_conn_text(enum sgs_transport transport, uint32_t conn, char out[SGS_CONN_TEXT_LEN]);

#endif
