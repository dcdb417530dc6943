#!/usr/bin/env python3
"""Make the samples of the TLS dissector: openssl talks to itself through a relay that writes down
what it passes on.  usage: make.py FOLDER [NAME...]

Each case gives FOLDER/NAME.bin (records of 1 octet direction, 4 octets length, octets) and the
client's key log, FOLDER/NAME.keys; a session that is resumed also the one before it, NAME-first.
Certificates are made anew each time, and so is all the rest: after a new run look at the values
that test_tls.c expects.
"""
import base64
import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import time

GET = b"GET /hello.txt HTTP/1.0\r\nHost: web.contoso.example\r\n\r\n"
SNI = ["-servername", "web.contoso.example"]
PSK = ["-psk", "00112233445566778899aabbccddeeff"]
SUITE13 = ["-ciphersuites", "TLS_AES_128_GCM_SHA256"]
NO_DH = ["-allow_no_dhe_kex", "-groups", "P-256"]
EARLY = ["PLAIN", "-early_data", "-max_early_data", "16384"]
KEYS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "crypto", "keys")
OLD = ["-cipher", "AES128-SHA:@SECLEVEL=0"]


def suite(name, *more):
    return ["-tls1_2", "-cipher", name + ":@SECLEVEL=0", *more]


# name: (server options, client options, what the client types and for how long it waits).  In capitals:
# EC the server's key is elliptic, PLAIN it answers nothing, CERT the client has a certificate, RESUME it
# has been there before, EARLY it sends early data, STAPLE the server has a certificate of a CA and an OCSP answer for it,
# KNOWN its key is the one of tests/crypto/keys, SESSION both have a session file with the key of PSK, SHARES_NONE the
# client's groups are none of the server's (when it resumes).  nokey-* have no key log: what opens them is a secret of the
# server.
MARKS = {"EC", "PLAIN", "STAPLE", "KNOWN", "NO_EMS", "SESSION"}  # of the server
CASES = {
    "tls10-cbc": (["-tls1", *OLD], ["-tls1", *OLD, "-no_etm"], [GET]),
    "tls11-cbc-etm": (["-tls1_1", *OLD], ["-tls1_1", *OLD], [GET]),
    "tls12-cbc-sha256": (suite("AES256-SHA256"), suite("AES256-SHA256", "-no_etm"), [GET]),
    "tls12-cbc-sha384-etm": (suite("ECDHE-RSA-AES256-SHA384"), suite("ECDHE-RSA-AES256-SHA384"), [GET]),
    "tls12-gcm-alpn": (suite("ECDHE-RSA-AES128-GCM-SHA256", "-alpn", "http/1.1"),
                       suite("ECDHE-RSA-AES128-GCM-SHA256", "-alpn", "h2,http/1.1"), [GET]),
    "tls12-ccm8": (suite("AES128-CCM8"), suite("AES128-CCM8"), [GET]),
    "tls12-ccm": (suite("ECDHE-ECDSA-AES256-CCM", "EC"), suite("ECDHE-ECDSA-AES256-CCM"), [GET]),
    "tls12-chacha20": (suite("ECDHE-RSA-CHACHA20-POLY1305"), suite("ECDHE-RSA-CHACHA20-POLY1305"), [GET]),
    "tls12-camellia": (suite("CAMELLIA128-SHA256"), suite("CAMELLIA128-SHA256", "-no_etm"), [GET]),
    "tls12-null": (suite("NULL-SHA256"), suite("NULL-SHA256"), [GET]),
    "tls12-client-cert": (suite("ECDHE-RSA-AES128-GCM-SHA256", "-verify", "1"),
                          suite("ECDHE-RSA-AES128-GCM-SHA256", "CERT"), [GET]),
    "tls12-renegotiation": (suite("AES128-SHA256", "-client_renegotiation"),
                            suite("AES128-SHA256", "-no_ticket"), [b"R\n", 0.5, GET]),
    "tls12-resumed-ticket": (suite("AES128-GCM-SHA256"), suite("AES128-GCM-SHA256", "RESUME"), [GET]),
    "tls12-resumed-id": (suite("AES128-GCM-SHA256", "-no_ticket"),
                         suite("AES128-GCM-SHA256", "-no_ticket", "RESUME"), [GET]),
    "tls12-unknown-ca": (suite("ECDHE-RSA-AES128-GCM-SHA256"),
                         suite("ECDHE-RSA-AES128-GCM-SHA256", "-verify_return_error"), [GET]),
    "tls12-no-shared-cipher": (suite("AES128-SHA256"), suite("AES256-SHA256"), [GET]),
    "tls13-aes128": ([], ["-ciphersuites", "TLS_AES_128_GCM_SHA256", "-alpn", "h2,http/1.1"], [GET]),
    "tls13-aes256-alpn": (["-alpn", "http/1.1"], ["-alpn", "h2,http/1.1"], [GET]),
    "tls13-h2": (["-alpn", "h2"], ["-alpn", "h2,http/1.1"], [GET]),
    "tls13-chacha20": (["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], [], [GET]),
    "tls13-ccm8": (["-ciphersuites", "TLS_AES_128_CCM_8_SHA256"],
                   ["-ciphersuites", "TLS_AES_128_CCM_8_SHA256:TLS_AES_128_GCM_SHA256"], [GET]),
    "tls13-retry": (["-groups", "P-384"], ["-groups", "X25519:P-384"], [GET]),
    "tls13-key-update": ([], [], [b"K\n", 0.5, b"k\n", 0.5, GET]),
    "tls13-client-cert": (["-verify", "1"], ["CERT"], [GET]),
    "tls12-client-cert-none": (suite("ECDHE-RSA-AES128-GCM-SHA256", "-verify", "1"), suite("ECDHE-RSA-AES128-GCM-SHA256"), [GET]),
    "tls13-client-cert-none": (["-verify", "1"], [], [GET]),
    "tls13-resumed": ([], ["RESUME"], [GET]),
    "tls13-early-data": (["PLAIN", "-early_data", "-max_early_data", "16384"], ["EARLY", "RESUME"], [GET]),
    "tls13-unknown-ca": ([], ["-verify_return_error"], [GET]),
    "tls12-staple": (suite("ECDHE-RSA-AES128-GCM-SHA256", "STAPLE"),
                     suite("ECDHE-RSA-AES128-GCM-SHA256", "-status"), [GET]),
    "tls13-staple": (["STAPLE"], ["-status"], [GET]),
    "tls12-other-sni": (suite("ECDHE-RSA-AES128-GCM-SHA256"),
                        suite("ECDHE-RSA-AES128-GCM-SHA256", "-servername", "sip.contoso.example"), [GET]),
    "tls13-other-sni": (["STAPLE"], ["-servername", "sip.contoso.example"], [GET]),
    "nokey-rsa10": (["-tls1", *OLD, "KNOWN"], ["-tls1", *OLD, "-no_etm"], [GET]),
    "nokey-rsa12": (suite("AES128-GCM-SHA256", "KNOWN"), suite("AES128-GCM-SHA256"), [GET]),
    "nokey-rsa12-no-ems": (suite("AES128-SHA256", "KNOWN", "NO_EMS"), suite("AES128-SHA256"), [GET]),
    "nokey-rsa12-ticket": (suite("AES128-GCM-SHA256", "KNOWN"), suite("AES128-GCM-SHA256", "RESUME"), [GET]),
    "nokey-rsa12-id": (suite("AES128-GCM-SHA256", "-no_ticket", "KNOWN"),
                       suite("AES128-GCM-SHA256", "-no_ticket", "RESUME"), [GET]),
    "nokey-ecdhe": (suite("ECDHE-RSA-AES128-GCM-SHA256", "KNOWN"), suite("ECDHE-RSA-AES128-GCM-SHA256"), [GET]),
    "nokey-tls13": (["KNOWN"], [], [GET]),
    "nokey-psk12": (suite("PSK-AES128-CBC-SHA256", *PSK), suite("PSK-AES128-CBC-SHA256", *PSK), [GET]),
    "nokey-rsapsk12": (suite("RSA-PSK-AES256-GCM-SHA384", *PSK, "KNOWN"),
                       suite("RSA-PSK-AES256-GCM-SHA384", *PSK), [GET]),
    "nokey-dhepsk12": (suite("DHE-PSK-AES128-GCM-SHA256", *PSK), suite("DHE-PSK-AES128-GCM-SHA256", *PSK), [GET]),
    "nokey-psk13": ([*PSK, *SUITE13, "-allow_no_dhe_kex", "-groups", "P-256"],
                    [*PSK, *SUITE13, "-allow_no_dhe_kex", "-groups", "X25519"], [GET]),
    "nokey-pskdhe13": ([*PSK, *SUITE13], [*PSK, *SUITE13], [GET]),
    "nokey-pskdhe13-retry": ([*PSK, *SUITE13, "-groups", "P-384"], [*PSK, *SUITE13, "-groups", "X25519:P-384"], [GET]),
    "nokey-psk13-early": ([*SUITE13, *NO_DH, *EARLY, "SESSION"],
                          [*SUITE13, *NO_DH, "EARLY", "SESSION", "SHARES_NONE"], [GET]),
    "nokey-pskdhe13-early": ([*SUITE13, *EARLY, "SESSION"], [*SUITE13, "EARLY", "SESSION"], [GET]),
    "nokey-resumed13-early": ([*SUITE13, *NO_DH, *EARLY],
                              [*SUITE13, *NO_DH, "EARLY", "RESUME", "SHARES_NONE"], [GET]),
}


def run(*args):
    subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_certificates(tmp):
    ext = ["-addext", "subjectAltName=DNS:web.contoso.example,DNS:sip.contoso.example"]
    for name, key in (("rsa", ["rsa:2048"]), ("ec", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])):
        run("req", "-x509", "-newkey", *key, "-nodes", "-days", "3650", "-keyout", f"{tmp}/{name}.key",
            "-out", f"{tmp}/{name}.pem", "-subj", "/O=Contoso/CN=web.contoso.example", *ext)
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-keyout", f"{tmp}/ann.key",
        "-out", f"{tmp}/ann.pem", "-subj", "/O=Contoso/CN=ann")
    make_staple(tmp)
    make_session(f"{tmp}/psk.pem")
    with open(f"{tmp}/hello.txt", "w") as f:
        f.write("hello from web.contoso.example\n")
    with open(f"{tmp}/early.txt", "wb") as f:
        f.write(b"GET /early.txt HTTP/1.1\r\nHost: web.contoso.example\r\n\r\n")


def der(tag, *parts):
    body = b"".join(parts)
    assert len(body) < 128
    return bytes([tag, len(body)]) + body


def number(n):
    return der(2, n.to_bytes(5, "big").lstrip(b"\0") or b"\0")


def make_session(path):
    """SSL_SESSION of OpenSSL (i2d_SSL_SESSION(3), ssl_asn1.c): version, TLS 1.3, suite, ID, the key of PSK, [1] time, [2]
    lifetime, [15] octets of early data."""
    octets = der(0x30, number(1), number(0x0304), der(4, b"\x13\x01"), der(4), der(4, bytes.fromhex(PSK[1])),
                 der(0xA1, number(int(time.time()))), der(0xA2, number(86400)), der(0xAF, number(16384)))
    with open(path, "w") as f:
        f.write(f"-----BEGIN SSL SESSION PARAMETERS-----\n{base64.b64encode(octets).decode()}\n"
                "-----END SSL SESSION PARAMETERS-----\n")


def make_staple(tmp):
    with open(f"{tmp}/leaf.cnf", "w") as f:
        f.write("subjectAltName=DNS:sip.contoso.example\nextendedKeyUsage=serverAuth\ntlsfeature=status_request\n"
                "crlDistributionPoints=URI:ldap:///CN=CA\nauthorityInfoAccess=OCSP;URI:http://ocsp.contoso.example\n")
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-keyout", f"{tmp}/ca.key",
        "-out", f"{tmp}/ca.pem", "-subj", "/O=Contoso/CN=Contoso CA")
    run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{tmp}/leaf.key", "-out", f"{tmp}/leaf.csr",
        "-subj", "/O=Contoso/CN=leaf")
    run("x509", "-req", "-in", f"{tmp}/leaf.csr", "-CA", f"{tmp}/ca.pem", "-CAkey", f"{tmp}/ca.key", "-set_serial",
        "0x7e57", "-days", "3650", "-extfile", f"{tmp}/leaf.cnf", "-out", f"{tmp}/leaf.pem")
    with open(f"{tmp}/index.txt", "w") as f:
        f.write("R\t361231235959Z\t260102030405Z,superseded\t7E57\tunknown\t/O=Contoso/CN=leaf\n")
    run("ocsp", "-issuer", f"{tmp}/ca.pem", "-cert", f"{tmp}/leaf.pem", "-no_nonce", "-reqout", f"{tmp}/request")
    run("ocsp", "-index", f"{tmp}/index.txt", "-CA", f"{tmp}/ca.pem", "-rsigner", f"{tmp}/ca.pem", "-rkey",
        f"{tmp}/ca.key", "-reqin", f"{tmp}/request", "-ndays", "7", "-respout", f"{tmp}/staple")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def relay(listener, port, record):
    """Passes one connection on; record gets (direction, octets)."""
    client, _ = listener.accept()
    server = socket.create_connection(("127.0.0.1", port))
    open_ends = {client: (0, server), server: (1, client)}
    while open_ends:
        for s in select.select(list(open_ends), [], [], 10)[0]:
            direction, other = open_ends[s]
            try:
                octets = s.recv(65536)
            except ConnectionError:
                octets = b""
            if not octets:
                del open_ends[s]
                try:
                    other.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
                continue
            record.append((direction, octets))
            other.sendall(octets)
    client.close()
    server.close()


def talk(tmp, options, typed, port, record, keys):
    args = ["openssl", "s_client", *SNI, "-keylogfile", keys, *options]
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        args += ["-connect", "127.0.0.1:%d" % listener.getsockname()[1]]
        client = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, cwd=tmp)
        pid = os.fork()
        if pid == 0:
            time.sleep(0.5)
            try:
                for t in typed:
                    if isinstance(t, float):
                        time.sleep(t)
                    else:
                        os.write(client.stdin.fileno(), t)
                time.sleep(0.5)
            except OSError:
                pass
            os._exit(0)
        client.stdin.close()
        relay(listener, port, record)
        os.waitpid(pid, 0)
        client.wait()


def write(folder, name, record):
    with open(f"{folder}/{name}.bin", "wb") as f:
        for direction, octets in record:
            f.write(bytes([direction]) + len(octets).to_bytes(4, "big") + octets)
    print(name, len(record), sum(len(o) for _, o in record))


def make(tmp, folder, name):
    server, client, typed = CASES[name]
    key = "ec" if "EC" in server else "leaf" if "STAPLE" in server else "rsa"
    port = free_port()
    args = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", f"{tmp}/{key}.pem", "-key",
            f"{tmp}/{key}.key", *[x for x in server if x not in MARKS]]
    if "SESSION" in server:
        args += ["-psk_session", f"{tmp}/psk.pem"]
    if "STAPLE" in server:
        args += ["-cert_chain", f"{tmp}/ca.pem", "-status_file", f"{tmp}/staple"]
    if "KNOWN" in server:
        args += ["-cert", f"{KEYS}/cert.pem", "-key", f"{KEYS}/rsa.pem"]
    if "NO_EMS" in server:
        with open(f"{tmp}/no-ems.cnf", "w") as f:
            f.write("openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\nOptions=-ExtendedMasterSecret\n")
    env = os.environ | ({"OPENSSL_CONF": f"{tmp}/no-ems.cnf"} if "NO_EMS" in server else {})
    s = subprocess.Popen(args + ([] if "PLAIN" in server else ["-WWW"]), cwd=tmp, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL, stdin=subprocess.PIPE, env=env)
    time.sleep(0.5)
    options = []
    for x in client:
        options += {"CERT": ["-cert", f"{tmp}/ann.pem", "-key", f"{tmp}/ann.key"],
                    "EARLY": ["-early_data", f"{tmp}/early.txt"], "RESUME": [], "SHARES_NONE": [],
                    "SESSION": ["-psk_session", f"{tmp}/psk.pem"]}.get(x, [x])
    keys = f"{folder}/{name}.keys"
    for path in (keys, f"{folder}/{name}-first.keys"):
        if os.path.exists(path):
            os.remove(path)
    if "RESUME" in client:
        first = [x for x in options if x not in ("-early_data", f"{tmp}/early.txt")]
        record = []
        talk(tmp, [*first, "-sess_out", f"{tmp}/session"], typed, port, record, f"{folder}/{name}-first.keys")
        write(folder, name + "-first", record)
        options += ["-sess_in", f"{tmp}/session"]
        session = subprocess.run(["openssl", "sess_id", "-noout", "-text", "-in", f"{tmp}/session"], check=True,
                                 capture_output=True, text=True).stdout
        print("pre-shared key of the session:", re.findall(r"Resumption PSK: (\w+)", session))
    if "SHARES_NONE" in client:
        options += ["-groups", "X25519"]
    record = []
    talk(tmp, options, typed, port, record, keys)
    s.terminate()
    s.wait()
    write(folder, name, record)
    if name.startswith("nokey-"):
        for path in (keys, f"{folder}/{name}-first.keys"):
            if os.path.exists(path):
                os.remove(path)


def main():
    folder = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as tmp:
        make_certificates(tmp)
        for name in sys.argv[2:] or CASES:
            make(tmp, folder, name)


main()
