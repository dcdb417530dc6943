/* Forms of browsers; after the pages of AD FS and WS-Federation 1.2. */
#include "../bodies.h"

#define FORM "application/x-www-form-urlencoded"

static const struct body_row rows[] = {
#include "rows.def"
};

int main(void)
{
    return body_run("form", rows, N(rows), NULL, 0);
}
