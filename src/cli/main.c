/* signscope: what happened in Skype for Business and Lync sign-ins, from captures and key logs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/inputs.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/run.h"
#include "cli/terminal.h"

#define MAX_TEXT (1024u * 1024) /* octets of help and of what is wrong with the command line */

static int show(struct sgs_slice text)
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

static int obey(const struct sgs_options *options, struct sgs_buf *text)
{
    if (options->wants_help) {
        sgs_options_help(text);
        return show(sgs_buf_slice(text));
    }
    if (options->wants_version) {
        return show(SGS_LIT("signscope " SGS_VERSION "\n"));
    }
    if (options->wants_list) {
        return sgs_inputs_list();
    }
    return sgs_run(options);
}

int main(int argc, char **argv)
{
    struct sgs_options options;
    struct sgs_buf text;
    int status = SGS_EXIT_DONE;

    sgs_terminal_init();
    sgs_buf_init(&text, MAX_TEXT);
    if (sgs_options_parse(&options, argc, argv, &text)) {
        status = obey(&options, &text);
    } else {
        sgs_buf_add_octet(&text, '\0');
        sgs_say(NULL, (const char *)sgs_buf_slice(&text).ptr);
        status = SGS_EXIT_USAGE;
    }
    sgs_options_clear(&options);
    sgs_buf_clear(&text);
    return status;
}
