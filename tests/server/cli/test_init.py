"""`koshin init`: each thing once, nothing overwritten."""

import os
import pathlib
import re

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate
from psycopg2 import errors

from koshin_tests import rows
from koshin_tests.database import OWNER, Database, connected


def snapshot(folder):
    return {
        path: (path.read_bytes(), path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_init_makes_all_and_again_changes_nothing(desk):
    before = snapshot(desk.folder)
    done = desk.init()
    assert done.returncode == 0, done.stderr
    assert "made" not in done.stdout
    assert done.stdout.count("kept") == 13
    assert snapshot(desk.folder) == before
    secrets = [p for p in before if p.suffix == ".key"]
    assert len(secrets) >= 4
    assert all(before[p][1] & 0o077 == 0 for p in secrets)
    assert desk.good("check-config") == f"{desk.config}: good\n"


def test_T8_what_each_process_reads_is_open_whatever_the_umask(
    desk, tmp_path
):
    """The users of the processes read the certificates, and nothing else."""
    folder = tmp_path / "etc"
    before = os.umask(0o077)
    try:
        done = desk.init(folder=folder)
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stderr
    for path in [folder, folder / "ca", folder / "tls"]:
        assert path.stat().st_mode & 0o777 == 0o755, path
    for path in folder.rglob("*.pem"):
        assert path.stat().st_mode & 0o777 == 0o644, path
    for path in folder.rglob("*.key"):
        assert path.stat().st_mode & 0o777 == 0o600, path


def root_key(folder):
    return folder.parent / f"{folder.name}-root" / "root.key"


def test_T9_init_leaves_the_key_of_the_root_outside(desk, tmp_path):
    """No file of the service's folder is it, and it says what to do."""
    folder = tmp_path / "etc"
    folder.mkdir()
    done = desk.init(folder=folder)
    assert done.returncode == 0, done.stderr
    key = root_key(folder)
    assert str(key) in done.stdout and "take it away" in done.stdout
    assert (key.stat().st_uid, key.stat().st_mode & 0o777) == (
        os.geteuid(), 0o400
    )  # fmt: skip
    assert key.parent.stat().st_mode & 0o777 == 0o700
    root = load_pem_x509_certificate((folder / "ca/root.pem").read_bytes())
    assert public(load_pem_private_key(key.read_bytes(), None)) == public(root)
    for path in folder.rglob("*.key"):
        if path.read_bytes().startswith(b"-----BEGIN"):
            other = load_pem_private_key(path.read_bytes(), None)
            assert public(other) != public(root), path
    key.unlink()  # as everybody should
    assert "made" not in desk.init(folder=folder).stdout
    assert "warning" not in desk("check-config", "--config",
                                 str(folder / "koshin.yaml")).stderr  # fmt: skip


def public(of):
    return of.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )


def test_T9_init_puts_it_where_it_is_told(desk, tmp_path):
    folder, key = tmp_path / "etc", tmp_path / "stick"
    folder.mkdir()
    done = desk.init("--root-key", str(key), folder=folder)
    assert done.returncode == 0, done.stderr
    assert key.stat().st_mode & 0o777 == 0o400
    assert not root_key(folder).exists()


def test_T9_a_key_of_the_root_that_the_service_can_read_is_told(desk):
    """As an installation of before has it."""
    lies = desk.folder / "ca" / "old-root.key"
    lies.write_bytes(root_key(desk.folder).read_bytes())
    try:
        done = desk("check-config")
        assert done.returncode == 0
        assert f"warning: {lies}: is the key of the root" in done.stderr
    finally:
        lies.unlink()
    assert desk("check-config").stderr == ""


def test_init_leaves_other_files_of_the_folder_alone(desk, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "ca").mkdir()
    (tmp_path / "ca" / "old.pem").write_text("mine too")
    assert desk.init(folder=tmp_path).returncode == 0
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "ca" / "old.pem").read_text() == "mine too"


def test_init_goes_on_where_an_error_stopped_it(desk, tmp_path):
    done = desk.init("--set", "mail.templates=nowhere", folder=tmp_path)
    assert done.returncode == 1 and "mail.templates" in done.stderr
    assert not (tmp_path / "koshin.yaml").exists()
    before = snapshot(tmp_path)
    done = desk.init(folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert before.items() <= snapshot(tmp_path).items()
    assert not (tmp_path / ".koshin.yaml.new").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        ["--zone", "Asia/Tokio"],
        ["--listen", "8443"],
        ["--listen", "somewhere:8443"],
        ["--mail-from", "nobody"],
        ["--set", "est.threads=many"],
    ],
)
def test_init_makes_nothing_by_wrong_options(desk, tmp_path, wrong):
    done = desk.init(*wrong, folder=tmp_path)
    assert done.returncode == 1 and done.stderr
    assert list(tmp_path.iterdir()) == []


def test_init_takes_a_ca_that_is_there(desk, tmp_path):
    ca, tls = desk.folder / "ca", desk.folder / "tls"
    done = desk.init(
        "--ca-certificate", str(ca / "issuing.pem"),
        "--ca-chain", str(ca / "root.pem"),
        "--ca-key", str(ca / "issuing.key"),
        "--tls-certificate", str(tls / "server.pem"),
        "--tls-key", str(tls / "server.key"),
        folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ca").exists()
    config = str(tmp_path / "koshin.yaml")
    assert desk("check-config", "--config", config).returncode == 0
    done = desk.init("--ca-key", "x", folder=tmp_path)
    assert done.returncode == 2


def test_init_says_what_a_server_name_is(desk, tmp_path):
    done = desk("init", "--folder", str(tmp_path), "--database", "dbname=x")
    assert done.returncode == 2 and "that clients connect to" in done.stderr


def test_X_07_init_takes_no_password_of_the_database(desk, tmp_path):
    done = desk(
        "init", "--folder", str(tmp_path), "--name", "x",
        "--server-name", "localhost",
        "--database", "postgresql://postgres:hunter2@localhost/koshin",
    )  # fmt: skip
    assert done.returncode == 1
    assert "passfile=" in done.stderr and "hunter2" not in done.stderr


def test_init_leaves_another_development_database_alone(desk):
    """Until the first release the schema is rewritten in place; the data of
    an older one cannot be kept, and nobody is left to find out why."""
    made = desk.sql("SELECT digest FROM koshin.migration")[0][0]
    desk.sql("UPDATE koshin.migration SET digest = repeat('0', 64)")
    try:
        said = desk.init()
        refused = desk.refused("user", "list")
    finally:
        desk.sql(f"UPDATE koshin.migration SET digest = '{made}'")
    assert said.returncode == 1
    for text in (said.stderr, refused):
        assert "another development version" in text
        assert "drop it" in text and "make clean-run" in text
    assert "--database must name" not in said.stderr


OWNED = "owned"


@pytest.fixture
def owner(desk):
    """An owner who is no superuser, with an empty database of his own."""
    with connected(desk.services, OWNER, "postgres") as connection:
        at = connection.cursor()
        at.execute("CREATE ROLE koshin_owner LOGIN CREATEROLE")
        at.execute(f"CREATE DATABASE {OWNED} OWNER koshin_owner")
        yield desk.services.pg_conninfo("koshin_owner", OWNED)
        at.execute(f"DROP DATABASE {OWNED} WITH (FORCE)")
        at.execute("DROP ROLE koshin_owner")


def works(db):
    """A certificate from reservation to record, its mail, and the sealer."""
    holder = rows.account(db)
    serial = rows.reserve(db, holder, role="koshin_issuer")
    assert serial is not None
    assert db.one(
        rows.RECORD, serial, b"der", bytes(32), role="koshin_issuer"
    )
    assert db.one("SELECT count(*) FROM koshin.take_mails(9, 60)",
                  role="koshin_courier") > 0  # fmt: skip
    assert db.one("SELECT koshin.lead_sealing()", role="koshin_sealer")


LOCK = "SELECT pg_try_advisory_xact_lock(1)"


def test_an_owner_without_a_superusers_rights_is_told_what_is_left(
    desk, owner, tmp_path
):
    """All works; what PostgreSQL gives everybody stays until a superuser has
    run the same command."""
    done = desk.init("--database", owner, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (
        "advisory locks, ending connections, large objects, DO: everybody"
        in done.stderr
    )
    assert "superuser in --database" in done.stderr
    db = Database(desk.services, OWNED, new=False)
    works(db)
    assert db.one(LOCK, role="koshin_front")

    by_root = desk.services.pg_conninfo(OWNER, OWNED)
    done = desk.init("--database", by_root, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "made" not in done.stdout
    with pytest.raises(errors.InsufficientPrivilege):
        db.one(LOCK, role="koshin_front")
    works(db)
    # And the owner runs it again, for the next migration.
    done = desk.init("--database", owner, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    db.close()


def test_an_owner_who_may_not_make_a_schema_is_told_so(desk, tmp_path):
    with connected(desk.services, OWNER, "postgres") as connection:
        at = connection.cursor()
        at.execute("CREATE ROLE nobody_much LOGIN")
        at.execute("CREATE DATABASE nobodys")
        where = desk.services.pg_conninfo("nobody_much", "nobodys")
        done = desk.init("--database", where, folder=tmp_path)
        at.execute("DROP DATABASE nobodys WITH (FORCE)")
        at.execute("DROP ROLE nobody_much")
    assert done.returncode == 1
    assert "may create roles" in done.stderr


def test_a_service_whose_mails_name_no_desk_is_warned_of(desk):
    text, left_out = re.subn(
        r"(?m)^  (contact|url): .*\n", "", pathlib.Path(desk.config).read_text()
    )
    assert left_out == 2
    config = desk.folder / "nobody.yaml"
    config.write_text(text)
    done = desk("check-config", "--config", str(config))
    assert done.returncode == 0
    for key in ("contact", "url"):
        assert f"warning: {config}: service.{key}: is empty" in done.stderr
