#!/usr/bin/env python3
"""check-form - what clang-format, clang-tidy and the compiler do not see.

Functions that are never used, lines over 80 columns, comments that are only
the number of a rule, and (as a warning) files over 500 lines, in all C of the
project; and whether every script of the project is one: Python compiles,
shell parses.
"""

import re
import subprocess
import sys

from folders import FOLDERS, TOP

C_FOLDERS = (*FOLDERS, "tests")
SCRIPT_FOLDERS = ("tests", "deploy", "bench", ".ci")
COLUMNS = 80
# A rule's number is the second half of a comment, never all of it.
NUMBERS = re.compile(r"/\*[\s*]*((?:R-[A-Z]+-\d+[a-z]?|EST-\d+|[A-OQ-Z]-\d+)"
                     r"(?:[\s*,.;:]|and|RFC|\d|[A-Z]+-[A-Z\d-]+)*)\*/")
LINES = 500

# Each has a sibling that knows the size, or the end, of what it writes.
FORBIDDEN = re.compile(
    r"\b(sprintf|vsprintf|strcpy|strcat|gets|strtok|atoi|atol|alloca)\s*\(")
# Comments, strings and characters; a string hides what looks like a comment.
NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"'
                      r"|'(?:\\.|[^'\\\n])*'", re.S)


# A statement that goes on in the next string is a file of db/sql/.
SQL_FOLDERS = ("db", "mailer", "audit")
LONG_SQL = re.compile(
    r'"(?:SELECT|WITH|INSERT|UPDATE|DELETE|CREATE) [^"\n]*"\s*\n\s*"')


def blank(found):
    return re.sub(r"[^\n]", " ", found.group())


def judge_c(path):
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        width = len(line.expandtabs(8))
        if width > COLUMNS:
            yield number, f"{width} columns, {COLUMNS} are the limit"
    if path.relative_to(TOP).parts[0] in SQL_FOLDERS:
        for found in LONG_SQL.finditer(text):
            yield (text.count("\n", 0, found.start()) + 1,
                   "a statement of several lines belongs into db/sql/")
    for found in NUMBERS.finditer(text):
        yield (text.count("\n", 0, found.start()) + 1,
               f"{found.group(1).strip()}: and what does it say?")
    for number, line in enumerate(NOT_CODE.sub(blank, text).splitlines(), 1):
        for found in FORBIDDEN.finditer(line):
            yield number, f"{found.group(1)}() is not used here"


def judge_python(path):
    try:
        compile(path.read_bytes(), str(path), "exec")
    except SyntaxError as error:
        yield error.lineno or 0, error.msg


def judge_shell(path, shell):
    done = subprocess.run([shell, "-n", path], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        yield 0, done.stderr.strip()


def interpreter(path):
    """What a script is written for: "python", "bash", "sh" or None."""
    if path.suffix == ".py":
        return "python"
    try:
        first = path.open("rb").readline(200).decode("ascii", "replace")
    except OSError:
        return None
    found = re.match(r"#!.*[/ ](python|bash|sh)\b|#!.*[/ ](python)3", first)
    return next(filter(None, found.groups())) if found else None


def judge_script(path):
    kind = interpreter(path)
    if kind == "python":
        return judge_python(path)
    if kind in ("bash", "sh"):
        return judge_shell(path, kind)
    return ()


def files_in(folders, wanted):
    for folder in folders:
        for path in sorted((TOP / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts \
                    and wanted(path):
                yield path


def main():
    faults = 0

    def told(path, number, wrong):
        nonlocal faults
        faults += 1
        print(f"{path.relative_to(TOP)}:{number}: {wrong}")

    sources = list(files_in(C_FOLDERS, lambda p: p.suffix in (".c", ".h")))
    scripts = list(files_in(SCRIPT_FOLDERS, interpreter))
    for path in sources:
        for number, wrong in judge_c(path):
            told(path, number, wrong)
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LINES:
            print(f"{path.relative_to(TOP)}: warning: {lines} lines; "
                  "does it hide a second job?")
    for path in scripts:
        for number, wrong in judge_script(path):
            told(path, number, wrong)
    print(f"check-form: {len(sources)} C files, {len(scripts)} scripts, "
          f"{faults} faults")
    return 1 if faults or not sources or not scripts else 0


if __name__ == "__main__":
    sys.exit(main())
