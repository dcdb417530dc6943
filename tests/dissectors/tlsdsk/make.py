#!/usr/bin/env python3
"""Make the samples of TLS-DSK: both ends of OpenSSL in memory, their flights in samples of tlsdsk and in
SIP messages with signatures.  usage: make.py

Gives udp-*.bin (one record a flight) beside this file and ../sip/tls-dsk*.bin (whole sign-ins), with
the key logs of the handshakes in *.keys.  Signatures are made here, with Python's hmac.  Certificates and
random octets are new each time: after a new run look at the serial numbers that test_tlsdsk.c expects.
"""
import base64
import datetime
import hashlib
import hmac
import ssl
import struct
import tempfile
import warnings
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

warnings.simplefilter("ignore", DeprecationWarning)
HERE = Path(__file__).resolve().parent
VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2}
FROM, UNTIL = datetime.datetime(2024, 5, 1), datetime.datetime(2034, 5, 1)
REGISTRAR = "fe01.contoso.com"


def certificate(name, issuer, issuer_key, serial, names=(), is_ca=False):
    key = rsa.generate_private_key(65537, 2048)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)])
    made = x509.CertificateBuilder(by, who, key.public_key(), serial, FROM, UNTIL)
    if names:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
    made = made.add_extension(x509.BasicConstraints(is_ca, None), True)
    return made.sign(issuer_key or key, hashes.SHA256()), key


class World:
    """Certificates, and contexts of both ends."""

    def __init__(self, folder):
        self.folder = folder
        ca, ca_key = certificate("Example Enterprise CA", "Example Enterprise CA", None, 1, is_ca=True)
        users, users_key = certificate("Communications Server", "Communications Server", None, 2, is_ca=True)
        self.write("ca", ca)
        self.write("users", users)
        self.write("fe01", *certificate(REGISTRAR, "Example Enterprise CA", ca_key, 0x1001, [REGISTRAR, "sip.contoso.com"]))
        self.write("ada", *certificate("ada@contoso.com", "Communications Server", users_key, 0x2001))
        self.write("ben", *certificate("ben@contoso.com", "Communications Server", users_key, 0x2002))
        self.write("eve", *certificate("eve@contoso.com", "Eve", None, 0x2003))

    def write(self, name, cert, key=None):
        text = cert.public_bytes(serialization.Encoding.PEM)
        if key:
            text += key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (self.folder / f"{name}.pem").write_bytes(text)

    def context(self, is_server, who, version, ciphers, log):
        x = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if is_server else ssl.PROTOCOL_TLS_CLIENT)
        x.check_hostname = False
        x.minimum_version = x.maximum_version = VERSIONS[version]
        x.set_ciphers(ciphers + ":@SECLEVEL=0")
        x.options |= ssl.OP_NO_TICKET
        x.load_cert_chain(self.folder / f"{who}.pem")
        x.load_verify_locations(self.folder / ("users.pem" if is_server else "ca.pem"))
        x.verify_mode = ssl.CERT_REQUIRED
        if not is_server:
            x.keylog_filename = str(log)
        return x


def handshake(client, server, session=None):
    """The flights of both sides in turn, from the client's first on; and the ends: a session lives with them."""
    pipes = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(pipes[1], pipes[0], session=session), server.wrap_bio(pipes[0], pipes[1], server_side=True)]
    flights, is_over = [], False
    for turn in range(6):
        from_other = pipes[0] if turn % 2 else pipes[1]
        to_other = pipes[1] if turn % 2 else pipes[0]
        if is_over or (turn and not from_other.pending):
            break
        try:
            ends[turn % 2].do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            is_over = True
        octets = to_other.read()
        if not octets:
            break
        to_other.write(octets)
        flights.append(octets)
    return flights, ends


def sample(path, records, keys):
    path.write_bytes(b"".join(struct.pack(">BI", way, len(r)) + r for way, r in records))
    path.with_suffix(".keys").write_text(keys)


# signatures


def expand(digest, secret, seed, n):
    a, out = seed, b""
    while len(out) < n:
        a = hmac.new(secret, a, digest).digest()
        out += hmac.new(secret, a + seed, digest).digest()
    return out[:n]


def signing_keys(flights, keys):
    """Of client and server: [MS-SIPAE], section 3.2.5.1."""
    client, server = flights[0][11:43], flights[1][11:43]
    secret = next(bytes.fromhex(l.split()[2]) for l in keys.splitlines() if client.hex() in l)
    seed = b"client EAP encryption" + client + server
    if flights[1][9:11] == b"\x03\x03":
        block = expand("sha384" if flights[1][44 + flights[1][43] :][:2] == b"\xc0\x28" else "sha256", secret, seed, 128)
    else:
        block = bytes(a ^ b for a, b in zip(expand("md5", secret[:24], seed, 128), expand("sha1", secret[24:], seed, 128)))
    return block[64:96], block[96:128]


def sign(key, values, digest):
    return hmac.new(key, "".join(f"<{v}>" for v in values).encode(), digest).hexdigest()


class SignIn:
    """Messages of one user."""

    def __init__(self, user, call_id, opaque, flights, keys, digest="sha1"):
        self.user, self.call_id, self.opaque, self.flights, self.digest = user, call_id, opaque, flights, digest
        self.keys = signing_keys(flights, keys) if keys else None
        self.cseq = 0

    def message(self, start, method, auth, way, extra="", body=""):
        to_tag = ";tag=5E61CCD925D17E04" if way else ""
        text = (f"{start}\r\nVia: SIP/2.0/TLS 192.0.2.10:52110\r\nFrom: \"A, <B>\"<sip:{self.user}@contoso.com>;tag=7e57a9c001;epid=a1b2c3d4e5\r\n"
                f"To: <sip:{self.user}@contoso.com>{to_tag}\r\nCall-ID: {self.call_id}\r\nCSeq: {self.cseq} {method}\r\n"
                + "".join(a + "\r\n" for a in auth) + extra + f"Content-Length: {len(body)}\r\n\r\n{body}")
        return way, text.encode()

    def credentials(self, name, rest):
        return f'{name}: TLS-DSK qop="auth", realm="SIP Communications Service", targetname="{REGISTRAR}"{rest}, version=4'

    def signed(self, name, method, way, number, status=(), expires="", identities=("", ""), to_tag=None, wrong=""):
        side = "s" if way else "c"
        to_tag = ("5E61CCD925D17E04" if way else "") if to_tag is None else to_tag
        values = ["TLS-DSK", "0a1b2c3d", number, "SIP Communications Service", REGISTRAR, self.call_id, self.cseq, method,
                  f"sip:{self.user}@contoso.com", "7e57a9c001", f"sip:{self.user}@contoso.com", to_tag, *identities, expires, *status]
        mac = sign(self.keys[way], values, self.digest) + wrong
        proof = "rspauth" if way else "response"
        return self.credentials(name, f', opaque="{self.opaque}", {side}rand="0a1b2c3d", {side}num="{number}", {proof}="{mac}"')

    def legs(self, name="Authorization", challenge="WWW-Authenticate"):
        """REGISTER and its answer, once for each flight of both sides; the signed one last."""
        for i, flight in enumerate(self.flights):
            way = i % 2
            data = base64.b64encode(flight).decode()
            self.cseq += not way
            if way:
                auth = f'{challenge}: TLS-DSK opaque="{self.opaque}", gssapi-data="{data}", targetname="{REGISTRAR}", realm="SIP Communications Service", version=4'
                yield self.message("SIP/2.0 401 Unauthorized", "REGISTER", [auth], 1)
            else:
                handle = f', opaque="{self.opaque}"' if i else ""
                yield self.message("REGISTER sip:contoso.com SIP/2.0", "REGISTER",
                                   [self.credentials(name, f'{handle}, gssapi-data="{data}"')], 0)

    def registered(self):
        self.cseq += 1
        yield self.message("REGISTER sip:contoso.com SIP/2.0", "REGISTER", [self.signed("Authorization", "REGISTER", 0, 1)], 0)
        auth = self.signed("Authentication-Info", "REGISTER", 1, 1, status=(200,), expires="7200")
        yield self.message("SIP/2.0 200 OK", "REGISTER", [auth], 1, "Expires: 7200\r\n")

    def afterwards(self):
        """A request with both identities, one whose signature is wrong, and one of the server."""
        self.cseq += 1
        both = "sip:ada@contoso.com", "tel:+14255550100"
        yield self.message("SUBSCRIBE sip:ada@contoso.com SIP/2.0", "SUBSCRIBE", [self.signed("Proxy-Authorization", "SUBSCRIBE", 0, 2, identities=both)], 0,
                           'P-Preferred-Identity: "Ada, L" <sip:ada@contoso.com>, <tel:+14255550100>\r\n')
        self.cseq += 1
        yield self.message("SERVICE sip:ada@contoso.com SIP/2.0", "SERVICE", [self.signed("Authorization", "SERVICE", 0, 3, expires="1")], 0)
        yield self.message("BENOTIFY sip:192.0.2.10:52110 SIP/2.0", "BENOTIFY", [self.signed("Authentication-Info", "BENOTIFY", 1, 2)], 1)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = World(folder)

        def pair(case, version, ciphers, who="ada"):
            log = folder / f"{case}.keys"
            return world.context(False, who, version, ciphers, log), world.context(True, "fe01", version, ciphers, log), log

        def lines(log):
            return "".join(l for l in log.open() if not l.startswith("#"))

        def way(flights):
            return [(i % 2, f) for i, f in enumerate(flights)]

        for case, version, ciphers in (("tls10", "1.0", "AES128-SHA"), ("tls11", "1.1", "ECDHE-RSA-AES256-SHA"),
                                       ("tls12", "1.2", "ECDHE-RSA-AES256-SHA384")):
            client, server, log = pair(case, version, ciphers)
            flights, _ = handshake(client, server)
            sample(HERE / f"udp-{case}.bin", way(flights), lines(log))
        client, server, log = pair("resumed", "1.2", "AES128-SHA")
        first, ends = handshake(client, server)
        second, _ = handshake(client, server, ends[0].session)
        sample(HERE / "udp-resumed.bin", way(first) + way(second), lines(log))
        client, server, log = pair("refused", "1.0", "AES128-SHA", "eve")
        flights, _ = handshake(client, server)
        sample(HERE / "udp-refused.bin", way(flights), lines(log))

        client, server, log = pair("sip", "1.0", "AES128-SHA")
        flights, _ = handshake(client, server)
        ada = SignIn("ada", "1f3870be274f4ab8a1d1c0de5a1ad001", "F7550E1D", flights, lines(log))
        sample(HERE.parent / "sip/tls-dsk.bin", [*ada.legs(), *ada.registered(), *ada.afterwards()], lines(log))
        client, server, other = pair("ben", "1.2", "ECDHE-RSA-AES256-SHA384", "ben")
        flights, _ = handshake(client, server)
        both = lines(log) + lines(other)
        ada = SignIn("ada", "1f3870be274f4ab8a1d1c0de5a1ad001", "F7550E1D", ada.flights, both)
        ben = SignIn("ben", "2f3870be274f4ab8a1d1c0de5a1ad002", "A0550E1D", flights, both, "sha384")
        turns = [m for a, b in zip(ada.legs(), ben.legs("Proxy-Authorization", "Proxy-Authenticate")) for m in (a, b)]
        sample(HERE.parent / "sip/tls-dsk-two-users.bin", [*turns, *ben.registered(), *ada.registered()], both)


main()
