/* A temporary file without a name. */
#define _POSIX_C_SOURCE 200809L /* mkstemp, fdopen */
#include "cli/spill.h"

#include <stdlib.h>
#include <unistd.h>

#include <signscope/buf.h>

#define MAX_PATH 4096 /* octets of its name */

FILE *sgs_spill_open(void)
{
    const char *folder = getenv("TMPDIR");
    struct sgs_buf path;
    FILE *file = NULL;

    sgs_buf_init(&path, MAX_PATH);
    sgs_buf_printf(&path, "%s/signscope.XXXXXX", folder && *folder ? folder : "/tmp");
    sgs_buf_add_octet(&path, 0);
    if (!path.overflow) {
        int fd = mkstemp((char *)path.ptr); /* made with mode 0600 */

        if (fd >= 0) {
            (void)unlink((char *)path.ptr);
            file = fdopen(fd, "w+b");
        }
        if (fd >= 0 && !file) {
            (void)close(fd);
        }
    }
    sgs_buf_clear(&path);
    return file;
}
