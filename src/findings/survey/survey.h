/* What the procedures of a survey share: its records, and where they put their findings. */
#ifndef SGS_FINDINGS_SURVEY_SURVEY_H
#define SGS_FINDINGS_SURVEY_SURVEY_H

#include <signscope/arena.h>
#include <signscope/limits.h>
#include <signscope/survey.h>

#include "base/map.h"

/* What is kept of an attempt. */
struct sgs_record {
    struct sgs_slice user; /* lower case, or the address of the client */
    struct sgs_addr client;
    struct sgs_slice agent;
    enum sgs_outcome outcome;
    sgs_time started;
    /* of failed ones: */
    const char *cause;
    struct sgs_slice title;
    enum sgs_confidence confidence;
    enum sgs_stage stage;
    struct sgs_slice host;
    uint64_t event; /* the first that proves it; 0: none */
    uint64_t frame;
    /* for neighbours.c: */
    sgs_time cached_until; /* its certificate was older than the sign-in; SGS_TIME_NONE: no */
    uint64_t cached_event; /* the certificate, and its frame */
    uint64_t cached_frame;
    struct sgs_slice web;   /* host of its web services, empty when not known */
    uint64_t passive_event; /* where a form was offered; 0: nowhere */
    uint64_t passive_frame;
    struct sgs_slice registrar; /* where that was */
    sgs_time lasted;            /* the registration, until its connection ended */
    const char *ended_by;
    uint64_t end_event; /* that end; 0: it is not seen, or the user signed out */
    uint64_t end_frame;
};

/* How far the Date of a host is ahead of the capture, ns. */
struct sgs_host_clock {
    struct sgs_slice host;
    sgs_time least, most;
    uint64_t samples;
    uint64_t event, frame; /* of the first sample */
};

struct sgs_survey {
    struct sgs_arena arena;
    struct sgs_record *records; /* ours; sorted once all are there */
    size_t n_records, room;
    uint64_t more; /* attempts beyond the cap */
    struct sgs_scope *scope;
    size_t n_scope;
    struct sgs_map *served; /* stage and host: somebody got on there */
    struct sgs_map *clocks; /* host: struct sgs_host_clock in the arena */
    struct sgs_finding findings[SGS_MAX_FINDINGS];
    size_t n_findings;
};

/* A new finding of that id, a note about the capture; NULL at the cap.  detail is in the arena. */
struct sgs_finding *sgs_survey_add(struct sgs_survey *s, const char *id,
                                   enum sgs_confidence confidence, struct sgs_slice detail);
/* One more event that proves f. */
void sgs_survey_prove(struct sgs_survey *s, struct sgs_finding *f, uint64_t event, uint64_t frame);

/* Somebody got on at that host, at that stage. */
bool sgs_survey_is_served(const struct sgs_survey *s, enum sgs_stage stage, struct sgs_slice host);

/* Fewer, equal, more: texts by octets, addresses, then the rest of what names a record. */
int sgs_survey_compare_texts(struct sgs_slice a, struct sgs_slice b);

/* survey/scope.c: rows of the table, whom the trouble meets, servers that serve nobody. */
void sgs_survey_make_scope(struct sgs_survey *s);

/* survey/clocks.c: what acts of an attempt tell of clocks; servers whose clock is off. */
void sgs_survey_see_clocks(struct sgs_survey *s, const struct sgs_attempt *at);
void sgs_survey_judge_clocks(struct sgs_survey *s);

/* survey/neighbours.c: what one sign-in tells of another one.  r is the record of at. */
void sgs_survey_see_neighbour(struct sgs_survey *s, struct sgs_record *r,
                              const struct sgs_attempt *at);
void sgs_survey_judge_neighbours(struct sgs_survey *s);

#endif
