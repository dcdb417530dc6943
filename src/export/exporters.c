/* The forms of output, one row each. */
#include "export/forms.h"

#include <signscope/export.h>

const struct sgs_exporter sgs_exporters[] = {
    {"text",   "for people",                                     NULL,             sgs_text_report    },
    {"json",   "the verdict, one object, for programs",          NULL,             sgs_json_report    },
    {"ndjson", "every message, one object a line, for programs", sgs_ndjson_event, NULL               },
    {"md",     "for tickets, Markdown",                          NULL,             sgs_markdown_report},
};

const size_t sgs_n_exporters = sizeof sgs_exporters / sizeof *sgs_exporters;

const struct sgs_exporter *sgs_exporter_find(struct sgs_slice name)
{
    for (size_t i = 0; i < sgs_n_exporters; i++) {
        if (sgs_slice_eq(name, sgs_slice_str(sgs_exporters[i].name))) {
            return &sgs_exporters[i];
        }
    }
    return NULL;
}
