"""curl with Negotiate and NTLM against origin.py, in clear and inside TLS; what that server wrote is the truth."""
import json
import shutil
import subprocess
from pathlib import Path

import lab as labs
import realm as realms

USER, PASSWORD, DOMAIN, COMPUTER = "grace", "right-horse", "CONTOSO", "WEB01"
HOST = "web.contoso.test"
PLAIN, SECURED = 80, 443
PYTHON = "/usr/bin/python3"  # the one that python3-gssapi is for
SMB_CONF = """[global]
 workgroup = {domain}
 netbios name = {computer}
 private dir = {folder}
 lock directory = {folder}
 state directory = {folder}
 cache directory = {folder}
 pid directory = {folder}
"""
MECH_LIBRARIES = "/usr/lib/*/gssntlmssp/gssntlmssp.so"


def missing():
    """Packages that are not there."""
    has_ntlm = list(Path("/").glob(MECH_LIBRARIES[1:])) and Path("/etc/gss/mech.d/mech.ntlmssp.conf").exists()
    has_gssapi = Path(PYTHON).exists() and subprocess.run([PYTHON, "-c", "import gssapi"], stderr=subprocess.DEVNULL).returncode == 0
    return [p for p, there in (("python3-gssapi", has_gssapi), ("gss-ntlmssp", has_ntlm), ("winbind", shutil.which("ntlm_auth"))) if not there]


class Origin:
    def __init__(self, lab):
        self.lab = lab
        with open(lab.path("ntlm.users"), "w") as f:
            f.write(f"{DOMAIN}:{USER}:{PASSWORD}\n")
        lab.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={HOST}", "-config", "/dev/null", "-keyout",
                "web.key", "-out", "web.pem")
        env = {"KRB5_KTNAME": lab.path("web.keytab"), "NTLM_USER_FILE": lab.path("ntlm.users"), "NETBIOS_DOMAIN_NAME": DOMAIN,
               "NETBIOS_COMPUTER_NAME": COMPUTER, "KRB5RCACHENAME": "none:"}
        program = [PYTHON, "-B", str(Path(__file__).resolve().parent / "origin.py")]
        with open(lab.path("smb.conf"), "w") as f:
            f.write(SMB_CONF.format(domain=DOMAIN, computer=COMPUTER, folder=lab.folder))
        self.helper = f"{shutil.which('ntlm_auth')} --configfile={lab.path('smb.conf')} --helper-protocol=squid-2.5-ntlmssp --domain={DOMAIN} --username={USER} --password={PASSWORD}"
        self.servers = {}
        for port, more in ((PLAIN, []), (SECURED, ["web.pem", "web.key"])):
            self.servers[port] = lab.start(*program, port, self.helper, *more, env=env)
            lab.wait_listening(port, self.servers[port])

    def curl(self, *words, env=None):
        """Statuses of the answers that curl took for the last ones."""
        urls = [w for w in words if w.startswith("http")]
        done = subprocess.run(["curl", "-q", "-sS", "-k", "--http1.1", "--resolve", f"{HOST}:{PLAIN}:127.0.0.1", "--resolve", f"{HOST}:{SECURED}:127.0.0.1",
                               "-w", "%{http_code} ", *words, *[w for _ in urls for w in ("-o", "/dev/null")]],
                              env=self.lab.env | {"SSLKEYLOGFILE": self.lab.path("client.keys")} | (env or {}), cwd=self.lab.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=labs.LIMIT_S)
        if done.returncode:
            raise RuntimeError(f"curl: {done.stderr[-300:]}")
        return done.stdout.decode().split()

    def talk(self):
        """The statuses at the end of each cell, by name; tickets of ada are there."""
        no_ticket = {"KRB5CCNAME": "FILE:" + self.lab.path("none.cc")}
        by_ntlm = no_ticket | {"NTLM_USER_FILE": self.lab.path("ntlm.users")}
        plain, secured = f"http://{HOST}", f"https://{HOST}"
        right, wrong = f"{DOMAIN}\\{USER}:{PASSWORD}", f"{DOMAIN}\\{USER}:wrong horse"
        return {"negotiate": self.curl("--negotiate", "-u", ":", f"{plain}/negotiate/a"),
                "negotiate in TLS": self.curl("--negotiate", "-u", ":", f"{secured}/negotiate/b"),
                "negotiate, no ticket": self.curl("--negotiate", "-u", ":", f"{plain}/negotiate/c", env=no_ticket),
                "negotiate with NTLM": self.curl("--negotiate", "-u", ":", f"{plain}/negotiate/d", env=by_ntlm),
                "ntlm, two requests": self.curl("--ntlm", "-u", right, f"{plain}/ntlm/e", f"{plain}/ntlm/f"),
                "ntlm in TLS": self.curl("--ntlm", "-u", right, f"{secured}/ntlm/g"),
                "ntlm, wrong password": self.curl("--ntlm", "-u", wrong, f"{plain}/ntlm/h")}

    def logged(self):
        """[answer] of each connection, in order, by the ports of client and server."""
        out = {}
        for port, server in self.servers.items():
            for line in server.said.decode().splitlines():
                row = json.loads(line)
                out.setdefault((row["port"], port), []).append(row)
        return out


def of_ends(events, ends, *kinds):
    """ends: ports of client and server."""
    addresses = {f"127.0.0.1:{port}" for port in ends}
    return [e for e in events if e["kind"] in kinds and {e["src"], e["dst"]} == addresses]


def wrong_exchange(events, rows, ends):
    """HTTP of one connection."""
    asked, answered = of_ends(events, ends, "http.request"), of_ends(events, ends, "http.response")
    want = [(r["scheme"], r["status"]) for r in rows]
    have = [(a["fields"].get("auth_scheme"), b["fields"]["status"]) for a, b in zip(asked, answered)]
    return [] if have == want else [f"{have}, the server says {want}"]


def wrong_proof(events, rows, ends):
    """Who proved what."""
    proofs = [e["fields"] for e in of_ends(events, ends, "auth.result")]
    proved = next((r for r in rows if r["user"]), None)
    if not any(r["scheme"] for r in rows):
        return [] if not proofs or proofs[0]["result"] != "accepted" else [f"{proofs}, nobody proved anything"]
    want = "accepted" if proved else "refused"
    if [p["result"] for p in proofs] != [want]:
        return [f"{proofs}, {want} by the server"]
    if not proved or proved["mechanism"] == "NTLM":
        is_gss = rows[0]["scheme"] == "Negotiate"
        return wrong_ntlm(events, ends, proofs[0], DOMAIN if is_gss else COMPUTER)  # ntlm_auth plays a server without a domain
    ticket = [e["fields"] for e in of_ends(events, ends, "kerberos.ap_req")]
    names = [(proofs[0].get("mech"), proofs[0].get("sname"))] + [(proved["mechanism"], t["sname"]) for t in ticket]
    return [] if len(ticket) == 1 and set(names) == {("Kerberos 5", realms.SERVICES["web"])} else [f"{names}, proved {proved}"]


def wrong_ntlm(events, ends, proof, target):
    kinds = ("ntlm.negotiate", "ntlm.challenge", "ntlm.authenticate")
    seen = of_ends(events, ends, *kinds)
    if [e["kind"] for e in seen] != list(kinds):
        return [f"{[e['kind'] for e in seen]}"]
    challenge, last = seen[1]["fields"], seen[2]["fields"]
    have = (challenge["target"], challenge["target_info"]["MsvAvNbComputerName"], last["domain"], last["user"], proof["domain"], proof["user"])
    want = (target, COMPUTER, DOMAIN, USER, DOMAIN, USER)
    return [] if have == want and "NTLMv2" in last["responses"] else [f"{have} with {last['responses']}, not {want}"]


def wrong(origin, ends, events):
    """(name, what is wrong) of each connection that the server had."""
    wanted = {"negotiate": "200", "negotiate in TLS": "200", "negotiate, no ticket": "401", "negotiate with NTLM": "200",
              "ntlm, two requests": "200 200", "ntlm in TLS": "200", "ntlm, wrong password": "401"}
    for name, statuses in ends.items():
        yield f"curl: {name}", "" if " ".join(statuses) == wanted[name] else f"ends with {statuses}"
    logged = origin.logged()
    for ports, rows in logged.items():
        yield f"origin: {rows[0]['path']}", "; ".join(wrong_exchange(events, rows, ports) + wrong_proof(events, rows, ports))
    paths = {r["path"][-1] for rows in logged.values() for r in rows}
    yield "origin: all asked for", "" if paths >= set("abcdefgh") else f"{sorted(paths)}"
