/* Which connection a TLS session began on, by session ID or digest of a ticket.  Private to
 * crypto/. */
#ifndef SGS_CRYPTO_TLS_SESSIONS_H
#define SGS_CRYPTO_TLS_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <signscope/slice.h>

struct sgs_tls_sessions;

struct sgs_tls_sessions *sgs_tls_sessions_new(void);
void sgs_tls_sessions_free(struct sgs_tls_sessions *s); /* accepts NULL */

/* id (copied; up to SGS_TLS_RANDOM_LEN octets, else nothing happens) belongs to a session that
 * began on conn.  The last word counts; beyond SGS_MAX_TLS_SESSIONS the oldest id is forgotten. */
void sgs_tls_sessions_put(struct sgs_tls_sessions *s, struct sgs_slice id, uint32_t conn);
/* True when id is known. */
bool sgs_tls_sessions_get(const struct sgs_tls_sessions *s, struct sgs_slice id, uint32_t *conn);

#endif
