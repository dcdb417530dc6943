/* Messages: names of files come from anywhere, so they are escaped like everything else. */
#include "cli/message.h"

#include <stdio.h>

#include <signscope/limits.h>

#include "cli/terminal.h"
#include "export/escape.h"

void sgs_say(const char *name, const char *what)
{
    struct sgs_buf line;
    bool is_utf8 = sgs_terminal_is_utf8();

    sgs_buf_init(&line, SGS_MAX_REPORT_LINE);
    sgs_buf_add_str(&line, "signscope: ");
    if (name) {
        sgs_escape_text(&line, sgs_slice_str(name), is_utf8);
        sgs_buf_add_str(&line, ": ");
    }
    sgs_escape_text(&line, sgs_slice_str(what), is_utf8);
    sgs_buf_add_octet(&line, '\n');
    (void)fwrite(sgs_buf_slice(&line).ptr, 1, line.len, stderr);
    sgs_buf_clear(&line);
}
