/* What the terminal is like: the only place that looks. */
#ifndef SGS_CLI_TERMINAL_H
#define SGS_CLI_TERMINAL_H

#include <stdbool.h>

#include "cli/options.h"

/* Takes the character set of the environment (LC_CTYPE) and nothing else of it.  Call first. */
void sgs_terminal_init(void);
bool sgs_terminal_is_utf8(void);

/* True if text written to the descriptor shall have colour. */
bool sgs_terminal_has_color(int fd, enum sgs_color choice);

/* Columns of the terminal at the descriptor; 80 when it is none. */
unsigned sgs_terminal_width(int fd);

#endif
