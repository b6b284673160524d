"""The operator's command line: each command against real services, its exit
codes, what it refuses and what it leaves behind."""

import json
import os
import pathlib
import pty
import re
import subprocess
import sys
import threading

import psycopg2
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "local"))

import services as local  # noqa: E402

PASSWORD = "Tr-7kLm#9x"
INITIAL = "Tr-7kLm#"


class Desk:
    """`koshin` with its own services and configuration."""

    def __init__(self, program, services, folder):
        self.program = str(program)
        self.services = services
        self.folder = folder
        self.config = str(folder / "koshin.yaml")

    def __call__(self, *args, stdin="", env=None, **options):
        return subprocess.run(
            [self.program, *args],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "KOSHIN_CONFIG": self.config, **(env or {})},
            **options,
        )

    def good(self, *args, **options):
        done = self(*args, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *args, code=1, **options):
        """What it says when it does not do it."""
        done = self(*args, **options)
        assert done.returncode == code, done.stdout + done.stderr
        assert done.stdout == ""
        return done.stderr

    def json(self, *args):
        return json.loads(self.good(*args, "--json"))

    def sql(self, text, *values):
        connection = psycopg2.connect(
            self.services.pg_conninfo("postgres", "koshin")
        )
        connection.autocommit = True
        with connection.cursor() as at:
            at.execute(text, values)
            rows = at.fetchall() if at.description else None
        connection.close()
        return rows

    def init(self, *args, folder=None, env=None):
        return self(
            "init",
            "--folder", str(folder or self.folder),
            "--database", self.services.pg_conninfo("postgres", "koshin"),
            "--redis", self.services.redis_socket,
            "--mail-relay", f"smtp://127.0.0.1:{self.services.smtp_port}",
            "--templates", str(ROOT / "mailer" / "templates"),
            "--server-name", "localhost",
            "--name", "Example Bank",
            *args,
            env=env,
        )  # fmt: skip


@pytest.fixture(scope="module")
def services():
    with local.temporary() as running:
        connection = psycopg2.connect(
            running.pg_conninfo("postgres", "postgres")
        )
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE koshin")
        connection.close()
        yield running


@pytest.fixture(scope="module")
def desk(koshin, services, tmp_path_factory):
    made = Desk(koshin, services, tmp_path_factory.mktemp("cli") / "etc")
    done = made.init()
    assert done.returncode == 0, done.stderr
    return made


counter = iter(range(10000000, 99999999))


@pytest.fixture
def contract(desk):
    number = str(next(counter))
    desk.good("contract", "add", number, "--password-file", "-",
              "--name", "Customer", stdin=INITIAL + "\n")  # fmt: skip
    return number


def add_user(desk, contract, /, **changes):
    """The call that adds a user, and its ID."""
    values = {
        "user-id": f"user{next(counter)}",
        "contract": contract,
        "role": "general",
        "name": "Taro",
        "email": "taro@example.jp",
        **changes,
    }
    args = [f"--{key}={value}" for key, value in values.items()]
    done = desk(
        "user", "add", *args, "--password-file", "-", stdin=PASSWORD + "\n"
    )
    return done, values["user-id"]


@pytest.fixture
def user(desk, contract):
    done, name = add_user(desk, contract)
    assert done.returncode == 0, done.stderr
    return name


# ------------------------------------------------------------------- init


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
    assert done.stdout.count("kept") == 5
    assert snapshot(desk.folder) == before
    secrets = [p for p in before if p.suffix == ".key"]
    assert len(secrets) >= 4
    assert all(before[p][1] & 0o077 == 0 for p in secrets)
    assert desk.good("check-config") == f"{desk.config}: good\n"


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
        ["--listen", "localhost:8443"],
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


def test_X_07_init_takes_no_password_of_the_database(desk, tmp_path):
    done = desk(
        "init", "--folder", str(tmp_path), "--name", "x",
        "--server-name", "localhost",
        "--database", "postgresql://postgres:hunter2@localhost/koshin",
    )  # fmt: skip
    assert done.returncode == 1
    assert "passfile=" in done.stderr and "hunter2" not in done.stderr


# ------------------------------------------------------- called wrongly


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["frobnicate"],
        [""],
        ["user"],
        ["user", "frobnicate"],
        ["user", ""],
        ["user", "list", "--frobnicate"],
        ["user", "list", "--json=yes"],
        ["user", "list", "--limit"],
        ["user", "list", "--limit="],
        ["user", "list", "--limit", "1", "--limit", "2"],
        ["user", "list", "word"],
        ["user", "list", "--", "--json"],
        ["user", "show"],
        ["user", "show", ""],
        ["user", "show", "a", "b"],
        ["user", "add", "--user-id", "a", "b"],
        ["user", "unlock", "a"],
        ["x" * 100000],
        ["user", "list", "--" + "x" * 100000],
    ],
)
def test_X_01_called_wrongly_is_2_and_one_line_of_use(desk, args):
    said = desk.refused(*args, code=2)
    assert len(said) < 6000
    if args and args != ["user"]:
        assert said.count("usage: ") == 1 and len(said.splitlines()) == 2


def test_X_01_a_nul_in_a_file_is_refused(desk, tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(b"Tr-7\0kLm#9x\n")
    path.chmod(0o600)
    said = desk.refused("contract", "add", str(next(counter)),
                        "--password-file", str(path))  # fmt: skip
    assert "password" in said
    said = desk.refused("contract", "add", str(next(counter)),
                        "--password-file", "-", stdin="Tr\0-7kLm#\n")  # fmt: skip
    assert "password" in said


def commands(desk):
    return re.findall(
        r"^  ([a-z-]+(?: [a-z-]+)?)  +\S", desk.good("--help"), re.M
    )


def test_every_command_explains_itself(desk):
    names = commands(desk)
    assert len(names) >= 22
    for name in names:
        text = desk.good(*name.split(), "--help")
        assert text.startswith(f"koshin {name} ") and "Options:" in text


# ------------------------------------------------------------- R-ACC, X-02


@pytest.mark.parametrize(
    "number", ["1234567", "123456789", "１２３４５６７８", "1234567a"]
)
def test_X_02_R_ACC_1_a_contract_number_has_8_digits(desk, number):
    said = desk.refused("contract", "add", number, "--generate-password")
    assert said == "koshin: number: must be 8 digits\n"


def test_X_02_R_ACC_1_a_contract_is_added_once(desk, contract):
    said = desk.refused("contract", "add", contract, "--generate-password")
    assert said.startswith("koshin: number: is taken")


@pytest.mark.parametrize("word", ["Tr-7kLm", "Tr-7kLm#9", "Tr47kLmx", ""])
def test_X_02_R_ACC_4_an_initial_password_has_its_form(desk, word):
    said = desk.refused("contract", "add", str(next(counter)),
                        "--password-file", "-", stdin=word + "\n")  # fmt: skip
    assert said.startswith("koshin: password: ") and "must" in said


def test_R_ACC_1_a_generated_initial_password_is_shown_once(desk):
    number = str(next(counter))
    made = desk.good("contract", "add", number, "--generate-password").strip()
    assert len(made) == 8
    ((kept,),) = desk.sql(
        "SELECT initial_password_hash FROM koshin.contract"
        " WHERE number = %s", number,
    )  # fmt: skip
    assert kept.startswith("$argon2id$") and made not in kept
    shown = desk.json("contract", "show", number)
    assert made not in json.dumps(shown)
    assert shown["number"] == number and shown["state"] == "active"


@pytest.mark.parametrize(
    "field, value, word",
    [
        ("user-id", "short", "USER_ID"),
        ("user-id", "letters", "USER_ID"),
        ("user-id", "thirteen12345", "USER_ID"),
        ("user-id", "ｕｓｅｒ００１", "USER_ID"),
        ("role", "root", "--role"),
        ("name", "x" * 21, "--name"),
        ("name", "a\x1b[2Jb", "--name"),
        ("email", "nobody", "--email"),
        ("email", "a@b.jp\nBcc: x@y.jp", "--email"),
        ("email", "x" * 46 + "@b.jp", "--email"),
        ("locale", "de", "--locale"),
        ("contract", "123", "--contract"),
    ],
)
def test_X_02_R_ACC_a_bad_value_names_its_field(
    desk, contract, field, value, word
):
    done, _ = add_user(desk, contract, **{field: value})
    assert done.returncode == 1
    assert done.stderr.startswith(f"koshin: {word}: ")
    assert "\x1b" not in done.stderr


def test_R_ACC_2_one_master_for_a_contract(desk, contract):
    assert add_user(desk, contract, role="master")[0].returncode == 0
    done, _ = add_user(desk, contract, role="master")
    assert done.returncode == 1 and "master user already" in done.stderr


def test_R_ACC_3_a_user_id_is_taken_once(desk, contract, user):
    done, _ = add_user(desk, contract, **{"user-id": user})
    assert done.returncode == 1 and "is taken" in done.stderr
    other = user.replace("user", "User")
    assert add_user(desk, contract, **{"user-id": other})[0].returncode == 0


def test_R_ACC_5_a_name_is_kept_in_nfc(desk, contract):
    done, user = add_user(desk, contract, name="か\u3099くせい　太郎")
    assert done.returncode == 0, done.stderr
    assert desk.json("user", "show", user)["name"] == "がくせい　太郎"


def test_R_ACC_7_a_temporary_password_is_marked(desk, contract):
    made = desk.good(
        "user", "add", f"temp{next(counter)}", "--contract", contract,
        "--role", "general", "--name", "T", "--email", "t@example.jp",
        "--locale", "en", "--temporary", "--generate-password",
    ).strip()  # fmt: skip
    assert 8 <= len(made) <= 12
    (row,) = desk.json("user", "list", "--contract", contract)
    assert row["temporary_password"] is True and row["locale"] == "en"
    assert made not in json.dumps(row)


def test_R_ACC_8_the_operator_changes_address_and_password(desk, user):
    desk.good("user", "set-email", user, "--email", "new@example.jp")
    assert desk.json("user", "show", user)["email"] == "new@example.jp"
    mails = desk.json("mail", "list", "--user", user)
    told = {m["recipient"] for m in mails if m["kind"] == "email_changed"}
    assert told == {"taro@example.jp", "new@example.jp"}
    desk.good("user", "set-password", user, "--temporary",
              "--password-file", "-", stdin=PASSWORD + "\n")  # fmt: skip
    assert desk.json("user", "show", user)["temporary_password"] is True


def test_an_unknown_contract_or_user_is_1(desk):
    assert add_user(desk, "00000000")[0].returncode == 1
    for call in (["user", "show"], ["contract", "show"], ["user", "close"]):
        assert "there is no" in desk.refused(*call, "nobody1")


# --------------------------------------------------------- passwords


@pytest.mark.parametrize(
    "option", ["--password", "--password=Tr-7kLm#9x", "--initial-password"]
)
def test_X_07_a_password_on_the_command_line_is_refused(desk, option):
    said = desk.refused("user", "add", option, code=2)
    assert "--password-file" in said and "Tr-7" not in said


def test_X_07_a_password_in_the_environment_is_refused(desk):
    said = desk.refused("user", "list", env={"PGPASSWORD": "hunter2"})
    assert "passfile=" in said and "hunter2" not in said


def test_X_07_a_password_file_is_closed_to_others(desk, tmp_path):
    path = tmp_path / "secret"
    path.write_text(INITIAL + "\n")
    path.chmod(0o644)
    call = ["contract", "add", str(next(counter)), "--password-file"]
    assert "0600" in desk.refused(*call, str(path))
    path.chmod(0o600)
    desk.good(*call, str(path))
    assert "No such file" in desk.refused(*call, str(tmp_path / "none"))


def test_without_a_terminal_it_says_what_to_do(desk):
    said = desk.refused("contract", "add", str(next(counter)),
                        start_new_session=True)  # fmt: skip
    assert "--password-file" in said


def at_terminal(desk, args, answers):
    """Runs it with a terminal of its own; (exit code, all that was shown)."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["KOSHIN_CONFIG"] = desk.config
        os.execv(desk.program, [desk.program, *args])
    shown = b""
    answers = list(answers)
    try:
        while chunk := os.read(terminal, 1000):
            shown += chunk
            if shown.endswith(b": ") and answers:
                os.write(terminal, answers.pop(0).encode() + b"\n")
    except OSError:
        pass  # Linux says it like this when the other side has gone
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def test_a_password_is_asked_twice_and_not_echoed(desk):
    call = ["contract", "add", str(next(counter))]
    code, shown = at_terminal(desk, call, [INITIAL, INITIAL + "x"])
    assert code == 1 and "not the same" in shown and INITIAL not in shown
    code, shown = at_terminal(desk, call, [INITIAL, INITIAL])
    assert code == 0 and INITIAL not in shown
    assert shown.count(": ") == 2


# --------------------------------------------------------- lock, block


def block(desk, user):
    desk.sql(
        "UPDATE koshin.account SET state = 'blocked', locks = 3"
        " WHERE user_id = %s", user,
    )  # fmt: skip


def audit(desk, action):
    return desk.sql(
        "SELECT actor, details FROM koshin.audit WHERE action = %s"
        " ORDER BY id DESC LIMIT 1", action,
    )[0]  # fmt: skip


def test_X_04_a_block_is_lifted_once_with_a_reason(desk, user):
    block(desk, user)
    for reason in ("--reason=", "--reason"):
        desk.refused("user", "unlock", user, reason, code=2)
    assert "must say why" in desk.refused(
        "user", "unlock", user, "--reason", "  "
    )
    assert desk.json("user", "show", user)["state"] == "blocked"
    call = ["user", "unlock", user, "--reason", "by phone", "--actor", "mori"]
    assert desk(*call).stderr == ""
    row = desk.json("user", "show", user)
    assert (row["state"], row["locks"]) == ("active", 0)
    actor, details = audit(desk, "account.unlock")
    assert actor == "mori" and details["reason"] == "by phone"
    done = desk(*call)
    assert done.returncode == 0 and "neither locked nor blocked" in done.stderr
    kinds = [m["kind"] for m in desk.json("mail", "list", "--user", user)]
    assert kinds.count("unlocked") == 1


def test_X_04_a_role_without_the_right_is_refused(desk, user):
    block(desk, user)
    config = desk.folder / "front.yaml"
    text = pathlib.Path(desk.config).read_text()
    config.write_text(
        re.sub(r'(\n  operator: ".*user=)\w+', r"\1koshin_front", text)
    )
    said = desk.refused("user", "unlock", user, "--reason", "x",
                        "--config", str(config))  # fmt: skip
    assert "does not let this role" in said
    assert desk.json("user", "show", user)["state"] == "blocked"


def test_X_06_two_operators_at_once_have_one_effect(desk, user):
    block(desk, user)
    done = []

    def unlock():
        done.append(desk("user", "unlock", user, "--reason", "x"))

    both = [threading.Thread(target=unlock) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [d.returncode for d in done] == [0, 0]
    assert sum("neither" in d.stderr for d in done) == 1
    kinds = [m["kind"] for m in desk.json("mail", "list", "--user", user)]
    assert kinds.count("unlocked") == 1


def test_without_redis_nothing_is_lifted(desk, user):
    block(desk, user)
    desk.services.stop_redis()
    try:
        said = desk.refused("user", "unlock", user, "--reason", "x")
    finally:
        desk.services.start_redis()
    assert "Redis" in said and "nothing was changed" in said
    assert desk.json("user", "show", user)["state"] == "blocked"


def test_a_user_is_closed_once(desk, user):
    desk.good("user", "close", user)
    done = desk("user", "close", user)
    assert done.returncode == 0 and "closed before" in done.stderr
    assert desk.json("user", "show", user)["state"] == "closed"
    assert user not in json.dumps(desk.json("user", "list", "--state=active"))
    desk.refused("user", "unlock", user, "--reason", "x")


def test_R_LOCK_7_the_operator_lifts_the_block_of_a_contract(desk, contract):
    desk.sql(
        "UPDATE koshin.contract SET state = 'blocked' WHERE number = %s",
        contract,
    )
    call = ["contract", "unblock", contract, "--reason", "asked"]
    assert desk(*call).stderr == ""
    assert desk.json("contract", "show", contract)["state"] == "active"
    done = desk(*call)
    assert done.returncode == 0 and "not blocked" in done.stderr


# ------------------------------------------------------------- certificates

DER = bytes(range(256)) * 3


def add_certificate(desk, user, serial, issued=True):
    """A ledger row as the issuer writes it; `serial` as 40 digits."""
    desk.sql(
        "INSERT INTO koshin.certificate (serial, account, profile, subject,"
        " key_digest, csr_digest, tbs_digest, not_before, not_after, via,"
        " code_id) SELECT decode(%s, 'hex'), id, 'person', 'CN=x', d, d, d,"
        " '2026-05-25 09:00+09', '2099-05-25 23:59:59+09', 'code',"
        " substr(sha256(decode(%s, 'hex')), 1, 16)"
        " FROM koshin.account, sha256('x') d WHERE user_id = %s",
        serial, serial, user,
    )  # fmt: skip
    if issued:
        desk.sql(
            "UPDATE koshin.certificate SET state = 'issued', issued_at ="
            " now(), current = true, der = %s, fingerprint = sha256(%s)"
            " WHERE serial = decode(%s, 'hex')", DER, DER, serial,
        )  # fmt: skip


@pytest.fixture
def certificate(desk, user):
    serial = f"00ab{next(counter):036d}"
    add_certificate(desk, user, serial)
    return user, serial


def test_certificates_are_listed_in_the_zone_of_the_service(
    desk, certificate
):
    user, serial = certificate
    (row,) = desk.json("cert", "list", "--user", user)
    assert row == {
        "serial": serial, "user_id": user, "contract": row["contract"],
        "profile": "person", "not_before": "2026-05-25T09:00:00+09:00",
        "not_after": "2099-05-25T23:59:59+09:00", "state": "valid",
        "current": True,
    }  # fmt: skip
    assert desk.json("cert", "list", "--user", user, "--state=expired") == []
    mine = desk.json("cert", "list", "--contract", row["contract"],
                     "--limit", "1")  # fmt: skip
    assert [m["serial"] for m in mine] == [serial]
    assert "--limit" in desk.refused("cert", "list", "--limit", "0")
    assert "--state" in desk.refused("cert", "list", "--state", "good")


def spellings(serial):
    pairs = [serial[i : i + 2] for i in range(0, 40, 2)]
    bare = serial.lstrip("0")
    return [serial, serial.upper(), ":".join(pairs), bare, "0x" + bare,
            "0000" + serial, ":".join(pairs).upper()]  # fmt: skip


def test_X_03_a_serial_is_taken_as_people_write_it(desk, certificate):
    _, serial = certificate
    for text in spellings(serial):
        assert desk.json("cert", "show", text)["serial"] == serial
    for text in ("xyz", "1" * 41, "0", "12 34"):
        assert "serial" in desk.refused("cert", "show", text)
    assert "there is no" in desk.refused("cert", "show", "12:34")


def test_a_certificate_is_exported_as_it_was_issued(desk, certificate):
    import base64

    _, serial = certificate
    pem = desk.good("cert", "export", serial).splitlines()
    assert pem[0] == "-----BEGIN CERTIFICATE-----"
    assert pem[-1] == "-----END CERTIFICATE-----"
    assert {len(line) for line in pem[1:-2]} == {64}
    assert base64.b64decode("".join(pem[1:-1])) == DER
    der = subprocess.run(
        [desk.program, "cert", "export", "--der", serial,
         "--config", desk.config], capture_output=True, check=True,
    )  # fmt: skip
    assert der.stdout == DER


def test_a_reservation_cannot_be_exported(desk, user):
    serial = f"00ac{next(counter):036d}"
    add_certificate(desk, user, serial, issued=False)
    assert "is reserved" in desk.refused("cert", "export", serial)
    desk.refused("cert", "revoke", serial, "--reason", "superseded")


def test_X_03_a_certificate_is_revoked_once(desk, certificate):
    user, serial = certificate
    call = ["cert", "revoke", serial, "--reason"]
    assert "must be unspecified" in desk.refused(*call, "lost")
    assert "must be unspecified" in desk.refused(*call, "abandoned")
    assert desk(*call, "keyCompromise").stderr == ""
    done = desk(*call, "superseded")
    assert done.returncode == 0 and "was revoked before" in done.stderr
    row = desk.json("cert", "show", serial)
    assert (row["state"], row["reason"]) == ("revoked", "keyCompromise")
    assert row["current"] is False and row["revoked_at"]
    kinds = [m["kind"] for m in desk.json("mail", "list", "--user", user)]
    assert kinds.count("revoked") == 1
    desk.refused("cert", "revoke", "1234", "--reason", "superseded")


# ------------------------------------------------------- the rest of the show


def test_the_ca_is_shown_and_exported(desk):
    rows = desk.json("ca", "show")
    assert [r["subject"].split(",")[0] for r in rows] == [
        "CN=Example Bank Issuing CA", "CN=Example Bank Root CA",
    ]  # fmt: skip
    root = (desk.folder / "ca" / "root.pem").read_text()
    issuing = (desk.folder / "ca" / "issuing.pem").read_text()
    assert desk.good("ca", "export", "--root") == root
    assert desk.good("ca", "export") == issuing + root


def test_profiles_are_shown(desk):
    assert desk.good("profile", "show").count("- name:") == 2
    device = desk.good("profile", "show", "device")
    assert "name: device" in device and "renewal: certificate" in device
    desk.refused("profile", "show", "none")


def test_the_version_names_the_libraries(desk):
    row = json.loads(desk.good("version", "--json"))
    assert row["koshin"] == (ROOT / "VERSION").read_text().strip()
    assert row["openssl"].startswith("3.") and row["libpq"]
    assert desk.good("--version") == desk.good("version")


def test_R_MAIL_4_failed_mails_are_listed_and_tried_again(desk, user):
    desk.sql(
        "UPDATE koshin.mail SET state = 'failed', last_answer = '550 no'"
        " WHERE account = (SELECT id FROM koshin.account"
        " WHERE user_id = %s)", user,
    )  # fmt: skip
    (row,) = desk.json("mail", "list", "--failed", "--user", user)
    assert row["kind"] == "registered" and row["last_answer"] == "550 no"
    desk.good("mail", "retry", str(row["id"]))
    assert desk.json("mail", "list", "--failed", "--user", user) == []
    assert "cannot be tried" in desk.refused("mail", "retry", str(row["id"]))
    desk.refused("mail", "retry", "x")


def test_X_12_terminal_escapes_in_names_are_escaped(desk, contract):
    evil = "\u202eevil\u009b2J"
    desk.sql(
        "ALTER TABLE koshin.account DROP CONSTRAINT account_name_check;"
        "UPDATE koshin.contract SET name = %s WHERE number = %s",
        "a\x1b]0;title\x07" + evil, contract,
    )  # fmt: skip
    for call in (["contract", "list"], ["contract", "show", contract]):
        for form in ([], ["--json"]):
            shown = desk.good(*call, *form)
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)
    assert "a\\x1b]0;title\\x07" in desk.good("contract", "show", contract)
    said = desk.refused("user", "show", "\x1b[2J")
    assert "\x1b" not in said


def test_X_05_a_closed_pipe_or_full_disk_is_not_success(desk, contract):
    read, write = os.pipe()
    os.close(read)
    call = [desk.program, "contract", "list", "--config", desk.config]
    done = subprocess.run(call, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert done.returncode == 1 and b"Broken pipe" in done.stderr
    with open("/dev/full", "w") as full:
        done = subprocess.run(call, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1 and b"No space left" in done.stderr


# ------------------------------------------------------------ check-config


def changed(desk, tmp_path, **settings):
    """A copy of the configuration with other values, keys as section__key."""
    import yaml

    text = yaml.safe_load(pathlib.Path(desk.config).read_text())
    shown = yaml.safe_load(desk.good("check-config", "--show"))
    for key in ("certificate", "key"):
        text["tls"][key] = shown["tls"][key]
    for key in ("certificate", "chain", "key"):
        text["ca"][key] = shown["ca"][key]
    for name in ("code_key",):
        text[name] = shown[name]
    text["tls"]["ticket_key"] = shown["tls"]["ticket_key"]
    for key, value in settings.items():
        section, _, name = key.rpartition("__")
        (text.setdefault(section, {}) if section else text)[name] = value
    path = tmp_path / "koshin.yaml"
    path.write_text(yaml.safe_dump(text))
    return str(path)


def test_what_is_shown_can_be_loaded_and_shows_the_same(desk, tmp_path):
    shown = desk.good("check-config", "--show")
    path = tmp_path / "koshin.yaml"
    path.write_text(shown)
    again = desk.good("check-config", "--show", "--config", str(path))
    assert again == shown


def test_X_10_a_profile_that_outlives_the_ca_is_refused(desk, tmp_path):
    path = changed(desk, tmp_path, profiles=[
        {"name": "long", "validity": "3650d"}, {"name": "fits"}])  # fmt: skip
    desk.good("check-config", "--config", path)
    ca = changed(
        desk, tmp_path, profiles=[{"name": "long", "validity": "3650d"}]
    )
    days_ago = {"FAKETIME": "+30d", "LD_PRELOAD": faketime()}
    for command in ("check-config", "serve"):
        said = desk.refused(command, "--config", ca, env=days_ago)
        assert "profile long: validity" in said


def faketime():
    found = list(pathlib.Path("/usr/lib").rglob("libfaketime.so.1"))
    assert found, "libfaketime is missing: deploy/deps installs it"
    return str(found[0])


def test_X_09_a_key_that_does_not_fit_is_refused(desk, tmp_path):
    other = str(desk.folder / "tls" / "server.key")
    path = changed(desk, tmp_path, ca__key=other)
    assert other in desk.refused("check-config", "--config", path)


def test_X_11_a_mail_text_that_is_wrong_is_refused(desk, tmp_path):
    import shutil

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


# ---------------------------------------------------- what is written about it


def test_the_manual_names_every_command_and_option(desk):
    manual = (ROOT / "deploy" / "man" / "koshin.8").read_text()
    for name in commands(desk):
        assert re.search(rf"^\.It Cm {name}\b", manual, re.M), name
        for option in re.findall(
            r"^  --([a-z-]+)", desk.good(*name.split(), "--help"), re.M
        ):
            assert rf"-{option}" in manual, (name, option)


def test_the_manual_names_every_key(desk):
    manual = (ROOT / "deploy" / "man" / "koshin.yaml.5").read_text()
    section = ""
    for line in pathlib.Path(desk.config).read_text().splitlines():
        found = re.match(r"^#? *(?:- )?([a-z_0-9]+):( .*)?$", line)
        if not found:
            continue
        if found[2] is None and not line.startswith(("  ", "# ")):
            section = found[1]
            assert f".Ss {section}" in manual, section
        else:
            assert f".It Ic {found[1]}" in manual, (section, found[1])


def test_the_completion_knows_every_command(desk):
    script = ROOT / "deploy" / "completion" / "koshin.bash"

    def complete(*words):
        return subprocess.run(
            ["bash", "-c", f". {script}; COMP_WORDS=(koshin \"$@\");"
             " COMP_CWORD=$#; _koshin; printf '%s\\n' \"${COMPREPLY[@]}\"",
             "bash", *words], capture_output=True, text=True, check=True,
            env={**os.environ,
                 "PATH": f"{os.path.dirname(desk.program)}:/usr/bin:/bin"},
        ).stdout.split()  # fmt: skip

    names = commands(desk)
    assert set(complete("")) == {n.split()[0] for n in names}
    assert set(complete("user", "")) == {
        n.split()[1] for n in names if n.startswith("user ")
    }
    assert "--reason" in complete("user", "unlock", "--")
