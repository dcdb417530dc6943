/* `signscope keys check` for programs.  A line a row, so that two answers can be compared. */
#include "cli/keys_check.h"

#include <signscope/limits.h>

#include "base/json_write.h"
#include "export/report.h"

/* The document on its way out, line by line. */
struct doc {
    struct sgs_out *out;
    struct sgs_buf line;
    bool is_good;
};

static void flush(struct doc *d)
{
    d->is_good =
        d->is_good && !d->line.overflow && d->out->write(d->out->ctx, sgs_buf_slice(&d->line));
    sgs_buf_drop(&d->line, d->line.len);
}

/* The writer for row i of a list. */
static struct sgs_jw row(struct doc *d, size_t i)
{
    struct sgs_jw w;

    flush(d);
    sgs_buf_add_str(&d->line, i == 0 ? "\n  " : ",\n  ");
    sgs_jw_init(&w, &d->line);
    return w;
}

static void span(struct sgs_jw *w, sgs_time first, sgs_time last)
{
    if (first != SGS_TIME_NONE) {
        sgs_jw_member_time(w, "first", first);
        sgs_jw_member_time(w, "last", last);
    }
}

static void input(struct sgs_jw *w, const struct sgs_input_info *info)
{
    sgs_jw_object(w);
    sgs_jw_member_str(w, "name", info->name);
    sgs_jw_member_uint(w, "frames", info->frames);
    sgs_jw_member_uint(w, "octets", info->octets);
    span(w, info->first, info->last);
    sgs_jw_member_uint(w, "damaged_places", info->damage_total);
    sgs_jw_object_end(w);
}

static void connection(struct sgs_jw *w, const struct sgs_keys_conn *c)
{
    char conn[SGS_CONN_TEXT_LEN];
    char server[SGS_ADDR_TEXT_LEN];

    (void)sgs_conn_text(SGS_TCP, c->number, conn);
    sgs_addr_text(&c->server, server);
    sgs_jw_object(w);
    sgs_jw_member_str(w, "conn", conn);
    sgs_jw_member_str(w, "server", server);
    if (c->sni) {
        sgs_jw_member_str(w, "sni", c->sni);
    }
    sgs_jw_member_str(w, "state", !c->is_open ? "opaque" : c->reason ? "partly" : "decrypted");
    sgs_jw_member_bool(w, "closed", c->is_closed);
    if (c->source) {
        sgs_jw_member_str(w, "key_source", c->source);
    }
    if (c->reason) {
        sgs_jw_member_str(w, "reason", c->reason->reason);
        sgs_jw_member_str(w, "remedy", c->reason->remedy);
    }
    span(w, c->first, c->last);
    sgs_jw_object_end(w);
}

/* A file that is no log. */
static void server_keys(struct sgs_jw *w, const struct sgs_keys_report *r,
                        const struct sgs_keys_log *log)
{
    static const char *const kinds[] = {"rsa", "other", "psk"};
    const struct sgs_server_keys *servers = sgs_tls_keys_servers(r->survey->in.keys);
    bool is_psk = log->kind == SGS_KEY_FILE_PSK;

    sgs_jw_object(w);
    sgs_jw_member_str(w, "name", log->name);
    sgs_jw_member_str(w, "source", sgs_key_source_name(is_psk ? SGS_KEY_PSK : SGS_KEY_RSA));
    sgs_jw_name(w, "keys");
    sgs_jw_list(w);
    for (size_t i = 0; i < log->n_keys; i++) {
        const struct sgs_server_key *key = sgs_server_keys_at(servers, log->first_key + i);

        sgs_jw_object(w);
        sgs_jw_member_str(w, "kind", kinds[key->kind]);
        sgs_jw_member_uint(w, "bits", key->bits);
        sgs_jw_member_uint(w, "handshakes", key->sessions);
        sgs_jw_object_end(w);
    }
    sgs_jw_list_end(w);
    sgs_jw_object_end(w);
}

static void key_log(struct sgs_jw *w, const struct sgs_keys_report *r,
                    const struct sgs_keys_log *log)
{
    const char *name = NULL;

    if (log->kind != SGS_KEY_FILE_LOG) {
        server_keys(w, r, log);
        return;
    }
    sgs_jw_object(w);
    sgs_jw_member_str(w, "name", log->name);
    sgs_jw_member_str(w, "source", sgs_key_source_name(log->block ? SGS_KEY_DSB : SGS_KEY_KEYLOG));
    if (log->block > 0) {
        sgs_jw_member_uint(w, "block", log->block);
    }
    sgs_jw_member_uint(w, "lines", log->entries);
    sgs_jw_member_uint(w, "matched", log->matched);
    sgs_jw_member_uint(w, "unmatched", log->entries - log->matched);
    sgs_jw_member_uint(w, "damaged", log->damaged);
    sgs_jw_member_uint(w, "unknown", log->unknown);
    sgs_jw_name(w, "labels");
    sgs_jw_object(w);
    for (size_t i = 0; (name = sgs_key_line_name(i)); i++) {
        if (log->names[i] > 0) {
            sgs_jw_member_uint(w, name, log->names[i]);
        }
    }
    sgs_jw_object_end(w);
    span(w, log->first, log->last);
    sgs_jw_object_end(w);
}

bool sgs_keys_json(const struct sgs_keys_report *r, struct sgs_out *out)
{
    struct doc d = {.out = out, .is_good = true};
    const struct sgs_keys_survey *s = r->survey;
    uint64_t n_conns = s->n_conns + s->n_unlisted;
    struct sgs_jw w;

    sgs_buf_init(&d.line, SGS_MAX_REPORT_LINE);
    sgs_buf_add_str(&d.line, "{\"schema\":\"signscope.keys/1\",\n \"input\":[");
    for (size_t i = 0; i < sgs_merge_inputs(s->in.merge); i++) {
        w = row(&d, i);
        input(&w, sgs_merge_info(s->in.merge, i));
    }
    sgs_buf_printf(&d.line,
                   "],\n \"tls\":{\"connections\":%llu,\"opened\":%llu,\"closed\":%llu},\n "
                   "\"connections\":[",
                   (unsigned long long)n_conns, (unsigned long long)r->n_open,
                   (unsigned long long)r->n_closed);
    for (size_t i = 0; i < s->n_conns; i++) {
        w = row(&d, i);
        connection(&w, s->conns[i]);
    }
    sgs_buf_add_str(&d.line, "],\n \"keys\":[");
    for (size_t i = 0; i < r->logs->n; i++) {
        w = row(&d, i);
        key_log(&w, r, &r->logs->rows[i]);
    }
    sgs_buf_add_str(&d.line, "]}\n");
    flush(&d);
    sgs_buf_clear(&d.line);
    return d.is_good;
}
