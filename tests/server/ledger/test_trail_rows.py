"""I-12: every change of state leaves exactly one audit row, that says who,
what, on what and why; and what changes nothing leaves none."""

import getpass
import json
import re

import pytest

from koshin_tests.clients import requests
from koshin_tests.clients.curl import EstClient
from koshin_tests.patience import run
from koshin_tests.people import INITIAL, PASSWORD
from koshin_tests.server import CONTRACT

ME = getpass.getuser()
NEW = "Nr-8xWq#2z"
WHY = "asked for by telephone"

# What only reads, or is no change of state of the service.
READERS = {
    "init", "serve", "check-config", "version", "contract list",
    "contract show", "user list", "user show", "cert list", "cert show",
    "cert export", "crl list", "crl show", "crl publish", "ca show",
    "ca export", "profile show", "mail list", "mail show", "notice run",
    "notice simulate", "simulate", "audit list", "audit verify",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(module_server):
    made = module_server()
    return made.start()


class Watch:
    """The audit rows that were written since."""

    def __init__(self, server):
        self.server = server
        self.last = server.one("SELECT coalesce(max(id), 0) FROM koshin.audit")

    def rows(self):
        found = self.server.rows(
            "SELECT action, object, role, actor, details FROM koshin.audit"
            " WHERE id > %s ORDER BY id",
            self.last,
        )
        return [dict(zip(("action", "object", "role", "actor", "details"), row))
                for row in found]  # fmt: skip

    def one(self, action, thing):
        (row,) = self.rows()
        assert (row["action"], row["object"]) == (action, thing)
        return row


def koshin(server, *args, stdin=""):
    return server.instance.run(*args, stdin=stdin)


def account_of(server, user):
    return "account:" + str(
        server.one("SELECT id FROM koshin.account WHERE user_id = %s", user)
    )


numbers = iter(range(30000001, 40000000))


def new_contract(server):
    number = str(next(numbers))
    koshin(server, "contract", "add", number, "--password-file", "-",
           stdin=INITIAL + "\n")  # fmt: skip
    return number


# ------------------------------------------------------ the command line
#
# Each returns (arguments, standard input, rows that are wanted).


def contract_add(server):
    number = str(next(numbers))
    return (["contract", "add", number, "--generate-password"], "",
            lambda: [("contract.add", f"contract:{number}")])  # fmt: skip


def contract_reset(server):
    number = new_contract(server)
    return (["contract", "reset", number, "--generate-password",
             "--reason", WHY], "",
            lambda: [("contract.reset", f"contract:{number}")])  # fmt: skip


def contract_unblock(server):
    number = new_contract(server)
    server.rows("UPDATE koshin.contract SET state = 'blocked'"
                " WHERE number = %s", number)  # fmt: skip
    return (["contract", "unblock", number, "--reason", WHY], "",
            lambda: [("contract.unblock", f"contract:{number}")])  # fmt: skip


def contract_set_profiles(server):
    number = new_contract(server)
    return (["contract", "set-profiles", number, "--profile", "person"], "",
            lambda: [("contract.profiles", f"contract:{number}")])  # fmt: skip


def contract_close(server):
    """With the accounts that are in it: each is a change of its own."""
    number = new_contract(server)
    users = [f"end{number[-5:]}{n}" for n in range(2)]
    for user in users:
        koshin(server, "user", "add", user, "--contract", number, "--role",
               "device", "--name", "x", "--email", "x@example.jp",
               "--generate-password")  # fmt: skip
    return (["contract", "close", number, "--reason", WHY], "", lambda: [
        *(("account.close", account_of(server, user)) for user in users),
        ("contract.close", f"contract:{number}")])  # fmt: skip


def user_add(server):
    user = f"add{next(server.numbers):05}"
    return (["user", "add", user, "--contract", CONTRACT, "--role", "general",
             "--name", "x", "--email", "x@example.jp", "--generate-password"],
            "", lambda: [("account.add", account_of(server, user))])  # fmt: skip


def user_register(server, tmp_path):
    number = new_contract(server)
    user = f"reg{next(server.numbers):05}"
    old = tmp_path / "initial"
    old.touch(mode=0o600)
    old.write_text(INITIAL + "\n")
    return (["user", "register", user, "--contract", number, "--name", "x",
             "--email", "x@example.jp", "--email-again", "x@example.jp",
             "--old-password-file", str(old), "--password-file", "-"],
            PASSWORD + "\n",
            lambda: [("account.register", account_of(server, user))])  # fmt: skip


def user_import(server, tmp_path):
    users = [f"imp{next(server.numbers):05}" for _ in range(3)]
    path = tmp_path / "people.csv"
    path.write_text("user_id,name,email,role\n" + "".join(
        f"{user},x,x@example.jp,general\n" for user in users))  # fmt: skip
    return (["user", "import", str(path), "--contract", CONTRACT,
             "--passwords-out", str(tmp_path / "out.csv")], "",
            lambda: [("account.add", account_of(server, user))
                     for user in users])  # fmt: skip


def changed(command, action, *args, stdin=""):
    def make(server):
        user = server.account().user
        if command == "unlock":
            server.rows("UPDATE koshin.account SET state = 'blocked'"
                        " WHERE user_id = %s", user)  # fmt: skip
        if command == "resume":
            server.rows("UPDATE koshin.account SET state = 'suspended',"
                        " suspended_from = 'active' WHERE user_id = %s",
                        user)  # fmt: skip
        return (["user", command, user, *args], stdin,
                lambda: [(action, account_of(server, user))])  # fmt: skip

    return make


def issued(server):
    """Somebody's certificate: (account, its serial)."""
    account = server.account("device")
    made = EstClient(server, "device").enroll(account)
    return account, f"{made.serial_number:040x}"


def user_close(server):
    """With a certificate, which is revoked."""
    account, serial = issued(server)
    return (["user", "close", account.user, "--reason", WHY], "", lambda: [
        ("certificate.revoke", f"certificate:{serial}"),
        ("account.close", account_of(server, account.user))])  # fmt: skip


def user_reopen(server):
    user = server.account().user
    server.rows("UPDATE koshin.account SET state = 'closed'"
                " WHERE user_id = %s", user)  # fmt: skip
    return (["user", "reopen", user, "--reason", WHY], "",
            lambda: [("account.reopen", account_of(server, user))])  # fmt: skip


def cert_revoke(server):
    _, serial = issued(server)
    return (["cert", "revoke", serial, "--reason", "superseded"], "",
            lambda: [("certificate.revoke", f"certificate:{serial}")])  # fmt: skip


def mail_retry(server):
    account = server.account()
    server.until(lambda: server.one(
        "SELECT bool_and(state = 'sent') FROM koshin.mail"
        " WHERE recipient = %s", account.email))  # fmt: skip
    number = server.one("UPDATE koshin.mail SET state = 'failed'"
                        " WHERE recipient = %s RETURNING id",
                        account.email)  # fmt: skip
    return (["mail", "retry", str(number)], "",
            lambda: [("mail.retry", f"mail:{number}")])  # fmt: skip


CHANGES = {
    "contract add": contract_add,
    "contract reset": contract_reset,
    "contract unblock": contract_unblock,
    "contract set-profiles": contract_set_profiles,
    "contract close": contract_close,
    "user add": user_add,
    "user register": user_register,
    "user import": user_import,
    "user unlock": changed("unlock", "account.unlock", "--reason", WHY),
    "user suspend": changed("suspend", "account.suspend", "--reason", WHY),
    "user resume": changed("resume", "account.resume", "--reason", WHY),
    "user close": user_close,
    "user reopen": user_reopen,
    "user remind": changed("remind", "account.remind"),
    "user set-name": changed("set-name", "account.name", "--name", "Hana"),
    "user set-email": changed(
        "set-email", "account.email", "--email", "new@example.jp"
    ),
    "user set-password": changed(
        "set-password", "account.password", "--password-file", "-",
        stdin=NEW + "\n",
    ),
    "user temporary-password": changed(
        "temporary-password", "account.password", "--generate-password"
    ),
    "cert revoke": cert_revoke,
    "mail retry": mail_retry,
}  # fmt: skip


def test_I_12_every_command_is_here(server):
    listed = run(server.instance.koshin, "--help", text=True).stdout
    found = set(re.findall(r"(?m)^  ([a-z-]+(?: [a-z-]+)?) +\S", listed))
    assert found == READERS | set(CHANGES)


@pytest.mark.parametrize("command", CHANGES)
def test_I_12_a_command_leaves_one_row_for_each_change(
    server, tmp_path, command
):
    make = CHANGES[command]
    needs = make.__code__.co_varnames[: make.__code__.co_argcount]
    args, stdin, wanted = (
        make(server, tmp_path) if "tmp_path" in needs else make(server)
    )
    watch = Watch(server)
    koshin(server, *args, stdin=stdin)
    rows = watch.rows()
    assert sorted((r["action"], r["object"]) for r in rows) == sorted(wanted())
    for row in rows:
        if command == "user register":
            assert row["role"] == "koshin_member"
            assert row["actor"].endswith("/" + args[2])
        else:
            assert row["role"] == row["actor"] == "koshin_operator"
            assert row["details"]["remark"] == ME
    if WHY in args:
        assert rows[-1]["details"]["reason"] == WHY
    for secret in (PASSWORD, INITIAL, NEW):
        assert secret not in json.dumps([r["details"] for r in rows])


def test_T12_the_person_behind_the_command_is_a_remark(server):
    account = server.account()
    watch = Watch(server)
    koshin(server, "user", "set-name", account.user, "--name", "Z",
           "--actor", "desk 3, M. Sato")  # fmt: skip
    row = watch.one("account.name", account_of(server, account.user))
    assert row["actor"] == "koshin_operator"
    assert row["details"]["remark"] == "desk 3, M. Sato"


def test_I_12_what_changes_nothing_leaves_no_row(server):
    account = server.account()
    watch = Watch(server)
    koshin(server, "user", "set-email", account.user, "--email",
           account.email)  # fmt: skip
    koshin(server, "user", "unlock", account.user, "--reason", WHY)
    for args in (["user", "close", "nobody"],
                 ["contract", "close", "99999999", "--reason", WHY],
                 ["cert", "revoke", "00" * 20, "--reason", "superseded"],
                 ["user", "list"], ["audit", "list"]):  # fmt: skip
        server.instance.run(*args, check=False)
    assert watch.rows() == []


# ------------------------------------------------------------ over EST


def test_I_12_EST_301_an_enrollment_leaves_a_row_for_each_step(
    server,
):
    account = server.account()
    thing = account_of(server, account.user)
    watch = Watch(server)
    csr = requests.request()
    code = server.step1(account, csr)
    row = watch.one("code.mail", thing)
    assert row["role"] == "koshin_auth"
    assert row["details"] == {"address": "127.0.0.1"}
    assert code not in json.dumps(row)

    watch = Watch(server)
    first = server.try_secret(account, account.password + code, csr)
    assert first.status == 200
    serial = requests.certificate(first.body).serial_number
    row = watch.one("certificate.issue", f"certificate:{serial:040x}")
    assert row["role"] == "koshin_issuer"
    assert row["details"]["via"] == "code"
    # The same request again is no change (I-6).
    again = server.try_secret(account, account.password + code, csr)
    assert (again.status, again.body) == (200, first.body)
    assert len(watch.rows()) == 1


def test_I_12_a_renewal_leaves_one_row(server):
    account, identity = server.identity()
    watch = Watch(server)
    client = EstClient(server, "device", identity=identity)
    made = client.renew(
        requests.same_names(requests.new_key(), identity.certificate)
    )
    watch.one("certificate.issue", f"certificate:{made.serial_number:040x}")


def test_I_12_F_68_a_lock_leaves_one_row_however_many_wrong_ones_come(server):
    account = server.account()
    thing = account_of(server, account.user)
    watch = Watch(server)
    for n in range(9):
        server.try_secret(account, f"Wrong-{n:04}")
    server.until(lambda: account.row("locks") == 1)
    row = watch.one("account.lock", thing)
    assert row["role"] == "koshin_auth"
    assert row["details"]["number"] == 1
    watch = Watch(server)
    koshin(server, "user", "unlock", account.user, "--reason", WHY)
    row = watch.one("account.unlock", thing)
    assert row["details"]["reason"] == WHY


# -------------------------------------------------------------- audit list


def test_the_list_says_who_what_on_what_and_why(server):
    account = server.account()
    server.rows("UPDATE koshin.account SET state = 'blocked'"
                " WHERE user_id = %s", account.user)  # fmt: skip
    koshin(server, "user", "unlock", account.user, "--reason", WHY)

    def listed(*args):
        return json.loads(
            koshin(server, "audit", "list", "--json", *args).stdout
        )

    server.until(lambda: all(
        row["position"] for row in listed("--user", account.user)))  # fmt: skip
    newest, added = listed("--user", account.user)
    assert newest["action"] == "account.unlock"
    assert newest["object"] == account_of(server, account.user)
    assert newest["actor"] == newest["role"] == "koshin_operator"
    assert newest["remark"] == ME
    assert (newest["user_id"], newest["contract"]) == (account.user, CONTRACT)
    assert newest["reason"] == WHY
    assert newest["position"] > added["position"]
    assert newest["id"] > added["id"] and newest["at"] >= added["at"]

    whole = listed()
    assert whole[0]["id"] == max(row["id"] for row in whole)
    assert listed("--limit", "1") == whole[:1]
    for args, key, value in (
        (["--action", "account.unlock"], "action", "account.unlock"),
        (["--contract", CONTRACT], "contract", CONTRACT),
    ):
        some = listed(*args)
        assert some == [row for row in whole if row[key] == value]
        assert 0 < len(some) < len(whole)
    assert {row["action"] for row in listed("--action", "contract")} >= {
        "contract.add"
    }
    at = newest["at"]
    assert newest in listed("--since", at)
    assert newest not in listed("--until", at)
    assert listed("--until", "2020-01-01") == []
    assert listed("--since", "2099-12-31") == []
    assert listed("--user", "nobody") == []


@pytest.mark.parametrize("option", ["--since", "--until"])
def test_the_list_refuses_a_time_that_is_none(server, option):
    done = server.instance.run("audit", "list", option, "soon", check=False)
    assert done.returncode == 1
    assert option in done.stderr and "2026-11-20" in done.stderr


def test_the_whole_trail_of_all_this_verifies(server):
    server.until(lambda: server.one(
        "SELECT count(*) = 0 FROM koshin.audit_unsealed"))  # fmt: skip
    found = json.loads(koshin(server, "audit", "verify", "--json").stdout)
    assert found["verified"]
    assert found["rows"] == server.one("SELECT count(*) FROM koshin.audit")
