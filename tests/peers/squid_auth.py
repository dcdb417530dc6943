"""curl through a squid that wants Basic, NTLM or Negotiate; its access log is the truth."""
import os
import pwd
import shutil
import signal

import realm as realms
import web_auth

HOST, PORT = "proxy.contoso.test", 3128
HELPERS = "/usr/lib/squid"
CONF = """http_port 127.0.0.1:{port}
visible_hostname {host}
pid_filename none
cache deny all
pinger_enable off
shutdown_lifetime 0 seconds
hosts_file {folder}/hosts
cache_log {folder}/cache.log
coredump_dir {folder}
logformat ours %>p %>Hs %rm %un
access_log stdio:{folder}/access.log ours
auth_param negotiate program {helpers}/negotiate_kerberos_auth -k {folder}/proxy.keytab -s {service}
auth_param negotiate children 1 startup=1 idle=1
auth_param ntlm program {ntlm}
auth_param ntlm children 1 startup=1 idle=1
auth_param basic program {helpers}/basic_ncsa_auth {folder}/passwd
auth_param basic children 1 startup=1 idle=1
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
"""


def missing():
    """Why squid cannot be asked here."""
    with open("/proc/self/uid_map") as f:
        if f.read().split()[2] == "1":
            return ["squid wants another user than root, and there is none in this namespace"]
    there = shutil.which("squid", path=os.environ["PATH"] + ":/usr/sbin") and os.path.exists(f"{HELPERS}/negotiate_kerberos_auth")
    return [] if there else ["no squid"]


class Proxy:
    def __init__(self, lab, origin):
        self.lab, self.origin = lab, origin
        self.folder = lab.path("squid")
        os.makedirs(self.folder)
        shutil.copy(lab.path("proxy.keytab"), self.folder)
        shutil.copy(lab.path("smb.conf"), self.folder)
        hashed = lab.run("openssl", "passwd", "-apr1", web_auth.PASSWORD).decode().strip()
        for name, text in (("hosts", f"127.0.0.1 {web_auth.HOST}\n"), ("passwd", f"{web_auth.USER}:{hashed}\n"), ("access.log", ""), ("cache.log", "")):
            with open(f"{self.folder}/{name}", "w") as f:
                f.write(text)
        conf = CONF.format(folder=self.folder, host=HOST, port=PORT, helpers=HELPERS, service=realms.SERVICES["proxy"],
                           ntlm=origin.helper.replace(lab.path("smb.conf"), f"{self.folder}/smb.conf"))
        with open(f"{self.folder}/squid.conf", "w") as f:
            f.write(conf)
        self.give_away()
        self.squid = lab.start("squid", "-N", "-f", f"{self.folder}/squid.conf")
        lab.wait_listening(PORT, self.squid)

    def give_away(self):
        """squid does not stay root."""
        user = pwd.getpwnam("proxy")
        for path in [self.folder] + [e.path for e in os.scandir(self.folder)]:
            os.chown(path, user.pw_uid, user.pw_gid)
        os.chmod(self.lab.folder, 0o711)

    def talk(self):
        """The statuses at the end of each cell, by name; tickets of ada are there."""
        url, secured = f"http://{web_auth.HOST}/negotiate/p", f"https://{web_auth.HOST}/negotiate/q"
        right, wrong = f"{web_auth.USER}:{web_auth.PASSWORD}", f"{web_auth.USER}:wrong horse"
        domain = web_auth.DOMAIN + "\\"

        def curl(*words):
            return self.origin.curl("--proxy", f"http://{HOST}:{PORT}", "--resolve", f"{HOST}:{PORT}:127.0.0.1", *words)
        return {"nobody": curl(url), "basic": curl("--proxy-basic", "-U", right, url), "basic, wrong password": curl("--proxy-basic", "-U", wrong, url),
                "the best that is offered": curl("--proxy-anyauth", "-U", ":", url),
                "ntlm": curl("--proxy-ntlm", "-U", domain + right, url), "ntlm, wrong password": curl("--proxy-ntlm", "-U", domain + wrong, url),
                "negotiate": curl("--proxy-negotiate", "-U", ":", url),
                "ntlm, tunnel": curl("--proxy-ntlm", "-U", domain + right, secured),
                "negotiate, tunnel": curl("--proxy-negotiate", "-U", ":", secured)}

    def close(self):
        """Its last lines are in the log."""
        self.squid.stop(signal.SIGTERM)

    def logged(self):
        """[(status, method, user)] of each connection, in order, by the client's port."""
        out = {}
        with open(f"{self.folder}/access.log") as f:
            for line in f:
                port, status, method, user = line.split()
                out.setdefault(int(port), []).append((int(status), method, None if user == "-" else user))
        return out


def proofs(events, port):
    """(user, result) of each proof for the proxy; a ticket hides its user."""
    for e in web_auth.of_ends(events, (port, PORT), "auth.result"):
        f = e["fields"]
        name = f"{f['domain']}\\{f['user']}" if f.get("mech") == "NTLM" else f.get("sname") or f.get("user")
        yield f["carrier"], name, f["result"]


def expected(rows):
    """The same as the log tells; of who is refused by NTLM it has no name."""
    names = {f"ada@{realms.NAME}": realms.SERVICES["proxy"]}
    user = rows[-1][2]
    is_in = rows[-1][0] != 407
    if user or len(rows) > 1:
        yield "proxy", names.get(user, user) or f"{web_auth.DOMAIN}\\{web_auth.USER}", "accepted" if is_in else "refused"


def wrong(proxy, ends, events):
    """(name, what is wrong) of each cell and of each connection that squid had."""
    for name, statuses in ends.items():
        want = "407" if name == "nobody" or "wrong" in name else "401"  # that of the web server, to whom nobody proves anything
        yield f"curl by proxy: {name}", "" if statuses == [want] else f"ends with {statuses}"
    logged = proxy.logged()
    yield "squid: connections", "" if len(logged) == len(ends) else f"{len(logged)}, not {len(ends)}"
    for (port, rows), name in zip(logged.items(), ends):
        http = [e["fields"] for e in web_auth.of_ends(events, (port, PORT), "http.request", "http.response")]
        have = [(b["status"], a["method"]) for a, b in zip(http[::2], http[1::2])]
        want = [(status, method) for status, method, _ in rows] + [(401, "GET")] * name.endswith("tunnel")
        bad = [] if have == want else [f"{have}, logged {rows}"]
        have, want = list(proofs(events, port)), list(expected(rows))
        yield f"squid: {name}", "; ".join(bad if have == want else bad + [f"proofs {have}, logged {want}"])
