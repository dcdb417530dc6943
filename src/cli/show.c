/* Text that was asked for, on its way to standard output. */
#include "cli/show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/message.h"

int sgs_show(struct sgs_slice text)
{
    errno = 0;
    if (fwrite(text.ptr, 1, text.len, stdout) != text.len || fflush(stdout) != 0) {
        if (errno == EPIPE) {
            return SGS_EXIT_PIPE;
        }
        sgs_say("standard output", strerror(errno ? errno : EIO));
        return SGS_EXIT_OUTPUT;
    }
    return SGS_EXIT_DONE;
}
