/*
 * Character set, colour and width.  NO_COLOR and CLICOLOR_FORCE as no-color.org and bixense.com's
 * clicolors have them: NO_COLOR wins.
 */
#define _POSIX_C_SOURCE 200809L /* isatty, nl_langinfo */
#include "cli/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <signscope/slice.h>

#define USUAL_WIDTH 80u

void sgs_terminal_init(void)
{
    (void)setlocale(LC_CTYPE, "");
}

bool sgs_terminal_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value && *value != '\0';
}

bool sgs_terminal_has_color(int fd, enum sgs_color choice)
{
    const char *term = getenv("TERM");
    const char *forced = getenv("CLICOLOR_FORCE");

    switch (choice) {
    case SGS_COLOR_ALWAYS:
        return true;
    case SGS_COLOR_NEVER:
        return false;
    case SGS_COLOR_AUTO:
        break;
    }
    if (is_set("NO_COLOR")) {
        return false;
    }
    if (forced && *forced != '\0' && strcmp(forced, "0") != 0) {
        return true;
    }
    return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

static unsigned bounded(uint64_t width)
{
    if (width < SGS_MIN_WIDTH) {
        return SGS_MIN_WIDTH;
    }
    return width > SGS_MAX_WIDTH ? SGS_MAX_WIDTH : (unsigned)width;
}

unsigned sgs_terminal_width(int fd)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    uint64_t n = 0;

    if (!isatty(fd)) {
        return USUAL_WIDTH;
    }
    if (columns && sgs_slice_uint(sgs_slice_str(columns), SGS_MAX_WIDTH, &n) && n > 0) {
        return bounded(n);
    }
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return bounded(size.ws_col);
    }
    return USUAL_WIDTH;
}
