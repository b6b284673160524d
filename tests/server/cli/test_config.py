"""`koshin check-config`, and what is refused before anything starts."""

import os
import pathlib
import re
import shutil

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from koshin_tests.clocks import shifted
from koshin_tests.patience import run
from koshin_tests.place import ROOT


def changed(desk, tmp_path, **settings):
    """A copy of the configuration with other values, keys as section__key;
    None: without that one."""
    text = yaml.safe_load(pathlib.Path(desk.config).read_text())
    shown = yaml.safe_load(desk.good("check-config", "--show"))
    for key in ("certificate", "key"):
        text["tls"][key] = shown["tls"][key]
    for key in ("certificate", "chain", "key"):
        text["ca"][key] = shown["ca"][key]
    for name in ("code_key", "audit_key"):
        text[name] = shown[name]
    text["tls"]["ticket_key"] = shown["tls"]["ticket_key"]
    text["auth"]["pepper"] = shown["auth"]["pepper"]
    for key in ("password", "operator_password", "front_password"):
        text["redis"][key] = shown["redis"][key]
    for key, value in settings.items():
        section, _, name = key.rpartition("__")
        within = text.setdefault(section, {}) if section else text
        within[name] = value
        if value is None:
            del within[name]
    path = tmp_path / "koshin.yaml"
    path.write_text(yaml.safe_dump(text))
    return str(path)


def test_what_is_shown_can_be_loaded_and_shows_the_same(desk, tmp_path):
    shown = desk.good("check-config", "--show")
    path = tmp_path / "koshin.yaml"
    path.write_text(shown)
    again = desk.good("check-config", "--show", "--config", str(path))
    assert again == shown


def test_F_74_both_programs_are_of_one_build(desk, tmp_path):
    """The courier is a program of its own: without it, or with that of
    another version, nothing starts."""
    koshin = tmp_path / "koshin"
    courier = tmp_path / "koshin-courier"
    shutil.copy(desk.program, koshin)

    def refused(command):
        done = run(koshin, command, "--config", desk.config, text=True)
        assert done.returncode == 1, done.stderr
        return done.stderr

    for command in ("check-config", "serve"):
        assert f"{courier}: cannot be opened: No such file" in refused(command)
    built = pathlib.Path(desk.program).with_name(courier.name).read_bytes()
    version = (ROOT / "VERSION").read_text().strip().encode()
    other = version[:-1] + b"x"
    courier.write_bytes(built.replace(b"\0%s\0" % version, b"\0%s\0" % other))
    courier.chmod(0o755)
    for command in ("check-config", "serve"):
        assert (
            f"{courier}: is of version {other.decode()}, and koshin of "
            f"{version.decode()}" in refused(command)
        )
    shutil.copy("/bin/false", courier)
    assert "is of version" in refused("check-config")


def test_X_10_a_profile_that_outlives_the_ca_is_refused(desk, tmp_path):
    """The program believes in a day a month from now (libfaketime), when a
    validity of ten years has become longer than what is left to the CA."""
    path = changed(desk, tmp_path, profiles=[
        {"name": "long", "validity": "3650d"}, {"name": "fits"}])  # fmt: skip
    desk.good("check-config", "--config", path)
    ca = changed(
        desk, tmp_path, profiles=[{"name": "long", "validity": "3650d"}]
    )
    for command in ("check-config", "serve"):
        said = desk.refused(command, "--config", ca, env=shifted("+30d"))
        assert "profile long: validity" in said


def test_F_82_a_server_certificate_is_spoken_of_before_it_ends(
    desk, tmp_path
):
    """`koshin init` makes one of 397 days; the program believes in days to
    come (libfaketime)."""
    path = changed(desk, tmp_path)
    for days, said in ((300, ""), (310, "in 87 days; renew it"),
                       (396, "tomorrow; renew it")):  # fmt: skip
        done = desk("check-config", "--config", path, env=shifted(f"+{days}d"))
        assert done.returncode == 0, done.stderr
        lines = [line for line in done.stderr.splitlines() if "ends" in line]
        assert len(lines) == (said != "") and said in "".join(lines)


def test_F_82_one_that_has_ended_is_refused(desk, tmp_path):
    path = changed(desk, tmp_path)
    for command in ("check-config", "serve"):
        said = desk.refused(command, "--config", path, env=shifted("+398d"))
        assert re.search(r"server\.pem: \S.* has ended on .*renew it", said)


FAR = "host=db.example.jp dbname=koshin user=koshin_operator"


@pytest.mark.parametrize(
    "settings, right",
    [
        ({"database__operator": FAR}, "sslmode=prefer; must have"),
        ({"database__operator": f"{FAR} sslmode=verify-ca"},
         "sslmode=verify-ca; must have sslmode=verify-full"),
        ({"redis__host": "192.0.2.7", "redis__socket": None},
         "Redis is not asked over the network"),
    ],
)  # fmt: skip
def test_T11_no_store_is_asked_over_an_open_network(
    desk, tmp_path, settings, right
):
    """Neither by check-config nor by serve nor by a command; each with the
    line that is wrong."""
    key = next(iter(settings)).replace("__", ".")
    path = changed(desk, tmp_path, **settings)
    for command in (["check-config"], ["serve"], ["user", "list"]):
        said = desk.refused(*command, "--config", path)
        assert re.match(rf"\S+koshin.yaml:\d+: {key}: ",
                        said.splitlines()[-1]), said  # fmt: skip
        assert right in said


def test_X_09_a_key_that_does_not_fit_is_refused(desk, tmp_path):
    other = str(desk.folder / "tls" / "server.key")
    path = changed(desk, tmp_path, ca__key=other)
    assert other in desk.refused("check-config", "--config", path)


SECRETS = ["code_key", "audit_key", "auth__pepper", "tls__ticket_key",
           "tls__key", "ca__key"]  # fmt: skip


def odd(path, kind):
    """A file that is no secret, of that kind."""
    contents = {
        "empty": b"",
        "huge": b"ab" * 500_000,
        "open": b"ab" * 32 + b"\n",
        "another's": b"ab" * 32 + b"\n",
        "two keys": b"ab" * 32 + b"\n" + b"cd" * 32 + b"\n",
    }
    if kind == "fifo":
        os.mkfifo(path, 0o600)
    elif kind == "folder":
        path.mkdir(mode=0o700)
    else:
        path.write_bytes(contents[kind])
        path.chmod(0o644 if kind == "open" else 0o600)
    if kind == "another's":
        os.chown(path, 4242, 4242)
    return str(path)


@pytest.mark.parametrize("kind, right", [
    ("fifo", "is not a regular file"),
    ("folder", "is not a regular file"),
    ("empty", "is empty"),
    ("huge", ""),
    ("two keys", ""),
    ("open", "make it 0600"),
    pytest.param("another's", "belongs to user 4242",
                 marks=pytest.mark.only_if(os.geteuid() == 0)),
])  # fmt: skip
def test_F_64_a_secret_file_of_an_odd_kind_is_named(
    desk, tmp_path, kind, right
):
    """All of them, each with its line and what would be right; nobody waits
    for what comes out of a FIFO."""
    # What is in PEM is read later, when the rest is good.
    keys = SECRETS[:4] if kind in ("huge", "two keys") else SECRETS
    files = {key: odd(tmp_path / key, kind) for key in keys}
    path = changed(desk, tmp_path, **files)
    for command in ("check-config", "serve")[: 1 + (kind == "fifo")]:
        said = desk.refused(command, "--config", path)
        for key, file in files.items():
            assert re.search(
                rf"koshin.yaml:\d+: {key.replace('__', '.')}: {file} "
                rf".*{right}", said,
            ), (key, said)  # fmt: skip


@pytest.mark.parametrize("key, words", [
    ("tls__key", "is not the private key"),
    ("ca__key", ""),
])  # fmt: skip
def test_X_09_a_key_file_of_two_keys_or_encrypted_is_refused(
    desk, tmp_path, key, words
):
    """Of two it is the first that counts, and that does not fit here."""
    section, name = key.split("__")
    shown = yaml.safe_load(desk.good("check-config", "--show"))
    own = pathlib.Path(shown[section][name]).read_bytes()
    two = tmp_path / "two.key"
    two.write_bytes(pem_of(ec.generate_private_key(ec.SECP256R1())) + own)
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        pem_of(serialization.load_pem_private_key(own, None), b"secret")
    )
    for file in (two, locked):
        file.chmod(0o600)
        path = changed(desk, tmp_path, **{key: str(file)})
        said = desk.refused("check-config", "--config", path)
        assert str(file) in said and words in said


def pem_of(key, password=None):
    how = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how
    )


def test_X_11_a_mail_text_that_is_wrong_is_refused(desk, tmp_path):
    texts = tmp_path / "texts"
    shutil.copytree(ROOT / "mailer" / "templates", texts)
    path = changed(desk, tmp_path, mail__templates=str(texts))
    desk.good("check-config", "--config", path)
    with open(texts / "en" / "locked.txt", "a") as file:
        file.write("{{nonsense}}\n")
    for command in ("check-config", "serve"):
        said = desk.refused(command, "--config", path)
        assert re.search(r"en/locked.txt:\d+: ", said)


def test_X_08_each_command_says_what_is_wrong_with_the_file(desk, tmp_path):
    path = changed(desk, tmp_path, est__threads="many")
    for call in (["check-config"], ["serve"], ["user", "list"],
                 ["profile", "show"], ["ca", "show"]):  # fmt: skip
        said = desk.refused(*call, "--config", path)
        assert re.match(rf"{path}:\d+: est\.threads: is `many`; must", said)
    said = desk.refused("user", "list", "--config", "/nowhere")
    assert "koshin init" in said


def test_without_postgresql_it_says_so(desk):
    """PostgreSQL is stopped: the operator hears which setting leads there,
    instead of libpq's words alone."""
    desk.services.stop_postgres()
    try:
        said = desk.refused("user", "list")
    finally:
        desk.services.start_postgres()
    assert "PostgreSQL" in said and "database.operator" in said


def test_F_45_another_schema_is_refused(desk):
    desk.sql("INSERT INTO koshin.migration VALUES (999, 'later', 'x')")
    try:
        assert "PostgreSQL: " in desk.refused("user", "list")
    finally:
        desk.sql("DELETE FROM koshin.migration WHERE version = 999")
