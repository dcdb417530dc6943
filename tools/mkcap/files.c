/* Scenario files: one command a line, texts behind <<WORD, blocks between { and }. */
#include "files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_DEPTH 32

void mk_file_octets(const char *path, struct mk_buf *out)
{
    uint8_t octets[4096];
    FILE *f = fopen(path, "rb");
    size_t n;

    if (!f) {
        mk_fail("cannot read %s", path);
    }
    while ((n = fread(octets, 1, sizeof octets, f)) > 0) {
        mk_buf_add(out, octets, n);
    }
    fclose(f);
}

char *mk_path_beside(const char *other, const char *path)
{
    const char *slash = strrchr(other, '/');
    struct mk_buf b = {0};

    if (*path != '/' && slash) {
        mk_buf_add(&b, other, (size_t)(slash - other) + 1);
    }
    mk_buf_str(&b, path);
    return mk_buf_text(&b);
}

struct reading {
    struct mk_file *file;
    char *at; /* rest of the text */
    int no;
    size_t open[MAX_DEPTH];
    size_t n_open;
};

/* The next line of the text without its end; NULL at the end. */
static char *next_line(struct reading *r)
{
    char *line = r->at;

    if (!*line) {
        return NULL;
    }
    r->at += strcspn(line, "\n");
    if (*r->at) {
        *r->at++ = 0;
    }
    r->no++;
    return line;
}

static char *trim(char *s)
{
    s += strspn(s, " \t\r");
    for (size_t n = strlen(s); n && strchr(" \t\r", s[n - 1]); n--) {
        s[n - 1] = 0;
    }
    return s;
}

/* The text behind <<WORD up to a line that is WORD. */
static char *document(struct reading *r, const char *word)
{
    struct mk_buf b = {0};
    const int start = r->no;

    for (char *line = next_line(r); line; line = next_line(r)) {
        char *copy = mk_copy(line);
        const bool is_end = !strcmp(trim(copy), word);

        free(copy);
        if (is_end) {
            return mk_buf_text(&b);
        }
        mk_buf_str(&b, line);
        mk_buf_str(&b, "\n");
    }
    mk_at(r->file->path, start);
    mk_fail("no %s ends this text", word);
}

static void block(struct reading *r, size_t index)
{
    struct mk_line *l = &r->file->lines[index];
    const size_t n = strlen(l->text);

    mk_at(r->file->path, l->no);
    if (!strcmp(l->text, "}")) {
        if (!r->n_open) {
            mk_fail("this } closes nothing");
        }
        r->file->lines[r->open[--r->n_open]].end = index;
    } else if (n > 1 && !strcmp(l->text + n - 2, " {")) {
        if (r->n_open == MAX_DEPTH) {
            mk_fail("blocks are nested too deep");
        }
        l->text[n - 2] = 0;
        r->open[r->n_open++] = index;
    }
}

static void add_line(struct reading *r, char *text, size_t *size)
{
    struct mk_file *f = r->file;
    const int no = r->no;
    char *doc = strstr(text, "<<");

    if (doc && strspn(doc + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(doc + 2)) {
        *doc = 0;
        doc = document(r, doc + 2);
    } else {
        doc = NULL;
    }
    if (f->n == *size) {
        *size = 2 * *size + 64;
        f->lines = mk_grow(f->lines, *size * sizeof *f->lines);
    }
    f->lines[f->n] = (struct mk_line){.text = mk_copy(trim(text)), .no = no, .doc = doc};
    block(r, f->n++);
}

struct mk_file *mk_file_get(struct mk_scenario *s, const char *path)
{
    struct mk_file *f;
    struct mk_buf text = {0};
    size_t size = 0;

    for (f = s->files; f; f = f->next) {
        if (!strcmp(f->path, path)) {
            return f;
        }
    }
    mk_file_octets(path, &text);
    f = mk_alloc(sizeof *f);
    f->path = mk_copy(path);
    f->next = s->files;
    s->files = f;
    struct reading r = {.file = f, .at = mk_buf_text(&text)};
    for (char *line = next_line(&r); line; line = next_line(&r)) {
        line = trim(line);
        if (*line && *line != '#') {
            add_line(&r, line, &size);
        }
    }
    if (r.n_open) {
        mk_at(path, f->lines[r.open[r.n_open - 1]].no);
        mk_fail("no } closes this block");
    }
    mk_buf_free(&text);
    return f;
}

struct mk_file *mk_file_find(struct mk_scenario *s, const char *beside, const char *path)
{
    char *full = mk_path_beside(beside, path);

    for (size_t i = 0; i < s->n_folders && access(full, R_OK) != 0; i++) {
        struct mk_buf b = {0};

        mk_buf_printf(&b, "%s/%s", s->folders[i], path);
        free(full);
        full = mk_buf_text(&b);
    }
    struct mk_file *f = mk_file_get(s, full);
    free(full);
    return f;
}

void mk_files_free(struct mk_scenario *s)
{
    while (s->files) {
        struct mk_file *f = s->files;

        s->files = f->next;
        for (size_t i = 0; i < f->n; i++) {
            free(f->lines[i].text);
            free(f->lines[i].doc);
        }
        free(f->lines);
        free(f->path);
        free(f);
    }
}
