/* Autodiscover answers; texts after the examples of [MS-OCDISCWS] and the UCWA documentation. */
#include "../play.h"

#define N(array) (sizeof(array) / sizeof *(array))

struct row {
    const char *name;
    const char *text;
    const char *expected;
};

static const struct row rows[] = {
    {"root in XML",
     "<AutodiscoverResponse xmlns:xsd='http://www.w3.org/2001/XMLSchema' AccessLocation='External'>"
     "<Root><Link token='Domain' href='https://web.contoso.example/root/domain'/>"
     "<Link token='User' href=' https://web.contoso.example/root/user?a=1&amp;sipuri=ada@contoso."
     "example '/><Link token='user' href='https://other.example/'/></Root></AutodiscoverResponse>", "#1 autodiscover.result access=External links{Domain:\"https://web.contoso.example/root/"
     "domain\" User:\"https://web.contoso.example/root/user?a=1&sipuri=ada@contoso.example\"}\n"},

    {"user in XML",
     "\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\n<AutodiscoverResponse "
     "AccessLocation='Internal'><User><SipServerInternalAccess fqdn='no.contoso.example' "
     "port='5061'/><SipClientInternalAccess fqdn=' pool01.contoso.example ' port='443'/>"
     "<SipServerExternalAccess fqdn='no.contoso.example' port='5061'/>"
     "<SipClientExternalAccess fqdn='sip.contoso.example' port='443'/></User>"
     "</AutodiscoverResponse>",                                                                     "#1 autodiscover.result access=Internal sip_internal=pool01.contoso.example:443 "
     "sip_external=sip.contoso.example:443\n"                                                                                                                       },

    {"redirect in XML",
     "<AutodiscoverResponse><User><Link token='REDIRECT' href='https://webdir2a.example/root'/>"
     "</User></AutodiscoverResponse>",                                                              "#1 autodiscover.result redirect=https://webdir2a.example/root "
     "links{REDIRECT:\"https://webdir2a.example/root\"}\n"                                                                                                   },

    {"cut XML",
     "<AutodiscoverResponse AccessLocation='External'><Root><Link token='User' href='https://a/'/>"
     "<Link tok",                                                                                   "#1 autodiscover.result access=External links{User:\"https://a/\"} cut=1\n"                    },

    {"links in JSON",
     "{\"_links\":{\"self\":{\"href\":\"https:\\/\\/a\\/root\"},\"redirect\":{\"href\":\"https://"
     "b/root\"}}}",                                                                                 "#1 autodiscover.result redirect=https://b/root links{self:\"https://a/root\" "
     "redirect:\"https://b/root\"}\n"                                                                                                                                           },

    {"resource in JSON",
     "\xef\xbb\xbf {\"AccessLocation\":\"External\",\"User\":{\"Links\":[{\"href\":\"https://a/"
     "ucwa\",\"token\":\"Ucwa\"}],\"SipClientExternalAccess\":{\"fqdn\":\"sip.contoso.example\","
     "\"port\":\"443\"},\"SipClientInternalAccess\":{\"fqdn\":\"pool\",\"port\":5061}}}",           "#1 autodiscover.result access=External sip_internal=pool:5061 "
     "sip_external=sip.contoso.example:443 links{Ucwa:\"https://a/ucwa\"}\n"                              },

    {"another resource of UCWA",
     "{\"culture\":\"en-US\",\"_links\":{\"self\":{\"href\":\"/ucwa/1\"},\"events\":{\"href\":"
     "\"/e\"}},\"rel\":\"application\"}",                                                           ""                                                                                             },
    {"an application with embedded resources",
     "{\"_links\":{\"xframe\":{\"href\":\"/x\"}},\"_embedded\":{}}",                                ""                                                                                             },
    {"a token",                                "{\"access_token\":\"cwt=AAEB\",\"_links\":1}",      ""                                                                                             },
    {"cut JSON",                               "{\"_links\":{\"user\":{\"href\":\"https://a",       ""                                                                                             },
    {"another document",                       "<RealmInfo Success='true'/>",                       ""                                                                                             },
    {"nothing",                                " ",                                                 ""                                                                                             },
};

static void one(void **state)
{
    const struct row *row = *state;
    struct play p;

    play_open(&p, "autodiscover", true);
    play_text(&p, SGS_S2C, row->text);
    assert_string_equal(play_end(&p, SGS_END_FIN), row->expected);
    play_close(&p);
}

static const struct {
    const char *text;
    enum sgs_guess guess;
} probes[] = {
    {"<?xml version='1.0'?><AutodiscoverResponse AccessLocation='x'>",    SGS_SURE},
    {"{\"_links\":{}}",                                                   SGS_SURE},
    {" {\"AccessLocation\":\"External\",\"Root\":{\"Links\":[]}}",        SGS_SURE},
    {"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'/>", SGS_NO  },
    {"{\"error\":\"invalid_grant\"}",                                     SGS_NO  },
    {"",                                                                  SGS_NO  },
};

extern const struct sgs_dissector sgs_dissector_autodiscover;

static void probing(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(probes); i++) {
        struct sgs_slice head = sgs_slice(probes[i].text, strlen(probes[i].text));
        assert_int_equal(sgs_dissector_autodiscover.probe(head, SGS_S2C), probes[i].guess);
    }
}

/* More links than are kept. */
static void many_links(void **state)
{
    struct sgs_buf text;
    struct play p;
    (void)state;

    sgs_buf_init(&text, 1u << 20);
    (void)sgs_buf_add_str(&text, "<AutodiscoverResponse>");
    for (int i = 0; i < 1000; i++) {
        (void)sgs_buf_printf(&text, "<Link token='t%d' href='h'/>", i);
    }
    (void)sgs_buf_add_str(&text, "</AutodiscoverResponse>");
    play_open(&p, "autodiscover", true);
    play_push(&p, SGS_S2C, sgs_buf_slice(&text));
    const char *out = play_end(&p, SGS_END_FIN);
    assert_non_null(strstr(out, "t63:"));
    assert_null(strstr(out, "t64:"));
    play_close(&p);
    sgs_buf_clear(&text);
}

int main(void)
{
    struct CMUnitTest tests[N(rows) + 2];

    for (size_t i = 0; i < N(rows); i++) {
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = one, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    tests[N(rows)] = (struct CMUnitTest)cmocka_unit_test(probing);
    tests[N(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(many_links);
    return cmocka_run_group_tests_name("autodiscover", tests, NULL, NULL) != 0;
}
