/* The table of jobs. */
#include "cli/jobs.h"

#include <stddef.h>
#include <string.h>

#include "cli/diff_job.h"
#include "cli/explain_job.h"
#include "cli/keys_job.h"

static const struct sgs_job jobs[] = {
#define JOB(name, run) {name, run},
#include "cli/jobs.def"
#undef JOB
};

const struct sgs_job *sgs_job_find(const char *word)
{
    for (size_t i = 0; word && i < sizeof jobs / sizeof *jobs; i++) {
        if (strcmp(jobs[i].name, word) == 0) {
            return &jobs[i];
        }
    }
    return NULL;
}
