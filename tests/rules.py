#!/usr/bin/env python3
"""rules - which tests hold which rule, and which files speak of it.

    rules.py [--family R-AUTH] [--missing] [--json] [--check]

A rule is a row of a table in docs/*.md whose first cell is its number, or an
attacker (T1 ...) named in a heading. A test carries the numbers it holds in
its name, with _ for -: R_CERT_1_leap_day_counts, test_EST_104_..., or at the
start of a row of its cases: ("H_04", ...), id="H-04 ...". docs/not-done.md says of each rule that
is not built why; each of its lines begins with `- R-WEB-1:`. Source files name
rules as the pages do: R-CERT-1, R-LOCK-1..5.

--check fails on a number that no page knows, on a reason that has become
untrue, on each rule of REQUIRED that has neither test nor reason, and on what
the service promises and no source file names.
"""

import argparse
import json
import re
import signal
import sys
import textwrap

from folders import FOLDERS, TOP

# The families of which each has one letter.
LETTER = "[ABCDFHJLOSX]"
NUMBER = rf"(?:R-[A-Z]+-\d+[a-z]?|EST-\d{{3}}|I-\d+|T\d+|{LETTER}-\d\d)"
ROW = re.compile(rf"^\|\s*\**({NUMBER})\**\s*\|(.*)")
HEADING = re.compile(r"^#+ (?:(\d+\.\d+) )?(.*)")
REASON = re.compile(rf"^- ({NUMBER}): (\S.*)")

# EST_030_031 names two rules, R_CERT_1_366_days one: only where all numbers
# of a family have the same width can one follow another.
IN_NAME = re.compile(r"(?<![A-Za-z0-9])(?:"
                     rf"(?P<wide>EST|{LETTER})(?P<numbers>(?:_\d{{2,3}})+)"
                     r"|(?P<rule>R_[A-Z]+_\d+[a-z]?|I_\d+|T\d+)"
                     r")(?![A-Za-z0-9])")
C_TEST = re.compile(r"^(\w+)\(void \*\*\w+\)$", re.M)
PYTHON_TEST = re.compile(r"^\s*def (test_\w+)\(", re.M)
# A row of a table of cases: ("H_04", ...) or id="H-04 ...".
PYTHON_ROW = re.compile(rf'(?:\bid=|\()"((?:R|EST|I|{LETTER})[-_][^"]*)"')

# In a comment: R-LOCK-3, EST-104; R-LOCK-1..5 speaks of all five.
IN_SOURCE = re.compile(rf"(?<![A-Za-z0-9-])({NUMBER})(?:\.\.(\d+))?(?!\w)")
SOURCES = ("*.h", "*.c", "*.sql", "*.lua", "*.js")

# A number in here must have a test or a reason ...
REQUIRED = ("C", *(f"EST-1.{n}" for n in range(1, 15) if n != 12))
# ... and what the service does for people must be seen to happen: in the
# running program or in the real tables of steps. No reason excuses it.
# Who looks for such a rule finds it in a source file, if it is built.
SEEN_TO_HAPPEN = ("R-ACC", "R-AUTH", "R-LOCK", "R-MAIL", "R-CERT")

INDENT = " " * 13


def family_of(rule, section):
    """R-AUTH-1 -> R-AUTH; EST rules are grouped by their section."""
    if rule.startswith("EST-"):
        return f"EST-{section}"
    return rule.rstrip("0123456789abcdefgh").rstrip("-")


def attackers(heading):
    """### T6 Master user of another contract; T7 own master gone bad"""
    for part in heading.split("; "):
        found = re.match(r"(T\d+) (.*)", part)
        if found:
            yield found.group(1), found.group(2)


def read_page(path, rules):
    section = ""

    def add(rule, text):
        if rule in rules:
            sys.exit(f"{path.name}: {rule} stands in two places")
        rules[rule] = {"family": family_of(rule, section), "text": text,
                       "page": path.name, "files": [], "tests": [],
                       "reason": None}

    for line in path.read_text(encoding="utf-8").splitlines():
        heading = HEADING.match(line)
        if heading:
            section = heading.group(1) or ""
            for rule, text in attackers(heading.group(2)):
                add(rule, text)
            continue
        row = ROW.match(line)
        if row:
            text = row.group(2).strip(" |").replace("**", "")
            cells = [cell.strip() for cell in text.split(" | ")]
            # The protocol's tables have the level in front of the text.
            add(row.group(1), cells[1] if len(cells[0]) == 1 else cells[0])


def read_rules():
    rules = {}
    for path in sorted((TOP / "docs").glob("*.md")):
        if path.name != "not-done.md":
            read_page(path, rules)
    return rules


def numbers_in(name, rules):
    """All rule numbers in the name of a test, or in the id of a row; what
    follows one and is none may be a word: EST_066_405_says_what_is_allowed."""
    for found in IN_NAME.finditer(name.replace("-", "_")):
        if found["rule"]:
            yield found["rule"].replace("_", "-")
            continue
        width = 3 if found["wide"] == "EST" else 2
        numbers = found["numbers"].strip("_").split("_")
        for place, number in enumerate(numbers):
            rule = f"{found['wide']}-{number}"
            if len(number) != width or (place > 0 and rule not in rules):
                break
            yield rule


def names_in(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".c":
        return C_TEST.findall(text)
    return PYTHON_TEST.findall(text) + PYTHON_ROW.findall(text)


def read_tests(rules):
    """Puts tests to their rules; returns what is wrong with their names."""
    wrong = []
    tests = TOP / "tests"
    for path in sorted([*tests.rglob("*_test.c"), *tests.rglob("test_*.py")]):
        where = path.relative_to(TOP)
        for name in names_in(path):
            for rule in dict.fromkeys(numbers_in(name, rules)):
                if rule in rules:
                    test = f"{where}: {name}"
                    if test not in rules[rule]["tests"]:
                        rules[rule]["tests"].append(test)
                elif not rule.startswith("T"):  # T61String is no attacker
                    wrong.append(f"{where}: {name}: there is no {rule}")
    return wrong


def rules_named(text):
    """Each once, in a set."""
    named = set()
    for rule, last in IN_SOURCE.findall(text):
        named.add(rule)
        stem, number = re.fullmatch(r"(.*?)(\d*)[a-z]?", rule).groups()
        for n in range(int(number), int(last or 0) + 1):
            named.add(f"{stem}{n:0{len(number)}}")
    return named


def read_sources(rules):
    """The files in whose comments a rule stands."""
    for folder in FOLDERS:
        found = [p for s in SOURCES for p in (TOP / folder).rglob(s)]
        for path in sorted(found):
            for rule in rules_named(path.read_text(encoding="utf-8")):
                if rule in rules:
                    rules[rule]["files"].append(str(path.relative_to(TOP)))


def read_reasons(rules):
    """Reads not-done.md; returns what is wrong with it."""
    wrong = []
    path = TOP / "docs" / "not-done.md"
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        found = REASON.match(line)
        if not found:
            if line.startswith("- "):
                wrong.append(f"docs/not-done.md:{number}: "
                             "must be `- NUMBER: reason`")
            continue
        rule, reason = found.groups()
        if rule not in rules:
            wrong.append(f"docs/not-done.md:{number}: there is no {rule}")
        else:
            rules[rule]["reason"] = reason
    return wrong


def open_rules(rules):
    return [rule for rule, r in rules.items()
            if not r["tests"] and not r["reason"]]


def happens(tests):
    return any(str(t).startswith(("tests/server/", "tests/flow/"))
               for t in tests)


def check(rules, wrong):
    missing = [rule for rule in open_rules(rules)
               if rules[rule]["family"] in REQUIRED]
    unseen = [rule for rule, r in rules.items()
              if r["family"] in SEEN_TO_HAPPEN and not happens(r["tests"])]
    lost = [rule for rule, r in rules.items()
            if r["family"] in (*SEEN_TO_HAPPEN, "I")
            and not (r["files"] or r["reason"])]
    for line in wrong:
        print(line)
    for rule in missing:
        print(f"{rule}: no test, no reason: {rules[rule]['text'][:90]}")
    for rule in unseen:
        print(f"{rule}: no server or flow test: {rules[rule]['text'][:80]}")
    for rule in lost:
        print(f"{rule}: no source file names it: {rules[rule]['text'][:70]}")
    faults = len(wrong) + len(missing) + len(unseen) + len(lost)
    print(f"rules: {len(rules)} in all, {faults} faults")
    return 1 if faults else 0


def show_rule(rule, r):
    state = ""
    if r["reason"]:
        state = "not done: " + r["reason"] + " "
    elif not r["tests"]:
        state = "NO TEST: "
    print(textwrap.fill(state + r["text"], 79, initial_indent=f"  {rule:<10} ",
                        subsequent_indent=INDENT))
    for place in ["docs/" + r["page"], *r["files"], *r["tests"]]:
        print(INDENT + place)


def show(rules, missing):
    families = {}
    for rule, r in rules.items():
        families.setdefault(r["family"], []).append(rule)
    for family, members in families.items():
        none = open_rules({m: rules[m] for m in members})
        waiting = sum(1 for m in members if rules[m]["reason"])
        print(f"{family}: {len(members)} rule{'s'[len(members) == 1:]}, "
              f"{len(none)} without a test, {waiting} not done")
        for rule in none if missing else members:
            show_rule(rule, rules[rule])


def select(rules, family):
    if not family:
        return rules
    chosen = {rule: r for rule, r in rules.items()
              if r["family"] == family or rule == family
              or r["family"].startswith(family + "-")
              or rule.rstrip("0123456789") == family}
    if not chosen:
        sys.exit(f"rules: there is no family {family}; there are "
                 + " ".join(sorted({r["family"] for r in rules.values()})))
    return chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", help="R-AUTH, EST, EST-1.5, H, one rule")
    parser.add_argument("--missing", action="store_true",
                        help="only rules without test and without reason")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()

    # `make rules | head` is not an error.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    rules = read_rules()
    read_sources(rules)
    wrong = read_tests(rules) + read_reasons(rules)
    if options.check:
        return check(rules, wrong)
    chosen = select(rules, options.family)
    if options.missing and options.json:
        chosen = {rule: chosen[rule] for rule in open_rules(chosen)}
    if options.json:
        print(json.dumps(chosen, indent=1, ensure_ascii=False))
    else:
        show(chosen, options.missing)
    return 0


if __name__ == "__main__":
    sys.exit(main())
