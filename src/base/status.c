/* The texts of the status codes, from the one list in status.h. */
#include <signscope/status.h>

#include <stddef.h>

static const char *const texts[] = {
#define SGS_STATUS_ROW(name, text) [SGS_##name] = (text),
    SGS_STATUS_LIST(SGS_STATUS_ROW)
#undef SGS_STATUS_ROW
};

const char *sgs_status_text(enum sgs_status st)
{
    return (size_t)st < sizeof texts / sizeof *texts ? texts[st] : "unknown status";
}
