"""album - pictures of pages as people see them, in var/screens/. Those that the
guides show (docs/images/) are some of them, with fewer colours: docs/images/take.

    album = Album(window, "en", 560)
    album.picture("code")          var/screens/en-code.png
"""

import re

from koshin_tests.place import ROOT

SCREENS = ROOT / "var" / "screens"
GUIDES = ("users-guide.md", "masters-guide.md", "operators-guide.md")
SHOWN = re.compile(r"images/(\w+)-([\w-]+)\.png")


class Album:
    def __init__(self, window, language, width, height=400, kind=""):
        """`kind` begins each name."""
        self.window = window
        self.begin = f"{language}-{kind}"
        SCREENS.mkdir(parents=True, exist_ok=True)
        window.looks(width, height, calm=True)
        window.speaks(language)
        window.tell("Emulation.setScrollbarsHidden", hidden=True)

    def picture(self, name):
        """The whole page, with nothing that blinks."""
        self.window.run("document.activeElement.blur(); scrollTo(0, 0);")
        path = SCREENS / f"{self.begin}{name}.png"
        self.window.picture(path)
        assert path.read_bytes()[1:4] == b"PNG"


def shown(guide):
    """(language, name) of each picture of a guide, in order."""
    return SHOWN.findall((ROOT / "docs" / guide).read_text())
