/* `signscope keys check` for people: connections, what would open the closed ones, key logs. */
#include "cli/keys_check.h"

#include "export/facts.h"
#include "export/report.h"
#include "export/text.h"

#define WHAT_COLUMN 10 /* what is known of a connection */
#define HOST_COLUMN 32 /* whom it goes to */
#define DEEP 4         /* what belongs to a row above */
#define COUNT_COLUMN 40
#define TIME_COLUMNS 31 /* " to 2026-03-02 09:14:02.123 UTC" */

static void title(struct sgs_page *p, const char *text)
{
    p->style = SGS_BOLD;
    sgs_page_str(p, text);
    p->style = SGS_PLAIN;
    sgs_page_end(p);
}

/* "no key" where no key log was given, "no key in the log" where one was. */
static const char *reason_text(const struct sgs_keys_report *r, const struct sgs_tls_reason *reason)
{
    const struct sgs_report keys = {.has_keys = r->survey->in.has_keys};

    return sgs_fact_reason_text(&keys, reason);
}

static void connection(struct sgs_page *p, const struct sgs_keys_report *r,
                       const struct sgs_keys_conn *c)
{
    char text[SGS_ADDR_TEXT_LEN];

    sgs_page_at(p, SGS_TEXT_LABEL);
    sgs_page_printf(p, "tcp%u", c->number);
    sgs_page_at(p, WHAT_COLUMN);
    p->style = c->is_closed ? SGS_CAUTION : SGS_PLAIN;
    sgs_page_str(p, c->is_open  ? "key found"
                    : c->reason ? reason_text(r, c->reason)
                                : "not opened");
    p->style = SGS_PLAIN;
    sgs_page_at(p, HOST_COLUMN);
    if (c->sni) {
        sgs_page_wrap(p, HOST_COLUMN, sgs_slice_str(c->sni));
        sgs_page_str(p, "  ");
    }
    sgs_addr_text(&c->server, text);
    sgs_page_wrap(p, HOST_COLUMN, sgs_slice_str(text));
    sgs_page_end(p);
    if (c->is_open && c->reason) {
        sgs_page_at(p, WHAT_COLUMN + 2);
        sgs_page_str(p, "partly read: ");
        sgs_page_wrap(p, WHAT_COLUMN + 4, sgs_slice_str(c->reason->text));
        sgs_page_end(p);
    }
}

/* What would open those of one reason. */
static void remedy(struct sgs_page *p, const struct sgs_keys_report *r,
                   const struct sgs_tls_reason *reason)
{
    for (size_t i = 0; i < r->survey->n_conns; i++) {
        if (r->survey->conns[i]->reason != reason) {
            continue;
        }
        sgs_page_at(p, SGS_TEXT_LABEL);
        sgs_page_str(p, reason_text(r, reason));
        sgs_page_str(p, ": ");
        sgs_page_wrap(p, DEEP, sgs_slice_str(reason->remedy));
        sgs_page_end(p);
        return;
    }
}

/* ", 3 things", or nothing when there are none. */
static void number(struct sgs_buf *b, uint64_t n, const char *text)
{
    if (n > 0) {
        sgs_buf_printf(b, "%s%llu %s", b->len > 0 ? ", " : "", (unsigned long long)n, text);
    }
}

static void connections(struct sgs_page *p, const struct sgs_keys_report *r)
{
    const struct sgs_keys_survey *s = r->survey;
    struct sgs_buf b;

    title(p, "TLS connections");
    sgs_buf_init(&b, 256);
    sgs_fact_count(&b, s->n_conns + s->n_unlisted, "connection");
    sgs_buf_printf(&b, ", %llu opened", (unsigned long long)r->n_open);
    number(&b, r->n_closed, "with application data that stayed closed");
    sgs_page_at(p, SGS_TEXT_LABEL);
    sgs_page_wrap(p, DEEP, sgs_buf_slice(&b));
    sgs_page_end(p);
    sgs_buf_clear(&b);
    for (size_t i = 0; i < s->n_conns; i++) {
        connection(p, r, s->conns[i]);
    }
    if (s->n_unlisted > 0) {
        sgs_page_at(p, SGS_TEXT_LABEL);
        sgs_page_printf(p, "and %llu more that are not listed", (unsigned long long)s->n_unlisted);
        sgs_page_end(p);
    }
    for (size_t i = 0; i < sgs_n_tls_reasons; i++) {
        remedy(p, r, &sgs_tls_reasons[i]);
    }
}

static void line(struct sgs_page *p, struct sgs_buf *b)
{
    sgs_page_at(p, DEEP);
    sgs_page_wrap(p, DEEP + 2, sgs_buf_slice(b));
    sgs_page_end(p);
    sgs_buf_drop(b, b->len);
}

static void counts(struct sgs_page *p, const struct sgs_keys_log *log)
{
    const char *name = NULL;
    struct sgs_buf b;

    sgs_buf_init(&b, 1024);
    sgs_fact_count(&b, log->entries, "line");
    number(&b, log->matched, "of use");
    number(&b, log->entries - log->matched, "for nothing in the capture");
    line(p, &b);
    number(&b, log->damaged, "damaged");
    number(&b, log->unknown, "of no known kind");
    if (b.len > 0) {
        sgs_buf_add_str(&b, log->damaged + log->unknown == 1 ? " (line not read)"
                                                             : " (lines not read)");
        line(p, &b);
    }
    for (size_t i = 0; (name = sgs_key_line_name(i)); i++) {
        if (log->names[i] > 0) {
            sgs_page_at(p, DEEP);
            sgs_page_str(p, name);
            sgs_page_at(p, COUNT_COLUMN);
            sgs_page_printf(p, "%llu", (unsigned long long)log->names[i]);
            sgs_page_end(p);
        }
    }
    sgs_buf_clear(&b);
}

/* What a file has that is no log. */
static void server_keys(struct sgs_page *p, const struct sgs_keys_report *r,
                        const struct sgs_keys_log *log)
{
    static const char *const kinds[] = {"RSA private key", "private key that opens no session",
                                        "pre-shared key"};
    const struct sgs_server_keys *servers = sgs_tls_keys_servers(r->survey->in.keys);
    struct sgs_buf b;

    sgs_buf_init(&b, 256);
    for (size_t i = 0; i < log->n_keys; i++) {
        const struct sgs_server_key *key = sgs_server_keys_at(servers, log->first_key + i);

        sgs_buf_printf(&b, "%s, %u bits, opened ", kinds[key->kind], key->bits);
        sgs_fact_count(&b, key->sessions, "handshake");
        line(p, &b);
    }
    if (log->n_keys == 0) {
        sgs_buf_add_str(&b, "a key that was given before");
        line(p, &b);
    }
    sgs_buf_clear(&b);
}

static void key_log(struct sgs_page *p, const struct sgs_keys_report *r,
                    const struct sgs_keys_log *log)
{
    sgs_page_at(p, SGS_TEXT_LABEL);
    sgs_page_wrap(p, DEEP, sgs_slice_str(log->name));
    if (log->block > 0) {
        sgs_page_printf(p, ", secrets block %llu", (unsigned long long)log->block);
    }
    sgs_page_end(p);
    if (log->kind != SGS_KEY_FILE_LOG) {
        server_keys(p, r, log);
        return;
    }
    counts(p, log);
    if (log->first != SGS_TIME_NONE) {
        sgs_page_at(p, DEEP);
        sgs_page_str(p, "connections from ");
        sgs_text_time(p, log->first);
        if (p->column + TIME_COLUMNS > p->options->width) {
            sgs_page_end(p);
            sgs_page_at(p, DEEP + 1);
        }
        sgs_page_str(p, " to ");
        sgs_text_time(p, log->last);
        sgs_page_end(p);
    }
}

bool sgs_keys_text(const struct sgs_keys_report *r, struct sgs_out *out)
{
    const struct sgs_export_options options = {
        .width = r->width, .is_utf8 = r->is_utf8, .has_color = r->has_color};
    struct sgs_page p;

    sgs_page_init(&p, &options, out);
    connections(&p, r);
    sgs_page_end(&p);
    title(&p, "Keys");
    for (size_t i = 0; i < r->logs->n; i++) {
        key_log(&p, r, &r->logs->rows[i]);
    }
    if (r->logs->n == 0) {
        sgs_page_at(&p, SGS_TEXT_LABEL);
        sgs_page_str(&p, "none: no key log was given, and the capture holds no secrets block");
        sgs_page_end(&p);
    }
    if (r->logs->n_unlisted > 0) {
        sgs_page_at(&p, SGS_TEXT_LABEL);
        sgs_page_printf(&p, "and %llu more secrets blocks",
                        (unsigned long long)r->logs->n_unlisted);
        sgs_page_end(&p);
    }
    bool is_good = p.is_good;
    sgs_page_clear(&p);
    return is_good;
}
