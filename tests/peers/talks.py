"""Conversations of real TLS peers.  Each function starts its peers, lets them talk and gives one Talk for each connection:
what was sent, octet for octet, and what signscope must say about it."""
import base64
import random
import re
import subprocess
import time

FIRST = object()  # a fact: the first connection to the same port
PSK = "00112233445566778899aabbccddeeff"
VERSIONS = {"1.0": "-tls1", "1.1": "-tls1_1", "1.2": "-tls1_2", "1.3": "-tls1_3"}


class Talk:
    """One connection: the port it went to, the octets both sides sent, and facts."""

    def __init__(self, port, c2s=b"", s2c=b"", **facts):
        self.port, self.c2s, self.s2c, self.facts = port, c2s, s2c, facts
        self.early = b""  # of c2s, what came as early data


def text(name, n):
    """n octets of one line; they begin with no letter that s_client or s_server takes as a command."""
    letters = "abdefghijlmnoptuvwxyz0123456789"
    return ("z" + "".join(random.Random(name).choices(letters, k=n - 2)) + "\n").encode()


def binary(name, n):
    return random.Random(name).randbytes(n)


def suites(lab):
    """OpenSSL's names of all its suites: (IANA's name, first version, key exchange, authentication, cipher, MAC)."""
    out = {}
    for line in lab.run("openssl", "ciphers", "-V", "-stdname", "ALL:eNULL:@SECLEVEL=0").decode().splitlines():
        _, _, iana, _, name, version, *rest = line.split()
        out[name] = (iana, version, *(word.split("=")[1] for word in rest))
    for name in ("TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"):  # off unless they are asked for
        out[name] = (name, "TLSv1.3", "any", "any", name, "AEAD")
    return out


def session_file(name):
    return f"session {name}.pem"


def make_psk_session(lab):
    """A session file with PSK, which allows early data: SSL_SESSION of OpenSSL, as i2d_SSL_SESSION(3) writes it."""
    def der(tag, octets=b""):
        return bytes([tag, len(octets)]) + octets

    def number(n):
        return der(2, n.to_bytes(5, "big").lstrip(b"\0"))
    members = [number(1), number(0x0304), der(4, b"\x13\x01"), der(4), der(4, bytes.fromhex(PSK)), der(0xA1, number(int(time.time()))),
               der(0xA2, number(86400)), der(0xAF, number(16384))]  # version, TLS 1.3, suite, ID, key, time, lifetime, early data
    with open(lab.path("psk.pem"), "w") as f:
        f.write(f"-----BEGIN SSL SESSION PARAMETERS-----\n{base64.b64encode(der(0x30, b''.join(members))).decode()}\n"
                "-----END SSL SESSION PARAMETERS-----\n")


def tls_args(version, suite):
    args = [VERSIONS[version]]
    if suite:
        args += ["-ciphersuites", suite] if version == "1.3" else ["-cipher", suite + ":@SECLEVEL=0"]
    elif version != "1.3":
        args += ["-cipher", "DEFAULT:@SECLEVEL=0"]
    return args


def cert_args(cert):
    return ["-cert", f"{cert}.pem", "-key", f"{'rsa' if cert == 'chain' else cert}.key"] if cert else ["-nocert"]


def all_suites(lab, names, version, cert, args, wanted):
    """One server, and a connection with each of the suites; the server sends lines back reversed."""
    port = lab.port()
    more = ["-dcert", "ec.pem", "-dkey", "ec.key"] if cert == "rsa" else []
    ciphers = ["-ciphersuites", ":".join(n for n in names if n.startswith("TLS_"))] if version == "1.3" else [
        "-cipher", "ALL:eNULL:aNULL:@SECLEVEL=0"]
    server = lab.start("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-rev", VERSIONS[version], *cert_args(cert), *more,
                       *ciphers, "-keylogfile", "server.keys", *args.get("server", []))
    lab.wait_listening(port, server)
    for name in wanted:
        line = text(f"{version} {name}", 700)
        client = lab.start("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-quiet", "-no_ign_eof",
                           *tls_args(version, name), "-keylogfile", "client.keys", *args.get("client", []))
        client.send(line)
        answer = line[-2::-1] + b"\n"
        try:
            client.wait_for(answer)
        except RuntimeError as error:
            yield name, error
            continue
        client.finish()
        yield name, Talk(port, line, answer, version=f"TLSv{version}", cipher=names[name][0])


def pair(lab, names, name, version, suite=None, cert="rsa", server=(), client=(), steps=(("c", 50), ("s", 20000), ("c", 9000)), runs=((),),
         facts=None, early=None, first_early=1, versions=None):
    """s_server and s_client that send each other what steps say: ("c", n) and ("s", n) octets, ("C", x) and ("S", x) a
    command of s_client or s_server and what that then says.  runs: more arguments of the client, a connection each.
    early: what the client sends as early data, from that run on."""
    port = lab.port()
    has_commands = any(who in "CS" for who, _ in steps)
    make = text if has_commands else binary
    quiet = [] if has_commands else ["-quiet", "-no_ign_eof"]
    v_server, v_client = versions or (version, version)
    a = lab.start("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-naccept", len(runs), *quiet, *cert_args(cert),
                  *tls_args(v_server, suite), "-keylogfile", "server.keys", *server, err=subprocess.STDOUT)
    lab.wait_listening(port, a)
    for i, more in enumerate(runs):
        sent = {"c": b"", "s": b""}
        if early and i >= first_early:
            sent["c"] = early
        b = lab.start("openssl", "s_client", "-connect", f"127.0.0.1:{port}", *quiet, *tls_args(v_client, suite), "-keylogfile",
                      "client.keys", *([] if has_commands else ["-nocommands"]), *client, *more, err=subprocess.STDOUT)
        for n, (who, what) in enumerate(steps):
            sender, other = (b, a) if who in "cC" else (a, b)
            if who in "CS":
                sender.send(what[0].encode() + b"\n")
                sender.wait_for(what[1]) if what[1] else time.sleep(0.2)  # some commands say nothing
                continue
            octets = make(f"{name} {i} {n}", what)
            sender.send(octets)
            other.wait_for(octets)
            sent[who] += octets
        b.finish()
        expected = {"version": f"TLSv{version}"} | (facts[i] if facts else {})
        if suite:
            expected["cipher"] = names[suite][0]
        talk = Talk(port, sent["c"], sent["s"], **expected)
        talk.early = early if early and i >= first_early else b""
        yield talk


def refused(lab, versions, server=(), client=(), **facts):
    """s_server and s_client that do not come to terms."""
    port = lab.port()
    a = lab.start("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-naccept", 1, "-quiet", *cert_args("rsa"), *server, *versions[0],
                  "-keylogfile", "server.keys")
    lab.wait_listening(port, a)
    b = lab.start("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-quiet", *client, *versions[1], "-keylogfile", "client.keys")
    b.process.wait(20)
    yield Talk(port, **facts)


def dtls(lab, version):
    """s_server and s_client over UDP."""
    port = lab.port()
    a = lab.start("openssl", "s_server", version, "-accept", f"127.0.0.1:{port}", "-quiet", *cert_args("rsa"), "-cipher", "ALL:@SECLEVEL=0")
    lab.wait_listening(port, a, "udp")
    b = lab.start("openssl", "s_client", version, "-connect", f"127.0.0.1:{port}", "-quiet", "-no_ign_eof", "-cipher", "ALL:@SECLEVEL=0")
    line = text(version, 50)
    b.send(line)
    a.wait_for(line)
    b.finish()
    yield Talk(port, named=["DTLS"], state=None)


def gnutls(lab, name, priority, cert="rsa", server="gnutls", server_args=(), client_args=(), steps=1, size=3000, facts=None,
           again=False):
    """gnutls-cli, against gnutls-serv (which sends lines back) or s_server (which sends them back reversed)."""
    port = lab.port()
    key = ["--x509certfile", f"{cert}.pem", "--x509keyfile", f"{cert}.key"]
    if server == "gnutls":
        a = lab.start("gnutls-serv", "-p", port, "--echo", "--priority", priority, *key, *server_args,
                      env={"SSLKEYLOGFILE": lab.path("server.keys")})
    else:
        a = lab.start("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-rev", *cert_args(cert), "-cipher", "ALL:@SECLEVEL=0",
                      "-keylogfile", "server.keys", *server_args)
    lab.wait_listening(port, a)
    b = lab.start("gnutls-cli", "--insecure", "-p", port, "--priority", priority, *client_args, "127.0.0.1",
                  env={"SSLKEYLOGFILE": lab.path("client.keys")}, err=subprocess.STDOUT)
    sent = [b"", b""]
    b.wait_for(re.compile(rb"Simple Client Mode:\s*\n\s*\n"))
    for i in range(steps):
        line = text(f"{name} {i}", size if i == 0 else 500)
        answer = line if server == "gnutls" else line[-2::-1] + b"\n"
        b.send(line)
        b.wait_for(answer)
        sent[0], sent[1] = sent[0] + line, sent[1] + answer
    b.finish()
    if again:
        yield Talk(port, state=lambda seen: seen != "opaque", resumed=False)
    yield Talk(port, *sent, **(facts or {}), **({"resumed": True, "resumes": FIRST} if again else {}))


def make_nss_store(lab):
    """The certificate and key of rsa, as NSS wants them."""
    lab.run("openssl", "pkcs12", "-export", "-in", "rsa.pem", "-inkey", "rsa.key", "-name", "rsa", "-passout", "pass:", "-out", "rsa.p12")
    lab.run("certutil", "-N", "-d", "sql:.", "--empty-password")
    lab.run("pk12util", "-i", "rsa.p12", "-d", "sql:.", "-W", "")


def nss(lab, name, span, suite, **facts):
    """tstclnt, which asks selfserv for a page; Debian's write no key log.  Talk.inside: what was sent."""
    port = lab.port()
    a = lab.start("selfserv", "-d", "sql:.", "-n", "rsa", "-p", port, "-V", f"{span}:{span}", "-c", f":{suite}")
    lab.wait_listening(port, a)
    b = lab.start("tstclnt", "-h", "127.0.0.1", "-p", port, "-d", "sql:.", "-o", "-V", f"{span}:{span}", "-c", f":{suite}")
    request = b"GET / HTTP/1.0\r\nUser-Agent: " + text(name, 5000).strip() + b"\r\n\r\n"
    b.send(request)
    answer = b.wait_for(re.compile(rb"HTTP/1.0 200 .*EOF\r\n\r\n\r\n", re.S))[0]
    b.stop()  # by itself it does not end
    talk = Talk(port, state="opaque", **facts)
    talk.inside = request, answer
    yield talk
