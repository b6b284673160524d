"""giant - an RSA key of 16,384 bits without the hours of looking for primes:
two of 8,192 bits are known to everybody (RFC 7919 and RFC 3526)."""

from cryptography.hazmat.primitives import serialization

from koshin_tests.patience import run

E = 65537


def _prime(group):
    made = run("openssl", "genpkey", "-genparam", "-algorithm", "DH",
               "-pkeyopt", "group:" + group, check=True)  # fmt: skip
    return serialization.load_pem_parameters(made.stdout).parameter_numbers().p


def certificate(folder):
    """(file of a self-signed certificate, file of its key)"""
    p, q = _prime("ffdhe8192"), _prime("modp_8192")
    d = pow(E, -1, (p - 1) * (q - 1))
    numbers = [0, p * q, E, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)]
    lines = [f"i{i}=INTEGER:{n:#x}" for i, n in enumerate(numbers)]
    text = "asn1=SEQUENCE:key\n[key]\n" + "\n".join(lines) + "\n"
    (folder / "giant.conf").write_text(text)
    run("openssl", "asn1parse", "-genconf", "giant.conf", "-noout",
        "-out", "giant.der", cwd=folder, check=True)  # fmt: skip
    run("openssl", "rsa", "-inform", "DER", "-in", "giant.der",
        "-out", "giant.key", cwd=folder, check=True)  # fmt: skip
    run("openssl", "req", "-x509", "-key", "giant.key", "-subj", "/CN=big",
        "-out", "giant.pem", cwd=folder, check=True)  # fmt: skip
    return folder / "giant.pem", folder / "giant.key"
