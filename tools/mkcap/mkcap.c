/* mkcap: makes a capture file out of a scenario.  See README.md beside this file. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "scenario.h"

static struct mk_scenario scenario;

static void usage(int status)
{
    fputs("usage: mkcap [-o OUT.pcapng] [-I FOLDER]... [-k FOLDER] FILE.scn\n"
          "       mkcap -V\n"
          "Without -o the capture goes beside the scenario, with the suffix .pcapng.  -I names a\n"
          "folder where included files are looked for that are not beside the one that includes "
          "them.\n"
          "-k takes keys from a folder and leaves there what it lacked: making them takes most of "
          "the "
          "time.\n"
          "-V says which OpenSSL is used: another version may make other octets of the same "
          "scenario.\n",
          status ? stderr : stdout);
    exit(status);
}

/* Scenario files name their seed first, because keys are made with it. */
static uint64_t seed_of(const char *path)
{
    char line[256];
    uint64_t seed = 1;
    FILE *f = fopen(path, "r");

    if (!f) {
        mk_fail("cannot read %s", path);
    }
    while (fgets(line, sizeof line, f)) {
        if (!strncmp(line, "seed ", 5)) {
            line[strcspn(line, "\r\n")] = 0;
            seed = mk_number(line + 5);
            break;
        }
    }
    fclose(f);
    return seed;
}

int main(int argc, char **argv)
{
    const char *folders[MK_MAX_FOLDERS];
    size_t n_folders = 0;
    const char *out = NULL, *keys = NULL;
    struct mk_buf name = {0};
    int option;

    while ((option = getopt(argc, argv, "hI:Vk:o:")) != -1) {
        switch (option) {
        case 'I':
            if (n_folders == MK_MAX_FOLDERS) {
                usage(1);
            }
            folders[n_folders++] = optarg;
            break;
        case 'k':
            keys = optarg;
            break;
        case 'o':
            out = optarg;
            break;
        case 'h':
            usage(0);
            break;
        case 'V':
            puts(OpenSSL_version(OPENSSL_VERSION_STRING));
            return 0;
        default:
            usage(1);
        }
    }
    if (optind + 1 != argc) {
        usage(1);
    }
    const char *path = argv[optind];
    if (!out) {
        const char *dot = strrchr(path, '.');

        mk_buf_add(&name, path, dot && !strchr(dot, '/') ? (size_t)(dot - path) : strlen(path));
        mk_buf_str(&name, ".pcapng");
        out = mk_buf_text(&name);
    }
    mk_scenario_open(&scenario, seed_of(path));
    scenario.pki.folder = keys;
    memcpy(scenario.folders, folders, n_folders * sizeof *folders);
    scenario.n_folders = n_folders;
    mk_scenario_run(&scenario, path);
    mk_world_save(&scenario.world, out);
    mk_scenario_close(&scenario);
    mk_buf_free(&name);
    return 0;
}
