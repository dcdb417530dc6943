"""A web server that wants Negotiate, by GSS-API (Kerberos of MIT, NTLM of gss-ntlmssp), or NTLM, by Samba's ntlm_auth.

    /negotiate...   WWW-Authenticate: Negotiate         /ntlm...   WWW-Authenticate: NTLM

Whoever proved a name once has it for the connection.  Writes a JSON object for each answer.

    origin PORT NTLM_AUTH [CERTIFICATE KEY]     NTLM_AUTH: command with its arguments
"""
import base64
import http.server
import json
import ssl
import subprocess
import sys

import gssapi

MECHANISMS = {"1.2.840.113554.1.2.2": "Kerberos 5", "1.3.6.1.4.1.311.2.2.10": "NTLM"}


class Gss:
    """Proof by GSS-API."""

    def __init__(self):
        self.context = gssapi.SecurityContext(usage="accept")

    def step(self, token):
        """What goes back; the user and the mechanism, or why not."""
        try:
            back = self.context.step(base64.b64decode(token))
        except gssapi.exceptions.GSSError as error:
            return None, None, str(error)
        if not self.context.complete:
            return back, None, None
        user = str(self.context.initiator_name).rstrip("\0")
        return back, (user, MECHANISMS.get(self.context.mech.dotted_form)), None

    def close(self):
        pass


class Ntlm:
    """Proof by ntlm_auth, in the protocol that it speaks with squid: YR, then KK; its answers are TT, AF, NA or BH."""

    def __init__(self):
        self.order = "YR"
        self.helper = subprocess.Popen(sys.argv[2].split(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def step(self, token):
        self.helper.stdin.write(f"{self.order} {token}\n".encode())
        self.helper.stdin.flush()
        self.order = "KK"
        answer, _, rest = self.helper.stdout.readline().decode().strip().partition(" ")
        if answer == "TT":
            return base64.b64decode(rest), None, None
        return (None, (rest, "NTLM"), None) if answer == "AF" else (None, None, f"{answer} {rest}")

    def close(self):
        self.helper.stdin.close()
        self.helper.stdout.close()
        self.helper.wait()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proof = user = mechanism = why = None

    def prove(self, scheme, token):
        """The status, and what goes back."""
        self.proof = self.proof or (Ntlm() if scheme == "NTLM" else Gss())
        back, proved, self.why = self.proof.step(token)
        if proved:
            self.user, self.mechanism = proved
        if proved or self.why:
            self.proof.close()
            self.proof = None
        return 200 if proved else 401, back

    def do_GET(self):
        scheme = "NTLM" if self.path.startswith("/ntlm") else "Negotiate"
        sent, _, token = self.headers.get("Authorization", "").partition(" ")
        self.why = None
        status, back = self.prove(scheme, token) if sent == scheme and token else (200 if self.user else 401, None)
        body = f"{self.user}\n".encode() if status == 200 else b"who are you?\n"
        self.send_response(status)
        if back or status == 401:
            self.send_header("WWW-Authenticate", f"{scheme} {base64.b64encode(back).decode()}" if back else scheme)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        print(json.dumps({"port": self.client_address[1], "path": self.path, "scheme": sent or None, "status": status, "user": self.user,
                          "mechanism": self.mechanism, "why": self.why}), flush=True)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
if sys.argv[3:]:
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.load_cert_chain(sys.argv[3], sys.argv[4])
    server.socket = secured.wrap_socket(server.socket, server_side=True)
server.serve_forever()
