/*
 * A window that moves forward over the octets of an input: need() makes sure of what lies ahead,
 * drop() lets go of what lies behind.  It reads in large pieces, and grows only while the octets
 * for it really come.  Private to capture/.
 */
#ifndef SGS_CAPTURE_WINDOW_H
#define SGS_CAPTURE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/slice.h>

#include "capture/unpack.h"

struct sgs_window {
    struct sgs_unpack *from; /* kept: where the octets come from */
    uint8_t *ptr;            /* ours */
    size_t size;             /* octets allocated */
    size_t head;             /* first octet held */
    size_t tail;             /* behind the last octet held */
    uint64_t offset;         /* of the first octet held, from the head of the unpacked input */
    bool is_waiting;         /* the last need() stopped because nothing has come yet */
    bool is_ended;           /* no more will come */
};

/* from is kept until clear. */
void sgs_window_init(struct sgs_window *w, struct sgs_unpack *from);
void sgs_window_clear(struct sgs_window *w);

/* All octets held, at least n of them unless the input has fewer or is waiting.  Borrowed until the
 * next call on w. */
struct sgs_slice sgs_window_need(struct sgs_window *w, size_t n);

/* Lets go of the first n octets, at most of those held. */
void sgs_window_drop(struct sgs_window *w, size_t n);
size_t sgs_window_held(const struct sgs_window *w);

/* Static text when the input ended, but not as it should; else NULL. */
const char *sgs_window_trouble(const struct sgs_window *w);

#endif
