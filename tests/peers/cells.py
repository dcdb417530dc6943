"""The cells of run_peers: a name, and the conversations that are in it."""
import shutil

import talks
import web


class Cell:
    def __init__(self, name, make):
        self.name, self.make = name, make

    def run(self):
        for row in self.make():
            yield row if isinstance(row, tuple) else (self.name, row)


class Pair(Cell):
    """s_server and s_client, which both log their keys."""

    def __init__(self, name, version, make):
        super().__init__(name, make)
        self.version = version


def suite_cells(lab, names):
    """Every suite of OpenSSL over TLS 1.2 or 1.3; over 1.0 and 1.1 one for each cipher and MAC."""
    psk = {"server": ["-psk", talks.PSK], "client": ["-psk", talks.PSK]}
    for version in talks.VERSIONS:
        groups, seen = {"rsa": [], "dsa": []}, set()
        for name, row in names.items():
            if (row[1] == "TLSv1.3") != (version == "1.3") or (version < "1.2" and row[1] == "TLSv1.2"):
                continue
            if version < "1.2" and (row[4:] in seen or seen.add(row[4:])):
                continue
            if row[2] != "SRP":  # no path of its own
                groups["dsa" if row[3] == "DSS" else "rsa"].append(name)
        for group, wanted in groups.items():
            half = (len(wanted) + 1) // 2
            for part in (wanted[:half], wanted[half:]):
                if part:
                    def make(version=version, cert=group, args={} if version == "1.3" else psk, part=part):
                        for name, talk in talks.all_suites(lab, names, version, cert, args, part):
                            yield f"suite, TLS {version}: {name}", talk
                    yield Cell(f"suite, TLS {version}", make)


AGAIN = [{"resumed": False, "resumes": None}, {"resumed": True, "resumes": talks.FIRST}]
CLIENT = ["-cert", "client.pem", "-key", "client.key"]
SHORT = (("c", 50), ("s", 60))
UPDATED, DONE = b"KEYUPDATE", b"SSL_do_handshake -> 1"
AGAIN_C, AGAIN_S = ("C", ("R", b"RENEGOTIATING")), ("S", ("r", DONE))
GCM, CBC, CBC_ETM, CHACHA = "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-SHA384", "AES128-SHA", "ECDHE-RSA-CHACHA20-POLY1305"
EARLY = b"z early data\n" * 300
CCM13 = "TLS_AES_128_CCM_SHA256"


def has(*wanted):
    """All of them are among what was seen."""
    return lambda seen: bool(seen) and set(wanted) <= set(seen)


def pair_rows():
    """Name, version, then what talks.pair takes."""
    both = [["-sess_out", "{}"], ["-sess_in", "{}"]]
    big = (("c", 50000), ("s", 70000), ("c", 3))
    renegotiated = [{"hellos": 2}]
    for version in talks.VERSIONS:
        yield f"many records, TLS {version}", version, {"steps": big}
        yield f"certificates of both sides, TLS {version}", version, {
            "server": ["-Verify", 1], "client": CLIENT, "facts": [{"certificates": ["server CN=rsa.test", "client CN=client.test"]}]}
        yield f"no client certificate, TLS {version}", version, {"server": ["-verify", 1]}
        yield f"certificate of many records, TLS {version}", version, {"cert": "chain"}
        yield f"small records, TLS {version}", version, {"server": ["-max_send_frag", 512], "client": ["-max_send_frag", 512], "cert": "chain"}
        yield f"maximum fragment length, TLS {version}", version, {"client": ["-maxfraglen", 512], "cert": "chain"}
        yield f"session by ticket, TLS {version}", version, {"runs": both, "facts": AGAIN}
        yield f"session by ID, TLS {version}", version, {"runs": both, "facts": AGAIN, "server": ["-no_ticket"]}
        yield f"server name and protocol, TLS {version}", version, {
            "server": ["-alpn", "http/1.1"], "client": ["-servername", "web.test", "-alpn", "h2,http/1.1"],
            "facts": [{"sni": "web.test", "alpn": ["http/1.1"]}]}
        yield f"protocol that nobody reads, TLS {version}", version, {
            "server": ["-alpn", "x-peer"], "client": ["-alpn", "x-peer"], "facts": [{"alpn": ["x-peer"], "named": ["x-peer"]}]}
        yield f"session by ID, client certificate, TLS {version}", version, {
            "runs": both, "facts": AGAIN, "server": ["-no_ticket", "-Verify", 1], "client": CLIENT}
    for version in ("1.0", "1.1", "1.2"):
        yield f"MAC before padding, TLS {version}", version, {"suite": CBC_ETM, "client": ["-no_etm"], "steps": big}
        yield f"MAC over the ciphertext, TLS {version}", version, {"suite": CBC_ETM, "steps": big}
        yield f"renegotiation by the client, TLS {version}", version, {
            "server": ["-client_renegotiation"], "facts": renegotiated, "steps": (*SHORT, AGAIN_C, *SHORT)}
        yield f"renegotiation by the server, TLS {version}", version, {
            "facts": renegotiated, "steps": (*SHORT, AGAIN_S, *SHORT)}
        yield f"resumed and renegotiated, TLS {version}", version, {
            "runs": both, "server": ["-client_renegotiation"], "steps": (*SHORT, AGAIN_C, *SHORT)}
        for kind, more in (("extended", []), ("plain", ["-ssl_config", "no_ems"])):
            yield f"RSA key exchange, {kind} master secret, TLS {version}", version, {
                "suite": CBC_ETM, "client": [*more, "-msg", "-msgfile", f"msg {version} {kind}"]}
        yield f"PSK key exchange, TLS {version}", version, {
            "suite": "PSK-AES128-CBC-SHA", "cert": None, "server": ["-psk", talks.PSK], "client": ["-psk", talks.PSK]}
    for suite in (GCM, CBC, CHACHA):
        yield f"renegotiation, TLS 1.2 {suite}", "1.2", {
            "suite": suite, "server": ["-client_renegotiation"], "facts": [{"hellos": 3}], "steps": (*SHORT, AGAIN_C, *SHORT, AGAIN_S, *SHORT)}
        yield f"ticket, TLS 1.2 {suite}", "1.2", {"suite": suite, "runs": both, "facts": AGAIN}
    yield "renegotiation for a client certificate, TLS 1.2", "1.2", {
        "client": CLIENT, "server": ["-verify", 1], "steps": (*SHORT, ("S", ("R", DONE)), *SHORT),
        "facts": [{"hellos": 2, "certificates": has("client CN=client.test")}]}
    yield "fallback, TLS 1.1", "1.1", {"client": ["-fallback_scsv"], "facts": [{"offers": has("TLS_FALLBACK_SCSV")}]}
    for suite in ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", CCM13):
        yield f"keys updated by the client, TLS 1.3 {suite}", "1.3", {
            "suite": suite, "steps": (*SHORT, ("C", ("k", UPDATED)), *SHORT, ("C", ("K", UPDATED)), *SHORT)}
        yield f"resumed, TLS 1.3 {suite}", "1.3", {"suite": suite, "runs": both, "facts": AGAIN}
        yield f"early data, TLS 1.3 {suite}", "1.3", {
            "suite": suite, "server": ["-early_data"], "early": EARLY, "facts": AGAIN,
            "runs": [both[0], [*both[1], "-early_data", "early"]]}
    yield "early data refused, TLS 1.3", "1.3", {
        "server": ["-early_data"], "early": EARLY, "facts": [*AGAIN, {"resumed": False, "resumes": None}],
        "runs": [both[0], *2 * [[*both[1], "-early_data", "early"]]]}
    yield "keys updated by the server, TLS 1.3", "1.3", {"steps": (*SHORT, ("S", ("k", None)), *SHORT, ("S", ("K", None)), *SHORT)}
    yield "another key share, TLS 1.3", "1.3", {"server": ["-groups", "P-256"], "client": ["-groups", "X25519:P-256"]}
    yield "another key share and a session, TLS 1.3", "1.3", {
        "server": ["-groups", "P-256"], "client": ["-groups", "X25519:P-256"], "runs": both, "facts": AGAIN}
    yield "without Diffie-Hellman, TLS 1.3", "1.3", {
        "server": ["-allow_no_dhe_kex"], "client": ["-allow_no_dhe_kex"], "runs": both, "facts": AGAIN}
    yield "padded records, TLS 1.3", "1.3", {"server": ["-record_padding", 4096], "client": ["-record_padding", 1000]}
    yield "no middlebox records, TLS 1.3", "1.3", {"server": ["-no_middlebox"], "client": ["-no_middlebox"]}
    yield "certificate asked for later, TLS 1.3", "1.3", {
        "client": [*CLIENT, "-enable_pha"], "steps": (*SHORT, ("S", ("c", DONE)), *SHORT), "server": ["-verify", 1],
        "facts": [{"certificates": has("client CN=client.test")}]}
    yield "external PSK, TLS 1.3", "1.3", {
        "suite": "TLS_AES_128_GCM_SHA256", "server": ["-psk", talks.PSK], "client": ["-psk", talks.PSK], "facts": [{"certificates": []}]}
    # Groups that are none of the other side's leave the key alone.
    ours, none_shared = ["-allow_no_dhe_kex", "-groups", "P-256"], ["-allow_no_dhe_kex", "-groups", "X25519"]
    with_key, session = ["-psk", talks.PSK], ["-psk_session", "psk.pem"]
    aes = {"suite": "TLS_AES_128_GCM_SHA256"}
    yield "external PSK alone, TLS 1.3", "1.3", aes | {
        "server": [*with_key, *ours], "client": [*with_key, *none_shared], "facts": [{"certificates": []}]}
    yield "external PSK, another key share, TLS 1.3", "1.3", aes | {
        "server": [*with_key, "-groups", "P-256"], "client": [*with_key, "-groups", "X25519:P-256"], "facts": [{"certificates": []}]}
    take, send, told = ["-early_data"], ["-early_data", "early"], {"certificates": [], "resumed": True}
    for name, here, there in (("external PSK alone", ours, none_shared), ("external PSK", [], [])):
        yield f"early data, {name}, TLS 1.3", "1.3", aes | {
            "server": [*session, *take, *here], "client": [*session, *send, *there], "early": EARLY, "first_early": 0, "facts": [told]}
    yield "early data, PSK of a session alone, TLS 1.3", "1.3", aes | {
        "server": [*take, *ours], "early": EARLY, "facts": AGAIN,
        "runs": [[*both[0], *ours], [*both[1], *none_shared, *send]]}


def pair_cells(lab, names):
    for name, version, row in pair_rows():
        row["runs"] = [[a.format(talks.session_file(name)) for a in run] for run in row.get("runs", [[]])]
        yield Pair(name, version, lambda name=name, version=version, row=row: talks.pair(lab, names, name, version, **row))


def refused_rows():
    weak = ["-cipher", "ALL:@SECLEVEL=0"]
    yield "refused: no common version", (weak, weak), ["-tls1_2"], ["-tls1_1"], {"alert": ["server protocol_version"]}
    yield "refused: no common suite", (["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"], ["-tls1_2"]), [], ["-cipher", "AES256-SHA"], {
        "alert": ["server handshake_failure"]}
    yield "refused: fallback", (weak, weak), [], ["-tls1_1", "-fallback_scsv"], {
        "alert": ["server inappropriate_fallback"], "offers": has("TLS_FALLBACK_SCSV")}
    for version in talks.VERSIONS:
        flag = [talks.VERSIONS[version], *([] if version == "1.3" else weak)]
        yield f"refused: the client does not trust, TLS {version}", (flag, flag), [], ["-verify_return_error", "-verify", "1"], {
            "alert": ["client unknown_ca"], "version": f"TLSv{version}"}
        yield f"refused: no client certificate, TLS {version}", (flag, flag), ["-Verify", "1"], [], {
            "alert": ["server " + ("certificate_required" if version == "1.3" else "handshake_failure")]}


def refused_cells(lab):
    for name, versions, server, client, facts in refused_rows():
        facts = {"state": lambda seen: True} | facts
        yield Cell(name, lambda versions=versions, server=server, client=client, facts=facts: talks.refused(
            lab, versions, server, client, **facts))


def gnutls_cells(lab):
    is_there = all(map(shutil.which, ("gnutls-cli", "gnutls-serv", "srptool")))
    if is_there:
        lab.run("srptool", "--create-conf", "srp.conf")
        lab.run("srptool", "--passwd", "srp.passwd", "--passwd-conf", "srp.conf", "--username", "ada", input=b"not a secret\nnot a secret\n")

    def priority(version, cipher, mac, kx="RSA", more=""):
        groups = "" if kx == "RSA" else ":+GROUP-ALL"
        return f"NONE:+VERS-TLS{version}:+{cipher}:+{mac}:+{kx}:+SIGN-ALL:+COMP-NULL{groups}:%VERIFY_ALLOW_BROKEN{more}"

    def rows():
        for version in ("1.0", "1.1", "1.2"):
            for cipher, name in (("ARCFOUR-128", "RC4_128"), ("3DES-CBC", "3DES_EDE_CBC")):
                yield f"{cipher}, TLS {version}", priority(version, cipher, "SHA1"), {
                    "facts": {"cipher": f"TLS_RSA_WITH_{name}_SHA", "version": f"TLSv{version}"}, "steps": 3}
        yield "ARCFOUR-128 with MD5, TLS 1.2", priority("1.2", "ARCFOUR-128", "MD5"), {"facts": {"cipher": "TLS_RSA_WITH_RC4_128_MD5"}}
        for version in ("1.0", "1.2"):
            no_etm = priority(version, "AES-128-CBC", "SHA1", more=":%NO_ETM:%NO_SESSION_HASH")
            yield f"no extended master secret, TLS {version}", no_etm, {"facts": {"version": f"TLSv{version}"}}
            yield f"no extensions, TLS {version}", priority(version, "AES-128-CBC", "SHA1", more=":%NO_EXTENSIONS"), {}
        yield "record size limit, TLS 1.2", priority("1.2", "AES-128-GCM", "AEAD", "ECDHE-RSA"), {"client_args": ["--recordsize", "512"], "size": 510, "steps": 3}
        yield "record size limit, TLS 1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.3", {"client_args": ["--recordsize", "512"], "size": 510, "steps": 3}
        yield "gnutls, TLS 1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.3", {"facts": {"version": "TLSv1.3"}, "steps": 3}
        yield "gnutls and openssl, TLS 1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.3", {"facts": {"version": "TLSv1.3"}, "server": "openssl", "steps": 3}
        yield "old renegotiation, TLS 1.2", priority("1.2", "AES-128-CBC", "SHA1", more=":%DISABLE_SAFE_RENEGOTIATION"), {
            "server": "openssl", "server_args": ["-legacy_renegotiation", "-client_renegotiation"], "client_args": ["--rehandshake"],
            "facts": {"hellos": 2}}
        for version in ("1.0", "1.2"):
            for kx in ("SRP", "SRP-RSA"):
                suite = "TLS_SRP_SHA_" + ("RSA_" if kx == "SRP-RSA" else "") + "WITH_AES_128_CBC_SHA"
                yield f"{kx}, TLS {version}", priority(version, "AES-128-CBC", "SHA1", kx), {
                    "server_args": ["--srppasswd", "srp.passwd", "--srppasswdconf", "srp.conf"],
                    "client_args": ["--srpusername", "ada", "--srppasswd", "not a secret"],
                    "facts": {"cipher": suite, "version": f"TLSv{version}"}, "steps": 3}
        yield "resumed by gnutls, TLS 1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.2", {"client_args": ["--resume"], "again": True}
        yield "resumed by gnutls, TLS 1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.3", {"client_args": ["--resume"], "again": True}

    for name, order, row in rows():
        def make(name=name, order=order, row=row):
            if not is_there:
                return ["# skip no gnutls-bin"]
            return talks.gnutls(lab, name, order, **row)
        yield Cell(f"gnutls: {name}", make)


def nss_cells(lab):
    """SSL 3.0, which neither openssl nor gnutls of Debian speaks."""
    is_there = all(map(shutil.which, ("selfserv", "tstclnt", "certutil", "pk12util")))
    if is_there:
        talks.make_nss_store(lab)
    for number, name in (("0004", "RC4_128_MD5"), ("0005", "RC4_128_SHA"), ("000A", "3DES_EDE_CBC_SHA"), ("002F", "AES_128_CBC_SHA"),
                         ("0035", "AES_256_CBC_SHA"), ("0002", "NULL_SHA")):
        def make(number=number, name=name):
            return talks.nss(lab, name, "ssl3", number, version="SSLv3", cipher=f"TLS_RSA_WITH_{name}") if is_there else ["# skip no libnss3-tools"]
        yield Cell(f"nss: {name}, SSL 3.0", make)


def web_cells(lab):
    get, put = "/file.bin", "/up/"
    got, got2 = [("GET", 0, "HTTP/1.1"), (200, len(web.FILE), "HTTP/1.1")], [("GET", 0, "HTTP/2"), (200, len(web.FILE), "HTTP/2")]
    up = len(web.UPLOAD)
    rows, cells = {}, []

    def add(name, more, make):
        rows[name] = more
        cells.append((name, make))

    for version in ("1.2", "1.3"):
        only, facts = f"; ssl_protocols TLSv{version}", {"version": f"TLSv{version}"}
        add(f"HTTP/1.1, TLS {version}", only, lambda n, w, f=facts: web.talk11(n, w, [get], [f | {"http": got}]))
        add(f"HTTP/1.1, several requests, TLS {version}", only, lambda n, w, f=facts: web.talk11(n, w, [get, get, "/none"], [f | {
            "http": lambda seen: [row[0] for row in seen] == ["GET", 200, "GET", 200, "GET", 404]}]))
        add(f"HTTP/1.1, upload, TLS {version}", only, lambda n, w, f=facts: web.talk11(n, w, ["-H", "Expect:", "-T", "upload", put + w[-3:] + "a"], [f | {
            "http": lambda seen: ("PUT", up, "HTTP/1.1") in seen and seen[-1][0] == 201}]))  # curl traces 100 (Continue) in part
        add(f"HTTP/1.1, compressed and chunked, TLS {version}", only + "; gzip on", lambda n, w, f=facts: web.talk11(
            n, w, ["-H", "Accept-Encoding: gzip", "--raw", "/file.txt"], [f | {"http": lambda seen: seen[1][0] == 200 and 0 < seen[1][1] < len(web.LINES)}]))
        close = ["-H", "Connection: close", get, get]
        if version == "1.3":  # to 1.2 curl takes no tickets
            add("HTTP/1.1, ticket, TLS 1.3", only, lambda n, w, f=facts: web.talk11(n, w, close, [f | AGAIN[0], f | AGAIN[1] | {"http": got}]))
        add(f"HTTP/1.1, session ID, TLS {version}", only + "; ssl_session_tickets off; ssl_session_cache shared:a:1m", lambda n, w, f=facts: web.talk11(
            n, w, close, [f | AGAIN[0], f | AGAIN[1] | {"http": got}]))
        add(f"HTTP/1.1, client certificate, TLS {version}", only + "; ssl_verify_client on", lambda n, w, f=facts: web.talk11(
            n, w, ["--cert", "client.pem", "--key", "client.key", get], [f | {"http": got, "certificates": has("client CN=client.test")}]))
        only = "http2" + only
        add(f"HTTP/2, TLS {version}", only, lambda n, w, f=facts: web.talk2(n, w, [get], [], [web.FILE], f | {"http": got2}))
        add(f"HTTP/2, several requests, TLS {version}", only, lambda n, w, f=facts: web.talk2(n, w, [get, "/file.txt"], [], [web.FILE, web.LINES], f))
        add(f"HTTP/2, upload, TLS {version}", only, lambda n, w, f=facts: web.talk2(n, w, ["-T", "upload", put + w[-3:] + "b"], [web.UPLOAD], [], f | {
            "http": [("PUT", up, "HTTP/2"), (201, 0, "HTTP/2")]}))
        add(f"HTTP/2, client certificate, TLS {version}", only + "; ssl_verify_client on", lambda n, w, f=facts: web.talk2(
            n, w, ["--cert", "client.pem", "--key", "client.key", get], [], [web.FILE], f | {"certificates": has("client CN=client.test")}))
    nginx = web.Nginx(lab, rows) if shutil.which("nginx") and shutil.which("curl") else None
    for name, make in cells:
        yield Cell(f"web: {name}", lambda name=name, make=make: make(nginx, name) if nginx else ["# skip no nginx, or no curl"])


def table(lab):
    names = talks.suites(lab)
    with open(lab.path("early"), "wb") as f:
        f.write(EARLY)
    talks.make_psk_session(lab)
    yield from suite_cells(lab, names)
    yield from pair_cells(lab, names)
    yield from refused_cells(lab)
    for version in ("-dtls1", "-dtls1_2"):
        yield Cell(f"named: {version[1:]}", lambda version=version: talks.dtls(lab, version))
    yield from gnutls_cells(lab)
    yield from nss_cells(lab)
    yield from web_cells(lab)
