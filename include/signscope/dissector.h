/*
 * The dissector interface.  One dissector is one file in dissectors/ and one row in list.def; the
 * engine calls it, it never calls another dissector.
 */
#ifndef SGS_DISSECTOR_H
#define SGS_DISSECTOR_H

#include <stddef.h>
#include <stdint.h>

#include <signscope/layer.h>
#include <signscope/slice.h>

enum sgs_guess {
    SGS_NO,    /* not this protocol */
    SGS_MAYBE, /* could be; taken when a port says so too, or when nobody is surer */
    SGS_SURE,  /* nothing else begins like this */
    SGS_SHORT  /* show more octets */
};

enum sgs_extent_kind { SGS_X_LEN, SGS_X_NEED, SGS_X_SKIP, SGS_X_REST, SGS_X_WAIT, SGS_X_BAD };

/* What measure says about the octets at the head. */
struct sgs_extent {
    enum sgs_extent_kind kind;
    size_t n;
};

#define SGS_LEN(count)                                                                             \
    ((struct sgs_extent){SGS_X_LEN, (count)}) /* the message has so many octets */
#define SGS_NEED(count)                                                                            \
    ((struct sgs_extent){SGS_X_NEED, (count)}) /* show so many before I can tell */
#define SGS_SKIP(count)                                                                            \
    ((struct sgs_extent){SGS_X_SKIP, (count)})        /* no message in these; look behind them */
#define SGS_REST ((struct sgs_extent){SGS_X_REST, 0}) /* all up to end, gap or cap */
#define SGS_WAIT                                                                                   \
    ((struct sgs_extent){SGS_X_WAIT, 0}) /* ask after the other direction's next message */
#define SGS_BAD ((struct sgs_extent){SGS_X_BAD, 0}) /* not my protocol: only count from here */

/* One way a dissector can be started; the last row of a list is {0}. */
struct sgs_claim {
    enum sgs_by by;
    const char *what; /* see enum sgs_by; NULL where it needs nothing */
};

struct sgs_dissector {
    const char *name;               /* "http1": stable, also the file's name */
    const char *title;              /* for people */
    const struct sgs_claim *claims; /* where it may start */
    size_t state_size;              /* octets of state, zeroed at the start, in the layer arena */
    size_t max_message; /* octets; a longer one is a limit event and is skipped (REST: cut there) */
    bool takes_cut; /* message() also gets the head of a message whose rest is lost (sgs_is_cut) */

    /* Is this yours?  Pure: no state, no layer. */
    enum sgs_guess (*probe)(struct sgs_slice head, enum sgs_dir dir);

    /*
     * How long is the message at the head (avail.len > 0)?  Cheap and repeatable: same state and
     * octets, same answer.  NULL: every push is one message.  A length of 0 counts as SGS_BAD.
     */
    struct sgs_extent (*measure)(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice avail);

    /* One whole message, borrowed for this call. */
    void (*message)(struct sgs_layer *l, enum sgs_dir dir, struct sgs_slice msg);

    /* An element that a carrier has read: what message() would get as a document of its own,
     * borrowed for this call.  For those with a claim by element, who must have it. */
    void (*element)(struct sgs_layer *l, enum sgs_dir dir, const struct sgs_xml *x);

    /*
     * missing octets (0: unknown) are lost between the last message and what comes; the next call
     * of measure sees octets from somewhere.  Not called when the hole lies inside one message
     * whose length measure had told: that message is then given cut (takes_cut) or dropped, and
     * framing goes on in place.  NULL: the engine probes for the next message.
     */
    void (*gap)(struct sgs_layer *l, enum sgs_dir dir, uint64_t missing);

    /* A direction is over, nothing more will come in it.  Children have not been told yet. */
    void (*end)(struct sgs_layer *l, enum sgs_dir dir, enum sgs_end why);

    /* Last call, after both ends; release what is not in an arena, emit or drop open events. */
    void (*close)(struct sgs_layer *l);
};

/* Defines the one exported symbol of a dissector's file. */
#define SGS_DISSECTOR(name) const struct sgs_dissector sgs_dissector_##name

/* All rows of list.def, in its order. */
extern const struct sgs_dissector *const sgs_dissectors[];
extern const size_t sgs_n_dissectors;

#endif
