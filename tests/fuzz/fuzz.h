/* What the fuzz targets share: the entry point that the fuzzing library calls. */
#ifndef SGS_TESTS_FUZZ_FUZZ_H
#define SGS_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the run when a promise of a header is broken; unlike assert it says which on one line. */
#define FUZZ_CHECK(promise)                                                                        \
    do {                                                                                           \
        if (!(promise)) {                                                                          \
            (void)fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #promise);            \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
