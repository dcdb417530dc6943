/*
 * Conditions over one exchange, as data: the columns of the tables in flows/ and verdicts.def.  A
 * side names the event that is asked; a condition on a side that was not seen is false.
 */
#ifndef SGS_SIGNIN_COND_H
#define SGS_SIGNIN_COND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <signscope/event.h>

struct sgs_exchange;

enum sgs_side {
    SGS_REQ,   /* the question */
    SGS_RSP,   /* the answer */
    SGS_INNER, /* any event carried inside either of them */
    SGS_BOTH,  /* the question or the answer */
    /* one kind of those inside: */
    SGS_HELLO,       /* ClientHello */
    SGS_CHOICE,      /* ServerHello */
    SGS_LEAF,        /* the server's certificate */
    SGS_ISSUER,      /* any other certificate of its chain */
    SGS_SESSION,     /* what tls.session says */
    SGS_USER,        /* the client's certificate */
    SGS_ALERT,       /* tls.alert */
    SGS_INTERCEPTION /* tls.interception */
};

enum sgs_op {
    SGS_OP_END,  /* ends a list */
    SGS_OP_SEEN, /* the side was seen */
    SGS_OP_UNSEEN,
    SGS_OP_HAS,    /* the field is there */
    SGS_OP_LACKS,  /* the side was seen, the field is not there */
    SGS_OP_LIKE,   /* text or any list item, ASCII case folded, '*' for any run of octets */
    SGS_OP_MEMBER, /* "name=pattern": a member of an object, or of any of several, is like that */
    SGS_OP_NO_MEMBER, /* the field is there, and no member is like that */
    SGS_OP_UNLIKE,    /* the field is there, and nothing of it is like that */
    SGS_OP_EQ,        /* number, or code member of an object, equals n */
    SGS_OP_GE,        /* number is n or more */
    SGS_OP_LT,        /* number is below n */
    SGS_OP_SOON,      /* time is less than n ns behind that of the event */
    SGS_OP_PORT,      /* the server's port is n */
    SGS_OP_HOST,      /* the server's name, as SGS_OP_LIKE */
    SGS_OP_ROLE,      /* the server's role is n */
    SGS_OP_GAP,       /* octets of the conversation are missing from the question on */
    SGS_OP_WHOLE /* its conversation is in the capture from its beginning on, without such holes */
};

struct sgs_cond {
    enum sgs_op op;
    enum sgs_side side;
    enum sgs_field_id field;
    int64_t n;
    const char *text;
};

/* All conditions of the list hold. */
bool sgs_cond_all(const struct sgs_cond *list, const struct sgs_exchange *x);

/* The events by which the conditions hold, each once, at most max; returns their number. */
size_t sgs_cond_proof(const struct sgs_cond *list, const struct sgs_exchange *x,
                      const struct sgs_event **out, size_t max);

/* pattern with any number of '*', ASCII case folded; linear in text for each '*'. */
bool sgs_glob(const char *pattern, struct sgs_slice text);

/* The words of the tables: SEEN(RSP), LIKE(REQ, TARGET, "*.svc"), CONDS(...), ... */
#include "signin/words.def"

#endif
