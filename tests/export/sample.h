/* A report for the tests of exporters: one failed and one good sign-in, all parts in use. */
#ifndef SGS_TESTS_EXPORT_SAMPLE_H
#define SGS_TESTS_EXPORT_SAMPLE_H

#include <signscope/export.h>

#include "export/report.h"

/* clang-format off */
#define START (INT64_C(1772442842) * SGS_SEC + 123456789) /* 2026-03-02T09:14:02.123456789Z */
#define TEXT(s) {(const uint8_t *)(s), sizeof(s) - 1}
#define CLIENT {.ip = {10, 0, 0, 15}, .len = 4, .port = 50738}
#define SERVER {.ip = {10, 0, 1, 9}, .len = 4, .port = 5061}
#define RESOLVER {.ip = {10, 0, 0, 1}, .len = 4, .port = 53}

static const uint64_t frames_dns[] = {1, 2};
static const uint64_t frames_ask[] = {14, 15, 18};
static const uint64_t frames_bad[] = {24, 26};
static const uint64_t events_bad[] = {11, 12};

static const struct sgs_step steps_failed[] = {
    {.id = "A1",
     .stage = SGS_STAGE_DNS,
     .proto = "dns",
     .title = TEXT("The client looks its server up"),
     .request = TEXT("A pool01.contoso.test"),
     .response = TEXT("NOERROR 10.0.1.9"),
     .time = START,
     .duration = 3 * SGS_MS,
     .src = CLIENT,
     .dst = RESOLVER,
     .transport = SGS_UDP,
     .frames = frames_dns,
     .n_frames = 2,
     .verdict = SGS_V_OK},
    {.stage = SGS_STAGE_SIP_AUTH,
     .proto = "sip",
     .request = TEXT("REGISTER sip:contoso.test"),
     .response = TEXT("401 NTLM, Kerberos, TLS-DSK"),
     .time = START + 10 * SGS_MS,
     .duration = 4200 * SGS_US,
     .src = CLIENT,
     .dst = SERVER,
     .host = TEXT("pool01.contoso.test"),
     .transport = SGS_TCP,
     .frames = frames_ask,
     .n_frames = 3,
     .verdict = SGS_V_EXPECTED,
     .trust = SGS_DECRYPTED},
    {.stage = SGS_STAGE_SIP_AUTH,
     .proto = "sip",
     .title = TEXT("The client proves who it is"),
     .request = TEXT("REGISTER sip:contoso.test NTLM"),
     .response = TEXT("401 1000"),
     .time = START + 95 * SGS_MS,
     .duration = SGS_TIME_NONE,
     .src = CLIENT,
     .dst = SERVER,
     .host = TEXT("pool01.contoso.test"),
     .transport = SGS_TCP,
     .frames = frames_bad,
     .n_frames = 2,
     .events = events_bad,
     .n_events = 2,
     .verdict = SGS_V_FAILED,
     .trust = SGS_DECRYPTED,
     .note = TEXT("Final handshake failed\x1b[31m (source FE01.contoso.test)")},
};

static const struct sgs_finding findings_failed[] = {
    {.id = "wrong-password-sip",
     .stage = SGS_STAGE_SIP_AUTH,
     .severity = SGS_ERROR,
     .role = SGS_ROOT,
     .confidence = SGS_PROVEN,
     .title = TEXT("The registrar refused the password"),
     .detail = TEXT("REGISTER with NTLM was answered 401, code 1000."),
     .hint = TEXT("Have the user type the password again."),
     .evidence = events_bad,
     .n_evidence = 2,
     .frames = frames_bad,
     .n_frames = 2},
    {.id = "sip-401-loop",
     .stage = SGS_STAGE_SIP_AUTH,
     .severity = SGS_WARNING,
     .role = SGS_SYMPTOM,
     .confidence = SGS_LIKELY,
     .root = "wrong-password-sip",
     .title = TEXT("The client asked again")},
    {.id = "first-401",
     .stage = SGS_STAGE_SIP_AUTH,
     .severity = SGS_EXPECTED,
     .role = SGS_NOTE,
     .confidence = SGS_PROVEN,
     .title = TEXT("Every run starts without credentials")},
};

static const char *const methods_failed[] = {"ntlm", "web-ticket"};

static const struct sgs_attempt attempts[] = {
    {.id = 1,
     .user = TEXT("ada@contoso.test"),
     .client = CLIENT,
     .agent = TEXT("UCCAPI/16.0.4266 OC/16.0.4266"),
     .flow = "onprem-internal",
     .methods = methods_failed,
     .n_methods = 2,
     .outcome = SGS_FAILED,
     .confidence = SGS_PROVEN,
     .started = START,
     .ended = START + INT64_C(534100000),
     .steps = steps_failed,
     .n_steps = 3,
     .findings = findings_failed,
     .n_findings = 3},
    {.id = 2,
     .client = CLIENT,
     .flow = "unknown",
     .outcome = SGS_SIGNED_IN,
     .confidence = SGS_LIKELY,
     .started = START + SGS_SEC,
     .ended = START + 2 * SGS_SEC},
};

static const struct sgs_report_damage damage[] = {{4711, 25, "a block is longer than the file"}};

static const struct sgs_report_input inputs[] = {
    {.name = "case.pcapng",
     .frames = 26,
     .octets = 403211,
     .first = START,
     .last = START + 3 * SGS_SEC,
     .damage = damage,
     .n_damage = 1,
     .damage_total = 1,
     .dropped = 2},
    {.name = "empty.pcap", .first = SGS_TIME_NONE, .last = SGS_TIME_NONE},
};

static const struct sgs_skipped skipped[] = {{"link", "LINKTYPE 105", 3}, {"network", "ARP", 1}};

static const struct sgs_report_tls undecrypted[] = {
    {.conn = 3,
     .server = SERVER,
     .sni = TEXT("web.contoso.test"),
     .reason = "no-key",
     .remedy = "give a key log"},
    {.conn = 5, .server = SERVER, .reason = "gap", .remedy = "capture again", .is_partly = true},
};

static const struct sgs_report sample = {
    .inputs = inputs,
    .n_inputs = 2,
    .skipped = skipped,
    .n_skipped = 2,
    .keys = {.lines = 7, .damaged = 1},
    .has_keys = true,
    .tls_connections = 3,
    .tls_decrypted = 1,
    .undecrypted = undecrypted,
    .n_undecrypted = 2,
    .attempts = attempts,
    .n_attempts = 2,
};

/* clang-format on */

#endif
