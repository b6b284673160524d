"""tests/check-words.py: each fault that it is there for is seen."""

import importlib.util
import sys

import pytest

from koshin_tests.place import ROOT

sys.path.insert(0, str(ROOT / "tests"))
spec = importlib.util.spec_from_file_location(
    "check_words", ROOT / "tests" / "check-words.py"
)
words = importlib.util.module_from_spec(spec)
spec.loader.exec_module(words)

GOOD = {
    "ja": """Subject: 【{{service}}】アカウントのロック解除のお知らせ

{{name}} 様（ユーザーID：{{user_id}}）

アカウントのロックが解除されました。
お心当たりのない場合は、サービス窓口までご連絡ください。

解除日時　　　　　　：{{made_at}}
アクセス元IPアドレス：{{address}}

-- 
{{service}}
""",
    "en": """Subject: [{{service}}] Your account has been unlocked

Dear {{name}} (user ID: {{user_id}}),

Your account has been unlocked.

Unlocked at: {{made_at}}
IP address:  {{address}}

-- 
{{service}}
""",
}
BAD = [
    ("ja", "サービス窓口まで", "サービス窓口に請求の上", "請求"),
    ("ja", "お心当たり", "あなたに覚え", "あなた"),
    ("ja", "ユーザーID", "ユーザID", "ユーザ"),
    ("ja", "アクセス元IPアドレス", "アクセス元のアドレス", "アドレス"),
    ("ja", "アカウントのロックが", "証明書のロックが", "証明書"),
    ("ja", "ご連絡ください。", "ご連絡\nください。", "behind 。 or 、"),
    ("ja", "されました。\nお心", "されました。お心" + "、" * 9, "70 are"),
    ("ja", "解除日時　", "解除日時", "the value begins in column"),
    ("ja", "様（ユーザーID：{{user_id}}）", "様 (ID: {{user_id}})", "full-width"),
    ("en", "been unlocked.\n", "been unlocked by chance.\n", "random"),
    ("en", "been unlocked.\n", "been unlocked" + " now" * 20, "79 are"),
    ("en", "IP address:  ", "IP address: ", "the value begins in column"),
    ("en", "Unlocked at:", "Asked for at:", "requested at"),
]  # fmt: skip


@pytest.mark.parametrize("language", GOOD)
def test_a_good_mail_has_no_fault(language):
    assert not list(words.judge_template(language, GOOD[language]))


@pytest.mark.parametrize("language, good, bad, told", BAD)
def test_words_and_lines_that_must_not_come_back_are_seen(
    language, good, bad, told
):
    text = GOOD[language]
    assert good in text
    found = list(words.judge_template(language, text.replace(good, bad, 1)))
    assert any(told in wrong for _, wrong in found), found


def test_nothing_that_people_read_has_a_fault():
    assert not list(words.faults())
