"""axe - what axe-core finds wrong with the page that a browser shows. What it
cannot decide counts as wrong, too."""

from koshin_tests.place import ROOT

SOURCE = ROOT / "tests" / "vendor" / "axe-core" / "axe.min.js"
# By name: without them some rules are left out (target-size).
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
        "best-practice"]  # fmt: skip

LOOK = """
    const found = await axe.run(document,
        { runOnly: { type: "tag", values: args[0] },
          resultTypes: ["violations", "incomplete"] });
    return [...found.violations, ...found.incomplete].map(fault =>
        `${fault.id}: ${fault.nodes.map(node => node.target).join(", ")}`);
"""


def faults(browser):
    """Each as "rule: elements"."""
    if not browser.driver.execute_script("return 'axe' in window"):
        browser.driver.execute_script(SOURCE.read_text())
    # What still moves or fades has no colour yet.
    browser.run("await Promise.all(document.getAnimations()"
                ".filter(a => a.effect.getTiming().iterations < 9)"
                ".map(a => a.finished))")  # fmt: skip
    return browser.run(LOOK, TAGS)
