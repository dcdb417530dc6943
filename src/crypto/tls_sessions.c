/* Session IDs and tickets that were seen, each with its connection: a ring, and a map into it. */
#include "crypto/tls_sessions.h"

#include <stdlib.h>
#include <string.h>

#include <signscope/limits.h>
#include <signscope/tls_keys.h>

#include "base/map.h"
#include "base/mem.h"

struct session {
    uint8_t id[SGS_TLS_RANDOM_LEN]; /* the longest session ID is as long */
    uint8_t len;
    uint32_t conn;
};

struct sgs_tls_sessions {
    struct sgs_map *map;  /* id -> struct session */
    struct session *ring; /* SGS_MAX_TLS_SESSIONS of them; NULL before the first */
    size_t next;          /* to be written over */
};

struct sgs_tls_sessions *sgs_tls_sessions_new(void)
{
    struct sgs_tls_sessions *s = sgs_xcalloc(1, sizeof *s);

    s->map = sgs_map_new();
    return s;
}

void sgs_tls_sessions_free(struct sgs_tls_sessions *s)
{
    if (s) {
        sgs_map_free(s->map);
        free(s->ring);
        free(s);
    }
}

void sgs_tls_sessions_put(struct sgs_tls_sessions *s, struct sgs_slice id, uint32_t conn)
{
    if (id.len == 0 || id.len > SGS_TLS_RANDOM_LEN) {
        return;
    }
    struct session *old = sgs_map_get(s->map, id);
    if (old) {
        old->conn = conn;
        return;
    }
    if (!s->ring) {
        s->ring = sgs_xcalloc(SGS_MAX_TLS_SESSIONS, sizeof *s->ring);
    }
    struct session *slot = &s->ring[s->next];
    s->next = (s->next + 1) % SGS_MAX_TLS_SESSIONS;
    if (slot->len > 0) {
        (void)sgs_map_del(s->map, sgs_slice(slot->id, slot->len));
    }
    *slot = (struct session){.len = (uint8_t)id.len, .conn = conn};
    memcpy(slot->id, id.ptr, id.len);
    (void)sgs_map_put(s->map, id, slot);
}

bool sgs_tls_sessions_get(const struct sgs_tls_sessions *s, struct sgs_slice id, uint32_t *conn)
{
    const struct session *found = id.len > 0 ? sgs_map_get(s->map, id) : NULL;

    if (found) {
        *conn = found->conn;
    }
    return found;
}
