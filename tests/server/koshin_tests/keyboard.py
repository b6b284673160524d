"""keyboard - somebody who has no mouse, and sees at each step where the focus is
(WCAG 2.4.7, 2.4.11)."""

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

# What is wrong with how the element that has the focus shows it.
UNSEEN = """
    const one = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    const over = document.elementFromPoint(box.left + box.width / 2,
        box.top + Math.min(box.height, innerHeight) / 2);
    if (one === document.body)
        return "";
    if (!one.matches(":focus-visible") || outlineStyle === "none"
            || parseFloat(outlineWidth) < 2)
        return `no ring around ${one.outerHTML.slice(0, 120)}`;
    if (over === null || !(one.contains(over) || over.contains(one)))
        return `hidden: ${one.outerHTML.slice(0, 120)}`;
    return "";
"""


class Keyboard:
    def __init__(self, window):
        self.window = window

    def press(self, *keys):
        """Or types."""
        ActionChains(self.window.driver).send_keys(*keys).perform()

    def tab(self):
        self.press(Keys.TAB)
        assert self.window.run(UNSEEN) == ""

    def back(self):
        """Shift and Tab."""
        ActionChains(self.window.driver).key_down(Keys.SHIFT).send_keys(
            Keys.TAB
        ).key_up(Keys.SHIFT).perform()
        assert self.window.run(UNSEEN) == ""

    def tab_to(self, holds, most=90):
        """Until that holds of what has the focus."""
        for _ in range(most):
            self.tab()
            if holds(self.window.focused):
                return
        raise AssertionError(f"not reached: {self.window.focused.text}")

    def tab_to_text(self, text):
        self.tab_to(lambda one: one.text == text)

    def tab_to_id(self, name):
        self.tab_to(lambda one: one.get_attribute("id") == name)
