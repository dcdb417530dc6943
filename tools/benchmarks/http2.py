#!/usr/bin/env python3
"""Prints the scenario http2: 20 connections with 1,000 requests and 1,000 answers of HTTP/2 each (RFC 9113, RFC 7541).

Requests go in fours, answers with them interleaved; header fields come from the static and the dynamic table where they can.
"""
CONNS, ROUNDS, AT_ONCE = 20, 250, 4
DATA, HEADERS, SETTINGS, WINDOW_UPDATE = 0, 1, 4, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
# RFC 7541, appendix A: of what is sent here, by field or by name alone.
STATIC = {(":method", "GET"): 2, (":method", "POST"): 3, (":scheme", "https"): 7, (":status", "200"): 8, ":authority": 1,
          ":path": 4, ":status": 8, "accept": 19, "authorization": 23, "content-length": 28, "content-type": 31, "date": 33, "server": 54,
          "user-agent": 58}


def integer(first, bits, n):
    most = (1 << bits) - 1
    if n < most:
        return bytes([first | n])
    out, n = [first | most], n - most
    while n >= 128:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def text(s):
    return integer(0, 7, len(s)) + s.encode()


class Encoder:
    """One direction; what is put into the table fits into its 4,096 octets."""

    def __init__(self):
        self.table = []

    def field(self, name, value, is_kept):
        if STATIC.get((name, value)):
            return integer(0x80, 7, STATIC[name, value])
        if (name, value) in self.table:
            return integer(0x80, 7, 62 + self.table.index((name, value)))
        head = integer(0x40, 6, STATIC.get(name, 0)) if is_kept else integer(0, 4, STATIC.get(name, 0))
        if is_kept:
            self.table.insert(0, (name, value))
            assert sum(32 + len(n) + len(v) for n, v in self.table) <= 4096
        return head + (b"" if name in STATIC else text(name)) + text(value)


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def request(encoder, i):
    fields = [(":method", "GET", True), (":scheme", "https", True), (":authority", "web.contoso.com", True),
              (":path", f"/ucwa/oauth/v1/applications/10{i:04}/people/contacts?view={i % 7}", False),
              ("user-agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0", True),
              ("accept", "application/json", True), ("x-ms-client-id", f"c{i % 5}", True), ("x-ms-request", f"{i:08x}", False)]
    return frame(HEADERS, END_STREAM | END_HEADERS, 2 * i + 1, b"".join(encoder.field(*f) for f in fields))


def answer(encoder, i):
    body = (f'{{"contact":{i},"name":"user{i}@contoso.com","note":"' + "all is well; " * 20 + '"}').encode()
    fields = [(":status", "200", True), ("server", "Microsoft-IIS/10.0", True), ("content-type", "application/json; charset=utf-8", True),
              ("content-length", str(len(body)), False), ("date", f"Tue, 11 Mar 2025 08:{i // 60 % 60:02}:{i % 60:02} GMT", False),
              ("x-ms-server-fqdn", "fe01.contoso.com", True)]
    return (frame(HEADERS, END_HEADERS, 2 * i + 1, b"".join(encoder.field(*f) for f in fields)),
            frame(DATA, END_STREAM, 2 * i + 1, body))


def say(side, *frames):
    print(f'      octets w {side} "' + "".join(f"\\x{octet:02x}" for octet in b"".join(frames)) + '"')


def main():
    print(f"""seed 5
clock 2025-03-11T08:00:00Z
server web 198.51.100.20 rtt=4ms
cert root subject="Example Root CA" ca
cert web subject=web.contoso.com san=web.contoso.com issuer=root
expect http={CONNS * ROUNDS * AT_ONCE * 2} sip=0 dns=0
repeat {CONNS} every=5ms as=i {{
  thread conn${{i}} {{
    client pc${{i}} 10.20.0.0+${{i}}
    connect w pc${{i}} web:443
    tls w sni=web.contoso.com cert=web version=1.3 suites=TLS_AES_128_GCM_SHA256 alpn=h2 alpn-answer=h2""")
    client, server = Encoder(), Encoder()
    say("client", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", frame(SETTINGS, 0, 0), frame(WINDOW_UPDATE, 0, 0, (1 << 24).to_bytes(4, "big")))
    say("server", frame(SETTINGS, 0, 0), frame(SETTINGS, ACK, 0))
    say("client", frame(SETTINGS, ACK, 0))
    for i in range(0, ROUNDS * AT_ONCE, AT_ONCE):
        say("client", *(request(client, i + k) for k in range(AT_ONCE)))
        heads, bodies = zip(*(answer(server, i + k) for k in range(AT_ONCE)))
        say("server", *heads)
        say("server", *bodies)
    print("    close w\n  }\n}")


main()
