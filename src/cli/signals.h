/* Signals as flags that the loop looks at. */
#ifndef SGS_CLI_SIGNALS_H
#define SGS_CLI_SIGNALS_H

#include <stdbool.h>

/* INT once is a wish to finish, the second ends the program; USR1 asks for progress; HUP, only
 * taken when a live capture runs, for files to be opened anew. */
void sgs_signals_catch(bool is_live);

bool sgs_signals_is_interrupted(void);

/* True once for each time it came. */
bool sgs_signals_take_usr1(void);
bool sgs_signals_take_hup(void);

#endif
