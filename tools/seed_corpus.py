"""Fills a folder with seeds for the fuzz targets: tools/seed_corpus.py FOLDER.

The seeds are made from what the tree has: samples of dissectors, captures with their secrets, and
tests/fuzz/corpus/<target>/, which is taken as it stands.  The same tree gives the same seeds.
"""

import gzip
import shutil
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINKS = [0, 1, 9, 101, 108, 113, 228, 229, 276]  # the table of fuzz_net.c
MAX_SEED = 65536  # octets


def blocks(data):
    """Type and body of the blocks of a pcapng file, little endian, as those of captures/ are."""
    at = 0
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if length < 12 or length % 4 or at + length > len(data):
            return
        yield kind, data[at + 8 : at + length - 4]
        at += length


def net_seed(data):
    """The frames of a capture in the format of fuzz_net.c."""
    link, out, last = 1, b"", None
    for kind, body in blocks(data):
        if kind == 1:
            link = struct.unpack_from("<H", body)[0]
        elif kind == 6:
            _, high, low, length = struct.unpack_from("<IIII", body)
            time = (high << 32 | low) // 10000  # microseconds are the default unit
            step = 0 if last is None else max(0, min(time - last, 65535))
            last = time
            frame = body[20 : 20 + min(length, 65535)]
            out += struct.pack(">HH", len(frame), step) + frame
            if len(out) > MAX_SEED:
                break
    return bytes([LINKS.index(link) if link in LINKS else 1]) + out[:MAX_SEED]


def secrets(data):
    """Key log lines of the Decryption Secrets Blocks."""
    for kind, body in blocks(data):
        if kind == 10 and len(body) >= 8:
            length = struct.unpack_from("<I", body, 4)[0]
            yield body[8 : 8 + length]


def bodies(data):
    """The octets of a sample, one direction after the other."""
    for way in (0, 1):
        at, out = 0, b""
        while at + 5 <= len(data):
            flags, length = struct.unpack_from(">BI", data, at)
            at += 5
            if not flags & 2:
                if flags & 1 == way:
                    out += data[at : at + length]
                at += length
        if out:
            yield out


def hold_seed(data, number):
    """A sample of TLS in the format of fuzz_hold.c: on one conversation, once more in a tunnel, then its keys."""
    out = b"\x16"
    for conversation in (0, 3):
        if conversation == 3:
            for way, head in ((6, b"CONNECT web.contoso.example:443 HTTP/1.1\r\n\r\n"), (7, b"HTTP/1.1 200 OK\r\n\r\n")):
                out += struct.pack(">BH", way, len(head)) + head
        at = 0
        while at + 5 <= len(data):
            flags, length = struct.unpack_from(">BI", data, at)
            at += 5
            way = conversation << 1 | flags & 1
            if flags & 2:
                out += struct.pack(">BH", 4 << 3 | way, min(length, 65535))
            else:
                out += struct.pack(">BH", way, length) + data[at : at + length]
                at += length
    return out + bytes([6 << 3, 7 << 3, number])


def seeds():
    """Target, name and octets of every seed."""
    for sample in sorted((ROOT / "tests/dissectors").glob("*/*.bin")):
        data = sample.read_bytes()
        target = sample.parent.name
        yield target, sample.stem, bytes([sample.name.startswith("udp-")]) + data
        if sample.stem.startswith("nokey-"):
            yield "tls_server_key", sample.stem, data
        for number, body in enumerate(bodies(data)):
            start = body.lstrip()[:1]
            if start == b"<":
                yield "xml", f"{target}-{sample.stem}-{number}", body
            elif start in (b"{", b"["):
                yield "json", f"{target}-{sample.stem}-{number}", body
            elif target in ("kerberos", "spnego"):
                yield "der", f"{target}-{sample.stem}-{number}", body
    for number, sample in enumerate(sorted((ROOT / "tests/dissectors/tls").glob("*.bin"))):
        yield "hold", sample.stem, hold_seed(sample.read_bytes(), number)
    for capture in sorted((ROOT / "captures").glob("*.pcapng")):
        data = capture.read_bytes()
        for target in ("pcap", "pipeline"):
            yield target, capture.stem, data[:MAX_SEED]
        yield "pcap", f"{capture.stem}-gzip", gzip.compress(data[:MAX_SEED], mtime=0)
        yield "net", capture.stem, net_seed(data)
        for number, text in enumerate(secrets(data)):
            yield "keylog", f"{capture.stem}-{number}", b"\x80" + text
    for key in sorted((ROOT / "tests/crypto/keys").glob("*.*")):
        if key.suffix != ".sh":
            yield "key_file", key.name, key.read_bytes()
    yield "key_file", "psk", b"00112233445566778899aabbccddeeff\n"
    for seed in sorted((ROOT / "tests/fuzz/corpus").glob("*/*")):
        yield seed.parent.name, seed.name, seed.read_bytes()


def main():
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    for target, name, data in seeds():
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / name).write_bytes(data)


if __name__ == "__main__":
    main()
