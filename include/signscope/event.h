/*
 * Events: typed facts, copied, self-contained.  Dissectors build them with ev_* and sgs_emit;
 * readers see them through struct sgs_event.  Kinds and fields are the rows of events.def and
 * fields.def.
 */
#ifndef SGS_EVENT_H
#define SGS_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/addr.h>
#include <signscope/clock.h>
#include <signscope/frame.h>
#include <signscope/slice.h>

enum sgs_kind {
#define EVENT(id, kind, meaning) SGS_K_##id,
#include <signscope/events.def>
#undef EVENT
    SGS_N_KINDS /* number of kinds, no kind itself */
};

enum sgs_field_id {
#define FIELD(id, name, type, flags, meaning) SGS_F_##id,
#include <signscope/fields.def>
#undef FIELD
    SGS_N_FIELDS /* number of fields, no field itself */
};

enum sgs_type {
    SGS_T_TEXT,
    SGS_T_INT,
    SGS_T_BOOL,
    SGS_T_MS,
    SGS_T_TIME,
    SGS_T_TEXTS,
    SGS_T_MAP,
    SGS_T_ROWS
};

enum sgs_dir { SGS_C2S, SGS_S2C };

enum sgs_trust {
    SGS_CLEAR,     /* read as sent */
    SGS_DECRYPTED, /* after TLS */
    SGS_INFERRED,  /* concluded without reading */
    SGS_LOG        /* from a client or server log */
};

enum sgs_transport { SGS_NO_TRANSPORT, SGS_TCP, SGS_UDP };

/* A member of an object: text, or a number when text.ptr is NULL. */
struct sgs_member {
    struct sgs_slice name;
    struct sgs_slice text;
    int64_t number;
};

struct sgs_row {
    struct sgs_member *members;
    size_t n;
};

struct sgs_value {
    enum sgs_field_id id;
    enum sgs_type type;     /* as fields.def has it */
    int64_t number;         /* INT, BOOL, MS (ns), TIME (ns) */
    struct sgs_slice text;  /* TEXT; any octets */
    struct sgs_slice *list; /* TEXTS */
    struct sgs_row *rows;   /* ROWS; MAP has exactly one */
    size_t n;               /* items of list or rows */
};

/* One event.  All it points to belongs to it and goes with it. */
struct sgs_event {
    uint64_t id; /* from 1, in order of opening */
    uint64_t in; /* id of the message that carried it, or 0 */
    enum sgs_kind kind;
    struct sgs_origin origin;     /* time and frames of its octets */
    enum sgs_transport transport; /* SGS_NO_TRANSPORT: of no conversation */
    uint32_t conn;                /* number within the transport, from 0 */
    enum sgs_dir dir;
    struct sgs_addr src, dst; /* sender and receiver */
    struct sgs_addr client;   /* the side that opened the conversation */
    enum sgs_trust trust;
    struct sgs_slice layers;        /* "tls/http1"; empty for net */
    const struct sgs_value *values; /* sorted by field id, each at most once */
    size_t n_values;
};

/* Static names of the catalogue. */
const char *sgs_kind_name(enum sgs_kind kind);
const char *sgs_field_name(enum sgs_field_id id);
enum sgs_type sgs_field_type(enum sgs_field_id id);
const char *sgs_trust_name(enum sgs_trust trust);

/* The kind called name, or SGS_N_KINDS. */
enum sgs_kind sgs_kind_find(struct sgs_slice name);

/* The value of a field or NULL; then its plain forms, empty / fallback when absent. */
const struct sgs_value *sgs_event_get(const struct sgs_event *ev, enum sgs_field_id id);
struct sgs_slice sgs_event_text(const struct sgs_event *ev, enum sgs_field_id id);
int64_t sgs_event_int(const struct sgs_event *ev, enum sgs_field_id id, int64_t fallback);
/* Text of member name of a MAP field (numbers: use _number). */
struct sgs_slice sgs_event_member(const struct sgs_event *ev, enum sgs_field_id id,
                                  const char *name);
int64_t sgs_event_member_number(const struct sgs_event *ev, enum sgs_field_id id, const char *name,
                                int64_t fallback);

/* A copy that lives until sgs_event_free, and the octets it takes. */
struct sgs_event *sgs_event_copy(const struct sgs_event *ev);
size_t sgs_event_size(const struct sgs_event *ev);
void sgs_event_free(struct sgs_event *ev);

/*
 * An event being built.  Every ev_* copies what it is given, ignores NULL drafts and empty text
 * (what is not known is absent), cuts text at SGS_MAX_EVENT_TEXT and stops lists at
 * SGS_MAX_EVENT_ITEMS.  The type must be that of the field (asserted).  Setting a scalar field
 * twice keeps the last value.
 */
struct sgs_draft;

void ev_text(struct sgs_draft *d, enum sgs_field_id id, struct sgs_slice text);
void ev_str(struct sgs_draft *d, enum sgs_field_id id, const char *text);
void ev_int(struct sgs_draft *d, enum sgs_field_id id, uint64_t number);
void ev_bool(struct sgs_draft *d, enum sgs_field_id id, bool yes);
void ev_ms(struct sgs_draft *d, enum sgs_field_id id, sgs_time duration_ns);
/* Nothing when t is unknown, or beyond what sgs_time can hold. */
void ev_time(struct sgs_draft *d, enum sgs_field_id id, sgs_time t);
/* One more item of a TEXTS field. */
void ev_item(struct sgs_draft *d, enum sgs_field_id id, struct sgs_slice text);
/* Opens the next object of a ROWS field; members then go to it. */
void ev_row(struct sgs_draft *d, enum sgs_field_id id);
/* One more member of a MAP field or of the last row of a ROWS field. */
void ev_member(struct sgs_draft *d, enum sgs_field_id id, struct sgs_slice name,
               struct sgs_slice text);
void ev_member_int(struct sgs_draft *d, enum sgs_field_id id, struct sgs_slice name,
                   int64_t number);

#endif
