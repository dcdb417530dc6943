/* Runs scenarios: threads, blocks, variables, and the commands that concern them. */
#include "scenario.h"

#include <stdlib.h>
#include <string.h>

#include "dsk.h"
#include "files.h"
#include "noise.h"
#include "rand.h"
#include "text.h"

const char *mk_var_get(const struct mk_vars *v, const char *name)
{
    for (size_t i = 0; i < v->n; i++) {
        if (!strcmp(v->all[i].name, name)) {
            return v->all[i].value;
        }
    }
    return NULL;
}

static void add_var(struct mk_vars *v, const char *name, const char *value)
{
    if (v->n == v->size) {
        v->size = 2 * v->size + 16;
        v->all = mk_grow(v->all, v->size * sizeof *v->all);
    }
    v->all[v->n++] = (struct mk_var){mk_copy(name), value ? mk_copy(value) : NULL};
}

void mk_var_set(struct mk_vars *v, const char *name, const char *value)
{
    for (size_t i = 0; i < v->n; i++) {
        if (!strcmp(v->all[i].name, name)) {
            char *copy = value ? mk_copy(value) : NULL;

            free(v->all[i].value);
            v->all[i].value = copy;
            return;
        }
    }
    add_var(v, name, value);
}

static void free_vars(struct mk_vars *v)
{
    for (size_t i = 0; i < v->n; i++) {
        free(v->all[i].name);
        free(v->all[i].value);
    }
    free(v->all);
    *v = (struct mk_vars){0};
}

const char *mk_arg(struct mk_args *a, size_t i)
{
    if (i >= a->n) {
        mk_fail("a word is missing behind \"%s\"", a->line);
    }
    a->is_used[i] = true;
    return a->words[i];
}

const char *mk_opt(struct mk_args *a, const char *name, const char *otherwise)
{
    const size_t n = strlen(name);

    for (size_t i = 1; i < a->n; i++) {
        if (!a->is_used[i] && !strncmp(a->words[i], name, n) && a->words[i][n] == '=') {
            a->is_used[i] = true;
            return a->words[i] + n + 1;
        }
    }
    return otherwise;
}

bool mk_flag(struct mk_args *a, const char *name)
{
    for (size_t i = 1; i < a->n; i++) {
        if (!a->is_used[i] && !strcmp(a->words[i], name)) {
            a->is_used[i] = true;
            return true;
        }
    }
    return false;
}

static struct mk_place *enter(struct mk_thread *t, struct mk_file *file, size_t at, size_t end)
{
    if (t->n_places == t->size_places) {
        t->size_places = 2 * t->size_places + 4;
        t->places = mk_grow(t->places, t->size_places * sizeof *t->places);
    }
    t->places[t->n_places] = (struct mk_place){
        .file = file, .at = at, .end = end, .first = at, .rounds = 1, .base = t->now};
    return &t->places[t->n_places++];
}

static void leave(struct mk_thread *t)
{
    struct mk_place *p = &t->places[--t->n_places];

    for (size_t i = 0; i < p->saved.n; i++) {
        mk_var_set(&t->vars, p->saved.all[i].name, p->saved.all[i].value);
    }
    free_vars(&p->saved);
    free(p->as);
}

static void count_round(struct mk_thread *t, const struct mk_place *p)
{
    char number[24];

    if (p->as) {
        snprintf(number, sizeof number, "%llu", (unsigned long long)p->round);
        mk_var_set(&t->vars, p->as, number);
    }
}

/* The block is through: once more, or out of it. */
static void end_of_block(struct mk_thread *t)
{
    struct mk_place *p = &t->places[t->n_places - 1];

    if (++p->round >= p->rounds) {
        leave(t);
        return;
    }
    p->at = p->first;
    count_round(t, p);
    const int64_t due = p->base + (int64_t)p->round * p->every;
    if (t->now < due) {
        t->now = due;
    }
}

static struct mk_thread *add_thread(struct mk_scenario *s, const char *name, int64_t now,
                                    const struct mk_vars *vars)
{
    struct mk_thread *t = mk_alloc(sizeof *t);

    t->name = mk_copy(name);
    t->now = now;
    for (size_t i = 0; vars && i < vars->n; i++) {
        add_var(&t->vars, vars->all[i].name, vars->all[i].value);
    }
    if (s->last_thread) {
        s->last_thread->next = t;
    } else {
        s->threads = t;
    }
    s->last_thread = t;
    return t;
}

static void end_thread(struct mk_scenario *s, struct mk_thread *t)
{
    struct mk_thread *before = NULL;

    for (struct mk_thread *i = s->threads; i != t; i = i->next) {
        before = i;
    }
    if (before) {
        before->next = t->next;
    } else {
        s->threads = t->next;
    }
    if (s->last_thread == t) {
        s->last_thread = before;
    }
    for (struct mk_conn *c = s->world.conns; c; c = c->next) {
        c->owner = c->owner == t ? NULL : c->owner; /* stays open, but has no name any more */
    }
    free_vars(&t->vars);
    mk_noise_free(t->noise);
    free(t->places);
    free(t->name);
    free(t);
}

/* The file of an include: another one where "instead" said so, except inside of that one itself. */
static struct mk_file *wanted(struct mk_scenario *s, const struct mk_thread *t, const char *name)
{
    const struct mk_file *here = t->places[t->n_places - 1].file;
    const char *slash = strrchr(name, '/');
    const char *last = slash ? slash + 1 : name;

    for (const struct mk_swap *w = s->swaps; w; w = w->next) {
        if (!strcmp(w->name, last) && w->file != here) {
            return w->file;
        }
    }
    return mk_file_find(s, here->path, name);
}

static void do_instead(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_swap *w = mk_alloc(sizeof *w);

    w->name = mk_copy(mk_arg(a, 1));
    w->file = mk_file_find(s, t->places[t->n_places - 1].file->path, mk_arg(a, 2));
    w->next = s->swaps;
    s->swaps = w;
}

/* All blocks of the thread are through, whatever they still hold. */
static void do_end(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    for (size_t i = 0; i < t->n_places; i++) {
        t->places[i].at = t->places[i].end;
        t->places[i].rounds = 0;
    }
}

static void do_include(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_file *f = wanted(s, t, mk_arg(a, 1));
    struct mk_place *p = enter(t, f, 0, f->n);

    for (size_t i = 2; i < a->n; i++) {
        const size_t n = strcspn(a->words[i], "=");

        if (!a->words[i][n]) {
            mk_fail("\"%s\" is not NAME=VALUE", a->words[i]);
        }
        a->words[i][n] = 0;
        a->is_used[i] = true;
        add_var(&p->saved, a->words[i], mk_var_get(&t->vars, a->words[i]));
        mk_var_set(&t->vars, a->words[i], a->words[i] + n + 1);
    }
}

static void do_block(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_place *p = &t->places[t->n_places - 1];
    struct mk_file *file = p->file;
    const size_t first = p->at;

    if (!a->block) {
        mk_fail("\"%s\" wants a block", a->words[0]);
    }
    p->at = a->block + 1;
    if (!strcmp(a->words[0], "if")) {
        const char *left = mk_arg(a, 1);
        const bool is_equal = !strcmp(mk_arg(a, 2), "==");

        if (!is_equal && strcmp(mk_arg(a, 2), "!=")) {
            mk_fail("if LEFT == RIGHT { or if LEFT != RIGHT {");
        }
        if (!strcmp(left, mk_arg(a, 3)) == is_equal) {
            enter(t, file, first, a->block);
        }
        return;
    }
    if (!strcmp(a->words[0], "thread")) {
        struct mk_thread *child =
            add_thread(s, mk_arg(a, 1), t->now + mk_span(mk_opt(a, "at", "0s")), &t->vars);

        enter(child, file, first, a->block);
        return;
    }
    const uint64_t rounds = mk_number(mk_arg(a, 1));
    const char *as = mk_opt(a, "as", NULL);
    const int64_t every = mk_span(mk_opt(a, "every", "0s"));
    if (rounds) {
        p = enter(t, file, first, a->block);
        p->rounds = rounds;
        p->every = every;
        p->as = as ? mk_copy(as) : NULL;
        count_round(t, p);
    }
}

static void do_set(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    const char *name = mk_arg(a, 1);
    const char *rest = strstr(a->line, name) + strlen(name);
    struct mk_buf b = {0};

    if (a->doc && a->n > 2 && !strcmp(a->words[2], "lines")) {
        mk_buf_str(&b, a->doc); /* expanded where it is used */
    } else if (a->doc) {
        mk_squeeze(a->doc, &b);
        char *text = mk_copy(mk_buf_text(&b));
        b.len = 0;
        mk_expand(s, t, text, strlen(text), &b);
        free(text);
    } else {
        rest += strspn(rest, " \t");
        mk_expand(s, t, rest, strlen(rest), &b);
    }
    if (strcmp(a->words[0], "default") || !mk_var_get(&t->vars, name)) {
        mk_var_set(&t->vars, name, mk_buf_text(&b));
    }
    memset(a->is_used, 1, sizeof a->is_used);
    mk_buf_free(&b);
}

static void do_wait(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    const char *span = mk_arg(a, 1);
    const char *upto = strstr(span, "..");

    if (!upto) {
        t->now += mk_span(span);
        return;
    }
    char *low = mk_copy_n(span, (size_t)(upto - span));
    const int64_t from = mk_span(low);
    const int64_t more = mk_span(upto + 2) - from;
    free(low);
    t->now += from + (more > 0 ? (int64_t)(mk_rng_next(&s->world.rng) % (uint64_t)more) : 0);
}

static void run_line(struct mk_scenario *s, struct mk_thread *t, const struct mk_line *l);

static void do_mark(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    const char *mark = mk_arg(a, 1);

    for (struct mk_hook *h = s->hooks; h; h = h->next) {
        if (!strcmp(h->mark, mark)) {
            const struct mk_line l = {.text = h->command, .no = h->line};

            mk_at(h->file, h->line);
            run_line(s, t, &l);
        }
    }
}

static void do_on(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    const char *mark = mk_arg(a, 1);
    const struct mk_place *p = &t->places[t->n_places - 1];
    struct mk_hook *h = mk_alloc(sizeof *h);
    const char *command = strstr(a->line, mark) + strlen(mark);

    h->mark = mk_copy(mark);
    h->command = mk_copy(command + strspn(command, " \t"));
    h->file = p->file->path;
    h->line = p->file->lines[p->at - 1].no;
    h->next = s->hooks;
    s->hooks = h;
    memset(a->is_used, 1, sizeof a->is_used);
}

static void do_noise(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    struct mk_thread *child = add_thread(s, "noise", t->now, NULL);

    child->noise = mk_noise_new(s, a);
}

static bool control(struct mk_scenario *s, struct mk_thread *t, struct mk_args *a)
{
    static const struct {
        const char *name;
        void (*run)(struct mk_scenario *, struct mk_thread *, struct mk_args *);
    } commands[] = {
        {"include", do_include},
        {"instead", do_instead},
        {"end",     do_end    },
        {"if",      do_block  },
        {"thread",  do_block  },
        {"repeat",  do_block  },
        {"set",     do_set    },
        {"default", do_set    },
        {"wait",    do_wait   },
        {"mark",    do_mark   },
        {"on",      do_on     },
        {"noise",   do_noise  },
    };

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (!strcmp(commands[i].name, a->words[0])) {
            commands[i].run(s, t, a);
            return true;
        }
    }
    return false;
}

/* Raw words are borrowed from the line; set and on expand theirs when they are due. */
static void split(struct mk_scenario *s, struct mk_thread *t, const char *line, struct mk_args *a)
{
    const bool is_raw = !strncmp(line, "set ", 4) || !strncmp(line, "default ", 8) ||
                        !strncmp(line, "on ", 3) || !strncmp(line, "expect ", 7);

    while (*(line += strspn(line, " \t"))) {
        const size_t n = mk_word(line);
        struct mk_buf b = {0};

        if (a->n == MK_MAX_WORDS) {
            mk_fail("too many words");
        }
        if (is_raw) {
            mk_buf_add(&b, line, n);
        } else {
            mk_expand_word(s, t, line, n, &b);
        }
        a->words[a->n++] = mk_buf_text(&b);
        line += n;
    }
}

static void run_line(struct mk_scenario *s, struct mk_thread *t, const struct mk_line *l)
{
    struct mk_args a = {.line = l->text, .doc = l->doc, .block = l->end};

    split(s, t, l->text, &a);
    if (strcmp(a.words[0], "expect") != 0) {
        if (!control(s, t, &a) && !mk_command(s, t, &a)) {
            mk_fail("there is no command \"%s\"", a.words[0]);
        }
        for (size_t i = 1; i < a.n; i++) {
            if (!a.is_used[i]) {
                mk_fail("\"%s\" does not know \"%s\"", a.words[0], a.words[i]);
            }
        }
    }
    for (size_t i = 0; i < a.n; i++) {
        free(a.words[i]);
    }
}

static void step(struct mk_scenario *s, struct mk_thread *t)
{
    if (t->noise) {
        if (!mk_noise_step(t->noise, &t->now)) {
            end_thread(s, t);
        }
        return;
    }
    if (t->bulk_left) {
        mk_bulk(s, t);
        return;
    }
    struct mk_place *p = &t->places[t->n_places - 1];
    if (p->at >= p->end) {
        end_of_block(t);
        if (!t->n_places) {
            end_thread(s, t);
        }
        return;
    }
    const struct mk_line *l = &p->file->lines[p->at++];
    mk_at(p->file->path, l->no);
    run_line(s, t, l);
}

void mk_scenario_open(struct mk_scenario *s, uint64_t seed)
{
    *s = (struct mk_scenario){0};
    mk_world_open(&s->world);
    s->world.seed = seed;
    s->world.rng.state = mk_rng_seed(seed, "world");
    s->tls_rng.state = mk_rng_seed(seed, "tls");
    s->pki = (struct mk_pki){.rng = &s->tls_rng, .seed = seed};
    s->tls = (struct mk_tls_world){.pki = &s->pki, .keys = &s->world.keys};
    mk_rand_start(&s->tls_rng);
}

void mk_scenario_run(struct mk_scenario *s, const char *path)
{
    struct mk_file *f = mk_file_get(s, path);

    enter(add_thread(s, "main", 0, NULL), f, 0, f->n);
    while (s->threads) {
        struct mk_thread *first = s->threads;

        for (struct mk_thread *t = first->next; t; t = t->next) {
            first = t->now < first->now ? t : first;
        }
        mk_tcp_timers(&s->world, first->now);
        mk_world_flush(&s->world, first->now);
        step(s, first);
    }
    mk_tcp_timers(&s->world, INT64_MAX);
    mk_at(NULL, 0);
}

void mk_scenario_close(struct mk_scenario *s)
{
    while (s->world.conns) {
        mk_tcp_free(&s->world, s->world.conns);
    }
    while (s->hooks) {
        struct mk_hook *h = s->hooks;

        s->hooks = h->next;
        free(h->mark);
        free(h->command);
        free(h);
    }
    while (s->swaps) {
        struct mk_swap *w = s->swaps;

        s->swaps = w->next;
        free(w->name);
        free(w);
    }
    mk_sa_free(s->associations);
    mk_tls_world_free(&s->tls);
    mk_pki_free(&s->pki);
    mk_files_free(s);
    mk_world_close(&s->world);
    mk_rand_stop();
}
