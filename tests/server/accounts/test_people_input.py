"""What people type, field by field: each bad value is refused with the name
of its field and what would be right, and changes nothing (J-05 to J-08,
R-ACC-1, R-ACC-3 to R-ACC-6)."""

import pytest

from koshin_tests.command_line import INITIAL
from koshin_tests.patience import run
from koshin_tests.people import Firm, everything, new_id, register

LONG = "x" * 100000

USER_ID = [
    ("empty", "", None),
    ("J_07 five", "abc12", "6 to 12"),
    ("J_07 thirteen", "abcdefgh12345", "6 to 12"),
    ("J_07 letters", "abcdefgh", "digit"),
    ("J_07 digits", "12345678", "letter"),
    ("control", "abc\x01123", "letters and digits"),
    ("line end", "abc123\n", "letters and digits"),
    ("delete", "abc\x7f123", "letters and digits"),
    ("space", "abc 123", "letters and digits"),
    ("quote", "abc'123", "letters and digits"),
    ("double quote", 'abc"123', "letters and digits"),
    ("markup", "<b>abc12", "letters and digits"),
    ("SQL", "a1';--xx", "letters and digits"),
    ("path", "../abc12", "letters and digits"),
    ("Cyrillic a", "user\u0430001", "letters and digits"),
    ("Greek o", "user0\u03bf1", "letters and digits"),
    ("Arabic digits", "user\u0661\u0662", "letters and digits"),
    ("roman numeral", "user\u216012", "letters and digits"),
    ("joiner", "us\u200der001", "letters and digits"),
    ("1 MB", LONG, "6 to 12"),
]
NAME = [
    ("J_05 21", "x" * 21, "at most 20"),
    ("J_05 21 wide", "\u3042" * 21, "at most 20"),
    ("J_05 marks", "e\u0301\u0302" * 14, "at most 20"),
    ("J_05 spaces", "   ", None),
    ("J_05 wide spaces", "\u3000\u3000", None),
    ("J_05 RTL override", "ab\u202ecd", None),
    ("J_05 RTL mark", "ab\u200fcd", "cannot be seen"),
    ("J_05 emoji with joiners", "\U0001f468\u200d\U0001f466", "cannot"),
    ("escape", "a\x1b[2J", None),
    ("C1", "a\u009bb", None),
    ("line end", "a\r\nb", None),
    ("line separator", "a\u2028b", None),
    ("byte order mark", "\ufeffa", None),
    ("noncharacter", "a\ufffe", None),
    ("long", LONG, "1 to 20"),
]
EMAIL = [
    ("J_06 51", "a" * 40 + "@example.jp", "at most 50"),
    ("J_06 none", "example.jp", None),
    ("J_06 two", "a@b@example.jp", None),
    ("J_06 quoted", '"a b"@example.jp', None),
    ("J_06 comment", "a(x)@example.jp", None),
    ("J_06 literal", "a@[127.0.0.1]", None),
    ("J_06 Bcc", "a@example.jp\r\nBcc: b@example.jp", None),
    ("J_06 LF", "a@example.jp\nRCPT TO:<b@example.jp>", None),
    ("J_06 space", "a@b ", None),
    ("J_06 not ASCII", "\u3042@example.jp", None),
    ("no domain", "a@localhost", None),
    ("dots", "a..b@example.jp", None),
    ("angle", "<a@example.jp>", None),
    ("long", LONG + "@example.jp", "at most 50"),
]
PASSWORD_OF_USER = [
    ("J_08 seven", "Tr-7kLm", "8 to 12"),
    ("J_08 thirteen", "Tr-7kLm#9xabc", "8 to 12"),
    ("J_08 lower", "TR-7KLM#9X", None),
    ("J_08 upper", "tr-7klm#9x", None),
    ("J_08 digit", "Tr-xkLm#yx", None),
    ("J_08 symbol", "Tr57kLm39x", None),
    ("J_08 common", "P@ssw0rd", None),
    ("J_08 wide", "\uff34r-7kLm#9x", None),
    ("J_08 not ASCII", "Tr-7kLm#\u3042x", None),
    ("space", "Tr-7 kLm#9x", None),
    ("control", "Tr-7\tkLm#9x", None),
    ("empty", "", None),
]
CONTRACT = [
    ("X_02 seven", "1234567", "8 digits"),
    ("X_02 nine", "123456789", "8 digits"),
    ("letter", "1234567a", "8 digits"),
    ("Arabic", "\u0661" * 8, "8 digits"),
    ("sign", "-1234567", "8 digits"),
    ("space", " 1234567", "8 digits"),
]


def cases(field, label, rows):
    return [
        pytest.param(field, label, value, right, id=f"{field} {name}")
        for name, value, right in rows
    ]


OPTIONS = (
    cases("contract", "--contract", CONTRACT)
    + cases("name", "--name", NAME)
    + cases("email", "--email", EMAIL)
    + cases("locale", "--locale", [("other", "de", None),
                                   ("long", "jajajaja", None)])
)  # fmt: skip


def said_well(done, label, right):
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    named = [line for line in lines if line.startswith(f"koshin: {label}: ")]
    assert named, done.stderr
    assert len(done.stderr) < 2000
    if right is not None:
        assert right in named[0]
    # Nothing that moves the cursor or the direction is shown.
    assert not set("\x1b\x07\x01\u009b\u202e") & set(done.stderr)


@pytest.fixture(scope="module")
def firm(desk):
    return Firm(desk)


@pytest.mark.parametrize("field, label, value, right", OPTIONS)
def test_R_ACC_registration_refuses_it(
    desk, contract, field, label, value, right
):
    before = everything(desk)
    more = {field: value}
    if field == "email":
        more["email-again"] = value
    number = more.pop("contract", contract)
    done = register(desk, number, new_id(), **more)
    said_well(done, label, right)
    assert everything(desk) == before


@pytest.mark.parametrize(
    "value, right",
    [pytest.param(v, r, id=name) for name, v, r in USER_ID if v],
)
def test_R_ACC_3_registration_refuses_the_user_id(
    desk, contract, value, right
):
    before = everything(desk)
    done = register(desk, contract, value, email="a@example.jp",
                    **{"email-again": "a@example.jp"})  # fmt: skip
    said_well(done, "USER_ID", right)
    assert everything(desk) == before


@pytest.mark.parametrize(
    "value, right",
    [pytest.param(v, r, id=name) for name, v, r in PASSWORD_OF_USER],
)
def test_R_ACC_4_each_way_to_a_password_refuses_it(desk, firm, value, right):
    before = everything(desk)
    typed = value + "\n"
    me = firm.general_id
    for done in (
        firm.general("user", "set-password", me, "--password-file", "-",
                     stdin=typed),
        firm.master("user", "temporary-password", me, "--password-file", "-",
                    stdin=typed),
        desk("user", "set-password", me, "--password-file", "-", stdin=typed),
        register(desk, firm.number, new_id(), password=value),
    ):  # fmt: skip
        said_well(done, "password", right)
        assert value == "" or value not in done.stderr
    assert everything(desk) == before


@pytest.mark.parametrize(
    "what, option, value",
    [
        pytest.param("set-name", "--name", v, id=f"name {n}")
        for n, v, _ in NAME
    ]
    + [
        pytest.param("set-email", "--email", v, id=f"email {n}")
        for n, v, _ in EMAIL
    ],
)
def test_R_ACC_8_a_change_refuses_it(desk, firm, what, option, value):
    before = everything(desk)
    done = desk("user", what, firm.general_id, option, value)
    said_well(done, option, None)
    assert everything(desk) == before


def test_J_05_what_is_no_utf8_is_refused(desk, firm):
    before = everything(desk)
    for name in (b"\xff", b"a\xc0\x80", b"\xed\xa0\x80", b"\xe3\x81"):
        done = run(
            desk.program, "user", "set-name", firm.general_id,
            "--config", desk.config, "--name", name,
        )  # fmt: skip
        assert done.returncode == 1
        assert done.stderr.startswith(b"koshin: --name: must be")
    assert everything(desk) == before


def test_a_nul_in_a_password_is_refused(desk, firm):
    before = everything(desk)
    for typed in ("Tr-7\0kLm#9x\n", "\0\n"):
        said = firm.general.refused(
            "user", "set-password", firm.general_id, "--password-file", "-",
            stdin=typed,
        )  # fmt: skip
        assert "password" in said
    assert everything(desk) == before


@pytest.mark.parametrize("word", ["Tr-7kLm", "Tr-7kLm#9", "Tr47kLmx", ""])
def test_R_ACC_4_a_reset_refuses_an_initial_password(desk, firm, word):
    before = everything(desk)
    done = desk("contract", "reset", firm.number, "--reason", "x",
                "--password-file", "-", stdin=word + "\n")  # fmt: skip
    said_well(done, "password", None)
    assert everything(desk) == before


def test_everything_wrong_is_said_at_once(desk, contract):
    done = register(desk, contract, "bad", name="", email="x",
                    **{"email-again": "x", "locale": "de"})  # fmt: skip
    assert done.returncode == 2  # an empty value is a slip of the caller
    done = register(desk, contract, "bad", name="  ", email="x",
                    **{"email-again": "y", "locale": "de"})  # fmt: skip
    for label in ("USER_ID", "--name", "--email", "--email-again", "--locale"):
        assert f"koshin: {label}: " in done.stderr
    assert INITIAL not in done.stderr
