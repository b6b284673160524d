"""Users by a CSV file: all of them or none, judged before the first is
registered, and their passwords in a file of their own."""

import os
import stat

import pytest

from koshin_tests.patience import run
from koshin_tests.people import (
    As, Firm, account, everything, mails, new_id, replace,
)

HEADER = "user_id,name,email"


@pytest.fixture
def firm(desk):
    return Firm(desk)


@pytest.fixture
def place(tmp_path):
    """Writes a file and says where it is."""

    def write(text, name="people.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    write.out = str(tmp_path / "passwords.csv")
    return write


def rows(count, start="imp"):
    ids = [new_id(start) for _ in range(count)]
    lines = [HEADER] + [f"{i},Name {n},{i}@example.jp"
                        for n, i in enumerate(ids)]  # fmt: skip
    return ids, "\r\n".join(lines) + "\r\n"


def load(desk, contract, path, out):
    return desk("user", "import", path, "--contract", contract,
                "--passwords-out", out)  # fmt: skip


def passwords(out):
    with open(out, newline="") as file:
        lines = file.read().split("\r\n")
    assert lines[0] == "user_id,password" and lines[-1] == ""
    return dict(line.split(",", 1) for line in lines[1:-1])


def test_C_44_a_variant_in_a_file_is_told_with_its_place(
    desk, contract, place
):
    user = new_id("imp")
    text = f"{HEADER}\r\n{user},\ufa19 Taro,{user}@example.jp\r\n"
    done = load(desk, contract, place(text), place.out)
    assert done.returncode == 0, done.stderr
    where = f"line 2, column {len(user) + 2}: name"
    assert f"{where}: stored as \u795e Taro" in done.stderr
    assert account(desk, user, "name") == "\u795e Taro"


def test_R_ACC_7_all_users_of_a_file_are_registered(desk, contract, place):
    ids, text = rows(5)
    done = load(desk, contract, place(text), place.out)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "" and "5 users were registered" in done.stderr
    made = passwords(place.out)
    assert list(made) == ids
    assert stat.S_IMODE(os.stat(place.out).st_mode) == 0o600
    for user in ids:
        assert account(desk, user, "role", "temporary_password", "name") == (
            "general", True, f"Name {ids.index(user)}")  # fmt: skip
        assert mails(desk, user) == [("registered", f"{user}@example.jp")]
    assert replace(desk, ids[0], made[ids[0]]).returncode == 0
    stored = str(everything(desk))
    assert not [word for word in made.values() if word in stored]
    assert not [word for word in made.values() if word in done.stderr]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_columns_come_in_any_order(desk, contract, firm, place, mark):
    a, b = new_id("dev"), new_id("gen")
    text = (
        'locale,email,role,"name",contract,user_id\n'
        f'en,{a}@example.jp,device,"a ""b"", c",{firm.number},{a}\n'
        f",{b}@example.jp,,山田　太郎,,{b}"
    )
    done = load(desk, contract, place(mark + text.encode()), place.out)
    assert done.returncode == 0, done.stderr
    columns = ("contract", "role", "name", "locale", "temporary_password")
    assert account(desk, a, *columns) == (
        firm.number, "device", 'a "b", c', "en", False)  # fmt: skip
    assert account(desk, b, *columns) == (
        contract, "general", "山田　太郎", "ja", True)  # fmt: skip


def test_what_people_type_in_full_width_is_folded(desk, contract, place):
    user = new_id("wide")
    wide = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(33, 127)})
    email = f"{user}@example.jp"
    text = f"{HEADER}\n{user.translate(wide)},x,{email.translate(wide)}\n"
    assert load(desk, contract, place(text), place.out).returncode == 0
    assert account(desk, user, "email") == email


GOOD = "okay0001,Name,ok@example.jp"
FAULTS = [
    ("empty file", b"", "line 1, column 1: the file is empty"),
    ("header only", HEADER, "there are no users in it"),
    ("unknown column", HEADER + ",password\nx", "password: is no column"),
    ("column twice", HEADER + ",name\nx", "name: is twice"),
    ("column missing", "user_id,name\nx,y", "email: is missing"),
    ("few cells", f"{HEADER}\nokay0002,x\n", "line 2, column 1: has not as"),
    ("many cells", f"{HEADER}\n{GOOD},x\n", "line 2, column 1: has not as"),
    ("blank row", f"{HEADER}\n{GOOD}\n\n", "line 3, column 1: has not as"),
    ("user ID", f"{HEADER}\nbad,Name,ok@example.jp\n",
     "line 2, column 1: user_id: must be 6 to 12"),
    ("empty user ID", f"{HEADER}\n,Name,ok@example.jp\n",
     "line 2, column 1: user_id: must be"),
    ("homoglyph", f"{HEADER}\nuser\u0430001,Name,ok@example.jp\n",
     "line 2, column 1: user_id: must be ASCII"),
    ("name", f"{HEADER}\nokay0001,{'x' * 21},ok@example.jp\n",
     "line 2, column 10: name: must be at most 20"),
    ("name with line end", f'{HEADER}\nokay0001,"a\nb",ok@example.jp\n',
     "line 2, column 10: name: must not"),
    ("address", f"{HEADER}\nokay0001,Name,ok\n",
     "line 2, column 15: email: must be"),
    ("address with CR LF",
     f'{HEADER}\nokay0001,N,"a@b.jp\r\nBcc: c@d.jp"\n',
     "line 2, column 12: email: must be"),
    ("role", f"{HEADER},role\n{GOOD},master\n",
     "role: must be general or device"),
    ("locale", f"{HEADER},locale\n{GOOD},de\n", "locale: must be"),
    ("contract", f"{HEADER},contract\n{GOOD},123\n",
     "contract: must be 8 digits"),
    ("no such contract", f"{HEADER},contract\n{GOOD},99999999\n",
     "line 2: contract: open contract 99999999 not found"),
    ("formula", f"{HEADER}\nokay0001,=1+1,ok@example.jp\n",
     "line 2, column 10: =1+1: a cell must not begin like a formula"),
    ("formula +", f"{HEADER}\nokay0001,+1,ok@example.jp\n", "formula"),
    ("formula -", f"{HEADER}\nokay0001,N,-a@example.jp\n", "formula"),
    ("formula @", f'{HEADER}\nokay0001,"@SUM(A1)",a@example.jp\n', "formula"),
    ("twice", f"{HEADER}\n{GOOD}\n{GOOD}\n",
     "line 3: user_id: okay0001 stands in line 2 too"),
    ("quote", f'{HEADER}\nokay0001,a"b,ok@example.jp\n',
     "line 2, column 11: has a quote inside"),
    ("open quote", f'{HEADER}\nokay0001,"ab', "ends inside of quotes"),
    ("NUL", f"{HEADER}\nokay0001,a\0b,ok@example.jp\n", "has a NUL"),
    ("UTF-8", HEADER.encode() + b"\nokay0001,\xff,ok@example.jp\n",
     "is not UTF-8"),
    ("UTF-16", HEADER.encode("utf-16"), "line 1"),
    ("CR", f"{HEADER}\rokay0001", "CR without LF"),
    ("cell", f"{HEADER}\n{'x' * 300},a,b\n", "more than 256 bytes"),
    ("columns", "," * 20 + "\n", "more than 16 cells"),
]  # fmt: skip


@pytest.mark.parametrize(
    "text, said", [pytest.param(t, s, id=name) for name, t, s in FAULTS]
)
def test_T2_X_05_a_fault_is_said_with_its_place_and_nothing_changes(
    desk, contract, place, text, said
):
    before = everything(desk)
    for more in (["--passwords-out", place.out], ["--dry-run"]):
        done = desk("user", "import", place(text), "--contract", contract,
                    *more)  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert said in done.stderr, done.stderr
        assert done.stdout == "" and not os.path.exists(place.out)
    assert everything(desk) == before


def test_every_fault_of_a_file_is_said(desk, contract, user, place):
    text = (f"{HEADER}\nbad,x,a@example.jp\nokay0009,x,b\n"
            f"{user},x,c@example.jp\n")  # fmt: skip
    said = load(desk, contract, place(text), place.out).stderr
    assert "line 2, " in said and "line 3, " in said
    text = f"{HEADER}\n{user},x,c@example.jp\n"
    said = load(desk, contract, place(text), place.out).stderr
    assert said == f"koshin: line 2: user_id: {user} is taken; choose another\n"


def test_a_dry_run_changes_nothing(desk, contract, place):
    _, text = rows(3)
    before = everything(desk)
    done = desk("user", "import", place(text), "--contract", contract,
                "--dry-run")  # fmt: skip
    assert done.returncode == 0 and "3 users can be registered" in done.stderr
    assert everything(desk) == before


def test_it_has_to_say_where_the_passwords_go(desk, contract, place):
    _, text = rows(1)
    desk.refused("user", "import", place(text), "--contract", contract, code=2)
    open(place.out, "w").close()
    before = everything(desk)
    done = load(desk, contract, place(text), place.out)
    assert done.returncode == 1 and "File exists" in done.stderr
    os.remove(place.out)
    os.symlink("/dev/null", place.out)
    assert load(desk, contract, place(text), place.out).returncode == 1
    assert everything(desk) == before


def test_X_05_a_full_disk_registers_nobody(desk, contract, place):
    """The passwords go to /dev/full, which takes nothing: had the users been
    registered before, nobody would know how they get in."""
    _, text = rows(2)
    before = everything(desk)
    with open("/dev/full", "w") as full:
        done = run(
            desk.program, "user", "import", place(text), "--contract",
            contract, "--passwords-out", "-", "--config", desk.config,
            stdout=full,
        )  # fmt: skip
    assert done.returncode == 1 and b"No space left" in done.stderr
    assert everything(desk) == before


def test_X_05_the_last_row_refused_undoes_all(desk, contract, place):
    """The database says no to what was taken in the meantime."""
    ids, text = rows(3)
    before = everything(desk)
    desk.sql(
        "CREATE FUNCTION koshin.taken() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE unique_violation USING CONSTRAINT ="
        " 'account_user_id_key'; END $$;"
        "CREATE TRIGGER taken BEFORE INSERT ON koshin.account FOR EACH ROW"
        f" WHEN (NEW.user_id = '{ids[-1]}') EXECUTE FUNCTION koshin.taken()"
    )
    try:
        done = load(desk, contract, place(text), place.out)
    finally:
        desk.sql("DROP TRIGGER taken ON koshin.account;"
                 "DROP FUNCTION koshin.taken()")  # fmt: skip
    assert done.returncode == 1
    assert f"line 4: {ids[-1]} was not registered; nobody was" in done.stderr
    assert not os.path.exists(place.out)
    assert everything(desk) == before
    assert load(desk, contract, place(text), place.out).returncode == 0


def test_passwords_do_not_begin_like_a_formula(desk, contract, place):
    _, text = rows(60)
    assert load(desk, contract, place(text), place.out).returncode == 0
    made = passwords(place.out)
    assert len(set(made.values())) == 60
    for word in made.values():
        assert word[0].isalpha() and "," not in word and '"' not in word


def test_I_14_a_master_imports_into_the_own_contract_only(
    desk, firm, contract, place
):
    _, text = rows(2)
    before = everything(desk)
    for number in (contract, "99999999"):
        said = firm.master.refused(
            "user", "import", place(text), "--contract", number,
            "--passwords-out", place.out)  # fmt: skip
        assert said == f"koshin: contract `{number}` not found\n"
    said = firm.general.refused("user", "import", place(text),
                                "--passwords-out", place.out)  # fmt: skip
    assert "only the master user" in said
    assert everything(desk) == before
    ids, text = rows(2)
    firm.master.good("user", "import", place(text),
                     "--passwords-out", place.out)  # fmt: skip
    assert account(desk, ids[0], "contract") == firm.number
    word = passwords(place.out)[ids[0]]
    assert "temporary" in As(desk, ids[0], word).refused("user", "list")
