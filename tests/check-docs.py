#!/usr/bin/env python3
"""check-docs - do the pages speak of what is there?

Links lead to files, paths in `code` exist (with or without their ending), the
index of decisions has all of them, and architecture.md names every step of an
enrollment, in order.
"""

import re
import sys

from folders import FOLDERS, TOP

DOCS = TOP / "docs"
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
CODE = re.compile(rf"`((?:{'|'.join(FOLDERS)}|tests|deploy|docs)/[\w./*-]+)`")
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


def main():
    wrong = [f"{page.relative_to(TOP)}: {fault}"
             for page in pages() for fault in judge_page(page)]
    wrong += [*judge_decisions(), *judge_steps()]
    for line in wrong:
        print(line)
    print(f"check-docs: {len(pages())} pages, {len(wrong)} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
