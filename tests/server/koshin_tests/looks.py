"""looks - a page as it is open now, in the looks that people have it in: axe
finds nothing, and nothing is cut off or lies beyond an edge (R-WEB-8).

    looks.at(browser, "issue#code")                a page of that file
    looks.at(browser, "issue#code!")               with what is wrong on it
    looks.at(browser, "issue#code! wrong code")    and what is special about it

`make test` has each name in one look, and not all in the same. In all of them:

    make test-long PARTS=looks

On a phone of 320 pixels, at a zoom of 200 % and with wide text (WCAG 1.4.10,
1.4.4, 1.4.12) each is looked at in any case."""

import contextlib
import itertools
import os
import re
import zlib

from koshin_tests import axe
from koshin_tests.browser import DARK, LIGHT
from koshin_tests.patience import until
from koshin_tests.place import ROOT

ALL = "KOSHIN_LOOKS" in os.environ  # make looks
LOOKS = list(itertools.product((1280, 360), (LIGHT, DARK)))
ZOOMED = 1280 // 2  # what is left of the width at 200 %
NARROW = 320

# Which page is open, and whether anything is wrong there.
SHOWN = """
    const seen = one => one.checkVisibility({ visibilityProperty: true });
    const without = document.querySelector(".without");
    const section = [...document.querySelectorAll("main > section")].find(seen);
    const wrong = [...document.querySelectorAll("[data-problem]")].some(seen);
    const part = without && seen(without) ? "without"
        : section?.id.replace(/-page$/, "");
    return [location.hostname, location.pathname,
        (part ? `#${part}` : "") + (wrong ? "!" : "")];
"""

# Texts that lie beyond an edge of the page, of a button, or of what hides the
# rest. What scrolls by itself shows all of it.
CUT = """
    const found = [];
    const range = document.createRange();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const unseen = one => !one.checkVisibility({ visibilityProperty: true })
        || one.closest(".unseen, .skip:not(:focus), option")
        || getComputedStyle(one).clipPath === "inset(50%)";
    const edges = one => {
        const { overflowX, overflowY } = getComputedStyle(one);
        if (/auto|scroll/.test(overflowX))
            return "scrolls";
        return /hidden|clip/.test(overflowX + overflowY)
            || one.matches("button, .button") ? one.getBoundingClientRect() : null;
    };
    const page = { left: -scrollX, top: -scrollY, bottom: Infinity,
        right: document.documentElement.clientWidth - scrollX };
    const boxes = one => {
        const all = [];
        for (; one !== document.documentElement; one = one.parentElement) {
            const box = edges(one);
            if (box === "scrolls")
                return [...all, one.getBoundingClientRect()].slice(0, -1);
            if (box)
                all.push(box);
        }
        return [...all, page];
    };
    while (walker.nextNode()) {
        const text = walker.currentNode, holder = text.parentElement;
        if (text.data.trim() === "" || unseen(holder))
            continue;
        range.selectNodeContents(text);
        const all = boxes(holder);
        for (const rect of range.getClientRects())
            if (rect.width > 0 && all.some(box => rect.left < box.left - 1
                    || rect.right > box.right + 1 || rect.top < box.top - 1
                    || rect.bottom > box.bottom + 1)) {
                found.push(`cut off: ${text.data.trim().slice(0, 40)}`);
                break;
            }
    }
    return found;
"""

# As a person may set it, who reads better so (WCAG 1.4.12).
WIDE = """* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-bottom: 2em !important }"""


def at(browser, name):
    """The page is that one, and right in every look; then it is as before."""
    open_now = shown(browser)
    assert open_now == name.partition(" ")[0], f"{open_now} is open"
    right(browser, name)


def right(browser, name):
    """The same of a page that is none of portal/pages/."""
    faults = {}
    with _as_before(browser):
        for language in _languages(browser):
            for look in LOOKS if ALL else [_one(name)]:
                browser.looks(look[0], colours=look[1])
                _note(faults, (language, *look), axe.faults(browser)
                      + beyond(browser))  # fmt: skip
            for why, width, style in (
                ("narrow", NARROW, ""), ("zoomed", ZOOMED, ""),
                ("wide text", NARROW, WIDE), ("wide text", 1280, WIDE),
            ):  # fmt: skip
                browser.looks(width)
                with _styled(browser, style):
                    _note(faults, (language, why, width), beyond(browser))
    assert not faults, f"{name}: {faults}"


def shown(browser):
    """The name of the open page: see above."""
    host, path, part = browser.run(SHOWN)
    area = next((f"{area}/" for area in ("member", "operator")
                 if host.endswith(f"{area}.localhost")), "")  # fmt: skip
    file = path.strip("/").removesuffix(".html") or "index"
    return f"{'' if file.startswith(area) else area}{file}{part}"


def beyond(browser):
    """What lies beyond an edge."""
    wide = browser.sideways()
    return ([f"{wide} pixels sideways"] if wide else []) + browser.run(CUT)


def named():
    """All names by which tests look at pages, without what is special."""
    return {
        name.partition(" ")[0]
        for file in (ROOT / "tests" / "server").rglob("test_*.py")
        for name in re.findall(
            r'looks\.at\(\s*[\w.]+,\s*"([^"]+)"', file.read_text()
        )
    }


def _one(name):
    return LOOKS[zlib.crc32(name.encode()) % len(LOOKS)]


def _note(faults, look, found):
    if found:
        faults[look] = found


@contextlib.contextmanager
def _as_before(browser):
    """Size, colours and language; and that nobody has chosen one."""
    size, chosen = browser.size, browser.run(CHOSEN)
    language = browser.find("html").get_attribute("lang")
    try:
        yield
    finally:
        browser.looks(**size)
        _speak(browser, language)
        browser.run(RESTORE, chosen)


CHOSEN = "return localStorage.getItem('koshin-language')"
RESTORE = """if (args[0] === null)
    localStorage.removeItem("koshin-language");
else
    localStorage.setItem("koshin-language", args[0]);"""


def _languages(browser):
    """Each in turn, by the page's own switch, if it has one."""
    language = browser.find("html").get_attribute("lang")
    yield language
    if ALL and browser.seen("#switch"):
        other = "en" if language == "ja" else "ja"
        _speak(browser, other)
        yield other


def _speak(browser, language):
    if browser.find("html").get_attribute("lang") == language:
        return
    # No key: what has the focus keeps it.
    browser.run("document.querySelector('#switch').click()")
    until(lambda: browser.find("html").get_attribute("lang") == language)


@contextlib.contextmanager
def _styled(browser, style):
    browser.run("const made = new CSSStyleSheet(); made.replaceSync(args[0]);"
                "document.adoptedStyleSheets.push(made);", style)  # fmt: skip
    yield
    browser.run("document.adoptedStyleSheets.pop();")
