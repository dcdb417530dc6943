"""The same frames with keys of other origin: one peer's log, the capture itself, older kinds of key log lines, private keys."""
import collections
import re

import talks


class Source:
    """A cell: the connections of the cells called names, opened with these files alone.
    opens: of a Talk what these open of it."""

    def __init__(self, name, names, files, is_inside=False, opens=lambda talk: talk):
        self.name, self.names, self.files, self.is_inside, self.opens = name, names, files, is_inside, opens

    def capture(self, lab, program, whole, ports):
        """A capture of the connections to ports; is_inside: with the keys in it."""
        excerpt, embedded = lab.path("excerpt.pcap"), lab.path("excerpt.pcapng")
        with open(whole, "rb") as f, open(excerpt, "wb") as out:
            out.write(f.read(24))
            while head := f.read(16):
                frame = f.read(int.from_bytes(head[8:12], "little"))
                tcp = 14 + 4 * (frame[14] & 15)  # Ethernet, IPv4
                if {int.from_bytes(frame[tcp:tcp + 2], "big"), int.from_bytes(frame[tcp + 2:tcp + 4], "big")} & ports:
                    out.write(head + frame)
        if not self.is_inside:
            return excerpt, self.files
        lab.run(program, "keys", "embed", "--force", "-k", *self.files, "-o", embedded, excerpt)
        return embedded, []


def message(path, kind):
    """A handshake message as s_client's -msg wrote it."""
    with open(path) as f:
        found = re.search(rf"Handshake \[length \w+\], {kind}\n((?: +(?:[0-9a-f]{{2}} ?)+\n)+)", f.read())
    return bytes.fromhex(found[1])


def pre_master_line(lab, version, kind):
    """RSA <first 8 octets of the encrypted secret> <secret>, as NSS once wrote it."""
    encrypted = message(lab.path(f"msg {version} {kind}"), "ClientKeyExchange")[6:]
    with open(lab.path(f"encrypted {version} {kind}"), "wb") as f:
        f.write(encrypted)
    secret = lab.run("openssl", "pkeyutl", "-decrypt", "-inkey", "rsa.key", "-in", f.name)
    return f"RSA {encrypted[:8].hex()} {secret.hex()}\n"


def session_line(lab, version):
    """RSA Session-ID:<id> Master-Key:<secret>, as s_client prints a session."""
    said = lab.run("openssl", "sess_id", "-noout", "-text", "-in", talks.session_file(f"session by ID, TLS {version}")).decode()
    return "RSA Session-ID:{} Master-Key:{}\n".format(re.search(r"Session-ID: (\w+)", said)[1], re.search(r"Master-Key: (\w+)", said)[1])


def first_lines(log, by_conn):
    """Lines of a key log without those of resumed sessions."""
    resumed = set()
    for events in by_conn.values():
        randoms = [e["fields"]["random"] for e in events if e["kind"] == "tls.client_hello"]
        if any(e["fields"].get("resumed") for e in events if e["kind"] == "tls.server_hello"):
            resumed.update(randoms)
    with open(log) as f:
        return "".join(line for line in f if not any(random in line for random in resumed))


def session_psk(lab, name):
    """The pre-shared key of a session of TLS 1.3, as s_client keeps it."""
    said = lab.run("openssl", "sess_id", "-noout", "-text", "-in", talks.session_file(name)).decode()
    return re.search(r"Resumption PSK: (\w+)", said)[1] + "\n"


def psk13(lab, put, names, file):
    """Pre-shared keys of TLS 1.3: they open all, or with Diffie-Hellman early data."""
    for name in ("external PSK alone", "early data, external PSK alone"):
        if f"{name}, TLS 1.3" in names:
            yield Source(f"keys: pre-shared key, {name}, TLS 1.3", {f"{name}, TLS 1.3"}, file)
    name = "early data, external PSK, TLS 1.3"
    if name in names:
        yield Source(f"keys: pre-shared key, {name}", {name}, file, opens=lambda talk: talks.Talk(talk.port, talk.early))
    name = "early data, PSK of a session alone, TLS 1.3"
    if name in names:
        yield Source(f"keys: pre-shared key, {name}", {name}, [put("session.hex", session_psk(lab, name))],
                     opens=lambda talk: talk if talk.early else talks.Talk(talk.port))


def table(lab, by_conn, pairs, others):
    """others: the names of all other cells; pairs: the names of the cells of s_server and s_client, with the version of each."""
    def put(name, text):
        with open(lab.path(name), "w") as f:
            f.write(text)
        return lab.path(name)

    by_version = collections.defaultdict(set)
    for name, version in pairs:
        by_version[version].add(name)
    put("psk.hex", talks.PSK + "\n")
    for name in others:
        if name.startswith("nss: "):
            yield Source(f"keys: private key, {name}", {name}, [lab.path("rsa.key")], opens=lambda talk: talks.Talk(talk.port, *talk.inside))
    first = put("first.keys", first_lines(lab.path("client.keys"), by_conn))
    for version, names in by_version.items():
        yield Source(f"keys: the client's log alone, TLS {version}", names, [lab.path("client.keys")])
        # A server that refuses early data does not log its secret.
        yield Source(f"keys: the server's log alone, TLS {version}", names - {"early data refused, TLS 1.3"}, [lab.path("server.keys")])
        yield Source(f"keys: inside the capture, TLS {version}", names, [lab.path("client.keys")], is_inside=True)
        if version == "1.3":
            yield from psk13(lab, put, names, [lab.path("psk.hex")])
            continue
        for kind in ("extended", "plain"):
            wanted = {f"RSA key exchange, {kind} master secret, TLS {version}"} & names
            if wanted:
                yield Source(f"keys: pre-master secret, {kind} master secret, TLS {version}", wanted,
                             [put(f"rsa {version} {kind}.keys", pre_master_line(lab, version, kind))])
                yield Source(f"keys: private key, {kind} master secret, TLS {version}", wanted,
                             [lab.path("rsa.key")])
        by_id = {f"session by ID, TLS {version}"} & names
        if by_id:
            yield Source(f"keys: session ID and master secret, TLS {version}", by_id,
                         [put(f"id {version}.keys", session_line(lab, version))])
            yield Source(f"keys: the first session's line alone, session ID, TLS {version}", by_id, [first])
        by_ticket = {f"session by ticket, TLS {version}"} & names
        if by_ticket:
            yield Source(f"keys: the first session's line alone, ticket, TLS {version}", by_ticket, [first])
        wanted = {f"PSK key exchange, TLS {version}"} & names
        if wanted:
            yield Source(f"keys: pre-shared key, TLS {version}", wanted, [lab.path("psk.hex")])
