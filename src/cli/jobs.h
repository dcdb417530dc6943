/* Jobs besides the analysis: signscope NAME ... */
#ifndef SGS_CLI_JOBS_H
#define SGS_CLI_JOBS_H

struct sgs_job {
    const char *name;
    /* argv[0] is the name; the exit status. */
    int (*run)(int argc, char **argv);
};

/* The job called word, or NULL; word may be NULL. */
const struct sgs_job *sgs_job_find(const char *word);

#endif
