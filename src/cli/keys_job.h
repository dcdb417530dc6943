/* signscope keys: key logs and the captures they belong to. */
#ifndef SGS_CLI_KEYS_JOB_H
#define SGS_CLI_KEYS_JOB_H

/* As struct sgs_job has it. */
int sgs_keys_job(int argc, char **argv);

#endif
