"""A realm of MIT Kerberos: its KDC, its accounts, kinit and kvno as clients; the KDC's log tells what was asked and answered."""
import os
import re
import shutil
import subprocess

import lab as labs

NAME = "CONTOSO.TEST"
NEEDED = {"krb5kdc": "krb5-kdc", "kadmin.local": "krb5-admin-server", "kinit": "krb5-user"}
PASSWORD = "right horse"
ACCOUNTS = {"ada": "", "old": "+needchange", "gone": "-allow_tix"}
SERVICES = {"web": "HTTP/web.contoso.test", "proxy": "HTTP/proxy.contoso.test", "ldap": "ldap/localhost"}
CLIENT = """[libdefaults]
 default_realm = {name}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 kdc_timesync = 0
 spake_preauth_groups = edwards25519
 {more}
[realms]
 {name} = {{
  kdc = 127.0.0.1:88
 }}
[domain_realm]
 .contoso.test = {name}
 localhost = {name}
[plugins]
 clpreauth = {{
  {disabled}
 }}
"""
KDC = """[kdcdefaults]
 kdc_listen = 127.0.0.1:88
 kdc_tcp_listen = 127.0.0.1:88
[realms]
 {name} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  supported_enctypes = {etypes}
 }}
[logging]
 kdc = FILE:{folder}/kdc.log
"""
# The registry of IANA; the KDC's log has its numbers.
ETYPES = {16: "des3-cbc-sha1-kd", 17: "aes128-cts-hmac-sha1-96", 18: "aes256-cts-hmac-sha1-96", 19: "aes128-cts-hmac-sha256-128",
          20: "aes256-cts-hmac-sha384-192", 23: "rc4-hmac", 25: "camellia128-cts-cmac", 26: "camellia256-cts-cmac"}
ASKED = (17, 18, 19, 20, 23, 26)
MIT_NAMES = {23: "arcfour-hmac"}
# What MIT's library says of the errors of RFC 4120, section 7.5.9, and RFC 6113, section 7.
ERRORS = {"Additional pre-authentication required": "KDC_ERR_PREAUTH_REQUIRED", "Preauthentication failed": "KDC_ERR_PREAUTH_FAILED",
          "More preauthentication data is required": "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED", "Clock skew too great": "KRB_AP_ERR_SKEW",
          "KDC has no support for encryption type": "KDC_ERR_ETYPE_NOSUPP", "Client not found in Kerberos database": "KDC_ERR_C_PRINCIPAL_UNKNOWN", "Password has expired": "KDC_ERR_KEY_EXPIRED",
          "Client's credentials have been revoked": "KDC_ERR_CLIENT_REVOKED",
          "Server not found in Kerberos database": "KDC_ERR_S_PRINCIPAL_UNKNOWN"}


class Realm:
    def __init__(self, lab):
        self.lab = lab
        etypes = " ".join(f"{MIT_NAMES.get(n, ETYPES[n])}:normal" for n in ASKED)
        with open(lab.path("kdc.conf"), "w") as f:
            f.write(KDC.format(name=NAME, folder=lab.folder, etypes=etypes))
        lab.env |= {"KRB5_KDC_PROFILE": lab.path("kdc.conf"), "KRB5_CONFIG": self.config("krb5"), "KRB5CCNAME": "FILE:" + lab.path("cc"),
                    "KRB5_CLIENT_KTNAME": lab.path("none.keytab")}
        lab.run("kdb5_util", "create", "-s", "-P", "master", "-r", NAME)
        orders = [f'addprinc -pw "{PASSWORD}" +requires_preauth {more} {name}' for name, more in ACCOUNTS.items()]
        orders += [f"addprinc -randkey {p}" for p in SERVICES.values()]
        orders += [f"ktadd -k {lab.path(name)}.keytab {p}" for name, p in SERVICES.items()]
        lab.run("kadmin.local", input="\n".join(orders).encode() + b"\n")
        self.kdc = lab.start("krb5kdc", "-n")
        lab.wait_listening(88, self.kdc)

    def config(self, name, more="", disabled=""):
        path = self.lab.path(name + ".conf")
        with open(path, "w") as f:
            f.write(CLIENT.format(name=NAME, more=more, disabled=disabled))
        return path

    def ask(self, *command, password=PASSWORD, config="krb5", fails=False):
        """kinit or kvno; RuntimeError when it does not end as it should."""
        env = self.lab.env | {"KRB5_CONFIG": self.lab.path(config + ".conf")}
        done = subprocess.run(command, input=password.encode() + b"\n", env=env, cwd=self.lab.folder, capture_output=True, timeout=labs.LIMIT_S)
        if (done.returncode != 0) != fails:
            raise RuntimeError(f"{' '.join(command)}: exit status {done.returncode}, {done.stderr[-300:].decode()}")

    def talk(self):
        """What a KDC is asked; the tickets of ada remain."""
        self.config("stamp", disabled="disable = spake")
        self.config("tcp", "udp_preference_limit = 1")
        self.ask("kinit", "ada", password="wrong", fails=True)
        self.ask("kinit", "nobody", fails=True)
        self.ask("kinit", "old", fails=True)
        self.ask("kinit", "gone", fails=True)
        for number in ASKED:
            self.config(f"etype{number}", f"default_tkt_enctypes = {MIT_NAMES.get(number, ETYPES[number])}", "disable = spake")
            self.ask("kinit", "ada", config=f"etype{number}", fails=number == 23)  # a weak one: never for a session
        if shutil.which("faketime"):
            self.ask("faketime", "-f", "-2h", "kinit", "ada", config="stamp", fails=True)
        self.ask("kinit", "-c", "FILE:" + self.lab.path("tcp.cc"), "ada", config="tcp")
        self.ask("kvno", "-c", "FILE:" + self.lab.path("tcp.cc"), SERVICES["web"], config="tcp")
        self.ask("kinit", "ada")
        self.ask("kinit", "-T", self.lab.env["KRB5CCNAME"], "-c", "FILE:" + self.lab.path("fast.cc"), "ada")
        self.ask("kvno", "HTTP/nowhere.contoso.test", fails=True)

    def logged(self):
        """(request, etypes asked for, error or None, client, service, etype of the answer and of its ticket) as the KDC tells."""
        with open(self.lab.path("kdc.log")) as f:
            for line in f:
                told = re.search(r"(AS|TGS)_REQ \(\d+ etypes \{(.*?)\}\) \S+ ([A-Z_ ]+): (.*)", line)
                if told:
                    yield self.row(*told.groups())

    def row(self, kind, etypes, verdict, rest):
        asked = [ETYPES[int(n)] for n in re.findall(r"\((\d+)\)", etypes)]
        client, service = re.search(r"(\S+)@\S+ for (\S+)@[^ ,]+", rest).groups()
        if verdict == "ISSUE":
            reply, ticket = (ETYPES[int(n)] for n in re.search(r"rep=\S+?\((\d+)\), tkt=\S+?\((\d+)\)", rest).groups())
            return kind, asked, None, client, service, reply, ticket
        return kind, asked, ERRORS[rest.rsplit(", ", 1)[1]], client, service, None, None


def shown(events):
    """The same as events tell."""
    answers = {e["fields"].get("request"): e for e in events if e["kind"] in ("kerberos.as_rep", "kerberos.tgs_rep", "kerberos.error")}
    for e in events:
        if e["kind"] in ("kerberos.as_req", "kerberos.tgs_req"):
            f = answers[e["id"]]["fields"] if e["id"] in answers else {}
            kind = e["kind"][9:-4].upper()
            yield kind, e["fields"]["etypes"], f.get("error"), e["fields"].get("cname") or f.get("cname"), e["fields"]["sname"], \
                f.get("etype"), f.get("ticket_etype")


def foreign_tickets(own, events):
    """Services that were shown another ticket than the KDC gave for them, and those that were shown none."""
    issued = {(e["fields"]["sname"], e["fields"]["ticket"]) for e in own if e["kind"] == "kerberos.tgs_rep"}
    shown_ = {(e["fields"]["sname"], e["fields"]["ticket"]) for e in events if e["kind"] == "kerberos.ap_req"}
    yield from (service for service, _ in shown_ - issued)
    asked = {f["sname"] for f in (e["fields"] for e in own) if f.get("sname") in SERVICES.values() and f["carrier"] == "udp"}
    yield from (f"none for {service}" for service in asked - {service for service, _ in shown_})


def wrong(realm, events):
    """(name, what is wrong) of all that the KDC was asked."""
    own = [e for e in events if e["kind"].startswith("kerberos.") and e["layers"] == "kerberos"]
    want, have = list(realm.logged()), list(shown(own))
    yield f"krb5kdc: {len(want)} requests", "; ".join(f"request {i}: {b}, logged {a}" for i, (a, b) in enumerate(zip(want, have)) if a != b) or \
        ("" if len(want) == len(have) else f"{len(have)} requests, {len(want)} logged")
    by_tcp = [e["fields"].get("cname") or e["fields"]["sname"] for e in own if e["fields"]["carrier"] == "tcp" and e["kind"].endswith("_req")]
    yield "krb5kdc: over TCP", "" if set(by_tcp) == {"ada", SERVICES["web"]} and by_tcp[-1] == SERVICES["web"] else f"{by_tcp}"
    yield "krb5kdc: tickets shown are those issued", "; ".join(foreign_tickets(own, events))
    fast = [e for e in own if e["kind"] == "kerberos.as_rep" and e["fields"].get("fast")]
    yield "kinit -T: FAST", "" if len(fast) == 1 else f"{len(fast)} answers with it"
    skew = [e["fields"] for e in own if e["fields"].get("error") == "KRB_AP_ERR_SKEW"]
    yield "faketime kinit: clock skew", "" if len(skew) == bool(shutil.which("faketime")) else f"{skew}"


def missing():
    """Packages that are not there."""
    return [package for program, package in NEEDED.items() if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
