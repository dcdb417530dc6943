/* What the files of the single forms give to the table in exporters.c. */
#ifndef SGS_EXPORT_FORMS_H
#define SGS_EXPORT_FORMS_H

#include <signscope/export.h>

bool sgs_text_report(const struct sgs_export_options *options, const struct sgs_report *report,
                     struct sgs_out *out);
bool sgs_markdown_report(const struct sgs_export_options *options, const struct sgs_report *report,
                         struct sgs_out *out);
bool sgs_json_report(const struct sgs_export_options *options, const struct sgs_report *report,
                     struct sgs_out *out);
bool sgs_ndjson_event(const struct sgs_export_options *options, const struct sgs_event *ev,
                      struct sgs_out *out);

#endif
