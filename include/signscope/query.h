/*
 * Conditions over sign-ins, as users write them:
 *
 *   outcome == failed and (cause ~ cert-* or host ~ *.online.lync.com) and duration > 5s
 *
 * Words are compared without regard to case; '*' in a value after ~ stands for any run of octets.
 * A field that has several values (finding, step, stage, host, code, status, method) fits when one
 * of them does; after != and !~ none may.  A field alone asks whether there is a value at all.
 */
#ifndef SGS_QUERY_H
#define SGS_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include <signscope/signin.h>
#include <signscope/slice.h>

struct sgs_query;

/*
 * Reads text; NULL when it is no condition: *why (static) then says what is wrong, *column where,
 * from 1.  Given to the caller, as its copy of text is.
 */
struct sgs_query *sgs_query_read(struct sgs_slice text, const char **why, size_t *column);
void sgs_query_free(struct sgs_query *q); /* accepts NULL */

/* It holds for at, whose steps and findings are there. */
bool sgs_query_holds(const struct sgs_query *q, const struct sgs_attempt *at);

/* The names of the fields, in order; NULL behind the last. */
const char *sgs_query_field(size_t i);

#endif
