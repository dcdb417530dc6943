/* Web pages: titles, forms, codes; after the pages of AD FS and of common web servers. */
#include "../bodies.h"

#define HTML "text/html"

static const struct body_row rows[] = {
#include "rows.def"
};

/* Times differ by the factor of lengths when work is linear; 1 MiB of each takes no second. */
static void long_pages(void **state)
{
    static const char *const units[] = {"<",           "<title>",  "<script>",   "<!--",
                                        "<input name", "MSIS",     "<a b=\"' '", "<input        ",
                                        "<input a ",   "<input /", "a=\""};
    static char text[1 << 20];
    (void)state;

    for (size_t i = 0; i < N(units); i++) {
        size_t len = strlen(units[i]);
        struct play p;
        for (size_t n = 0; n < sizeof text; n++) {
            text[n] = units[i][n % len];
        }
        memcpy(text, "<input ", 7);
        play_open(&p, "webpage", true);
        play_push(&p, S, sgs_slice(text, sizeof text));
        assert_non_null(play_end(&p, SGS_END_FIN));
        play_close(&p);
    }
}

int main(void)
{
    const struct CMUnitTest more[] = {cmocka_unit_test(long_pages)};
    return body_run("webpage", rows, N(rows), more, N(more));
}
