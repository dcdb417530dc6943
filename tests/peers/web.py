"""curl against nginx: HTTP/1.1, whose octets curl traces, and HTTP/2, whose bodies are taken out of its frames."""
import os
import re
import subprocess

from talks import Talk, binary, text

CONF = """user root; daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 64; }}
http {{
    access_log off; client_max_body_size 8m; root {folder}/www; default_type text/plain; gzip_types text/plain;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    ssl_certificate {folder}/rsa.pem; ssl_certificate_key {folder}/rsa.key; ssl_client_certificate {folder}/client.pem;
    {servers}
}}
"""
SERVER = "server {{ listen 127.0.0.1:{port} ssl {more}; location /up {{ dav_methods PUT; }} }}\n"
FILE, LINES, UPLOAD = binary("file", 150000), b"".join(text(f"line {i}", 60) for i in range(800)), binary("upload", 120000)


class Nginx:
    """One nginx; each row has a port of its own and says more about the server there."""

    def __init__(self, lab, rows):
        self.lab, self.ports = lab, {name: lab.port() for name in rows}
        os.makedirs(lab.path("www/up"))
        for name, octets in (("www/file.bin", FILE), ("www/file.txt", LINES), ("upload", UPLOAD)):
            with open(lab.path(name), "wb") as f:
                f.write(octets)
        servers = "".join(SERVER.format(port=self.ports[name], more=more) for name, more in rows.items())
        with open(lab.path("nginx.conf"), "w") as f:
            f.write(CONF.format(folder=lab.folder, servers=servers))
        self.server = lab.start("nginx", "-c", lab.path("nginx.conf"), "-p", lab.folder)

    def curl(self, name, args):
        """args: paths stand for addresses; what curl traced."""
        port = self.ports[name]
        self.lab.wait_listening(port, self.server)
        trace = self.lab.path(f"trace.{port}")
        words = [f"https://127.0.0.1:{port}{a}" if a.startswith("/") else a for a in args]
        outs = [w for _ in [a for a in args if a.startswith("/")] for w in ("-o", "/dev/null")]
        done = subprocess.run(["curl", "-q", "-sS", "-k", "-A", f"peer-{port}", "--trace", trace, *outs, *words],
                              env=self.lab.env | {"SSLKEYLOGFILE": self.lab.path("client.keys")}, cwd=self.lab.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
        if done.returncode:
            raise RuntimeError(f"curl: {done.stderr[-300:]}")
        with open(trace, encoding="latin-1") as f:
            return f.read()


def traced(trace):
    """[octets sent, octets received] of each connection of a trace, one after the other."""
    conns, side = [], None
    for line in trace.splitlines():
        head = re.match(r"(=>|<=) (?:Send|Recv) (header|data)\b", line)
        if line.startswith("== Info") and "Trying" in line:
            conns.append([b"", b""])
        if head:
            side = int(head[1] == "<=")
        elif not line[:4].isalnum():
            side = None
        elif side is not None:
            conns[-1][side] += bytes.fromhex(line.partition(": ")[2][:48])
    return conns


def data_of(octets):
    """Bodies in the DATA frames of one direction of HTTP/2 (RFC 9113, section 4.1), by stream."""
    preface, bodies = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {}
    at = len(preface) if octets.startswith(preface) else 0
    while at + 9 <= len(octets):
        size, kind, flags = int.from_bytes(octets[at:at + 3], "big"), octets[at + 3], octets[at + 4]
        stream, payload = int.from_bytes(octets[at + 5:at + 9], "big"), octets[at + 9:at + 9 + size]
        if kind == 0:
            payload = payload[1:len(payload) - payload[0]] if flags & 8 else payload
            bodies[stream] = bodies.get(stream, b"") + payload
        at += 9 + size
    return list(bodies.values()) if at == len(octets) else None


def bodies(*wanted):
    """A check of one direction of HTTP/2."""
    def check(octets):
        return "" if data_of(octets) == list(wanted) else f"other bodies in {len(octets)} octets than were sent"
    return check


def talk11(nginx, name, args, facts):
    """HTTP/1.1: a Talk for each connection that curl made; facts: for each of them."""
    conns = traced(nginx.curl(name, args))
    for i, (sent, received) in enumerate(conns):
        yield Talk(nginx.ports[name], sent, received, **facts[min(i, len(facts) - 1)])
    if len(conns) < len(facts):
        raise RuntimeError("fewer connections than expected")


def talk2(nginx, name, args, sent, received, facts):
    """HTTP/2: sent and received are the bodies."""
    nginx.curl(name, ["--http2", *args])
    yield Talk(nginx.ports[name], bodies(*sent), bodies(*received), **facts)
