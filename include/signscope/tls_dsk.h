/*
 * What TLS-DSK makes of the TLS handshake in SIP authentication headers ([MS-SIPAE], section
 * 3.2.5.1): keys that sign messages, and the proof that both sides saw the same handshake (RFC 2246
 * and RFC 5246, section 7.4.9).  The cryptography behind it is src/crypto.
 */
#ifndef SGS_TLS_DSK_H
#define SGS_TLS_DSK_H

#include <stdbool.h>
#include <stdint.h>

#include <signscope/slice.h>
#include <signscope/status.h>
#include <signscope/tls_keys.h>

#define SGS_TLS_DSK_KEY_LEN 32  /* octets of a signing key */
#define SGS_TLS_FINISHED_LEN 12 /* octets of verify_data: RFC 5246, section 7.4.9 */

/* The signing keys of both sides; version: 0x0301 to 0x0303.  Wipe them after use. */
enum sgs_status sgs_tls_dsk_keys(const struct sgs_tls_suite *suite, uint16_t version,
                                 struct sgs_slice master, struct sgs_slice client_random,
                                 struct sgs_slice server_random,
                                 uint8_t client[SGS_TLS_DSK_KEY_LEN],
                                 uint8_t server[SGS_TLS_DSK_KEY_LEN]) SGS_MUST_CHECK;

/* True if signature is the HMAC of text under key, with the hash that has its length: MD5, SHA-1,
 * SHA-256 or SHA-384. */
bool sgs_tls_dsk_is_valid(struct sgs_slice key, struct sgs_slice text, struct sgs_slice signature);

/* verify_data of one side's Finished; messages: all handshake messages before it, joined. */
enum sgs_status sgs_tls_finished(const struct sgs_tls_suite *suite, uint16_t version,
                                 struct sgs_slice master, bool is_client, struct sgs_slice messages,
                                 uint8_t out[SGS_TLS_FINISHED_LEN]) SGS_MUST_CHECK;

#endif
