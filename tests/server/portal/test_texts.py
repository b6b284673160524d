"""R-WEB-8: what the pages say, in Japanese and English: no text is missing in
either, and none stands there for nothing."""

import re

import pytest

from koshin_tests.page_server import PAGES
from koshin_tests.place import ROOT

LINE = re.compile(r'^\t"([\w.]+)": "((?:[^"\\]|\\.)*)",$')
# What the pages put together; each of these names begins so.
MADE = {
    "certificate.": r"certificate\.\$\{kind\}",
    "check.": r"check\.\$\{found\}",
    "code.": r"code\.\$\{state\}",
    "desk.column.": r"desk\.column\.\$\{name\}",
    "desk.fault.": r"desk\.fault\.\$\{why\}",
    "desk.import.sample.": r"desk\.import\.sample\.\$\{n\}",
    "desk.list.": r"desk\.list\.\$\{list\}",
    "desk.role.": r"desk\.role\.\$\{",
    "desk.slip.": r"\$\{of\}\.slip\.\$\{n\}",
    "desk.state.": r"desk\.state\.\$\{state\}",
    "desk.why.": r"desk\.why\.\$\{why\}",
    **{f"desk.{act}": rf"{act}: \{{ means: \d" for act in (
        "lift", "remind", "password", "revoke", "close", "reopen")},
    "keyboard.": r"keyboard\.\$\{name\}",
    "list.": r"list\.\$\{",
    "menu.renewal.": r"menu\.renewal\.\$\{state\}",
    **{f"operator.{family}.": rf"operator\.{family}\.\$\{{" for family in (
        "act", "means", "column", "field", "figure", "mail", "role", "held",
        "propose", "proposal", "value", "why", "did")},
    "operator.state.": r"operator\.\$\{name\}\.\$\{value\}",
    "operator.failed.": r"operator\.\$\{name\}\.\$\{value\}",
    "operator.user.": r"operator\.\$\{name\}\.empty",
    "operator.password.": r"operator\.\$\{name\}\.empty",
    "operator.": r"operator\.\$\{name\}`",
    "result.passphrase.": r"result\.passphrase\.\$\{kind\}",
    "result.form.": r"result\.form\.\$\{form\(\)\}",
    "target.": r"target\.\$\{(name|target)\}",
}


def table(language):
    """All that the pages say in it, in whatever file."""
    files = sorted(PAGES.glob(f"{language}*.js"))
    lines = [line for file in files for line in file.read_text().splitlines()]
    found = [LINE.match(line) for line in lines if line.startswith("\t")]
    assert all(found), f"{language}.js: one text a line"
    names = [match[1] for match in found]
    assert len(set(names)) == len(names), f"{language}.js: a name twice"
    return {match[1]: match[2] for match in found}


JA, EN = table("ja"), table("en")


def sources():
    return "\n".join(
        path.read_text()
        for path in [PAGES.parent / "frame.html", *sorted(PAGES.rglob("*"))]
        if path.suffix in (".html", ".js")
        and not path.name.startswith(("ja.", "en.", "ja-", "en-"))
    )


def test_R_WEB_8_both_languages_say_all():
    assert list(JA) == list(EN)
    assert all(JA.values()) and all(EN.values())


@pytest.mark.parametrize("name", JA)
def test_both_languages_have_the_same_words_to_put_in(name):
    def words(text):
        return set(re.findall(r"\{(\w+)\}", text))

    assert words(JA[name]) == words(EN[name])


def test_every_text_that_the_pages_name_is_there():
    families = {name.partition(".")[0] for name in JA}
    named = re.findall(
        r'data-(?:say|label|title)="([\w.]+)"', sources()
    ) + [
        name for name in re.findall(r'"(\w+(?:\.\w+)+)"', sources())
        if name.partition(".")[0] in families
        and not name.endswith((".js", ".css"))
    ]  # fmt: skip
    assert len(named) > 50
    assert [name for name in named if name not in JA] == []


def test_no_text_stands_there_for_nothing():
    written = sources()
    for pattern in MADE.values():
        assert re.search(pattern, written), pattern
    assert [
        name for name in JA
        if f'"{name}"' not in written and not name.startswith(tuple(MADE))
    ] == []  # fmt: skip


@pytest.mark.parametrize("guide, texts", [
    ("users-guide.md", EN), ("ja/users-guide.md", JA),
    ("masters-guide.md", EN), ("ja/masters-guide.md", JA),
    ("operators-guide.md", EN), ("ja/operators-guide.md", JA),
])  # fmt: skip
def test_the_guides_call_buttons_as_the_pages_do(guide, texts):
    named = re.findall(
        r"\*\*(.*?)\*\*", (ROOT / "docs" / guide).read_text()
    )
    assert len(named) > 3
    assert [name for name in named if name not in texts.values()] == []


@pytest.mark.parametrize("name", JA)
def test_japanese_is_that_of_a_bank(name):
    text = re.sub("「.*?」", "", JA[name])  # what other programs say
    for wrong in ("させていただ", "ユーザID", "ユーザー ID", "ブラウザの",
                  "請求", "あなた"):  # fmt: skip
        assert wrong not in text
    # Brackets and colons of one width; digits and letters of ASCII.
    assert not re.search(r"[\u3040-\u9fff][(:!?]|[Ａ-Ｚａ-ｚ０-９]", text)
