/* What was asked for, on its way to standard output. */
#include "cli/show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/message.h"

bool sgs_write_shown(void *ctx, struct sgs_slice octets)
{
    (void)ctx;
    return octets.len == 0 || fwrite(octets.ptr, 1, octets.len, stdout) == octets.len;
}

int sgs_finish_shown(bool is_good)
{
    if (is_good && fflush(stdout) == 0) {
        return SGS_EXIT_DONE;
    }
    if (errno == EPIPE) {
        return SGS_EXIT_PIPE;
    }
    sgs_say("standard output", strerror(errno ? errno : EIO));
    return SGS_EXIT_OUTPUT;
}

int sgs_show(struct sgs_slice text)
{
    errno = 0;
    return sgs_finish_shown(sgs_write_shown(NULL, text));
}
