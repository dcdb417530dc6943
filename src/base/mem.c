/* Heap memory that is there or ends the program. */
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void sgs_die(const char *what)
{
    (void)fprintf(stderr, "signscope: %s\n", what);
    exit(SGS_EXIT_RESOURCES);
}

void *sgs_xmalloc(size_t size)
{
    void *p = malloc(size ? size : 1);

    if (!p) {
        sgs_die("out of memory");
    }
    return p;
}

void *sgs_xcalloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);

    if (!p) {
        sgs_die("out of memory");
    }
    return p;
}

void *sgs_xrealloc(void *p, size_t n, size_t size)
{
    void *q = NULL;

    if (size == 0 || n <= SIZE_MAX / size) {
        q = realloc(p, n && size ? n * size : 1);
    }
    if (!q) {
        sgs_die("out of memory");
    }
    return q;
}
