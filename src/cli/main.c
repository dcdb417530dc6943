/* signscope: what happened in Skype for Business and Lync sign-ins, from captures and key logs. */
#include "cli/inputs.h"
#include "cli/jobs.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/run.h"
#include "cli/show.h"
#include "cli/terminal.h"

static int obey(const struct sgs_options *options, struct sgs_buf *text)
{
    if (options->wants_help) {
        sgs_options_help(text);
        return sgs_show(sgs_buf_slice(text));
    }
    if (options->wants_version) {
        return sgs_show(SGS_LIT("signscope " SGS_VERSION "\n"));
    }
    if (options->wants_list) {
        return sgs_inputs_list();
    }
    return sgs_run(options);
}

static int analyse(int argc, char **argv)
{
    struct sgs_options options;
    struct sgs_buf text;
    int status = SGS_EXIT_DONE;

    sgs_buf_init(&text, SGS_MAX_SHOWN);
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

int main(int argc, char **argv)
{
    const struct sgs_job *job = sgs_job_find(argc > 1 ? argv[1] : NULL);

    sgs_terminal_init();
    return job ? job->run(argc - 1, argv + 1) : analyse(argc, argv);
}
