"""producers - the tools of Debian that write certification requests, as people
call them, each for every kind of key that it can.

    producers.py FOLDER     what each of them writes, into FOLDER

PRODUCERS has a function for each (tool, kind): given a Workshop it returns the
request as it came out of the tool. LIGHT are those that `make test` runs.
"""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = TESTS / "producers"
HEAVY_TOOLS = ("go", "certmonger", "tpm2")  # of `deploy/deps interop`
SUBJECT = "sample001"
LIMIT_S = 300

PRODUCERS = {}


class Workshop:
    """A folder for files, and commands that are run there."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def path(self, name):
        return str(self.folder / name)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self.path(name)

    def read(self, name):
        return (self.folder / name).read_bytes()

    def run(self, *words, typed="", **environment):
        done = subprocess.run(
            words, input=typed.encode(), cwd=self.folder, timeout=LIMIT_S,
            capture_output=True,
            env={**os.environ, "HOME": str(self.folder), **environment},
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{words}: {said.decode()}"
        return done.stdout


def producer(tool, *kinds):
    def add(make):
        for kind in kinds:
            PRODUCERS[tool, kind] = make
        return make

    return add


# --------------------------------------------------------------- openssl

OPENSSL_KEYS = {
    "rsa2048": ["rsa", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa4096": ["rsa", "-pkeyopt", "rsa_keygen_bits:4096"],
    "rsa1024": ["rsa", "-pkeyopt", "rsa_keygen_bits:1024"],
    "pss-key": ["rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"],
    "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p256-explicit": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-pkeyopt", "ec_param_enc:explicit"],
    "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "p521": ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "k256": ["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    "ed25519": ["ed25519"],
    "ed448": ["ed448"],
}  # fmt: skip


def openssl_key(shop, kind):
    shop.run(
        "openssl", "genpkey", "-out", "key", "-algorithm", *OPENSSL_KEYS[kind]
    )


@producer("openssl", *OPENSSL_KEYS)
def openssl(shop, kind):
    openssl_key(shop, kind)
    return shop.run(
        "openssl", "req", "-new", "-key", "key", "-subj", f"/CN={SUBJECT}"
    )


@producer("openssl", "pss-signature", "sha1", "text", "san", "server")
def openssl_options(shop, what):
    options = {
        "pss-signature": ["-sigopt", "rsa_padding_mode:pss",
                          "-sigopt", "rsa_pss_saltlen:digest"],
        "sha1": ["-sha1"],
        "text": ["-text"],
        "san": ["-addext", "subjectAltName=DNS:a.example.jp"],
        "server": ["-addext", "extendedKeyUsage=serverAuth"],
    }[what]  # fmt: skip
    openssl_key(shop, "rsa2048")
    return shop.run(
        "openssl", "req", "-new", "-key", "key", "-subj", f"/CN={SUBJECT}",
        *options,
    )  # fmt: skip


@producer("openssl", "prompts", "prompts-password")
def openssl_prompts(shop, what):
    """Country to e-mail, then "A challenge password []:", then a company."""
    openssl_key(shop, "p256")
    password = "" if what == "prompts" else "secret"
    typed = f"JP\nTokyo\n\nExample\n\n{SUBJECT}\n\n{password}\n\n"
    return shop.run("openssl", "req", "-new", "-key", "key", typed=typed)


# ---------------------------------------------------------------- gnutls


@producer("gnutls", "rsa2048", "p256", "p384", "p521", "ed25519", "ed448",
          "rsa-pss", "password")  # fmt: skip
def gnutls(shop, kind):
    word = {"rsa2048": "rsa", "p256": "ecdsa", "p384": "ecdsa",
            "p521": "ecdsa", "password": "ecdsa"}.get(kind, kind)  # fmt: skip
    curve = {"p384": "secp384r1", "p521": "secp521r1"}.get(kind, "secp256r1")
    size = ["--curve", curve] if word == "ecdsa" else ["--bits", "2048"]
    if word.startswith("ed"):
        size = []
    shop.run("certtool", "--generate-privkey", "--key-type", word, *size,
             "--outfile", "key")  # fmt: skip
    template = f'cn = "{SUBJECT}"\ndns_name = "a.example.jp"\nsigning_key\n'
    if kind == "password":
        template += 'challenge_password = "secret"\n'
    shop.write("template", template)
    return shop.run("certtool", "--generate-request", "--load-privkey", "key",
                    "--template", "template")  # fmt: skip


# ------------------------------------------------------------------- nss


@producer("nss", "rsa2048", "p256", "p384", "p521", "san")
def nss(shop, kind):
    curve = {"p256": "nistp256", "p384": "nistp384", "p521": "nistp521"}
    if kind in curve:
        how = ["-k", "ec", "-q", curve[kind]]
    else:
        how = ["-k", "rsa", "-g", "2048"]
    if kind == "san":
        how += ["-8", "a.example.jp", "-7", "a@example.jp"]
    (shop.folder / "noise").write_bytes(os.urandom(64))
    shop.run("certutil", "-N", "-d", "sql:.", "--empty-password")
    return shop.run("certutil", "-R", "-d", "sql:.", "-s", f"CN={SUBJECT}",
                    "-z", "noise", "-a", *how)  # fmt: skip


# ------------------------------------------------------------------ java


@producer("keytool", "rsa2048", "p256", "p384", "p521", "ed25519", "ed448",
          "pss-key", "san")  # fmt: skip
def keytool(shop, kind):
    curve = {"p256": "secp256r1", "p384": "secp384r1", "p521": "secp521r1"}
    if kind in curve:
        how = ["EC", "-groupname", curve[kind]]
    elif kind.startswith("ed"):
        how = [kind.capitalize()]
    else:
        how = ["RSASSA-PSS" if kind == "pss-key" else "RSA",
               "-keysize", "2048"]  # fmt: skip
    store = ["-keystore", "keys", "-storepass", "secret", "-alias", "k"]
    shop.run("keytool", "-genkeypair", *store, "-dname", f"CN={SUBJECT}",
             "-keyalg", *how)  # fmt: skip
    names = ["-ext", "san=dns:a.example.jp"] if kind == "san" else []
    return shop.run("keytool", "-certreq", *store, *names)


# ------------------------------------------------------------ strongswan


@producer("strongswan", "rsa2048", "p256", "p384", "p521", "ed25519", "san",
          "rsa-pss", "password", "san-password", "server")  # fmt: skip
def strongswan(shop, kind):
    bits = {"p384": "384", "p521": "521", "rsa2048": "2048",
            "rsa-pss": "2048"}.get(kind, "256")  # fmt: skip
    word = "rsa" if kind.startswith("rsa") else "ecdsa"
    how = ["--type", "ed25519"] if kind == "ed25519" else [
        "--type", word, "--size", bits
    ]  # fmt: skip
    (shop.folder / "key").write_bytes(shop.run("pki", "--gen", *how))
    more = []
    if "san" in kind:
        more += ["--san", "a.example.jp"]
    if "password" in kind:
        more += ["--password", "secret"]
    if kind == "rsa-pss":
        more += ["--rsa-padding", "pss", "--digest", "sha256"]
    if kind == "server":
        more += ["--profile", "server"]
    return shop.run(
        "pki", "--req", "--in", "key", "--type", "priv", "--dn",
        f"CN={SUBJECT}", "--outform", "pem", *more,
    )  # fmt: skip


# ----------------------------------------------- programs of a few lines


@producer("mbedtls", "rsa2048", "p256", "p384", "p521", "k256")
def mbedtls(shop, kind):
    shop.run("gcc", "-o", "request", str(PROGRAMS / "request_mbedtls.c"),
             "-lmbedx509", "-lmbedcrypto")  # fmt: skip
    return shop.run("./request", kind)


@producer("ruby", "rsa2048", "p256", "p384", "p521")
def ruby(shop, kind):
    return shop.run("ruby", str(PROGRAMS / "request.rb"), kind)


@producer("php", "rsa2048", "p256", "p384", "p521")
def php(shop, kind):
    return shop.run("php", str(PROGRAMS / "request.php"), kind)


@producer("go", "rsa2048", "p224", "p256", "p384", "p521", "ed25519",
          "rsa-pss")  # fmt: skip
def go(shop, kind):
    return shop.run("go", "run", str(PROGRAMS / "request.go"), kind)


@producer("cryptography", "rsa2048", "p256", "p384", "k256", "ed25519")
def cryptography(shop, kind):
    from koshin_tests.clients import requests

    der = requests.request(requests.new_key(kind), SUBJECT)
    (shop.folder / "request").write_bytes(der)
    return shop.run("openssl", "req", "-inform", "DER", "-in", "request")


# ----------------------------------------------------- daemons and tokens


@producer("certmonger", "rsa2048", "p256", "server")
def certmonger(shop, kind):
    """Its own process on a bus of its own; the request is in its files."""
    key = "EC" if kind == "p256" else "RSA"
    size = "256" if kind == "p256" else "2048"
    usage = "-U 1.3.6.1.5.5.7.3.1" if kind == "server" else ""
    ask = (
        "certmonger-session -n -p pid & daemon=$!\n"
        "for i in $(seq 300); do getcert list-cas -s >/dev/null 2>&1 && break"
        "; sleep 0.1; done\n"
        f"getcert request -s -f $PWD/cert -k $PWD/private -c SelfSign -G {key}"
        f" -g {size} -N CN={SUBJECT} -D a.example.jp -u digitalSignature"
        f" {usage} >&2\n"
        "for i in $(seq 600); do grep -rqs '^csr=' .config && break"
        "; sleep 0.1; done\n"
        "kill $daemon\n"
        "grep -rh -A99 '^csr=' .config | sed -n 's/^csr=/ /;/^[^ ]/q;s/^ //p'"
    )
    script = shop.write("ask", ask)
    return shop.run("dbus-run-session", "--", "sh", script)


@contextlib.contextmanager
def software_tpm(shop):
    """A TPM of its own; what talks to it by OpenSSL is told where it is."""
    socket = shop.path("tpm")
    os.makedirs(shop.path("state"))
    tpm = subprocess.Popen(
        ["swtpm", "socket", "--tpm2", "--tpmstate", "dir=state", "--server",
         f"type=unixio,path={socket}", "--ctrl",
         f"type=unixio,path={socket}.ctrl", "--flags",
         "not-need-init,startup-clear"], cwd=shop.folder,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + LIMIT_S
        while not os.path.exists(socket):
            assert tpm.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        yield {"TPM2OPENSSL_TCTI": f"swtpm:path={socket}"}
    finally:
        tpm.kill()
        tpm.wait()


@producer("tpm2", "rsa2048", "p256", "p384")
def tpm2(shop, kind):
    how = ["RSA", "-pkeyopt", "bits:2048"] if kind == "rsa2048" else [
        "EC", "-pkeyopt", f"group:{kind.replace('p', 'P-')}"
    ]  # fmt: skip
    providers = ["-provider", "tpm2", "-provider", "default", "-propquery",
                 "?provider=tpm2"]  # fmt: skip
    with software_tpm(shop) as where:
        shop.run("openssl", "genpkey", "-provider", "tpm2", "-algorithm",
                 *how, "-out", "key", **where)  # fmt: skip
        return shop.run("openssl", "req", "-new", *providers, "-key", "key",
                        "-subj", f"/CN={SUBJECT}", **where)  # fmt: skip


LIGHT = [p for p in PRODUCERS if p[0] not in HEAVY_TOOLS]


def produced(tool, kind):
    """What the tool writes today."""
    with tempfile.TemporaryDirectory(prefix="koshin-producer-") as folder:
        return PRODUCERS[tool, kind](Workshop(folder), kind)


def main():
    folder = pathlib.Path(sys.argv[1])
    for tool, kind in PRODUCERS:
        try:
            (folder / f"{tool}-{kind}.pem").write_bytes(produced(tool, kind))
        except AssertionError as problem:
            print(f"{tool} {kind}: {problem}", file=sys.stderr)


if __name__ == "__main__":
    main()
