/* What a function that can fail says: one list for codes, names and texts. */
#ifndef SGS_STATUS_H
#define SGS_STATUS_H

#define SGS_STATUS_LIST(X)                                                                         \
    X(OK, "done")                                                                                  \
    X(E_NOMEM, "out of memory")                                                                    \
    X(E_IO, "input/output error")                                                                  \
    X(E_NOT_FOUND, "no such file")                                                                 \
    X(E_ACCESS, "permission denied")                                                               \
    X(E_IS_DIR, "is a directory")                                                                  \
    X(E_EMPTY, "is empty")                                                                         \
    X(E_FORMAT, "has not the expected format")                                                     \
    X(E_LIMIT, "a limit was reached")                                                              \
    X(E_UNSUPPORTED, "is not supported")                                                           \
    X(E_AUTH, "did not authenticate")                                                              \
    X(E_NO_DEVICE, "no such interface")                                                            \
    X(E_INTERNAL, "internal error")

enum sgs_status {
#define SGS_STATUS_ROW(name, text) SGS_##name,
    SGS_STATUS_LIST(SGS_STATUS_ROW)
#undef SGS_STATUS_ROW
};

/* The text of a code: lower case, no full stop, static. */
const char *sgs_status_text(enum sgs_status st);

/* Put in front of a function whose result must be looked at. */
#define SGS_MUST_CHECK __attribute__((warn_unused_result))

#endif
