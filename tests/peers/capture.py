"""What a network of our own saw: events live from signscope, frames in a file."""
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import lab as labs

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ.get("SGS_PROGRAM", str(ROOT / "build/dev/bin/signscope"))
RECORD = os.environ.get("SGS_RECORD", str(ROOT / "build/dev/tests/peers/record"))


class Capture:
    """What the loopback saw: events live from signscope, frames in a file."""

    def __init__(self, lab):
        self.lab, self.path, self.live = lab, lab.path("record.pcap"), None
        self.events = open(lab.path("live.ndjson"), "wb")

    def start(self):
        """False where packets cannot be captured."""
        lab = self.lab
        for name in ("client.keys", "server.keys"):
            open(lab.path(name), "w").close()
        self.record = lab.start(RECORD, "lo", self.path, "", err=subprocess.PIPE)
        self.live = subprocess.Popen([PROGRAM, "-i", "lo", "-B", "16384", "-l", "-T", "ndjson", "-k", lab.path("client.keys"), "-k", lab.path("server.keys")],
                                     stdin=subprocess.DEVNULL, stdout=self.events, stderr=subprocess.PIPE, env=lab.env)
        try:
            self.record.wait_for(b"listening")
        except RuntimeError:
            if self.record.process.wait(labs.LIMIT_S) == 2:
                return False
            raise
        self.wait_for("/proc/net/packet", lambda text: text.count("\n") >= 3)  # head, record, signscope
        return True

    def wait_for(self, path, is_there):
        """Until a file that grows during the capture has what it should."""
        end = time.monotonic() + labs.LIMIT_S
        while time.monotonic() < end and self.live.poll() is None:
            with open(path) as f:
                if is_there(f.read()):
                    return
            time.sleep(0.05)
        raise RuntimeError(f"signscope captures nothing; exit status {self.live.poll()}")

    def finish(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            socket.create_connection(("127.0.0.1", port)).close()  # whoever has seen it has seen all
        self.wait_for(self.events.name, lambda text: f'"127.0.0.1:{port}"' in text)
        self.live.send_signal(signal.SIGINT)
        said = self.live.communicate(timeout=60)[1].decode()
        status = self.record.stop(signal.SIGTERM)
        if self.live.returncode or status or b"0 lost" not in self.record.said:
            raise RuntimeError(f"live: exit status {self.live.returncode}, {said}; record: {status}, {self.record.said}")
        with open(self.events.name) as f:
            return f.read().splitlines()

    def close(self):
        if self.live and self.live.poll() is None:
            self.live.kill()
            self.live.wait()
        self.events.close()
        self.lab.close()
