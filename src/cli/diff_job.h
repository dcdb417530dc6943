/* signscope diff ... */
#ifndef SGS_CLI_DIFF_JOB_H
#define SGS_CLI_DIFF_JOB_H

/* argv[0] is "diff"; the exit status. */
int sgs_diff_job(int argc, char **argv);

#endif
