"""A slapd with StartTLS and GSSAPI, asked by ldapsearch and ldapwhoami; its log of operations is the truth."""
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import lab as labs
import realm as realms

BASE, ADMIN, PASSWORD = "dc=contoso,dc=test", "cn=admin,dc=contoso,dc=test", "right horse"
ALL = "(objectClass=*)"
URL = "ldap://localhost:389"
PLUGINS = "/usr/lib/*/sasl2/libgssapiv2.so*"
CONF = """include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/web.pem
TLSCertificateKeyFile {folder}/web.key
sasl-host localhost
sasl-realm {realm}
sasl-secprops none
loglevel stats
database mdb
suffix {base}
rootdn {admin}
rootpw {password}
directory {folder}/slapd
"""
ENTRIES = "dn: {base}\nobjectClass: dcObject\nobjectClass: organization\no: Contoso\ndc: contoso\n\n" + "".join(
    f"dn: uid={name},{{base}}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: {name}\nsn: {name}\n\n" for name in ("ada", "grace", "joan"))
CODES = {0: "success", 32: "noSuchObject", 49: "invalidCredentials", 14: "saslBindInProgress"}
SCOPES = ["baseObject", "singleLevel", "wholeSubtree"]


def missing():
    """Packages that are not there."""
    there = {"slapd": shutil.which("slapd", path=os.environ["PATH"] + ":/usr/sbin"), "ldap-utils": shutil.which("ldapsearch"),
             "libsasl2-modules-gssapi-mit": list(Path("/").glob(PLUGINS[1:]))}
    return [f"no {package}" for package, found in there.items() if not found]


class Directory:
    def __init__(self, lab):
        self.lab = lab
        os.makedirs(lab.path("slapd"))
        with open(lab.path("slapd.conf"), "w") as f:
            f.write(CONF.format(folder=lab.folder, realm=realms.NAME, base=BASE, admin=ADMIN, password=f'"{PASSWORD}"'))
        lab.run("slapadd", "-q", "-f", "slapd.conf", input=ENTRIES.format(base=BASE).encode())
        self.log = open(lab.path("slapd.log"), "wb")
        self.slapd = lab.start("slapd", "-f", "slapd.conf", "-h", "ldap://127.0.0.1:389", "-d", "stats", err=self.log,
                               env={"KRB5_KTNAME": lab.path("ldap.keytab"), "KRB5RCACHENAME": "none:"})
        lab.wait_listening(389, self.slapd)

    def ask(self, *words):
        """The exit status of ldapsearch or ldapwhoami, which is a result code of LDAP."""
        env = self.lab.env | {"SSLKEYLOGFILE": self.lab.path("client.keys"), "LDAPTLS_REQCERT": "never", "LDAPCONF": "/dev/null"}
        return subprocess.run([words[0], "-H", URL, *words[1:]], env=env, cwd=self.lab.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=labs.LIMIT_S).returncode

    def talk(self):
        """(name, exit status, that expected, is its search sealed); tickets of ada are there."""
        simple, gssapi = ("-x", "-D", ADMIN, "-w"), ("-Q", "-N", "-Y", "GSSAPI", "-O")
        find = ("-LLL", "-b", BASE)
        return [("anonymous", self.ask("ldapsearch", "-x", *find, "(uid=ada)", "cn", "sn"), 0, False),
                ("simple", self.ask("ldapsearch", *simple, PASSWORD, *find, "-s", "one", "(&(objectClass=person)(|(cn=a*)(!(uid=joan))))"), 0, False),
                ("simple, wrong password", self.ask("ldapsearch", *simple, "wrong", *find, ALL), 49, False),
                ("no such entry", self.ask("ldapsearch", "-x", "-LLL", "-b", "ou=none," + BASE, ALL), 32, False),
                ("StartTLS", self.ask("ldapsearch", "-ZZ", *simple, PASSWORD, *find, "-s", "base", ALL), 0, False),
                ("StartTLS, GSSAPI", self.ask("ldapsearch", "-ZZ", *gssapi, "maxssf=0", *find, "(uid=grace)"), 0, False),
                ("GSSAPI, not protected", self.ask("ldapsearch", *gssapi, "maxssf=0", *find, "(uid=grace)"), 0, False),
                ("GSSAPI, signed", self.ask("ldapsearch", *gssapi, "maxssf=1", *find, "(sn=joan)"), 0, False),
                ("GSSAPI, sealed", self.ask("ldapsearch", *gssapi, "minssf=56", *find, "(uid=joan)"), 0, True)]

    def close(self):
        """Its last lines are in the log."""
        self.slapd.stop(signal.SIGTERM)

    def logged(self):
        """[operation] of each connection, in order, by the client's port; an operation is what request and result tell, as a dict."""
        ports, conns = {}, {}
        with open(self.lab.path("slapd.log"), errors="replace") as f:
            for line in f:
                told = re.search(r"conn=(\d+) (?:fd=\d+ ACCEPT from IP=[^:]+:(\d+)|op=(\d+) (.*))", line)
                if told and told[2]:
                    ports[int(told[1])] = int(told[2])
                elif told and told[3]:  # perhaps before its ACCEPT: another thread writes that
                    note(conns.setdefault(int(told[1]), {}).setdefault(int(told[3]), {}), told[4])
        return {ports[conn]: [ops[n] for n in sorted(ops)] for conn, ops in sorted(conns.items())}


def note(op, line):
    """What one line tells of its operation."""
    for pattern, keys in ((r'BIND dn="(.*)" method=(\d+)', ("dn", "method")), (r'BIND dn="(.*)" mech=(\S+) .*ssf=(\d+)', ("as", "mech", "ssf")),
                          (r'SRCH base="(.*?)" scope=(\d+) .*filter="(.*)"', ("base", "scope", "filter")), (r"SRCH attr=(.*)", ("attributes",)),
                          (r"EXT oid=(\S+)", ("oid",)), (r"(?:SEARCH )?RESULT (?:tag|oid)=\S* err=(\d+)", ("error",)), (r"nentries=(\d+)", ("entries",)),
                          (r"^(UNBIND)", ("unbind",))):
        told = re.search(pattern, line)
        if told:
            op |= dict(zip(keys, told.groups()))


def told(op):
    """An operation of the log in the words of RFC 4511."""
    out = {"result": CODES[int(op["error"])]} if "error" in op else {}
    if "method" in op:
        out |= {"op": "bindRequest", "bind_name": op["dn"], "auth_scheme": {"163": "sasl", "128": "simple" if op["dn"] else "anonymous"}[op["method"]]}
    elif "base" in op:
        out |= {"op": "searchRequest", "base": op["base"], "scope": SCOPES[int(op["scope"])], "filter": op["filter"],
                "attributes": op["attributes"].split() if op.get("attributes") else [], "entries": int(op["entries"])}
    elif "oid" in op:
        out |= {"op": "extendedReq", "extension": {"1.3.6.1.4.1.1466.20037": "StartTLS"}[op["oid"]]}
    else:
        out["op"] = "unbindRequest"
    return out


def of_port(events, port):
    return [e for e in events if {e["src"], e["dst"]} == {f"127.0.0.1:{port}", "127.0.0.1:389"}]


def shown(events, port):
    """The same as events tell, for one connection."""
    own = [e for e in of_port(events, port) if e["kind"].startswith("ldap.")]
    answers = {e["fields"].get("request"): e["fields"] for e in own if e["kind"] == "ldap.response" and "result" in e["fields"]}
    for e in own:
        f = e["fields"]
        if e["kind"] == "ldap.request":
            out = {k: f[k] for k in ("op", "bind_name", "auth_scheme", "base", "scope", "filter", "extension") if k in f}
            if f["op"] == "searchRequest":
                out |= {"attributes": f.get("attributes", []), "entries": answers[e["id"]].get("entries")}
            if f["op"] == "bindRequest":
                out.setdefault("bind_name", "")
            yield out | ({"result": answers[e["id"]]["result"]} if e["id"] in answers else {})


def wrong(directory, ends, events):
    """(name, what is wrong) of each cell."""
    logged = directory.logged()
    yield "slapd: connections", "" if len(logged) == len(ends) else f"{len(logged)}, not {len(ends)}"
    for (port, ops), (name, status, want, is_sealed) in zip(logged.items(), ends):
        ops = [op for op in map(told, ops) if not is_sealed or op["op"] == "bindRequest"]
        have = list(shown(events, port))
        bad = [f"operation {i}: {b}, logged {a}" for i, (a, b) in enumerate(zip(ops, have)) if a != b]
        bad += [f"exit status {status}"] * (status != want) + [f"{len(have)} operations, {len(ops)} logged"] * (len(have) != len(ops))
        own = of_port(events, port)
        tickets = [e["fields"]["sname"] for e in own if e["kind"] == "kerberos.ap_req"]
        bad += [f"tickets for {tickets}"] * (tickets != [realms.SERVICES["ldap"]] * ("GSSAPI" in name))
        sealed = [e["fields"] for e in own if e["kind"] == "proto.named" and e["fields"].get("protection") == "sealed"]
        bad += [f"sealed: {sealed}"] * (len(sealed) != is_sealed)
        is_in_tls = own and [e["layers"] for e in own if e["kind"] == "ldap.request"][-1] == "ldap/tls/ldap"
        bad += ["the last request is (not) inside TLS"] * (is_in_tls != name.startswith("StartTLS"))
        yield f"slapd: {name}", "; ".join(bad)
