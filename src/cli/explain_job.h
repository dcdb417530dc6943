/* The job `signscope explain`: what codes, findings and steps mean. */
#ifndef SGS_CLI_EXPLAIN_JOB_H
#define SGS_CLI_EXPLAIN_JOB_H

/* argv[0] is "explain"; the exit status. */
int sgs_explain_job(int argc, char **argv);

#endif
