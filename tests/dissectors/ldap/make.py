#!/usr/bin/env python3
"""Writes the samples of this folder, of ../sasl, ../smb and ../netlogon: messages put together octet by octet.

BER is written here by the grammar of RFC 4511, appendix B.  Tokens are those of ../ntlm and ../spnego, the TLS record is the
first one of ../tls/tls12-gcm-alpn.bin, list and certificate those of tests/crypto/certs; names are invented.
"""
import struct
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
CERTS = TESTS.parent / "crypto/certs"
C, S = 0, 1


def tlv(tag, *parts):
    value = b"".join(parts)
    n = len(value)
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + (bytes([n]) if n < 128 else bytes([0x80 | len(size)]) + size) + value


def integer(n, tag=2):
    return tlv(tag, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))


def text(s, tag=4):
    return tlv(tag, s if isinstance(s, bytes) else s.encode())


def seq(*parts):
    return tlv(0x30, *parts)


def message(number, op, *controls):
    return seq(integer(number), op, *([tlv(0xA0, *controls)] if controls else []))


def control(oid, value=None):
    return seq(text(oid), *([text(value)] if value is not None else []))


def bind(name, auth):
    return tlv(0x60, integer(3), text(name), auth)


def simple(password):
    return text(password, 0x80)


def sasl(mechanism, credentials=None):
    return tlv(0xA3, text(mechanism), *([text(credentials)] if credentials is not None else []))


def result(tag, code, matched="", diagnostic="", *more):
    return tlv(tag, integer(code, 10), text(matched), text(diagnostic), *more)


def bound(code, matched="", diagnostic="", credentials=None):
    return result(0x61, code, matched, diagnostic, *([text(credentials, 0x87)] if credentials is not None else []))


def referral(*urls):
    return tlv(0xA3, *map(text, urls))


def search(base, scope, its_filter, *attributes):
    return tlv(0x63, text(base), integer(scope, 10), integer(0, 10), integer(0), integer(0), tlv(1, b"\0"), its_filter,
               seq(*map(text, attributes)))


def entry(name, **attributes):
    return tlv(0x64, text(name), seq(*[seq(text(k.replace("__", ";")), tlv(0x31, *map(text, v))) for k, v in attributes.items()]))


def done(code, matched="", diagnostic="", *more):
    return result(0x65, code, matched, diagnostic, *more)


def present(attribute):
    return text(attribute, 0x87)


def is_(attribute, value, tag=0xA3):
    return tlv(tag, text(attribute), text(value))


def substrings(attribute, *parts):
    return tlv(0xA4, text(attribute), seq(*[text(value, tag) for tag, value in parts]))


def records(path):
    octets = path.read_bytes()
    while octets:
        length = int.from_bytes(octets[1:5], "big")
        yield octets[5:5 + length]
        octets = octets[5 + length:]


NEGOTIATE, CHALLENGE, AUTHENTICATE = records(TESTS / "ntlm/udp-v2.bin")
INIT, ASKED, ANSWERED, ACCEPTED = records(TESTS / "spnego/udp-ntlm.bin")
AP_REQ, AP_REP = list(records(TESTS / "kerberos/udp-tokens.bin"))[:2]
HELLO = next(records(TESTS / "tls/tls12-gcm-alpn.bin"))

BASE = "DC=contoso,DC=com"
START_TLS = "1.3.6.1.4.1.1466.20037"
WHO_AM_I = "1.3.6.1.4.1.4203.1.11.3"
AD_REFUSES = "80090308: LdapErr: DSID-0C090400, comment: AcceptSecurityContext error, data 52e, v1db1\0"
ROOT_DSE = search("", 0, present("objectClass"), "supportedSASLMechanisms", "defaultNamingContext")
PAGED = "1.2.840.113556.1.4.319"


def wrap(octets, flags=0, ec=12, turned=0, number=1):
    """RFC 4121, section 4.2.6.2: a token, its checksum a run of one octet."""
    data = octets + b"\x5a" * ec
    turned_data = data[len(data) - turned % len(data):] + data[:len(data) - turned % len(data)]
    return struct.pack(">HBBHHQ", 0x0504, flags, 0xFF, ec, turned, number) + turned_data


def old_wrap(octets, seal=0xFFFF, sign=0x1100, sum_len=8):
    """RFC 1964, section 1.2.2."""
    body = struct.pack(">HHHH", 0x0201, sign, seal, 0xFFFF) + b"\x5a" * (8 + sum_len + 8) + octets + b"\x01"
    return tlv(0x60, tlv(6, bytes.fromhex("2a864886f712010202")), body)


def ntlm_signed(octets):
    return struct.pack("<I", 1) + b"\x5a" * 8 + struct.pack("<I", 0) + octets


def digest_signed(octets):
    return octets + b"\x5a" * 10 + b"\0\x01" + struct.pack(">I", 0)


def buffer(token):
    return len(token).to_bytes(4, "big") + token


FIND_ADA = search(BASE, 2, is_("sAMAccountName", "ada"), "cn")
ADA = entry("CN=Ada,CN=Users," + BASE, cn=["Ada"])
CDP = "CN=Contoso Issuing CA,CN=CDP,CN=Public Key Services,CN=Services,CN=Configuration," + BASE
AIA = "CN=Contoso Issuing CA,CN=AIA,CN=Public Key Services,CN=Services,CN=Configuration," + BASE

LDAP = {
    "binds": [
        (C, message(1, bind("", simple("")))), (S, message(1, bound(0))),
        (C, message(2, bind("cn=reader," + BASE, simple("")))), (S, message(2, bound(53, "", "no password"))),
        (C, message(3, bind("cn=reader," + BASE, simple("Sesam-42")))), (S, message(3, bound(49, "", AD_REFUSES))),
        (C, message(4, bind("", sasl("GSS-SPNEGO", INIT)))), (S, message(4, bound(14, "", "", ASKED))),
        (C, message(5, bind("", sasl("GSS-SPNEGO", ANSWERED)))), (S, message(5, bound(49, "", AD_REFUSES, ACCEPTED))),
        (C, message(6, bind("", text("", 0x89)))), (S, message(6, bound(0, "NTLM;GSSAPI"))),
        (C, message(7, bind("NTLM", text(NEGOTIATE, 0x8A)))), (S, message(7, bound(0, CHALLENGE))),
        (C, message(8, bind("", text(AUTHENTICATE, 0x8B)))), (S, message(8, bound(0))),
        (C, message(9, bind("", sasl("GSSAPI", AP_REQ)))), (S, message(9, bound(14, "", "", AP_REP))),
        (C, message(10, bind("", sasl("GSSAPI", "")))), (S, message(10, bound(14, "", "", wrap(b"\x07\0\xff\xff")))),
        (C, message(11, bind("", sasl("GSSAPI", wrap(b"\x02\0\xff\xff"))))), (S, message(11, bound(0))),
        (C, message(12, bind("", sasl("PLAIN", "\0ada\0Sesam-42")))), (S, message(12, bound(7))),
        (C, message(13, bind("", sasl("DIGEST-MD5")))), (S, message(13, bound(14, "", "", 'nonce="n-1",qop="auth"'))),
        (C, message(14, bind("", sasl("DIGEST-MD5", 'username="ada",realm="contoso.com",response=0123456789abcdef')))),
        (S, message(14, bound(0))),
        (C, message(15, bind("", sasl("SCRAM-SHA-512", "n,,n=ada,r=c-nonce")))), (S, message(15, bound(14, "", "", "r=c-nonce-s,s=QQ==,i=4096"))),
        (C, message(16, bind("", sasl("SCRAM-SHA-512", "c=biws,r=c-nonce-s,p=QUJD")))), (S, message(16, bound(0))),
        (C, message(17, bind("", sasl("EXTERNAL", "")))), (S, message(17, bound(48))),
        (C, message(18, tlv(0x42))),
    ],
    "operations": [
        (C, message(1, ROOT_DSE)),
        (S, message(1, entry("", supportedSASLMechanisms=["GSSAPI", "GSS-SPNEGO"], defaultNamingContext=[BASE])) + message(1, done(0))),
        (C, message(2, FIND_ADA, control(PAGED, seq(integer(100), text(""))), control("1.2.3"))),
        (S, message(2, ADA)), (S, message(2, tlv(0x73, text("ldap://dc2.contoso.com/" + BASE), text("ldap://dc3.contoso.com/" + BASE)))),
        (S, message(2, entry("CN=Bob,CN=Users," + BASE, cn=["Bob"]))),
        (S, message(2, done(0), control(PAGED, seq(integer(0), text(""))))),
        (C, message(3, search("CN=Nobody," + BASE, 0, present("objectClass"))) + message(4, search(BASE, 1, present("cn")))),
        (S, message(4, done(4))), (S, message(3, done(32, BASE, "no such entry"))),
        (C, message(5, search(BASE, 3, present("cn"), "*"))), (C, message(6, tlv(0x50, b"\x05"))),
        (C, message(7, search("DC=other,DC=com", 2, present("cn"), "1.1"))),
        (S, message(7, done(10, "", "", referral("ldap://other.com/DC=other,DC=com??sub")))),
        (C, message(8, tlv(0x66, text("CN=Ada," + BASE), seq()))), (S, message(8, result(0x67, 50))),
        (C, message(9, tlv(0x68, text("CN=New," + BASE), seq()))), (S, message(9, result(0x69, 68))),
        (C, message(10, text("CN=Old," + BASE, 0x4A))), (S, message(10, result(0x6B, 0))),
        (C, message(11, tlv(0x6C, text("CN=Old," + BASE), text("CN=Older"), tlv(1, b"\xff")))), (S, message(11, result(0x6D, 0))),
        (C, message(12, tlv(0x6E, text("CN=Ada," + BASE), seq(text("userPassword"), text("Sesam-42"))))), (S, message(12, result(0x6F, 6))),
        (C, message(13, tlv(0x77, text(WHO_AM_I, 0x80)))), (S, message(13, result(0x78, 0, "", "", text("u:CONTOSO\\ada", 0x8B)))),
        (C, message(14, tlv(0x77, text("1.3.6.1.4.1.4203.1.11.1", 0x80), text(seq(text("Sesam-42", 0x82)), 0x81)))),
        (S, message(14, tlv(0x79, text("1.2.3.4", 0x80), text("x", 0x81)))),
        (S, message(14, result(0x78, 0, "", "", text(seq(text("Sesam-43", 0x80)), 0x8B)))),
        (C, message(15, tlv(0x77, text(START_TLS, 0x80)))), (S, message(15, result(0x78, 52, "", "TLS is not there", text(START_TLS, 0x8A)))),
        (S, message(0, result(0x78, 52, "", "going down", text("1.3.6.1.4.1.1466.20036", 0x8A)))),
    ],
    "filters": [
        (C, message(1, search("", 0, tlv(0xA0, tlv(0xA1, is_("a", "1"), is_("b", "2", 0xA5)), tlv(0xA2, is_("c", "3", 0xA6)), is_("d", "4", 0xA8))))),
        (C, message(2, search("", 0, substrings("cn", (0x80, "A"), (0x81, "d"), (0x82, "a"))))),
        (C, message(3, search("", 0, substrings("cn", (0x81, "d"))))),
        (C, message(4, search("", 0, substrings("cn", (0x80, "A"))))),
        (C, message(5, search("", 0, substrings("cn", (0x82, "a"))))),
        (C, message(6, search("", 0, tlv(0xA9, text("2.4.6.8.10", 0x81), text("sn", 0x82), text("Barney", 0x83), tlv(0x84, b"\xff"))))),
        (C, message(7, search("", 0, tlv(0xA9, text("1.2.3", 0x81), text("Wilma", 0x83))))),
        (C, message(8, search("", 0, tlv(0xA9, text("sn", 0x82), text("x", 0x83), tlv(0x84, b"\0"))))),
        (C, message(9, search("", 0, is_("o", "Parens R Us (for all your parenthetical needs)")))),
        (C, message(10, search("", 0, is_("cn", "*\\\0")))),
        (C, message(11, search("", 0, is_("sn", "Lučić")))),
        (C, message(12, search("", 0, is_("objectSid", b"\x01\x05\xff\xfe")))),
        (C, message(13, search("", 0, tlv(0xA0)))),
        (C, message(14, search("", 0, tlv(0xA0, is_("userPassword", "Sesam-42"), is_("unicodePwd;binary", "Sesam-42"))))),
        (C, message(15, search("", 0, substrings("userPassword", (0x80, "Sesam"))))),
        (C, message(16, search("", 0, tlv(0xA9, text("userPassword", 0x82), text("Sesam-42", 0x83))))),
    ],
    "start-tls": [
        (C, message(1, tlv(0x77, text(START_TLS, 0x80)))), (S, message(1, result(0x78, 0, "", "", text(START_TLS, 0x8A)))), (C, HELLO),
    ],
    "signed": [
        (C, message(1, bind("", sasl("GSS-SPNEGO", INIT)))), (S, message(1, bound(0, "", "", ACCEPTED))),
        (C, buffer(wrap(message(2, FIND_ADA)))), (S, buffer(wrap(message(2, ADA)[:20])) + buffer(wrap(message(2, ADA)[20:] + message(2, done(0)), 1))),
        (C, buffer(wrap(b"\xa5" * 40, 2))), (S, buffer(wrap(b"\xa5" * 40, 3))),
    ],
    "revocation": [
        (C, message(1, search(CDP, 0, is_("objectClass", "cRLDistributionPoint"), "certificateRevocationList"))),
        (S, message(1, entry(CDP, certificateRevocationList__binary=[(CERTS / "crl.der").read_bytes()])) + message(1, done(0))),
        (C, message(2, search(AIA, 0, is_("objectClass", "certificationAuthority"), "cACertificate"))),
        (S, message(2, entry(AIA, cACertificate=[(CERTS / "issuing.der").read_bytes(), (CERTS / "root.der").read_bytes()]))),
        (S, message(2, done(0))),
        (C, message(3, search("CN=50%,CN=ä", 0, present("objectClass"), "authorityRevocationList"))),
        (S, message(3, entry("CN=50%,CN=ä", authorityRevocationList=["no list"])) + message(3, done(0))),
    ],
    "udp-ping": [
        (C, message(1, search("", 0, tlv(0xA0, is_("DnsDomain", "contoso.com"), is_("Host", "WS-10"), is_("User", "ada"), is_("NtVer", b"\x16\0\0\0")),
                              "NetLogon"))),
        (S, message(1, entry("", Netlogon=[b"\x17\0\0\0"])) + message(1, done(0))),
        (C, message(2, ROOT_DSE)),
    ],
}

SASL = {
    "udp-kerberos": [
        (C, wrap(message(1, ROOT_DSE))), (S, wrap(message(1, done(0)), 1, 12, 12)), (C, wrap(message(2, ROOT_DSE), 4, 12, 28)),
        (S, wrap(message(2, done(0)), 5, 0, 3)), (C, wrap(b"\xa5" * 40, 6)), (S, wrap(b"\xa5" * 40, 7)),
    ],
    "udp-old-kerberos": [
        (C, old_wrap(message(1, ROOT_DSE))), (S, old_wrap(message(1, done(0)), sign=0x0400, sum_len=20)), (C, old_wrap(b"\xa5" * 40, 0x1000)),
    ],
    "udp-ntlm-signed": [(C, ntlm_signed(message(1, ROOT_DSE))), (S, ntlm_signed(message(1, done(0))))],
    "udp-ntlm-sealed": [(C, ntlm_signed(b"\xa5" * 40)), (S, ntlm_signed(message(1, done(0))))],
    "udp-digest": [(C, digest_signed(message(1, ROOT_DSE))), (S, digest_signed(b"\xa5" * 40))],
    "udp-nobody": [(C, b"\xa5" * 40)],
}

# [MS-SMB2], section 2.2.3, with dialects 2.1 and 3.0; C706, section 12.6.4.3, with the interface of [MS-NRPC].
NEGOTIATE_SMB = struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, b"") + \
    struct.pack("<HHHHI16sQHH", 36, 2, 1, 0, 0, b"\x5a" * 16, 0, 0x0210, 0x0300)
NRPC = bytes.fromhex("7856341234 12cdabef00 01234567cffb")
NDR = bytes.fromhex("045d888aeb1cc9119fe808002b104860")
BIND_NRPC = struct.pack("<BBBBIHHIHHIB3xHBB16sI16sI", 5, 0, 11, 3, 0x10, 72, 0, 2, 5840, 5840, 0, 1, 0, 1, 0, NRPC, 1, NDR, 2)
BOUND = struct.pack("<BBBBIHHIHHI", 5, 0, 12, 3, 0x10, 24, 0, 2, 5840, 5840, 1)

SMB = {"negotiate": [(C, buffer(NEGOTIATE_SMB)), (S, buffer(NEGOTIATE_SMB)), (C, buffer(b"\xfdSMB" + b"\x5a" * 60))]}
NETLOGON = {"bind": [(C, BIND_NRPC), (S, BOUND), (C, b"\5\0\0\3" + b"\x5a" * 60)]}


def write(folder, samples):
    for sample, messages in samples.items():
        (TESTS / folder / f"{sample}.bin").write_bytes(b"".join(bytes([side]) + len(m).to_bytes(4, "big") + m for side, m in messages))


write("ldap", LDAP)
write("sasl", SASL)
write("smb", SMB)
write("netlogon", NETLOGON)
