#!/usr/bin/env python3
"""check-docs - do the pages speak of what is there?

Links lead to files, paths in `code` exist (with or without their ending), the
index of decisions has all of them, architecture.md names every step of an
enrollment, in order, and operations.md every event of the log and every
operation that a request is told of.
"""

import re
import sys

from folders import FOLDERS, TOP

DOCS = TOP / "docs"
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
CODE = re.compile(rf"`((?:{'|'.join(FOLDERS)}|tests|deploy|docs)/[\w./*-]+)`")
# The level, and the event.
EVENT = re.compile(r"\blog_(?:begin\(\s*&\w+,|say\()"
                   r"[^,;\"]*,\s*((?:\"|\w+\[|\w+ \?)[^,;)]*)")
# Of a struct endpoint, or of a macro that makes some of them.
OPERATION = re.compile(r'(?:\.name = |\b(?:API|DESK|ENROLL)\()"([a-z-]+)"')
STEP = re.compile(r'^\t\{ "([a-z ]+)", \w+, \w+ },', re.M)


def pages():
    return [*sorted(TOP.glob("*.md")), *sorted(DOCS.rglob("*.md")),
            *sorted((TOP / "bench").glob("*.md"))]


def there(name):
    """`est/flow` stands for its .c and .h, `db/redis*` for all of those."""
    path = name.rstrip("/")
    return any(any(TOP.glob(path + ending))
               for ending in ("", ".c", ".h", "*.sql"))


def judge_page(path):
    text = path.read_text(encoding="utf-8")
    for target in LINK.findall(text):
        if not (path.parent / target).exists():
            yield f"there is no {target}"
    # The threat model names tools and files that tests are to have.
    if path.name == "threat-model.md":
        return
    for name in CODE.findall(text):
        # http/1.1 is ALPN's name of a protocol.
        if "NNNN" not in name and name != "http/1.1" and not there(name):
            yield f"there is no `{name}`"


def judge_decisions():
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    for note in sorted((DOCS / "decisions").glob("[0-9]*.md")):
        if f"({note.name})" not in index:
            yield f"docs/decisions/README.md: {note.name} is missing"


def judge_steps():
    source = (TOP / "est" / "enroll.c").read_text(encoding="utf-8")
    steps = STEP.findall(source)
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rows = [row for row in re.findall(r"^\| ([a-z ]+) \|", page, re.M)
            if row in steps]
    if not steps or rows != steps:
        yield ("docs/architecture.md: its steps of an enrollment are "
               f"{rows}, those of est/enroll.c {steps}")


def events():
    """What each log_begin() and log_say() calls its line; `table[...]` stands
    for all that the table has."""
    for source in (path for folder in FOLDERS
                   for path in (TOP / folder).rglob("*.c")
                   if path != TOP / "base" / "log.c"):
        text = source.read_text(encoding="utf-8")
        for event in EVENT.findall(text):
            table = re.match(r"(\w+)\[", event)
            if table:
                event = re.search(rf"\b{table.group(1)}\[\] = {{(.*?)}};",
                                  text, re.S).group(1)
            yield from re.findall(r'"([^"]*)"', event)


def judge_events():
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    listed = page.partition("\n## Log lines\n")[2].partition("\n## ")[0]
    told = {word for row in re.findall(r"^\| (`.*?) \|", listed, re.M)
            for word in re.findall("`([^`]*)`", row)}
    said = {"log-lines-lost", *events()}
    for word in sorted(said - told):
        yield f"docs/operations.md: its log lines lack `{word}`"
    for word in sorted(told - said):
        yield f"docs/operations.md: nothing logs `{word}`"
    for word in sorted(said):
        if not re.fullmatch("[a-z]+(-[a-z]+)*", word):
            yield f"the log's event \"{word}\" is to be one word"


def operations():
    """Of all endpoints there are."""
    for folder in ("est", "portal"):
        for source in (TOP / folder).glob("*.c"):
            text = source.read_text(encoding="utf-8")
            if "struct endpoint " in text:
                yield from OPERATION.findall(text)


def judge_operations():
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    listed = page.partition("\n`operation` is ")[2].partition("\n\n")[0]
    told = set(re.findall("`([a-z-]+)`", listed))
    there = set(operations())
    for word in sorted(there - told):
        yield f"docs/operations.md: `operation` may be `{word}`, too"
    for word in sorted(told - there):
        yield f"docs/operations.md: no `operation` is `{word}`"


def main():
    wrong = [f"{page.relative_to(TOP)}: {fault}"
             for page in pages() for fault in judge_page(page)]
    wrong += [*judge_decisions(), *judge_steps(), *judge_events(),
              *judge_operations()]
    for line in wrong:
        print(line)
    print(f"check-docs: {len(pages())} pages, {len(wrong)} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
