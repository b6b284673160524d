"""numbers_rsa - RSA moduli that no library makes, and signatures with them."""

import hashlib
import math
import random
import subprocess

from der import NULL, SHA, octets, oid, seq


def openssl(*args, stdin=b""):
    return subprocess.run(["openssl", *args], input=stdin, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def prime(size):
    return int(openssl("prime", "-generate", "-bits", str(size)))


def is_prime(n):
    return pow(2, n - 1, n) == 1 and pow(3, n - 1, n) == 1


def next_prime(n):
    n += 2
    while not is_prime(n):
        n += 2
    return n


def small_primes(count):
    out, n = [], 2
    while len(out) < count:
        if all(n % p for p in out):
            out.append(n)
        n += 1
    return out


def roca_prime(size):
    m = math.prod(small_primes(126))
    while True:
        k = random.randrange(3 << (size - 2), 1 << size) // m
        p = k * m + pow(65537, random.getrandbits(250), m)
        if p.bit_length() == size and p >> (size - 2) == 3 and is_prime(p):
            return p


def signed_by(n, d):
    """PKCS #1 v1.5 with SHA-256 by hand, for moduli no library takes."""
    size = (n.bit_length() + 7) // 8

    def sign(body):
        t = seq(seq(oid(SHA[256]), NULL),
                octets(hashlib.sha256(body).digest()))
        em = b"\0\1" + b"\xff" * (size - len(t) - 3) + b"\0" + t
        return pow(int.from_bytes(em, "big"), d, n).to_bytes(size, "big")
    return sign
