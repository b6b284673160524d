"""der - DER by hand, and the parts of certification requests in it."""


def length(n):
    if n < 0x80:
        return bytes([n])
    b = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(b)]) + b


def tlv(tag, *parts):
    body = b"".join(parts)
    return bytes([tag]) + length(len(body)) + body


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *sorted(parts))


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))


def bits(b):
    return tlv(3, b"\0", b)


def octets(b):
    return tlv(4, b)


def oid(text):
    a = [int(x) for x in text.split(".")]
    out = b""
    for n in [a[0] * 40 + a[1]] + a[2:]:
        arc = [n & 0x7f]
        while n >> 7:
            n >>= 7
            arc.insert(0, 0x80 | n & 0x7f)
        out += bytes(arc)
    return tlv(6, out)


NULL = tlv(5)
TRUE = tlv(1, b"\xff")


def utf8(s):
    return tlv(12, s.encode())


def printable(s):
    return tlv(19, s.encode())


def rdn(value, kind="2.5.4.3"):
    return set_of(seq(oid(kind), value))


def name(text="sample001"):
    return seq(rdn(utf8(text)))


def attribute(kind, *values):
    return seq(oid(kind), set_of(*values))


EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
MICROSOFT = "1.3.6.1.4.1.311.2.1.14"
CHALLENGE = "1.2.840.113549.1.9.7"
LINKING = "1.2.840.113549.1.9.16.2.58"
OTP = "1.2.840.113549.1.9.16.2.56"
REVOCATION = "1.2.840.113549.1.9.16.2.57"
CHANGE_NAME = "1.3.6.1.5.5.7.7.36"


def extension(kind, value, critical=False):
    return seq(oid(kind), *([TRUE] if critical else []), octets(value))


def request(*extensions, kind=EXTENSION_REQUEST):
    return attribute(kind, seq(*extensions))


def key_usage(*numbers):
    value = sum(0x80 >> n for n in numbers)
    unused = 7 - max(numbers)
    return extension("2.5.29.15", tlv(3, bytes([unused, value])), True)


def extended(*kinds):
    return extension("2.5.29.37", seq(*[oid(k) for k in kinds]))


def alternative(*names):
    return extension("2.5.29.17", seq(*names))


def dns(text):
    return tlv(0x82, text.encode())


SHA = {256: "2.16.840.1.101.3.4.2.1", 384: "2.16.840.1.101.3.4.2.2",
       512: "2.16.840.1.101.3.4.2.3", 1: "1.3.14.3.2.26"}
