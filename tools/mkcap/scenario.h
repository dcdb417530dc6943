/*
 * Scenarios: lines, blocks, variables, threads.  The language is described in README.md.
 *
 * A thread runs through its lines in a time of its own; the one whose time is the earliest goes
 * next, so that frames of all threads come out in order without anything being kept for long.
 */
#ifndef MKCAP_SCENARIO_H
#define MKCAP_SCENARIO_H

#include "tcp.h"
#include "tlspair.h"

struct mk_line {
    char *text; /* without blanks at both ends */
    int no;     /* in its file, from 1 */
    char *doc;  /* the text behind <<WORD, or NULL */
    size_t end; /* of a line that opens a block: the one that closes it */
};

struct mk_file {
    char *path;
    struct mk_line *lines;
    size_t n;
    struct mk_file *next;
};

struct mk_var {
    char *name;
    char *value; /* NULL in saved ones: there was none */
};

struct mk_vars {
    struct mk_var *all;
    size_t n, size;
};

/* Where a thread is in one of the nested blocks. */
struct mk_place {
    struct mk_file *file;
    size_t at, end; /* the next line; the one behind the last */
    size_t first;   /* line to go on with when the block is repeated */
    uint64_t round, rounds;
    int64_t base, every;  /* of repeated blocks */
    char *as;             /* variable that counts the rounds */
    struct mk_vars saved; /* what an include's parameters covered */
};

struct mk_thread {
    char *name;
    int64_t now;
    struct mk_vars vars;
    struct mk_place *places;
    size_t n_places, size_places;
    struct mk_conn *bulk_conn; /* a body of random octets is on its way */
    unsigned bulk_side;
    uint64_t bulk_left;
    struct mk_noise *noise; /* unrelated traffic instead of lines */
    struct mk_thread *next;
};

struct mk_hook {
    char *mark;
    char *command;
    const char *file;
    int line;
    struct mk_hook *next;
};

/* What is played where another file is included. */
struct mk_swap {
    char *name; /* the last part of the path in the include */
    struct mk_file *file;
    struct mk_swap *next;
};

#define MK_MAX_FOLDERS 8

struct mk_scenario {
    struct mk_world world;
    struct mk_rng tls_rng; /* what OpenSSL draws from */
    struct mk_pki pki;
    struct mk_tls_world tls;
    struct mk_sa *associations;
    struct mk_host *resolver; /* the host called "dns", else the first server named */
    struct mk_file *files;
    const char *folders[MK_MAX_FOLDERS]; /* where includes are looked for as well; borrowed */
    size_t n_folders;
    struct mk_swap *swaps; /* the newest first */
    struct mk_thread *threads;
    struct mk_thread *last_thread;
    struct mk_hook *hooks;
    int64_t clock; /* when the scenario begins */
};

#define MK_MAX_WORDS 64

/* The words of one command, expanded; they live until it is done. */
struct mk_args {
    char *words[MK_MAX_WORDS];
    bool is_used[MK_MAX_WORDS];
    size_t n;
    const char *line; /* as it stands in the file; borrowed */
    const char *doc;  /* raw; NULL when there is none */
    size_t block;     /* the line that closes the block; 0: there is none */
};

/* The i-th word behind the command (from 1); fails when it is missing. */
const char *mk_arg(struct mk_args *a, size_t i);
/* The value of the option NAME=value, or the default; true for a bare NAME with mk_flag. */
const char *mk_opt(struct mk_args *a, const char *name, const char *otherwise);
bool mk_flag(struct mk_args *a, const char *name);

const char *mk_var_get(const struct mk_vars *v, const char *name); /* NULL: there is none */
void mk_var_set(struct mk_vars *v, const char *name, const char *value);

/* Appends text with all ${...} replaced. */
void mk_expand(struct mk_scenario *s, struct mk_thread *t, const char *text, size_t n,
               struct mk_buf *out);

/* Runs a command of the network; false when there is none of that name. */
bool mk_command(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a);
/* Sends more of the body that is on its way. */
void mk_bulk(struct mk_scenario *s, struct mk_thread *t);

void mk_scenario_open(struct mk_scenario *s, uint64_t seed);
/* Runs a file to its end. */
void mk_scenario_run(struct mk_scenario *s, const char *path);
void mk_scenario_close(struct mk_scenario *s);

#endif
