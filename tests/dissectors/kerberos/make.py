#!/usr/bin/env python3
"""Writes the samples of this folder, of ../spnego and of ../ntlm: tokens put together octet by octet.

DER is written here by the grammars of RFC 4120, appendix A, and RFC 4178, appendix A.  What is encrypted on the wire is a
run of one octet; names are invented.  NTLM messages are those of [MS-NLMP], section 4.2.4.
"""
import struct
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
C, S = 0, 1


def tlv(tag, *parts):
    value = b"".join(parts)
    n = len(value)
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + (bytes([n]) if n < 128 else bytes([0x80 | len(size)]) + size) + value


def ctx(n, *parts):
    return tlv(0xA0 | n, *parts)


def app(n, *parts):
    return tlv(0x60 | n, tlv(0x30, *parts))


def seq(*parts):
    return tlv(0x30, *parts)


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))


def text(s):
    return tlv(0x1B, s.encode())


def octets(b):
    return tlv(4, b)


def name(kind, *parts):
    return seq(ctx(0, integer(kind)), ctx(1, seq(*map(text, parts))))


def when(s):
    return tlv(0x18, s.encode())


def encrypted(etype, n, kvno=None):
    return seq(ctx(0, integer(etype)), *([ctx(1, integer(kvno))] if kvno is not None else []), ctx(2, octets(b"\x5a" * n)))


def ticket(realm, sname, etype, kvno):
    return app(1, ctx(0, integer(5)), ctx(1, text(realm)), ctx(2, name(2, *sname)), ctx(3, encrypted(etype, 80, kvno)))


def pa(kind, value):
    return seq(ctx(1, integer(kind)), ctx(2, octets(value)))


def request(number, body, padata):
    return app(number, ctx(1, integer(5)), ctx(2, integer(number)), *([ctx(3, seq(*padata))] if padata else []), ctx(4, seq(*body)))


def body(options, cname, realm, sname, etypes):
    return [ctx(0, tlv(3, b"\0" + options.to_bytes(4, "big"))), *([ctx(1, name(1, *cname))] if cname else []), ctx(2, text(realm)),
            ctx(3, name(2, *sname)), ctx(5, when("20370913024805Z")), ctx(7, integer(77)), ctx(8, seq(*map(integer, etypes)))]


def reply(number, padata, realm, cname, its_ticket, etype):
    return app(number, ctx(0, integer(5)), ctx(1, integer(number)), *([ctx(2, seq(*padata))] if padata else []), ctx(3, text(realm)),
               ctx(4, name(1, *cname)), ctx(5, its_ticket), ctx(6, encrypted(etype, 60)))


def error(code, realm, sname, e_text=None, e_data=None):
    return app(30, ctx(0, integer(5)), ctx(1, integer(30)), ctx(2, when("20240302091401Z")), ctx(3, integer(250000)),
               ctx(4, when("20240302091402Z")), ctx(5, integer(123456)), ctx(6, integer(code)), ctx(9, text(realm)),
               ctx(10, name(2, *sname)), *([ctx(11, text(e_text))] if e_text else []), *([ctx(12, octets(e_data))] if e_data else []))


def ap_req(options, its_ticket, etype):
    return app(14, ctx(0, integer(5)), ctx(1, integer(14)), ctx(2, tlv(3, b"\0" + options.to_bytes(4, "big"))), ctx(3, its_ticket),
               ctx(4, encrypted(etype, 70)))


def ap_rep(etype):
    return app(15, ctx(0, integer(5)), ctx(1, integer(15)), ctx(2, encrypted(etype, 40)))


OID = {"krb5": "2a864886f712010202", "ms-krb5": "2a864882f712010202", "ntlm": "2b06010401823702020a", "negoex": "2b06010401823702021e",
       "spnego": "2b0601050502"}


def oid(mech):
    return tlv(6, bytes.fromhex(OID[mech]))


def gss(kind, message):
    return tlv(0x60, oid("krb5"), kind.to_bytes(2, "big"), message)


def nego_init(mechs, token):
    return tlv(0x60, oid("spnego"), ctx(0, seq(ctx(0, seq(*map(oid, mechs))), ctx(2, octets(token)))))


def nego_resp(state=None, mech=None, token=None, mic=None):
    return ctx(1, seq(*([ctx(0, tlv(10, bytes([state])))] if state is not None else []), *([ctx(1, oid(mech))] if mech else []),
                      *([ctx(2, octets(token))] if token else []), *([ctx(3, octets(mic))] if mic else [])))


REALM = "CONTOSO.COM"
TGT, SPN = ("krbtgt", REALM), ("HTTP", "web.contoso.com")
ETYPES = [18, 17, 23, -135, 99]
ETYPE_INFO2 = seq(seq(ctx(0, integer(18)), ctx(1, text(REALM + "ada"))), seq(ctx(0, integer(23))))
TGS_AP = ap_req(0, ticket(REALM, TGT, 18, 2), 18)
EXT_ERROR = struct.pack("<III", 0xC0000234, 0, 1)

KERBEROS = {
    "udp-logon": [
        (C, request(10, body(0x40810010, ["ada"], REALM, TGT, ETYPES), [pa(128, seq(ctx(0, tlv(1, b"\xff"))))])),
        (S, error(25, REALM, TGT, None, seq(pa(19, ETYPE_INFO2), pa(2, b""), pa(136, b"")))),
        (C, request(10, body(0x40810010, ["ada"], REALM, TGT, ETYPES), [pa(2, encrypted(18, 50))])),
        (S, error(18, REALM, TGT, "locked", seq(pa(3, EXT_ERROR)))),
        (C, request(10, body(0x40810010, ["ada"], REALM, TGT, ETYPES), [pa(2, encrypted(18, 50))])),
        (S, error(18, REALM, TGT, None, seq(ctx(1, integer(3)), ctx(2, octets(EXT_ERROR))))),
        (C, request(12, body(0x40810000, None, REALM, ("sip", "fe01.contoso.com"), ETYPES), [pa(1, TGS_AP)])),
        (S, error(7, REALM, ("sip", "fe01.contoso.com"))),
        (S, error(52, REALM, TGT)),
    ],
    "tcp-logon": [
        (C, request(10, body(0x40810010, ["ada"], REALM, TGT, ETYPES), [pa(2, encrypted(18, 50))])),
        (S, reply(11, [pa(19, ETYPE_INFO2)], REALM, ["ada"], ticket(REALM, TGT, 18, 2), 18)),
        (C, request(12, body(0x40810000, None, REALM, SPN, ETYPES), [pa(1, TGS_AP), pa(136, seq())])),
        (S, reply(13, [], REALM, ["ada"], ticket(REALM, SPN, 23, 7), 18)),
    ],
    "udp-tokens": [
        (C, gss(0x0100, ap_req(0x20000000, ticket(REALM, SPN, 23, 7), 18))),
        (S, gss(0x0200, ap_rep(18))),
        (C, ap_req(0x20000000, ticket(REALM, SPN, 23, 7), 18)),
        (S, gss(0x0300, error(41, REALM, SPN))),
    ],
}

CHALLENGE = bytes.fromhex(
    "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000060070170000000f5300650072007600"
    "6500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000")
AUTHENTICATE = bytes.fromhex(
    "4e544c4d5353500003000000180018006c00000054005400840000000c000c00480000000800080054000000100010005c00000010001000d8000000358288e2"
    "0501280a0000000f44006f006d00610069006e00550073006500720043004f004d0050005500540045005200"
    "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa"
    "68cd0ab851e51c96aabc927bebef6a1c01010000000000000000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e0001000c00"
    "5300650072007600650072000000000000000000c5dad2544fc9799094ce1ce90bc9d03e")
NEGOTIATE = (b"NTLMSSP\0" + struct.pack("<IIHHIHHI", 1, 0xE208B297, 7, 7, 45, 5, 5, 40) + bytes.fromhex("0a0063450000000f")
             + b"WS-10" + b"CONTOSO")

NTLM = {"udp-v2": [(C, NEGOTIATE), (S, CHALLENGE), (C, AUTHENTICATE)]}

SPNEGO = {
    "udp-ntlm": [
        (C, nego_init(["ms-krb5", "krb5", "ntlm", "negoex"], NEGOTIATE)),
        (S, nego_resp(1, "ntlm", CHALLENGE)),
        (C, nego_resp(None, None, AUTHENTICATE, b"\x5a" * 16)),
        (S, nego_resp(0, None, None, b"\x5a" * 16)),
    ],
    "udp-kerberos": [
        (C, nego_init(["ms-krb5", "krb5"], gss(0x0100, ap_req(0x20000000, ticket(REALM, SPN, 18, 7), 18)))),
        (S, nego_resp(0, "ms-krb5", gss(0x0200, ap_rep(18)))),
    ],
    "udp-bare": [(C, NEGOTIATE), (S, nego_resp(2)), (C, gss(0x0100, ap_req(0, ticket(REALM, SPN, 18, 7), 18)))],
}


def write(folder, samples):
    for sample, messages in samples.items():
        out = b""
        for side, message in messages:
            if sample.startswith("tcp-"):
                message = len(message).to_bytes(4, "big") + message
            out += bytes([side]) + len(message).to_bytes(4, "big") + message
        (TESTS / folder / f"{sample}.bin").write_bytes(out)


write("kerberos", KERBEROS)
write("spnego", SPNEGO)
write("ntlm", NTLM)
