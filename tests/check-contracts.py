#!/usr/bin/env python3
"""check-contracts - do headers tell what a caller must know?

Each prototype has a comment: above it, above the block of lines without a
blank one that it stands in, on its own line, or by its name in what the
header opens with. Words that a header exports begin with its name (or its
folder's), so that nobody asks where one is from, and X.h belongs to X.c.
"""

import re
import sys

from folders import FOLDERS, TOP

# Comments, and strings, which hide what looks like one.
NOT_CODE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)
PROTOTYPE = re.compile(r"^(?!typedef|static|return)[A-Za-z_][^;{}#()]*?"
                       r"\b([a-z]\w+)\(", re.M)
ENUM = re.compile(r"^enum(?: \w+)? \{(.*?)^\}", re.M | re.S)
CONSTANT = re.compile(r"^\s*([A-Z]\w*)\s*(?:=|,|$)", re.M)
DEFINE = re.compile(r"^#define (\w\w+)", re.M)  # X is a list's


def blank(found):
    return re.sub(r"[^\n]", " ", found.group())


def prototypes(code):
    """Name, first and last line (from 0) of each."""
    for found in PROTOTYPE.finditer(code):
        end = re.compile("[;{]").search(code, found.end())
        if end and end.group() == ";":
            yield (found.group(1), code.count("\n", 0, found.start()),
                   code.count("\n", 0, end.start()))


def is_told(lines, first, last):
    """Whether a comment is on these lines, or above them in their block."""
    if any("/*" in line for line in lines[first:last + 1]):
        return True
    at = first - 1
    while at > 0 and lines[at].strip():
        if lines[at].startswith(("/*", " */")):
            return True
        if lines[at].startswith("}"):  # of a struct, with its blank lines
            while not re.match(r"(struct|enum|union|static|\w.*\()", lines[at]):
                at -= 1
        at -= 1
    return False


def judge_prototypes(text, code):
    opening = re.match(r"/\*.*?\*/", text, re.S)
    named = set(re.findall(r"\w+", opening.group())) if opening else set()
    lines = text.splitlines()
    for name, first, last in prototypes(code):
        if name not in named and not is_told(lines, first, last):
            yield first + 1, f"{name}() has no contract"


def judge_words(path, code):
    """LEDGER_NEW of ledger.h, DB_OK of db/rc.h, REDIS_... of redis_check.h."""
    folder = path.relative_to(TOP).parts[0]
    prefixes = (path.stem.split("_")[0].upper().rstrip("S"),
                folder.upper() + "_")
    for body in ENUM.finditer(code):
        for found in CONSTANT.finditer(body.group(1)):
            if not found.group(1).startswith(prefixes):
                line = code.count("\n", 0, body.start(1) + found.start(1)) + 1
                yield line, f"{found.group(1)} does not say whose it is"
    for found in DEFINE.finditer(code):
        if not found.group(1).startswith(prefixes):
            line = code.count("\n", 0, found.start()) + 1
            yield line, f"{found.group(1)} does not say whose it is"


def judge_owner(path, code):
    """A header with prototypes has a .c of its name, or one that adds to it."""
    if any(prototypes(code)) and not [*path.parent.glob(path.stem + ".c"),
                                      *path.parent.glob(path.stem + "_*.c")]:
        yield 1, f"there is no {path.stem}.c"


def judge(path):
    text = path.read_text(encoding="utf-8")
    code = NOT_CODE.sub(blank, text)
    yield from judge_prototypes(text, code)
    yield from judge_words(path, code)
    yield from judge_owner(path, code)


def main():
    headers = [path for folder in FOLDERS
               for path in sorted((TOP / folder).rglob("*.h"))]
    faults = 0
    for path in headers:
        for number, wrong in judge(path):
            print(f"{path.relative_to(TOP)}:{number}: {wrong}")
            faults += 1
    print(f"check-contracts: {len(headers)} headers, {faults} faults")
    return 1 if faults or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
