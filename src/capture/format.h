/* What a reader of one file format is to source.c: pcap.c and pcapng.c.  Private to capture/. */
#ifndef SGS_CAPTURE_FORMAT_H
#define SGS_CAPTURE_FORMAT_H

#include <stdbool.h>

#include <signscope/frame.h>
#include <signscope/slice.h>
#include <signscope/status.h>

#include "capture/input.h"

#define SGS_FORMAT_HEAD 4 /* octets that tell the formats apart */

struct sgs_format {
    const char *name;
    bool has_secrets; /* secrets may stand behind the frames that need them */

    /* True if a file that begins with head (SGS_FORMAT_HEAD octets) is of this format. */
    bool (*probe)(struct sgs_slice head);

    /* A reader on in, which is kept until close; reads the file's header.  NULL when that cannot be
     * read: *what (static text) is then what is wrong with it. */
    void *(*open)(struct sgs_input *in, const char **what);

    /* As sgs_source_next. */
    enum sgs_next (*next)(void *reader, struct sgs_frame *out);
    void (*close)(void *reader);
};

extern const struct sgs_format sgs_format_pcap;
extern const struct sgs_format sgs_format_pcapng;

#endif
