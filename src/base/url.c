/* URLs, as far as the host asked goes. */
#include <signscope/url.h>

static uint16_t usual_port(struct sgs_slice scheme)
{
    static const struct {
        const char *scheme;
        uint16_t port;
    } ports[] = {
        {"http",  80 },
        {"https", 443},
        {"ldap",  389},
        {"ldaps", 636},
    };

    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        if (sgs_slice_ieq(scheme, sgs_slice_str(ports[i].scheme))) {
            return ports[i].port;
        }
    }
    return 0;
}

/* host, host:port, [address], [address]:port into *out. */
static bool read_authority(struct sgs_slice text, struct sgs_url *out)
{
    size_t end = text.len > 0 && text.ptr[0] == '[' ? sgs_slice_chr(text, ']') : 0;
    struct sgs_slice rest = sgs_slice_from(text, end);
    size_t colon = sgs_slice_chr(rest, ':');
    struct sgs_slice port = sgs_slice_from(rest, colon + 1);
    uint64_t n = out->port;

    if (port.len > 0 && !sgs_slice_uint(port, UINT16_MAX, &n)) {
        return false;
    }
    out->port = (uint16_t)n;
    out->host =
        end > 0 ? sgs_slice_from(sgs_slice_head(text, end), 1) : sgs_slice_head(rest, colon);
    return true;
}

bool sgs_url_read(struct sgs_slice url, struct sgs_url *out)
{
    size_t scheme = sgs_slice_find(url, SGS_LIT("://"));
    struct sgs_slice rest = sgs_slice_from(url, scheme + 3);
    struct sgs_url u = {.scheme = sgs_slice_head(url, scheme)};
    size_t end = 0;

    if (scheme == 0 || scheme == url.len) {
        return false;
    }
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?' && rest.ptr[end] != '#') {
        end++;
    }
    struct sgs_slice authority = sgs_slice_head(rest, end);
    size_t user = sgs_slice_chr(authority, '@');
    u.path = sgs_slice_from(rest, end);
    u.port = usual_port(u.scheme);
    if (!read_authority(user < authority.len ? sgs_slice_from(authority, user + 1) : authority,
                        &u)) {
        return false;
    }
    *out = u;
    return true;
}
