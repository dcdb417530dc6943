/*
 * The name of a document's first element, for those who must say whose it is before they read it.
 * Octets that are zero are passed over, so UTF-16 of either order reads like ASCII.
 */
#include <signscope/xml.h>

#define LONGEST_PROLOG 4096u /* octets looked at */

/* The next octet that is not zero, taken off *rest; 0 at the end. */
static uint8_t next(struct sgs_slice *rest)
{
    uint8_t c = 0;

    while (c == 0 && rest->len > 0) {
        c = rest->ptr[0];
        *rest = sgs_slice_from(*rest, 1);
    }
    return c;
}

/* Behind a declaration or, if it begins with two dashes, a comment. */
static void pass_over(struct sgs_slice *rest)
{
    struct sgs_slice ahead = *rest;
    bool is_comment = next(&ahead) == '-' && next(&ahead) == '-';
    uint8_t c = 0, dashes = 0;

    *rest = is_comment ? ahead : *rest;
    while ((c = next(rest)) != 0 && (c != '>' || (is_comment && dashes < 2))) {
        dashes = (uint8_t)(c != '-' ? 0 : dashes < 2 ? dashes + 1 : 2);
    }
}

const char *sgs_xml_root(struct sgs_slice head, char out[SGS_XML_ROOT_LEN])
{
    static const char ends[] = " \t\r\n/>";
    static const char blanks[] = " \t\r\n";
    struct sgs_slice rest = sgs_slice_head(head, LONGEST_PROLOG);
    size_t len = 0;
    uint8_t c = 0;

    out[0] = '\0';
    while ((c = next(&rest)) != 0) {
        struct sgs_slice ahead = rest;
        uint8_t first = c == '<' ? next(&ahead) : 0;
        if (first == '?' || first == '!') {
            rest = ahead;
            pass_over(&rest);
        } else if (c == '<') {
            break;
        } else if (c < 0x80 && sgs_slice_chr(SGS_LIT(blanks), c) == sizeof blanks - 1) {
            return out; /* text in front of it: that is no XML */
        }
    }
    while ((c = next(&rest)) != 0 && len < SGS_XML_ROOT_LEN &&
           sgs_slice_chr(SGS_LIT(ends), c) == sizeof ends - 1) {
        len = c == ':' ? 0 : len;
        out[len] = (char)c;
        len += c != ':';
    }
    out[c != 0 && len < SGS_XML_ROOT_LEN ? len : 0] = '\0';
    return out;
}
