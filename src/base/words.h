/* Text that a person wrote, told from random letters and digits by its looks. */
#ifndef SGS_BASE_WORDS_H
#define SGS_BASE_WORDS_H

#include <stdbool.h>

#include <signscope/slice.h>

/* True if all pieces between characters that are neither letters nor digits are words. */
bool sgs_are_words(struct sgs_slice s);

/* Has s capitals and small letters? */
bool sgs_is_mixed_case(struct sgs_slice s);

#endif
