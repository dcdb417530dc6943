"""Talks over TCP as frames of a capture file: Ethernet, IPv4, addresses of the documentation ranges."""
import struct

CLIENT, SERVER, SIP = bytes((192, 0, 2, 10)), bytes((198, 51, 100, 30)), 5060
SYN, FIN, ACK = 2, 1, 16


def checksum(octets):
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Talk:
    """One connection, with its own port of the client.  Segments that are lost have been sent, and acknowledged."""

    def __init__(self, port, is_late=False):
        self.port, self.frames = port, []
        self.next = [1000, 5000]
        if is_late:
            return
        self.segment(0, b"", SYN, False)
        self.segment(1, b"", SYN | ACK, False)
        self.segment(0, b"", ACK, False)

    def segment(self, side, payload, flags=ACK, is_lost=False):
        ends = (self.port, SIP) if side == 0 else (SIP, self.port)
        addresses = CLIENT + SERVER if side == 0 else SERVER + CLIENT
        ack = self.next[1 - side] if flags & ACK else 0
        tcp = struct.pack(">HHIIBBHHH", *ends, self.next[side], ack, 5 << 4, flags, 65535, 0, 0) + payload
        pseudo = addresses + struct.pack(">BBH", 0, 6, len(tcp))
        tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + addresses
        ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
        self.next[side] += len(payload) + (1 if flags & (SYN | FIN) else 0)
        if not is_lost:
            self.frames.append(b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + tcp)

    def send(self, side, octets, is_lost=False, most=1400):
        for i in range(0, len(octets), most):
            self.segment(side, octets[i:i + most], ACK, is_lost)
        self.segment(1 - side, b"")

    def close(self):
        self.segment(0, b"", FIN | ACK)
        self.segment(1, b"", FIN | ACK)
        self.segment(0, b"")


def write(path, talks):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        frames = (frame for talk in talks for frame in talk.frames)
        for i, frame in enumerate(frames):
            f.write(struct.pack("<IIII", 1700000000 + i // 1000, i % 1000 * 1000, len(frame), len(frame)) + frame)
