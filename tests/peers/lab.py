"""What run_peers works with: a network of its own, certificates, processes that talk, and what they said to each other."""
import ctypes
import fcntl
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time

LIMIT_S = 20
# For -ssl_config no_ems: no extended master secret.
NO_EMS = """openssl_conf = init
[init]
ssl_conf = names
[names]
no_ems = no_ems
[no_ems]
Options = -ExtendedMasterSecret
"""


def enter_network():
    """Goes on in a network namespace that ends with this process; False where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    clone_newnet, clone_newuser = 0x40000000, 0x10000000
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(clone_newnet) != 0:
        if libc.unshare(clone_newnet | clone_newuser) != 0:
            return False
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{name}", "w") as f:
                f.write(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        set_flags, up_and_running = 0x8914, 0x41
        fcntl.ioctl(s, set_flags, struct.pack("16sh14x", b"lo", up_and_running))
    return True


class Peer:
    """A running program: what it wrote so far, and a way to wait for more of it."""

    def __init__(self, command, env, folder, err):
        self.name = os.path.basename(command[0])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, cwd=folder,
                                        env=env)
        self.said = b""
        self.news = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.is_over = False
        self.reader.start()

    def _read(self):
        while True:
            octets = os.read(self.process.stdout.fileno(), 65536)
            with self.news:
                self.said += octets
                self.is_over = not octets
                self.news.notify_all()
            if not octets:
                return

    def wait_for(self, what):
        """Until what (octets, or a compiled pattern) stands in its output; forgets all up to there."""
        pattern = what if isinstance(what, re.Pattern) else re.compile(re.escape(what), re.S)
        end = time.monotonic() + LIMIT_S
        with self.news:
            while not (found := pattern.search(self.said)):
                left = end - time.monotonic()
                if self.is_over or left <= 0:
                    how = "ended" if self.is_over else "is silent"
                    raise RuntimeError(f"{self.name} {how}; it said {self.said[-300:]!r}")
                self.news.wait(left)
            self.said = self.said[found.end():]
        return found

    def send(self, octets):
        self.process.stdin.write(octets)
        self.process.stdin.flush()

    def finish(self):
        """No more input; its exit status."""
        self.process.stdin.close()
        return self.process.wait(LIMIT_S)

    def stop(self, number=signal.SIGKILL):
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(LIMIT_S)
        self.reader.join(LIMIT_S)
        return status


class Lab:
    """A folder, and the programs that were started in it."""

    def __init__(self, folder):
        self.folder = folder
        self.peers = []
        self.lock = threading.Lock()
        self.taken = set()
        with open(self.path("openssl.cnf"), "w") as f:
            f.write(NO_EMS)
        self.env = os.environ | {"OPENSSL_CONF": self.path("openssl.cnf"), "GNUTLS_SYSTEM_PRIORITY_FILE": "/dev/null", "LC_ALL": "C"}
        for name in ("SSLKEYLOGFILE", "http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            self.env.pop(name, None)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *command, **options):
        given = {} if "input" in options else {"stdin": subprocess.DEVNULL}
        done = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, timeout=LIMIT_S, **given, **options)
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr[-500:].decode('utf-8', 'replace')}")
        return done.stdout

    def start(self, *command, err=subprocess.DEVNULL, env=None):
        peer = Peer([str(c) for c in command], self.env | (env or {}), self.folder, err)
        with self.lock:
            self.peers.append(peer)
        return peer

    def close(self):
        for peer in self.peers:
            peer.stop()

    def port(self):
        """A port where nobody listens."""
        while True:
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                port = s.getsockname()[1]
            with self.lock:
                if port not in self.taken:
                    self.taken.add(port)
                    return port

    def wait_listening(self, port, peer, table="tcp"):
        """Until somebody listens there, without a connection that the capture would show."""
        end = time.monotonic() + LIMIT_S
        state = "0A" if table == "tcp" else "07"
        row = re.compile(rf"^ *\d+: [0-9A-F]+:{port:04X} \S+ {state} ", re.M)
        while time.monotonic() < end and peer.process.poll() is None:
            for name in (table, table + "6"):
                try:
                    with open(f"/proc/net/{name}") as f:
                        if row.search(f.read()):
                            return
                except FileNotFoundError:
                    pass
            time.sleep(0.01)
        raise RuntimeError(f"{peer.name} does not listen")

    def make_certificates(self):
        """rsa, ec, dsa: of the server; client; chain: so long that it does not fit into one record."""
        self.run("openssl", "dsaparam", "-out", "dsa.params", "1024")
        keys = {"rsa": ["rsa:2048"], "ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "dsa": ["dsa:dsa.params"],
                "client": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]}
        for name, kind in keys.items():
            self.run("openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-days", "30", "-sha256", "-subj", f"/CN={name}.test",
                     "-config", "/dev/null", "-keyout", f"{name}.key", "-out", f"{name}.pem")
        names = ",".join(f"DNS:host{i}.{'long' * 12}.test" for i in range(400))
        self.run("openssl", "req", "-x509", "-key", "rsa.key", "-days", "30", "-sha256", "-subj", "/CN=chain.test", "-config",
                 "/dev/null", "-addext", f"subjectAltName={names}", "-out", "chain.pem")
