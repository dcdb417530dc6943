/* SOAP envelopes; texts after the examples of [MS-OCAUTHWS], WS-Trust and public server logs. */
#include "../play.h"

#define N(array) (sizeof(array) / sizeof *(array))

#define S11 "http://schemas.xmlsoap.org/soap/envelope/"
#define S12 "http://www.w3.org/2003/05/soap-envelope"
#define WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define WSA "http://www.w3.org/2005/08/addressing"
#define TRUST "http://docs.oasis-open.org/ws-sx/ws-trust/200512"

struct row {
    const char *name;
    const char *text;
    const char *expected;
};

static const struct row rows[] = {
    {"request for a web ticket",
     "<s:Envelope xmlns:s='" S11 "'><s:Header><o:Security xmlns:o='" WSSE "'>"
     "<o:UsernameToken><o:Username>ada@contoso.example</o:Username>"
     "<o:Password>Summer2016</o:Password></o:UsernameToken></o:Security></s:Header><s:Body>"
     "<RequestSecurityToken xmlns='" TRUST "'>"
     "<AppliesTo xmlns='http://schemas.xmlsoap.org/ws/2004/09/policy'><EndpointReference "
     "xmlns='" WSA
     "'><Address> https://web.contoso.example/CertProv/CertProvisioningService.svc </Address>"
     "</EndpointReference></AppliesTo></RequestSecurityToken></s:Body></s:Envelope>",                                                       "#2 token.presented in=1 type=username subject=ada@contoso.example place=Security\n"
     "#1 soap.message auth_scheme=UsernameToken operation=RequestSecurityToken "
     "applies_to=https://web.contoso.example/CertProv/CertProvisioningService.svc "
     "user=ada@contoso.example\n"                                                                        },

    {"user name in base64",
     "<s:Envelope xmlns:s='" S11 "'><s:Header><Security xmlns='" WSSE "'><UsernameToken>"
     "<Username>Q09OVE9TT1x0ZXN0dXNlcg==</Username><Password>U3VtbWVyMjAxNg==</Password>"
     "</UsernameToken></Security></s:Header><s:Body/></s:Envelope>",                                                                        "#2 token.presented in=1 type=username subject=CONTOSO\\testuser place=Security\n"
     "#1 soap.message auth_scheme=UsernameToken user=CONTOSO\\testuser\n"                                                 },

    {"fault of SOAP 1.1 with diagnostics",
     "\xef\xbb\xbf<?xml version='1.0'?><!-- x --><s:Envelope xmlns:s='" S11
     "'><s:Body><s:Fault><faultcode xmlns:a='" WSSE "'>a:FailedAuthentication</faultcode>"
     "<faultstring xml:lang='en-US'>No valid security token.</faultstring><detail>"
     "<OCSDiagnosticsFault xmlns='urn:component:Microsoft.Rtc.WebAuthentication.2010'>"
     "<Ms-Diagnostics-Fault><ErrorId>28020</ErrorId><Reason>No valid security token.</Reason>"
     "</Ms-Diagnostics-Fault></OCSDiagnosticsFault></detail></s:Fault></s:Body></s:Envelope>",                                              "#1 soap.message ms_diagnostics{code:28020 reason:\"No valid security token.\"} "
     "operation=Fault fault_code=a:FailedAuthentication fault_reason=No valid security token.\n"},

    {"fault of SOAP 1.2 with subcodes and a code of the account service",
     "<S:Envelope xmlns:S='" S12 "' xmlns:wst='http://schemas.xmlsoap.org/ws/2005/02/trust'>"
     "<S:Body><S:Fault><S:Code><S:Value>S:Sender</S:Value><S:Subcode><S:Value>wst:RequestFailed"
     "</S:Value><S:Subcode><S:Value>wst:FailedAuthentication</S:Value></S:Subcode></S:Subcode>"
     "</S:Code><S:Reason><S:Text xml:lang='en-US'>Authentication Failure</S:Text></S:Reason>"
     "<S:Detail><psf:error "
     "xmlns:psf='http://schemas.microsoft.com/Passport/SoapServices/SOAPFault'>"
     "<psf:value>0x80048821</psf:value><psf:internalerror><psf:code>0x80041034</psf:code>"
     "<psf:text>AADSTS50034: no such member</psf:text></psf:internalerror></psf:error></S:Detail>"
     "</S:Fault></S:Body></S:Envelope>",                                                                                                    "#1 soap.message operation=Fault fault_code=wst:FailedAuthentication "
     "fault_reason=Authentication Failure psf_code=0x80048821 "
     "fault_detail=AADSTS50034: no such member psf_internal=0x80041034 aadsts=AADSTS50034\n"                                                          },

    {"answer with a token",
     "<S:Envelope xmlns:S='" S12 "' xmlns:a='" WSA "'><S:Header><a:Action> " TRUST
     "/RSTRC/IssueFinal</a:Action></S:Header><S:Body><t:RequestSecurityTokenResponseCollection "
     "xmlns:t='" TRUST "'><t:RequestSecurityTokenResponse><t:RequestedSecurityToken>"
     "<saml:Assertion xmlns:saml='urn:oasis:names:tc:SAML:1.0:assertion' AssertionID='x'>secret"
     "</saml:Assertion></t:RequestedSecurityToken></t:RequestSecurityTokenResponse>"
     "</t:RequestSecurityTokenResponseCollection></S:Body></S:Envelope>",                                                                   "#2 token.issued in=1 type=saml1.1 digest=184078857f4f40d595ec02f5b0d29d6d "
     "place=RequestedSecurityToken\n"
     "#1 soap.message action=" TRUST
     "/RSTRC/IssueFinal operation=RequestSecurityTokenResponseCollection issued=Assertion\n"                         },

    {"old addressing, certificate request",
     "<s:Envelope xmlns:s='" S11 "'><s:Header><Action xmlns='http://schemas.xmlsoap.org/ws/2004/08/"
     "addressing'>http://schemas.microsoft.com/OCS/AuthWebServices/GetAndPublishCert</Action>"
     "<Security xmlns='" WSSE "'><Timestamp/><saml:Assertion xmlns:saml='urn:x'/></Security>"
     "</s:Header><s:Body><GetAndPublishCert xmlns='http://schemas.microsoft.com/OCS/"
     "AuthWebServices/' DeviceId='{7446BEDA-E8B3-53B7-A965-B85A66A31CFC}' "
     "Entity='ada@contoso.example'/></s:Body></s:Envelope>",                                                                                "#2 cert.requested in=1 instance={7446BEDA-E8B3-53B7-A965-B85A66A31CFC} "
     "user=ada@contoso.example\n"
     "#3 token.presented in=1 type=saml1.1 digest=b1401067b7b11fe1cbc6ce55d955adb6 "
     "place=Security\n"
     "#1 soap.message auth_scheme=Assertion instance={7446BEDA-E8B3-53B7-A965-B85A66A31CFC} "
     "action=http://schemas.microsoft.com/OCS/AuthWebServices/GetAndPublishCert "
     "operation=GetAndPublishCert user=ada@contoso.example\n"                                                                     },

    {"claimed address; the account service's own entry is not what is asked for",
     "<s:Envelope xmlns:s='" S12 "'><s:Body><R><AppliesTo><E><Address>http://Passport.NET/tb"
     "</Address></E></AppliesTo><AppliesTo><E><Address>https://webdir.example/WsFed_bearer"
     "</Address></E></AppliesTo><Claims><ClaimType Uri='x'><Value>sip:ada@contoso.example</Value>"
     "</ClaimType></Claims></R></s:Body></s:Envelope>",                                                                                     "#1 soap.message operation=R applies_to=https://webdir.example/WsFed_bearer "
     "user=sip:ada@contoso.example\n"                                                                                                  },

    {"cut in the middle",
     "<s:Envelope xmlns:s='" S11 "'><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstri",
     "#1 soap.message operation=Fault fault_code=s:Client cut=1\n"                                                                                                                            },

    {"not well formed behind the fault",
     "<s:Envelope xmlns:s='" S11 "'><s:Body><s:Fault><faultcode>s:Client</faultcode></x></s:Body>",
     "#2 malformed in=1 what=XML is not well formed offset=114\n"
     "#1 soap.message operation=Fault fault_code=s:Client\n"                                                                                                                                  },

    {"another namespace",                                                         "<s:Envelope xmlns:s='urn:other'><s:Body/></s:Envelope>", ""                                                },
    {"no envelope",                                                               "<html><body>Envelope " S11 "</body></html>",             ""                                                },
};

static void one(void **state)
{
    const struct row *row = *state;
    struct play p;

    play_open(&p, "soap", true);
    play_text(&p, SGS_S2C, row->text);
    assert_string_equal(play_end(&p, SGS_END_FIN), row->expected);
    play_close(&p);
}

/* A declaration with entities is refused and told, nothing is expanded. */
static void declared_entities(void **state)
{
    struct play p;
    (void)state;

    play_open(&p, "soap", true);
    play_text(&p, SGS_S2C,
              "<!DOCTYPE x [<!ENTITY a 'b'>]><s:Envelope xmlns:s='" S11 "'><s:Body>&a;</s:Body>");
    assert_non_null(strstr(play_end(&p, SGS_END_FIN), "what=XML with a document type declaration"));
    play_close(&p);
}

static const struct {
    const char *text;
    enum sgs_guess guess;
} probes[] = {
    {"<s:Envelope xmlns:s=\"" S11 "\">",                         SGS_SURE },
    {"\n<?xml version='1.0'?>\n<Envelope a='b' xmlns='" S12 "'", SGS_SURE },
    {"<s:Envelope xmlns:x='urn:x'>",                             SGS_MAYBE},
    {"<AutodiscoverResponse AccessLocation='Internal'>",         SGS_NO   },
    {"<a x='Envelope " S11 "'>",                                 SGS_NO   },
    {"{\"Envelope\":1}",                                         SGS_NO   },
    {"",                                                         SGS_NO   },
};

extern const struct sgs_dissector sgs_dissector_soap;

static void probing(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(probes); i++) {
        struct sgs_slice head = sgs_slice(probes[i].text, strlen(probes[i].text));
        assert_int_equal(sgs_dissector_soap.probe(head, SGS_C2S), probes[i].guess);
    }
}

/* Every cut of the first row: no crash, and no password. */
static void prefixes(void **state)
{
    (void)state;
    for (size_t n = 0; n <= strlen(rows[0].text); n++) {
        struct play p;
        play_open(&p, "soap", true);
        play_push(&p, SGS_C2S, sgs_slice(rows[0].text, n));
        assert_null(strstr(play_end(&p, SGS_END_CAPTURE), "Summer"));
        play_close(&p);
    }
}

int main(void)
{
    struct CMUnitTest tests[N(rows) + 3];

    for (size_t i = 0; i < N(rows); i++) {
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = one, .initial_state = (void *)(uintptr_t)&rows[i]};
    }
    tests[N(rows)] = (struct CMUnitTest)cmocka_unit_test(probing);
    tests[N(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(prefixes);
    tests[N(rows) + 2] = (struct CMUnitTest)cmocka_unit_test(declared_entities);
    return cmocka_run_group_tests_name("soap", tests, NULL, NULL) != 0;
}
