/* What the files of the Kerberos dissector share: names of numbers. */
#ifndef SGS_DISSECTORS_KERBEROS_H
#define SGS_DISSECTORS_KERBEROS_H

#include <stdbool.h>
#include <stdint.h>

#include <signscope/arena.h>
#include <signscope/der.h>
#include <signscope/dissector.h>
#include <signscope/limits.h>
#include <signscope/slice.h>

/* Encryption type, padata type and error code as their registries spell them, or the number in
 * decimal; static or in the arena. */
struct sgs_slice sgs_krb_etype(struct sgs_arena *a, int64_t type);
struct sgs_slice sgs_krb_padata(struct sgs_arena *a, int64_t type);
struct sgs_slice sgs_krb_error(struct sgs_arena *a, int64_t code);

/* A bit of ap-options or kdc-options (bit 0 is the first of the BIT STRING), or NULL. */
const char *sgs_krb_option(bool is_ap, unsigned bit);

#endif
