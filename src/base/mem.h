/*
 * Heap memory that is there or ends the program.  Whatever the wire chooses is capped before it
 * gets here, so running dry is a matter of the machine, and no caller has a way back to write.
 */
#ifndef SGS_BASE_MEM_H
#define SGS_BASE_MEM_H

#include <stddef.h>

#define SGS_EXIT_RESOURCES 5 /* exit status when the system refuses memory or randomness */

/* size octets, or n zeroed elements of size octets, given: release with free.  Never NULL. */
void *sgs_xmalloc(size_t size);
void *sgs_xcalloc(size_t n, size_t size);

/* p with room for n elements of size octets; p (NULL at first) is used up.  Never NULL. */
void *sgs_xrealloc(void *p, size_t n, size_t size);

/* Writes one line to stderr and exits with SGS_EXIT_RESOURCES. */
_Noreturn void sgs_die(const char *what);

#endif
