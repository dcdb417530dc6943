/* Sign-in of UCWA; texts after Microsoft's UCWA 2.0 documentation. */
#include "../bodies.h"

#define JSON "application/json"
#define GUID "a917c6f4-976c-4cf3-847d-cdfffa28ccdf"
#define SPACE "http://schemas.microsoft.com/rtc/2012/03/ucwa"

static const struct body_row rows[] = {
#include "rows.def"
};

extern const struct sgs_dissector sgs_dissector_ucwa;

static void probing(void **state)
{
    static const struct {
        const char *text;
        enum sgs_guess guess;
    } probes[] = {
        {"{\"a\":\"/ucwa/v1/applications/7\"}", SGS_SURE},
        {"{\"a\":\"/ucwa/v1/applications\"}",   SGS_NO  },
        {"{\"EndpointId\":\"7\"}",              SGS_SURE},
        {"<input xmlns='" SPACE "'>",           SGS_SURE},
    };
    (void)state;

    for (size_t i = 0; i < N(probes); i++) {
        struct sgs_slice head = sgs_slice(probes[i].text, strlen(probes[i].text));
        assert_int_equal(sgs_dissector_ucwa.probe(head, S), probes[i].guess);
    }
}

int main(void)
{
    const struct CMUnitTest more[] = {cmocka_unit_test(probing)};
    return body_run("ucwa", rows, N(rows), more, N(more));
}
