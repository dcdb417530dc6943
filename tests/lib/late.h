/*
 * What a capture says when its key log grows while it is read: all events, sorted, without ids.
 * The same text must come out whenever the lines of the log come.
 */
#ifndef SGS_TESTS_LIB_LATE_H
#define SGS_TESTS_LIB_LATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/buf.h>
#include <signscope/event.h>
#include <signscope/slice.h>

/* Events in the order in which they came. */
struct late_events {
    struct sgs_event **events; /* ours */
    size_t n, room;
};

/* A reader of events that keeps them; ctx is a struct late_events. */
void late_on_event(void *ctx, const struct sgs_event *ev);
/* A line an event, sorted, without ids; release with free. */
char *late_text(const struct late_events *s);
void late_clear(struct late_events *s);

/* A capture in memory and the key log for it, that of its secrets blocks included. */
struct late_capture {
    struct late_frame *frames; /* ours */
    size_t n;
    struct sgs_buf keys;
};

/* Reads the capture at path and the key log at keys (NULL: none); false when it cannot be read. */
bool late_load(const char *path, const char *keys, struct late_capture *out);
void late_unload(struct late_capture *c);

/* How a run goes. */
struct late_plan {
    size_t hold;   /* octets that may be held; 0: all keys are there from the start */
    unsigned seed; /* of pieces of the key log and the frames they come before; 0: all at the end */
    unsigned parts;   /* not 0: the whole log comes at once, after so many eighths of the frames */
    bool is_keyless;  /* no line ever comes */
    unsigned eighths; /* not 0: only so many eighths of the key log ever come */
    size_t lost;      /* not 0: this frame is lost */
    size_t period;    /* not 0: and then every so many frames one more */
};

struct late_result {
    char *text;    /* a line an event, sorted; release with free */
    size_t events; /* lines */
    size_t most;   /* octets held at most after a frame */
    size_t late;   /* frames after which something was held */
};

struct late_result late_run(const struct late_capture *c, const struct late_plan *plan);

#endif
