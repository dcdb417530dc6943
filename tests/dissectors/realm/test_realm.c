/* Realm discovery; texts after public answers of getuserrealm.srf and /common/userrealm. */
#include "../bodies.h"

#define XML                                                                                        \
    "<RealmInfo Success=\"true\"><State>3</State><UserState>2</UserState><Login>ada@contoso.com"   \
    "</Login><NameSpaceType>Federated</NameSpaceType><DomainName>CONTOSO.COM</DomainName>"         \
    "<IsFederatedNS>true</IsFederatedNS><FederationBrandName>Contoso &amp; Sons"                   \
    "</FederationBrandName><STSAuthURL>https://sts.contoso.com/adfs/services/trust/2005/"          \
    "usernamemixed</STSAuthURL><MEXURL>https://sts.contoso.com/adfs/services/trust/mex</MEXURL>"   \
    "<AuthURL>https://sts.contoso.com/adfs/ls/?username=ada&amp;wctx=S3cret</AuthURL></RealmInfo>"

static const struct body_row rows[] = {
#include "rows.def"
};

extern const struct sgs_dissector sgs_dissector_realm;

static void probing(void **state)
{
    static const struct {
        const char *text;
        enum sgs_guess guess;
    } probes[] = {
        {"<RealmInfo Success='true'>",     SGS_SURE},
        {" {\"a\":1,\"NameSpaceType\":\"", SGS_SURE},
        {"{\"account_type\":\"managed\"}", SGS_SURE},
        {"{\"error\":\"x\"}",              SGS_NO  },
        {"<Envelope/>",                    SGS_NO  },
    };
    (void)state;

    for (size_t i = 0; i < N(probes); i++) {
        struct sgs_slice head = sgs_slice(probes[i].text, strlen(probes[i].text));
        assert_int_equal(sgs_dissector_realm.probe(head, S), probes[i].guess);
    }
}

int main(void)
{
    const struct CMUnitTest more[] = {cmocka_unit_test(probing)};
    return body_run("realm", rows, N(rows), more, N(more));
}
