/*
 * Certificate provisioning, through soap.  Messages after [MS-OCAUTHWS], section 3.1; the request
 * and the certificate are tests/crypto/certs/request.der and user.der, expected values are those
 * that openssl prints of them.
 */
#include "../play.h"

#include <openssl/evp.h>

#define N(array) (sizeof(array) / sizeof *(array))

#define MAX_DER 4096
#define ENVELOPE "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>"
#define END "</s:Body></s:Envelope>"
#define OCS "http://schemas.microsoft.com/OCS/AuthWebServices/"
#define DEVICE "{7446BEDA-E8B3-53B7-A965-B85A66A31CFC}"
#define USER_SHA256 "add57c1ff11fbe42e99e570a6c30012e547e32ea98a58d8a0b171191f7fdf0e3"
#define FACTS                                                                                      \
    "subject=CN=ada@contoso.com issuer=CN=Communications Server "                                  \
    "not_before=1795300011000000000 not_after=1810852011000000000 sha256=" USER_SHA256

struct row {
    const char *name;
    enum sgs_dir dir;
    const char *head, *file, *tail; /* file: of tests/crypto/certs, in base64 between the two */
    const char *expected;           /* without the soap.message */
};

static const struct row rows[] = {
    {"request",                     SGS_C2S,
     ENVELOPE "<GetAndPublishCert xmlns='" OCS "' DeviceId='" DEVICE "' Entity='ada@contoso.com'>"
              "<t:RequestSecurityToken xmlns:t='urn:t'><o:BinarySecurityToken xmlns:o='urn:o'>\r\n", "request.der",
     "\r\n</o:BinarySecurityToken><r:RequestID xmlns:r='urn:r'>0f7f2d64</r:RequestID>"
     "</t:RequestSecurityToken></GetAndPublishCert>" END,
     "#2 cert.requested in=1 subject=CN=ada@contoso.com client_request_id=0f7f2d64 instance=" DEVICE
     " user=ada@contoso.com key=RSA 2048 signature=sha1WithRSAEncryption request_signed=1\n"                                                                                                      },

    {"request that cannot be read", SGS_C2S,
     ENVELOPE "<GetAndPublishCert xmlns='" OCS "' Entity='ada@contoso.com'><BinarySecurityToken>",
     NULL,                                                                                                          "MIIB</BinarySecurityToken></GetAndPublishCert>" END,
     "#2 cert.requested in=1 user=ada@contoso.com\n"                                                                                                                                              },

    {"answer",                      SGS_S2C,
     ENVELOPE "<x:GetAndPublishCertResponse xmlns:x='" OCS
              "' ResponseClass='Success' DeviceId='" DEVICE
              "' Entity='ada@contoso.com'><w:RequestSecurityTokenResponse xmlns:w='urn:w'>"
              "<w:RequestedSecurityToken><BinarySecurityToken>",                                     "user.der",
     "</BinarySecurityToken></w:RequestedSecurityToken></w:RequestSecurityTokenResponse>"
     "</x:GetAndPublishCertResponse>" END,
     "#2 cert.provisioned in=1 " FACTS " instance=" DEVICE
     " user=ada@contoso.com serial=4711 key=RSA 2048 signature=ecdsa-with-SHA256 "
     "validity=not-yet response_class=Success\n"                                                                                                                                                  },

    {"answer with an error",        SGS_S2C,
     ENVELOPE "<GetAndPublishCertResponse xmlns='" OCS "' ResponseClass='Error'><ErrorInfo "
              "ResponseCode='7'> not allowed <Detail> CSR key\n</Detail></ErrorInfo>",               NULL,          "</GetAndPublishCertResponse>" END,
     "#2 cert.refused in=1 response_class=Error "
     "error_info{ResponseCode:\"7\" ErrorInfo:\"not allowed\" Detail:\"CSR key\"}\n"                                                                                                              },

    {"answer with something else",  SGS_S2C,
     ENVELOPE "<GetAndPublishCertResponse xmlns='" OCS "'><BinarySecurityToken>",                    "request.der",
     "</BinarySecurityToken></GetAndPublishCertResponse>" END,                                                                                                            "#2 cert.refused in=1\n"},
};

/* The octets of a file in base64. */
static void add_file(struct sgs_buf *b, const char *name)
{
    unsigned char octets[MAX_DER], text[2 * MAX_DER];
    char path[512];

    (void)snprintf(path, sizeof path, "%s/tests/crypto/certs/%s", SGS_SOURCE_DIR, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    int n = (int)fread(octets, 1, sizeof octets, f);
    assert_int_equal(fclose(f), 0);
    n = EVP_EncodeBlock(text, octets, n);
    assert_true(sgs_buf_add(b, sgs_slice(text, (size_t)n)));
}

static void one(void **state)
{
    const struct row *row = *state;
    struct sgs_buf text;
    struct play p;

    sgs_buf_init(&text, 1u << 16);
    (void)sgs_buf_add_str(&text, row->head);
    if (row->file) {
        add_file(&text, row->file);
    }
    (void)sgs_buf_add_str(&text, row->tail);
    play_open(&p, "soap", true);
    play_push(&p, row->dir, sgs_buf_slice(&text));
    const char *got = play_end(&p, SGS_END_FIN);
    assert_memory_equal(got, row->expected, strlen(row->expected));
    assert_memory_equal(got + strlen(row->expected), "#1 soap.message ", 16);
    assert_null(strstr(got, "MII"));
    play_close(&p);
    sgs_buf_clear(&text);
}

/* What is no document says nothing. */
static void no_document(void **state)
{
    struct play p;
    (void)state;

    play_open(&p, "certprov", true);
    play_text(&p, SGS_C2S, "no XML");
    assert_string_equal(play_end(&p, SGS_END_FIN), "");
    play_close(&p);
}

int main(void)
{
    static struct CMUnitTest tests[N(rows) + 1];

    for (size_t i = 0; i < N(rows); i++) {
        tests[i] = (struct CMUnitTest){rows[i].name, one, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    }
    tests[N(rows)] = (struct CMUnitTest)cmocka_unit_test(no_document);
    return cmocka_run_group_tests_name("certprov", tests, NULL, NULL) != 0;
}
