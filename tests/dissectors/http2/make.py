#!/usr/bin/env python3
"""Writes the samples of this folder: HTTP/2 conversations put together octet by octet.

Header blocks are written here by the rules of RFC 7541, section 6, so that nothing that reads them has also made them;
those of rfc7541.bin are the octets of its appendix C.
"""
from pathlib import Path

HERE = Path(__file__).resolve().parent
C, S = 0, 1
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, HAS_PRIORITY = 1, 1, 4, 8, 32
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
STATIC = {":authority": 1, ":method": 2, ":path": 4, ":scheme": 6, ":status": 8, "content-length": 28, "content-type": 31,
          "date": 33, "location": 46, "server": 54, "user-agent": 58, "www-authenticate": 61}
WHOLE = {(":method", "GET"): 2, (":method", "POST"): 3, (":path", "/"): 4, (":scheme", "https"): 7, (":status", "200"): 8}


def integer(value, bits, first):
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = [first | most], value - most
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + [value])


class Encoder:
    """One direction: every field that is no static entry goes into the dynamic table."""

    def __init__(self):
        self.dynamic = []

    def block(self, *fields):
        out = b""
        for name, value in fields:
            if (name, value) in WHOLE:
                out += integer(WHOLE[name, value], 7, 0x80)
            elif (name, value) in self.dynamic:
                out += integer(62 + self.dynamic.index((name, value)), 7, 0x80)
            else:
                known = [n for n, _ in self.dynamic]
                index = STATIC.get(name) or (62 + known.index(name) if name in known else 0)
                out += integer(index, 6, 0x40)
                out += b"" if index else integer(len(name), 7, 0) + name.encode()
                out += integer(len(value), 7, 0) + value.encode()
                self.dynamic.insert(0, (name, value))
        return out


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def headers(stream, block, flags=0):
    return frame(HEADERS, END_HEADERS | flags, stream, block)


def padded(octets, n):
    return bytes([n]) + octets + bytes(n)


def get(path, host, *more):
    return ((":method", "GET"), (":scheme", "https"), (":authority", host), (":path", path),
            ("user-agent", "OC/16.0 (Skype for Business)"), *more)


def answer(status, media, *more):
    return ((":status", status), ("server", "Microsoft-IIS/8.5"), ("content-type", media), *more)


CLIENT = PREFACE + frame(SETTINGS, 0, 0, bytes.fromhex("000300000064000400100000")) + \
    frame(WINDOW_UPDATE, 0, 0, (1 << 20).to_bytes(4, "big"))
SERVER = frame(SETTINGS, 0, 0, bytes.fromhex("000300000080"))
ACKS = ((C, frame(SETTINGS, ACK, 0)), (S, frame(SETTINGS, ACK, 0)))
ROOT = b'{"_links":{"self":{"href":"https://lyncdiscover.contoso.example/"},' \
       b'"user":{"href":"https://web.contoso.example/Autodiscover/user"}}}'
ENVELOPE = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><t:RequestSecurityToken ' \
           b'xmlns:t="http://docs.oasis-open.org/ws-sx/ws-trust/200512"/></s:Body></s:Envelope>'


def rfc7541():
    requests = ("828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
                "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")
    date = "6196d07abe941054d444a8200595040b8166e0"
    answers = ("488264025885aec3771a4b" + date + "82a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3", "4883640effc1c0bf",
               "88c1" + date + "84a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587"
               "316065c003ed4ee5b1063d5007")
    yield C, PREFACE + frame(SETTINGS, 0, 0, bytes.fromhex("000100000100"))
    yield S, SERVER
    yield from ACKS
    for n, (request, reply) in enumerate(zip(requests, answers)):
        yield C, headers(2 * n + 1, bytes.fromhex(request), END_STREAM)
        yield S, headers(2 * n + 1, bytes.fromhex(reply), END_STREAM)


def discovery():
    c, s = Encoder(), Encoder()
    yield C, CLIENT
    yield S, SERVER + frame(WINDOW_UPDATE, 0, 0, (1 << 20).to_bytes(4, "big"))
    yield from ACKS
    yield C, headers(1, c.block(*get("/?sipuri=ada@contoso.example", "lyncdiscover.contoso.example")), END_STREAM)
    yield S, headers(1, s.block(*answer("200", "application/json", ("x-ms-server-fqdn", "fe01.contoso.example"))))
    yield S, frame(DATA, PADDED, 1, padded(ROOT[:50], 7))
    yield S, frame(DATA, END_STREAM, 1, ROOT[50:])
    yield C, headers(3, c.block(*get("/Autodiscover/user", "web.contoso.example")), END_STREAM)
    yield S, headers(3, s.block(*answer(
        "401", "text/html", ("x-ms-diagnostics", '28020;source="FE01.contoso.example";reason="No valid security token."'),
        ("www-authenticate", "Negotiate"), ("www-authenticate", "NTLM"), ("content-length", "2"))))
    yield S, frame(DATA, END_STREAM, 3, b"no")
    post = ((":method", "POST"), (":scheme", "https"), (":authority", "web.contoso.example"),
            (":path", "/WebTicket/WebTicketService.svc"), ("user-agent", "OC/16.0 (Skype for Business)"),
            ("content-type", "text/xml; charset=utf-8"),
            ("soapaction", '"http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue"'))
    yield C, frame(HEADERS, END_HEADERS | HAS_PRIORITY, 5, bytes.fromhex("000000030f") + c.block(*post))
    yield C, frame(DATA, 0, 5, ENVELOPE[:100])
    yield C, frame(PING, 0, 0, b"12345678") + frame(DATA, END_STREAM, 5, ENVELOPE[100:])
    yield S, frame(PING, ACK, 0, b"12345678") + frame(RST_STREAM, 0, 5, (13).to_bytes(4, "big"))
    yield C, headers(7, c.block(*get("/Autodiscover/user", "web.contoso.example", ("cookie", "a=b"))), END_STREAM)
    yield S, headers(7, s.block(*answer("200", "application/json", ("content-length", "0"))), END_STREAM)
    yield S, frame(GOAWAY, 0, 0, (7).to_bytes(4, "big") + bytes(4))


def shapes():
    c, s = Encoder(), Encoder()
    yield C, CLIENT
    yield S, SERVER
    yield from ACKS
    block = c.block(*get("/long", "a.example", ("x-filler", "f" * 100)))
    yield C, frame(HEADERS, END_STREAM | PADDED | HAS_PRIORITY, 1, padded(bytes(5) + block[:40], 3)) + \
        frame(CONTINUATION, 0, 1, block[40:90])
    yield C, frame(CONTINUATION, END_HEADERS, 1, block[90:]) + frame(0x10, 0, 0, b"priority update")
    yield S, headers(1, s.block((":status", "103"), ("x-link", "</style.css>")))
    yield S, frame(PUSH_PROMISE, END_HEADERS, 1, (2).to_bytes(4, "big") + s.block(*get("/style.css", "a.example")))
    trap = headers(1, b"\x8d", END_STREAM)  # what a frame looks like, in a body: status 404
    yield S, headers(1, s.block(*answer("200", "text/plain"))) + frame(DATA, 0, 1, b"hello" + trap + b"!")
    yield S, headers(2, s.block(*answer("200", "text/css"))) + frame(DATA, END_STREAM, 2, b"a{}")
    yield S, headers(1, s.block(("x-checksum", "5d41402a")), END_STREAM)
    yield C, headers(3, c.block((":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"),
                                (":authority", "b.example"), (":path", "/chat")))
    yield S, headers(3, s.block((":status", "200")))
    yield C, frame(DATA, 0, 3, b"\x81\x01x")
    yield C, headers(5, c.block((":method", "CONNECT"), (":authority", "c.example:80")))
    yield S, headers(5, s.block((":status", "200")))
    yield C, frame(DATA, 0, 5, b"GET /inside HTTP/1.1\r\nHost: c.example\r\n\r\n")
    yield S, frame(DATA, 0, 5, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    yield C, headers(7, c.block(*get("/slow", "a.example")), END_STREAM)
    yield C, frame(RST_STREAM, 0, 7, (8).to_bytes(4, "big"))
    yield S, headers(7, s.block(*answer("200", "text/plain")), END_STREAM)
    yield C, headers(9, c.block((":method", "POST"), (":scheme", "https"), (":authority", "d.example"), (":path", "/p.S/M"),
                                ("content-type", "application/grpc+proto")))
    yield C, frame(DATA, END_STREAM, 9, b"\0\0\0\0\1x")
    yield S, frame(GOAWAY, 0, 0, (9).to_bytes(4, "big") + (2).to_bytes(4, "big") + b"debug")


def interleaved():
    """Two bodies at once in each direction: what each carries belongs to its own message."""
    c, s = Encoder(), Encoder()
    other = ENVELOPE.replace(b"RequestSecurityToken", b"GetAndPublishCert")
    yield C, CLIENT
    yield S, SERVER
    yield from ACKS
    for stream, host in ((1, "a.example"), (3, "b.example")):
        yield C, headers(stream, c.block((":method", "POST"), (":scheme", "https"), (":authority", host), (":path", "/"),
                                         ("content-type", "text/xml")))
    yield C, frame(DATA, 0, 1, ENVELOPE[:99]) + frame(DATA, 0, 3, other[:50])
    yield C, frame(DATA, END_STREAM, 1, ENVELOPE[99:])
    yield C, frame(DATA, END_STREAM, 3, other[50:])
    yield S, headers(3, s.block(*answer("200", "application/json"))) + headers(1, s.block(*answer("200", "text/xml")))
    yield S, frame(DATA, END_STREAM, 3, ROOT)
    yield S, frame(DATA, END_STREAM, 1, other)


def late():
    """The capture begins behind the first two exchanges."""
    return list(discovery())[11:]


for sample in (rfc7541, discovery, shapes, interleaved, late):
    records = (bytes([way]) + len(octets).to_bytes(4, "big") + octets for way, octets in sample())
    (HERE / f"{sample.__name__}.bin").write_bytes(b"".join(records))
