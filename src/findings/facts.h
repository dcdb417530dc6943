/*
 * Facts: what procedures find out about an attempt as a whole, one procedure a file in facts/.  A
 * fact is a step that nobody sees: its name is what rules call it, its code a number, its reason
 * and symbol texts; its frames and events are its proof.
 */
#ifndef SGS_FINDINGS_FACTS_H
#define SGS_FINDINGS_FACTS_H

#include <stddef.h>

#include <signscope/arena.h>
#include <signscope/limits.h>
#include <signscope/signin.h>

/* Where procedures put what they find. */
struct sgs_facts {
    struct sgs_arena *arena;
    const struct sgs_attempt *at;
    enum sgs_outcome outcome;
    struct sgs_step *list;
    size_t n;
    size_t room;
};

/*
 * A new fact called name (static), with number and text (copied), whose proof is subject (NULL: the
 * attempt), whose host and stage it takes over; NULL at the cap.  It is the caller's to change
 * until the next one is added.
 */
struct sgs_step *sgs_facts_add(struct sgs_facts *f, const char *name,
                               const struct sgs_step *subject, int64_t number,
                               struct sgs_slice text);

/* The certificate that the server of a connection of the attempt showed, or NULL. */
const struct sgs_event *sgs_facts_leaf(const struct sgs_step *conn);

/* All procedures, in the order of facts.def. */
void sgs_facts_find(struct sgs_facts *f);

/* The procedures; each is described where it is written. */
#define PROCEDURE(name) void sgs_facts_##name(struct sgs_facts *f);
#include "findings/facts/facts.def"
#undef PROCEDURE

#endif
