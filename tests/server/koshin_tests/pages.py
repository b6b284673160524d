"""pages - the blocks that README, docs and manuals print.

A block says by its language what happens to it: `sh` is run, `yaml` is
loaded, the rest are not commands. In Markdown the language stands behind the
fence; what is indented by four spaces is a block, too, and `sh`. In a manual
a block of koshin(8) is `sh` and one of koshin.yaml(5) is `yaml`.

What cannot be run has its reason directly before it:

    <!-- not run: REASON -->        Markdown
    .\\" not run: REASON             manuals

A comment behind a command, `# says: TEXT`, is a promise: the block's output
has TEXT. If TEXT begins with the status of a refusal, that command fails.
"""

import dataclasses
import re

from koshin_tests.place import ROOT

MANUALS = {"deploy/man/koshin.8": "sh", "deploy/man/koshin.yaml.5": "yaml"}
RUN, LOADED = "sh", "yaml"
SHOWN = ("text", "http", "c", "sql")

MARK = re.compile(r'^(?:<!--|\.\\") not run: (.+?)(?: -->)?$')
SAYS = re.compile(r"# says: (.+)$", re.M)
ESCAPES = {"e": "\\", "-": "-", "&": "", "(dq": '"'}
FENCE = re.compile(r"^ *```(.*)$")


@dataclasses.dataclass(frozen=True)
class Block:
    page: str
    line: int  # of its first line, from 1
    language: str
    text: str
    not_run: str = ""  # the reason

    def __str__(self):
        return f"{self.page}:{self.line}"

    @property
    def runs(self):
        return self.language == RUN and not self.not_run

    @property
    def says(self):
        return [found.strip() for found in SAYS.findall(self.text)]

    @property
    def refusals(self):
        """How many of its commands are to fail."""
        return sum(bool(re.match(r"[45]\d\d\b", said)) for said in self.says)


def all_pages():
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    found += [ROOT / "bench" / "README.md"]
    found += sorted((ROOT / "docs").rglob("*.md"))
    return [str(p.relative_to(ROOT)) for p in found] + list(MANUALS)


def blocks(page, text=None):
    """Those of a page in their order; ValueError where a page is not clear.
    `text` in place of what the page has now."""
    if text is None:
        text = (ROOT / page).read_text(encoding="utf-8")
    if page in MANUALS:
        raw = _of_manual(text, MANUALS[page])
    else:
        raw = _of_markdown(page, text)
    return list(_marked(page, text.splitlines(), raw))


def _marked(page, lines, raw):
    used = set()
    for opens, language, body in raw:
        mark = opens - 1
        while mark >= 0 and not lines[mark].strip():
            mark -= 1
        found = MARK.match(lines[mark]) if mark >= 0 else None
        if found:
            used.add(mark)
        if language not in (RUN, LOADED, *SHOWN):
            raise ValueError(
                f"{page}:{opens + 1}: the block has the language "
                f"'{language}'; it must be one of "
                f"{', '.join((RUN, LOADED, *SHOWN))}"
            )
        yield Block(
            page, opens + 1, language, body, found[1] if found else ""
        )
    for number, line in enumerate(lines):
        if MARK.match(line) and number not in used:
            raise ValueError(f"{page}:{number + 1}: a mark without a block")


def _of_markdown(page, text):
    """(line that opens it, language, text) of each."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        opens = at
        fence = FENCE.match(lines[at])
        if fence:
            at += 1
            while at < len(lines) and lines[at].strip() != "```":
                at += 1
            if at == len(lines):
                raise ValueError(f"{page}:{opens + 1}: never closed")
            body = lines[opens + 1 : at]
            yield opens, fence[1].strip(), "\n".join(body) + "\n"
        elif _indented(lines[at]) and (at == 0 or not lines[at - 1].strip()):
            while at < len(lines) and (
                _indented(lines[at]) or not lines[at].strip()
            ):
                at += 1
            body = [line[4:] for line in lines[opens:at]]
            yield opens, RUN, "\n".join(body).rstrip() + "\n"
            continue
        at += 1


def _indented(line):
    return line.startswith(("    ", "\t")) and line.strip() != ""


def _of_manual(text, language):
    opens, body = None, []
    for at, line in enumerate(text.splitlines()):
        if line.startswith((".Bd", ".D1", ".Dl")):
            opens, body = at, []
            if not line.startswith(".Bd"):
                yield at, language, _plain(line[4:]) + "\n"
                opens = None
        elif line == ".Ed":
            yield opens, language, "\n".join(body) + "\n"
            opens = None
        elif opens is not None:
            body.append(_plain(line))


def _plain(line):
    """What mandoc prints of a literal line."""
    return re.sub(
        r"\\(e|-|&|\(dq)", lambda m: ESCAPES[m[1]], line
    )


def inline(page):
    """(line, text) of each `code` in the prose of a Markdown page."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    fenced = False
    for at, line in enumerate(lines, 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            for code in re.findall(r"`([^`]+)`", line):
                yield at, code


def values(manual):
    """(section, key, kind, value) of each value that koshin.yaml(5) names:
    its default, and what follows `One of` or `Some of`."""
    section = key = kind = ""
    for line in manual.splitlines():
        if line.startswith(".Ss "):
            section = line[4:]
            key = kind = ""
        elif line.startswith(".It Ic "):
            key, kind = line[7:], ""
        elif line.startswith((".El", ".Sh")):
            key = ""
        elif line in ("One of", "Some of", "Default:"):
            kind = line.rstrip(":")
        elif line.startswith(".Ql ") and key and kind:
            text = re.sub(r" [.,;]$", "", line[4:])
            yield section, key, kind, _plain(text)
        else:
            kind = ""
