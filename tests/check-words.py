#!/usr/bin/env python3
"""check-words - the words that people read: mails, help texts, manuals.

What has once been said better does not come back; a Japanese mail breaks its
lines behind 。 and 、 and is 35 full-width characters wide at most, an English
one 79 columns; the values of labels that stand together begin in one column.
"""

import re
import sys
import unicodedata

from folders import TOP

TEMPLATES = TOP / "mailer" / "templates"
WIDTH = {"ja": 70, "en": 79}
# As long as they get in a sentence.
SAMPLES = {"name": "見本 太郎", "user_id": "sample000001",
           "contract": "12345678", "days": "30", "failures": "6"}

# What does not come back, and what is said instead.
JAPANESE = [
    (r"請求", "受付 or 発行: 請求 is a bill"),
    (r"あなた|貴方", "お客様"),
    (r"ユーザ(?!ー)", "ユーザー"),
    (r"の方へ", "をご利用のお客様"),
    (r"(?<!IP)(?<!メール)(?<!専用)アドレス", "IPアドレス or メールアドレス"),
    (r"(?<!電子)(?<!当該)証明書", "電子証明書, or 当該証明書"),
    (r"もう使え|一度だけ", "ご利用いただけません, 1回限り"),
    (r"させていただ", "いたします, or しております"),
    (r"返信はお受けできません", "ご返信いただいてもお答えできません"),
    (r"認証の失敗", "ログインの失敗"),
    (r"失効させました|窓口が", "the customer's side of it"),
]
# Beside Japanese characters brackets and colons are as wide as these.
NARROW = re.compile(r"[(:)]")
ENGLISH = [
    (r"by chance", "random"),
    (r"called wrongly", "usage error"),
    (r"at most so many", "maximum number of"),
    (r"no such command", "unknown command"),
    (r"sent by a machine", "an automated message"),
    (r"answers to it are not read", "replies are not monitored"),
    (r"^asked for at|asking for a new", "requested at, requesting a new"),
    (r"tell this code to nobody|we never ask", "never share this code"),
    (r"if you know nothing of this", "if you did not request this"),
    (r"for a while", "temporarily"),
    (r"(?<!e)mail address", "email address"),
]
# Files whose texts are read in English.
TEXTS = ("cli/*.c", "cli/commands/*.c", "deploy/man/*", "deploy/completion/*")

LABEL_JA = re.compile(r"([^：{}。、]+)：")
LABEL_EN = re.compile(r"([A-Z][A-Za-z ]+:)( +)\S")
PROSE_ENDS = ("。", "、")


def wide(text):
    """Columns: a full-width character is two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1
               for c in text)


def filled(line):
    return re.sub(r"{{(\w+)}}",
                  lambda word: SAMPLES.get(word[1], word[1]), line)


def judge_words(text, words):
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, better in words:
            for found in re.finditer(pattern, line, re.I):
                yield number, f"`{found.group()}`: {better}"


def value_column(language, line):
    """Where the value of a line with a label begins, or None."""
    if language == "ja":
        found = LABEL_JA.match(line)
        return wide(found.group()) if found else None
    found = LABEL_EN.match(line)
    return len(found[1] + found[2]) if found else None


def judge_labels(language, lines):
    before = None
    for number, line in lines:
        column = value_column(language, line)
        if None not in (before, column) and before != column:
            yield number, (f"the value begins in column {column}, that of "
                           f"the line above in {before}")
        before = column


def is_prose(line):
    """Neither empty, nor a label, a heading, a value alone or a greeting."""
    return bool(line) and not (
        LABEL_JA.match(line) or re.fullmatch(r"{{\w+}}|-- ?|【.*】", line)
        or re.search(r"様(（.*）)?$", line))


def judge_lines(language, lines):
    for number, line in lines:
        columns = wide(filled(line)) if language == "ja" else len(filled(line))
        if columns > WIDTH[language] and value_column(language, line) is None:
            yield number, f"{columns} columns, {WIDTH[language]} are the limit"
        if language == "ja" and is_prose(line):
            if not line.endswith(PROSE_ENDS):
                yield number, "breaks elsewhere than behind 。 or 、"
        if language == "ja" and NARROW.search(line):
            yield number, "a bracket or colon that is not full-width"


def judge_template(language, text):
    """(line, what is wrong) of a mail's text."""
    lines = list(enumerate(text.splitlines(), 1))
    yield from judge_words(text, JAPANESE if language == "ja" else ENGLISH)
    # The subject has a line of its own making.
    yield from judge_lines(language, lines[2:])
    yield from judge_labels(language, lines[2:])


def faults():
    """(file, line, what is wrong)"""
    for path in sorted(TEMPLATES.rglob("*.txt")):
        language = path.relative_to(TEMPLATES).parts[0]
        text = path.read_text(encoding="utf-8")
        for number, wrong in judge_template(language, text):
            yield path, number, wrong
    for pattern in TEXTS:
        for path in sorted(TOP.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            for number, wrong in judge_words(text, ENGLISH):
                yield path, number, wrong


def main():
    texts = list(TEMPLATES.rglob("*.txt"))
    told = list(faults())
    for path, number, wrong in told:
        print(f"{path.relative_to(TOP)}:{number}: {wrong}")
    print(f"check-words: {len(texts)} mails, {len(told)} faults")
    return 1 if told or not texts else 0


if __name__ == "__main__":
    sys.exit(main())
