"""How the command line is called, what it shows, and what is written about
it."""

import json
import os
import pathlib
import re

import pytest

from koshin_tests.command_line import counter
from koshin_tests.patience import run
from koshin_tests.place import ROOT


# ------------------------------------------------------- usage errors


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
def test_X_01_a_usage_error_is_2_and_one_line_of_use(desk, args):
    said = desk.refused(*args, code=2)
    assert len(said) < 6000
    if args and args != ["user"]:
        assert said.count("usage: ") == 1 and len(said.splitlines()) == 2


def test_X_01_a_mistyped_command_is_told_what_there_is(desk):
    said = desk.refused("user", "frob", code=2)
    assert said.startswith("koshin: unknown command user frob\n")
    assert "usage: koshin user add|register|import|list|" in said


@pytest.mark.parametrize("typed, meant", [
    (["usr", "list"], "unknown command usr; did you mean user?"),
    (["user", "lis"], "unknown command user lis; did you mean user list?"),
    (["user", "lsit"], "unknown command user lsit; did you mean user list?"),
    (["user", "list", "--jsom"], "unknown option --jsom; did you mean --json?"),
    (["user", "list", "--limt=3"],
     "unknown option --limt=3; did you mean --limit?"),
    (["user", "list", "--frob"], "unknown option --frob\n"),
])  # fmt: skip
def test_X_01_one_letter_that_differs_is_asked_about(desk, typed, meant):
    assert meant in desk.refused(*typed, code=2)


def test_unknown_not_found_and_nothing_yet_are_different(desk):
    assert "unknown profile `x`" in desk.refused("profile", "show", "x")
    assert "user `x` not found" in desk.refused("user", "show", "x")
    number = str(next(counter))
    desk.good("contract", "add", number, "--generate-password")
    found = desk("user", "list", "--contract", number)
    assert (found.returncode, found.stderr) == (
        0, "koshin: no users match\n"
    )  # fmt: skip
    assert desk("user", "list", "--contract", number, "--json").stderr == ""


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


def test_every_command_explains_itself(desk):
    names = desk.commands()
    assert len(names) >= 22
    for name in names:
        text = desk.good(*name.split(), "--help")
        assert text.startswith(f"koshin {name} ") and "Options:" in text


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


def test_the_values_of_one_row_stand_in_one_column(desk, user):
    lines = desk.good("user", "show", user).splitlines()
    values = {re.match(r"[a-z ]+: +", line).end() for line in lines}
    assert len(lines) > 10 and len(values) == 1


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


def test_json_is_whole_and_says_what_it_means(desk, contract):
    """Objects in it are objects, letters are letters, and nothing is null."""
    reason = "電話にて確認"
    desk.good("contract", "unblock", contract, "--reason", reason)
    desk.good("contract", "set-profiles", contract, "--profile", "person")
    desk.good("contract", "close", contract, "--reason", reason)
    text = desk.good("audit", "list", "--contract", contract, "--json")
    assert reason in text and "\\u" not in text
    rows = {row["action"]: row for row in json.loads(text)}
    assert rows["contract.close"]["details"]["reason"] == reason
    other = str(next(counter))
    desk.good("contract", "add", other, "--generate-password")
    row = desk.json("contract", "show", other)
    assert row["name"] is None and row["profiles"] is None


def test_fingerprints_are_written_as_openssl_writes_them(desk):
    for name, row in zip(("issuing", "root"), desk.json("ca", "show")):
        done = run("openssl", "x509", "-noout", "-fingerprint", "-sha256",
                   "-in", str(desk.folder / "ca" / f"{name}.pem"))  # fmt: skip
        assert done.stdout.decode().split("=")[1].strip() == row["fingerprint"]


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
    """The output goes into a pipe that nobody reads, and to /dev/full: a
    script that saves it must hear that it was not saved. (Of a list, somebody
    may have seen enough: test_lists.)"""
    read, write = os.pipe()
    os.close(read)
    call = [desk.program, "contract", "list", "--config", desk.config]
    assert run(*call, stdout=write).returncode == 1
    done = run(*call[:2], "show", contract, *call[3:], stdout=write)
    os.close(write)
    assert done.returncode == 1 and b"Broken pipe" in done.stderr
    with open("/dev/full", "w") as full:
        done = run(*call, stdout=full)
    assert done.returncode == 1 and b"No space left" in done.stderr


# ---------------------------------------------------- what is written about it


def test_the_manual_names_every_command_and_option(desk):
    manual = (ROOT / "deploy" / "man" / "koshin.8").read_text()
    for name in desk.commands():
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
        return run(
            "bash", "-c", f". {script}; COMP_WORDS=(koshin \"$@\");"
            " COMP_CWORD=$#; _koshin; printf '%s\\n' \"${COMPREPLY[@]}\"",
            "bash", *words, text=True, check=True,
            env={**os.environ,
                 "PATH": f"{os.path.dirname(desk.program)}:/usr/bin:/bin"},
        ).stdout.split()  # fmt: skip

    names = desk.commands()
    assert set(complete("")) == {n.split()[0] for n in names}
    assert set(complete("user", "")) == {
        n.split()[1] for n in names if n.startswith("user ")
    }
    assert "--reason" in complete("user", "unlock", "--")
