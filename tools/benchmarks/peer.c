/*
 * What any program has to do at least with a capture, as a measure for signscope: read it with
 * libpcap, frame by frame, and touch each frame; then open the records of TLS 1.3 with AES-128-GCM
 * that as many octets need (RFC 8446, section 5.2: 2^14 octets of content, one of type, 16 of tag).
 *
 * usage: peer CAPTURE [OCTETS-TO-OPEN]
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <pcap/pcap.h>

enum { CONTENT = 16384, RECORD = CONTENT + 1, TAG = 16, HEADER = 5 };

static const uint8_t key[16] = {1};
static const uint8_t nonce[12] = {2};
static const uint8_t header[HEADER] = {23, 3, 3, (RECORD + TAG) >> 8, (RECORD + TAG) & 0xff};

static int fail(const char *what)
{
    (void)fprintf(stderr, "peer: %s\n", what);
    return EXIT_FAILURE;
}

static int read_all(const char *path)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *p = pcap_open_offline(path, why);
    struct pcap_pkthdr *head = NULL;
    const uint8_t *octets = NULL;
    uint64_t frames = 0;
    uint64_t sum = 0;
    int got = 0;

    if (!p) {
        return fail(why);
    }
    while ((got = pcap_next_ex(p, &head, &octets)) == 1) {
        frames++;
        sum += head->caplen ? octets[head->caplen - 1] : 0;
    }
    pcap_close(p);
    (void)printf("frames %" PRIu64 " sum %" PRIu64 "\n", frames, sum);
    return got == PCAP_ERROR_BREAK ? EXIT_SUCCESS : fail("capture is damaged");
}

static bool seal(EVP_CIPHER_CTX *x, const uint8_t *plain, uint8_t *sealed, uint8_t *tag)
{
    int n = 0;

    return EVP_EncryptInit_ex2(x, EVP_aes_128_gcm(), key, nonce, NULL) == 1 &&
           EVP_EncryptUpdate(x, NULL, &n, header, HEADER) == 1 &&
           EVP_EncryptUpdate(x, sealed, &n, plain, RECORD) == 1 &&
           EVP_EncryptFinal_ex(x, sealed + n, &n) == 1 &&
           EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_GET_TAG, TAG, tag) == 1;
}

static bool open_one(EVP_CIPHER_CTX *x, const uint8_t *sealed, uint8_t *tag, uint8_t *plain)
{
    int n = 0;

    return EVP_DecryptInit_ex2(x, NULL, NULL, nonce, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 &&
           EVP_DecryptUpdate(x, NULL, &n, header, HEADER) == 1 &&
           EVP_DecryptUpdate(x, plain, &n, sealed, RECORD) == 1 &&
           EVP_DecryptFinal_ex(x, plain + n, &n) == 1;
}

/* The same record again and again: it stays in the cache, which only makes the measure harder. */
static int open_all(uint64_t octets)
{
    static uint8_t plain[RECORD], sealed[RECORD];
    uint8_t tag[TAG];
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    bool is_good = x && seal(x, plain, sealed, tag) &&
                   EVP_DecryptInit_ex2(x, EVP_aes_128_gcm(), key, NULL, NULL) == 1;

    for (uint64_t done = 0; is_good && done < octets; done += CONTENT) {
        is_good = open_one(x, sealed, tag, plain);
    }
    EVP_CIPHER_CTX_free(x);
    return is_good ? EXIT_SUCCESS : fail("OpenSSL cannot open what it has sealed");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        return fail("usage: peer CAPTURE [OCTETS-TO-OPEN]");
    }
    int status = read_all(argv[1]);
    return status == EXIT_SUCCESS && argc > 2 ? open_all(strtoull(argv[2], NULL, 10)) : status;
}
