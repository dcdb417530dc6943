"""A sender of compressed SIP, made from the published texts alone: MPPC (RFC 2118), its form with 64 KiB ([MS-RDPBCGR],
section 3.1.8.4.2), the flags of [MS-SIPCOMP] and the packet headers that are thought possible."""
import random

COMPRESSED, AT_FRONT, FLUSHED = 2, 4, 8
# Copy offsets: first value, leading bits, bits that follow.
OFFSETS = {
    "LZ77-8K": ((0, "1111", 6), (64, "1110", 8), (320, "110", 13)),
    "LZ77-64K": ((0, "11111", 6), (64, "11110", 8), (320, "1110", 11), (2368, "110", 16)),
}
SIZE = {"LZ77-8K": 8192, "LZ77-64K": 65536}


def bits(value, n):
    return format(value, f"0{n}b")


def literal(octet):
    return bits(octet, 8) if octet < 0x80 else "10" + bits(octet - 0x80, 7)


def copy(coding, offset, length):
    first, lead, n = [row for row in OFFSETS[coding] if row[0] <= offset][-1]
    out = lead + bits(offset - first, n)
    if length == 3:
        return out + "0"
    ones = length.bit_length() - 2
    return out + "1" * ones + "0" + bits(length - (2 << ones), ones + 1)


def octets(text):
    text += "0" * (-len(text) % 8)
    return int("1" + text, 2).to_bytes(len(text) // 8 + 1, "big")[1:]


class Sender:
    """One direction.  rng: tokens are chosen by it among all that are right; None: the longest match, of those the nearest."""

    def __init__(self, coding, rng=None):
        self.coding, self.rng = coding, rng
        self.history = b""  # since the last AT_FRONT
        self.has_begun = False

    def matches(self, seen, at, end):
        """(offset, length) of copies that fit at the place."""
        start = seen[at:at + 3]
        back = seen.rfind(start, 0, min(at + 2, end)) if len(start) == 3 and at + 3 <= end else -1
        while back >= 0:
            n = 3
            while at + n < end and seen[back + n] == seen[at + n]:
                n += 1
            yield at - back, n
            back = seen.rfind(start, 0, back + 2)

    def token(self, seen, at, end):
        found = list(self.matches(seen, at, end))
        if not found or (self.rng and self.rng.random() < 0.1):
            return literal(seen[at]), 1
        offset, n = max(found, key=lambda f: (f[1], -f[0]))
        if self.rng:
            offset, n = self.rng.choice(found)
            n = self.rng.randint(3, n) if self.rng.random() < 0.3 else n
        return copy(self.coding, offset, n), n

    def compress(self, text):
        """(flags, payload)"""
        flags = COMPRESSED
        if not self.has_begun or len(self.history) + len(text) > SIZE[self.coding]:
            flags, self.history, self.has_begun = flags | AT_FRONT, b"", True
        at, end = len(self.history), len(self.history) + len(text)
        self.history += text
        out = []
        while at < end:
            token, n = self.token(self.history, at, end)
            out.append(token)
            at += n
        return flags, octets("".join(out))

    def flush(self, text):
        """Sent as it is, and the history begins anew."""
        self.history, self.has_begun = b"", self.rng is not None and self.rng.random() < 0.5
        return FLUSHED, text


# name: (flags, size) -> header; does the size count the text before compression?
LAYOUTS = {
    "H1": (lambda flags, size: bytes((flags, 0)) + size.to_bytes(4, "big"), False),
    "H2": (lambda flags, size: bytes((flags, 0)) + size.to_bytes(4, "big"), True),
    "H3": (lambda flags, size: bytes((flags << 4, 0)) + size.to_bytes(4, "big"), False),
    "H3, plain size": (lambda flags, size: bytes((flags << 4, 0)) + size.to_bytes(4, "big"), True),
    "H4": (lambda flags, size: flags.to_bytes(2, "big") + bytes(2) + size.to_bytes(2, "big"), False),
    "H4, plain size": (lambda flags, size: flags.to_bytes(2, "big") + bytes(2) + size.to_bytes(2, "big"), True),
}


def packet(layout, flags, payload, text):
    header, counts_plain = LAYOUTS[layout]
    return header(flags, len(text if counts_plain else payload)) + payload


def source(seed):
    return random.Random(seed)
