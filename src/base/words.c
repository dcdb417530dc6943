/* Text that a person wrote, told from random letters and digits by its looks. */
#include "base/words.h"

#include <stddef.h>
#include <stdint.h>

#include "base/ascii.h"

static size_t count(struct sgs_slice s, size_t i, bool (*is)(uint8_t))
{
    size_t n = 0;

    while (i + n < s.len && is(s.ptr[i + n])) {
        n++;
    }
    return n;
}

bool sgs_is_mixed_case(struct sgs_slice s)
{
    bool has_upper = false;
    bool has_lower = false;

    for (size_t i = 0; i < s.len; i++) {
        has_upper |= sgs_is_upper(s.ptr[i]);
        has_lower |= sgs_is_lower(s.ptr[i]);
    }
    return has_upper && has_lower;
}

/* Lower-case letters that nobody can say. */
static bool is_unspeakable(struct sgs_slice s, size_t from, size_t len)
{
    const struct sgs_slice vowels = SGS_LIT("aeiouy");

    for (size_t i = from; i < from + len; i++) {
        if (sgs_slice_chr(vowels, s.ptr[i]) < vowels.len) {
            return false;
        }
    }
    return len >= 3;
}

/*
 * Letters and digits that a person wrote: at most one number, and humps as in CamelCase, three
 * letters each or more on the average, with at most one acronym and one single letter, which stands
 * first.  Where there are letters of both cases the number stands last and humps can be spoken.
 * Random letters of both cases have a hump every other octet.
 */
static bool is_word(struct sgs_slice s)
{
    size_t n_humps = 0;
    size_t n_letters = 0;
    size_t n_numbers = 0;
    size_t n_acronyms = 0;
    size_t i = 0;
    bool is_mixed = sgs_is_mixed_case(s);

    if (s.len <= 2) {
        return true;
    }
    while (i < s.len) {
        size_t upper = count(s, i, sgs_is_upper);
        size_t lower = count(s, i + upper, sgs_is_lower);
        size_t digits = upper + lower == 0 ? count(s, i, sgs_is_digit) : 0;
        size_t next = i + upper + lower + digits;
        bool is_odd = is_mixed && ((digits > 0 && next < s.len) || (upper + lower == 1 && i > 0) ||
                                   is_unspeakable(s, i + upper, lower));
        if (is_odd || upper > 12 || lower > 30 || digits > 20) {
            return false;
        }
        n_numbers += digits > 0 ? 1 : 0;
        n_acronyms += upper > 1 ? 1 : 0;
        n_humps += digits == 0 ? 1 : 0;
        n_letters += upper + lower;
        i = next;
    }
    return n_numbers <= 1 && n_acronyms <= 1 && (n_humps <= 1 || n_letters >= 3 * n_humps);
}

bool sgs_are_words(struct sgs_slice s)
{
    size_t start = 0;

    for (size_t i = 0; i <= s.len; i++) {
        if (i < s.len && sgs_is_alnum(s.ptr[i])) {
            continue;
        }
        if (!is_word(sgs_slice_from(sgs_slice_head(s, i), start))) {
            return false;
        }
        start = i + 1;
    }
    return true;
}
