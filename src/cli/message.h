/* What the program says to its user: one line on standard error. */
#ifndef SGS_CLI_MESSAGE_H
#define SGS_CLI_MESSAGE_H

/* Exit statuses of the program. */
enum sgs_exit {
    SGS_EXIT_DONE = 0,
    SGS_EXIT_USAGE = 1,
    SGS_EXIT_INPUT = 2,
    SGS_EXIT_DAMAGED = 3,
    SGS_EXIT_OUTPUT = 4,
    SGS_EXIT_INTERNAL = 5,
    SGS_EXIT_SIGN_IN_FAILED = 10,
    SGS_EXIT_SIGN_IN_UNKNOWN = 11,
    SGS_EXIT_NO_SIGN_IN = 12,
    SGS_EXIT_PIPE = 141 /* 128 + SIGPIPE */
};

/* "signscope: name: what"; both escaped for the terminal, name may be NULL. */
void sgs_say(const char *name, const char *what);

#endif
