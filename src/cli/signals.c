/* Handlers that set a flag and return, so that a wait for frames is cut short (no SA_RESTART). */
#define _POSIX_C_SOURCE 200809L /* sigaction */
#include "cli/signals.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t has_int;
static volatile sig_atomic_t has_usr1;
static volatile sig_atomic_t has_hup;

static void handle(int number)
{
    if (number == SIGINT) {
        has_int = 1;
    } else if (number == SIGUSR1) {
        has_usr1 = 1;
    } else {
        has_hup = 1;
    }
}

static void watch(int number, int flags)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    action.sa_flags = flags;
    (void)sigaction(number, &action, NULL);
}

static bool is_ignored(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void sgs_signals_catch(bool is_live)
{
    watch(SIGINT, (int)SA_RESETHAND);
    watch(SIGUSR1, 0);
    if (is_live && !is_ignored(SIGHUP)) {
        watch(SIGHUP, 0);
    }
}

bool sgs_signals_is_interrupted(void)
{
    return has_int != 0;
}

static bool take(volatile sig_atomic_t *flag)
{
    bool was_set = *flag != 0;

    *flag = 0;
    return was_set;
}

bool sgs_signals_take_usr1(void)
{
    return take(&has_usr1);
}

bool sgs_signals_take_hup(void)
{
    return take(&has_hup);
}
