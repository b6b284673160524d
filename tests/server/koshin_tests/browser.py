"""browser - Debian's Chromium without a window, as a person would use it; what
it has to say against a page is kept.

    with Browser(folder, trusts=root_file) as browser:
        browser.open("https://localhost:8444/")
        assert browser.complaints() == []
"""

import base64
import contextlib
import fcntl
import json
import os
import signal
import subprocess

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from koshin_tests import overheard
from koshin_tests.patience import PATIENCE_S, until

LIGHT, DARK = "light", "dark"
# What somebody who has locked a machine down has taken away.
KEYS, STORE = "SubtleCrypto.prototype.generateKey", "IDBFactory.prototype.open"

# The only place where Debian's Chromium reads what the machine wants of it.
POLICY = "/etc/chromium/policies/managed/koshin-tests.json"
HELD = "/tmp/koshin-chromium-policy.lock"


@contextlib.contextmanager
def picking():
    """Browsers of this time show a certificate to the member area and to the
    operator's desk, at whatever port, without asking their user, if they have one that fits: without a
    window nobody could answer. The file is one for the machine; who comes last
    takes it away."""
    rules = [json.dumps({"pattern": f"https://[*.]{name}.localhost",
                         "filter": {}}) for name in ("member", "operator")]  # fmt: skip
    os.makedirs(os.path.dirname(POLICY), exist_ok=True)
    with open(HELD, "w", encoding="ascii") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        made = f"{POLICY}.{os.getpid()}"
        with open(made, "w", encoding="ascii") as file:
            json.dump({"AutoSelectCertificateForUrls": rules}, file)
        os.rename(made, POLICY)
        try:
            yield
        finally:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(POLICY)


# What is told of an element whose page is being left.
LEFT = ("stale element", "does not belong to the document")

_open = []
_said = []


def said():
    """What pages had to say in all browsers of this process since the last
    time, whoever has read it meanwhile: faults, warnings, and what their policy
    kept from them. Not that an answer was refused or did not come: that the
    browser says by itself."""
    listen()
    found = list(_said)
    _said.clear()
    return found


def listen():
    """What pages were answered up to now (koshin_tests.description)."""
    for one in _open:
        one.complaints()


def certificates_of(home, *roots):
    """The store of certificates that Chromium reads in this home."""
    store = os.path.join(home, ".pki", "nssdb")
    os.makedirs(store)
    call = ["certutil", "-d", f"sql:{store}"]
    subprocess.run([*call, "-N", "--empty-password"], check=True)
    for n, root in enumerate(roots):
        subprocess.run(
            [*call, "-A", "-n", f"root{n}", "-t", "C,,", "-i", root],
            check=True,
        )


class Browser:
    """One browser of its own, with nothing of any other; or with what one in
    that folder has left behind."""

    def __init__(self, folder, trusts=(), language="ja", width=1280,
                 height=900, colours=LIGHT, options=()):
        self.folder = str(folder)
        self.downloads = os.path.join(self.folder, "downloads")
        if not os.path.exists(self.folder):
            certificates_of(self.folder, *trusts)
        os.makedirs(self.downloads, exist_ok=True)
        made = Options()
        made.binary_location = "/usr/bin/chromium"
        for argument in (
            "--headless=new", f"--user-data-dir={self.folder}/profile",
            "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", f"--lang={language}",
            *(["--no-sandbox"] if os.geteuid() == 0 else []), *options,
        ):  # fmt: skip
            made.add_argument(argument)
        made.add_experimental_option("prefs", {
            "intl.accept_languages": language,
            "download.default_directory": self.downloads,
        })  # fmt: skip
        made.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        made.set_capability("unhandledPromptBehavior", "accept")
        environment = {**os.environ, "HOME": self.folder, "LANG": "C.UTF-8",
                       "TZ": "Asia/Tokyo"}  # fmt: skip
        self.driver = webdriver.Chrome(
            service=Service("/usr/bin/chromedriver", env=environment),
            options=made,
        )
        self.driver.set_page_load_timeout(PATIENCE_S)
        self.driver.set_script_timeout(PATIENCE_S)
        self.looks(width, height, colours)
        self._overhear()
        _open.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self in _open:
            self.quit()

    def quit(self):
        self.complaints()
        _open.remove(self)
        self.driver.quit()

    def kill(self):
        """As a machine that loses its power."""
        driver = self.driver.service.process.pid
        with open(f"/proc/{driver}/task/{driver}/children") as file:
            for pid in file.read().split():
                os.kill(int(pid), signal.SIGKILL)
        _open.remove(self)
        self.driver.quit()

    def tab(self):
        """Another one, which is in front then."""
        self.driver.switch_to.new_window("tab")
        self._overhear()

    def _overhear(self):
        """From the next page on, in the tab that is in front."""
        self.tell("Page.addScriptToEvaluateOnNewDocument",
                  source=overheard.SCRIPT)  # fmt: skip

    def tell(self, command, **options):
        """A command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(command, options)

    def lacks(self, function):
        """From the next page on: KEYS or STORE."""
        self.tell(
            "Page.addScriptToEvaluateOnNewDocument",
            source=f"{function} = () => {{"
                   " throw new DOMException('no', 'NotSupportedError'); };",
        )  # fmt: skip

    def imports(self, file, passphrase):
        """What is in a PKCS#12 file, into its store of certificates, as a
        person does who has saved it."""
        store = f"sql:{self.folder}/.pki/nssdb"
        path = os.path.join(self.folder, "import.p12")
        with open(path, "wb") as written:
            written.write(file)
        subprocess.run(
            ["pk12util", "-d", store, "-i", path, "-W", passphrase, "-K", ""],
            check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE_S,
        )  # fmt: skip

    def takes(self, identity):
        """The same, of a requests.Identity."""
        self.imports(
            pkcs12.serialize_key_and_certificates(
                b"identity", identity.key, identity.certificate, None,
                serialization.BestAvailableEncryption(b"import"),
            ),
            "import",
        )  # fmt: skip

    def looks(self, width, height=900, colours=LIGHT, forced=False,
              calm=False):
        """The size of the window in CSS pixels, and what the person likes."""
        self.size = {"width": width, "height": height, "colours": colours,
                     "forced": forced, "calm": calm}  # fmt: skip
        self.tell("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=False)
        self.tell("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": colours},
            {"name": "forced-colors", "value": "active" if forced else "none"},
            {"name": "prefers-reduced-motion",
             "value": "reduce" if calm else "no-preference"},
        ])  # fmt: skip

    def sideways(self):
        """The pixels beyond the right edge that one has to scroll to."""
        return self.run("return document.documentElement.scrollWidth"
                        " - document.documentElement.clientWidth")  # fmt: skip

    def speaks(self, language):
        """As if its user had asked for it first; pages that are opened from
        now on see that."""
        agent = self.driver.execute_script("return navigator.userAgent")
        self.tell("Emulation.setUserAgentOverride", userAgent=agent,
                  acceptLanguage=f"{language},fr;q=0.5")  # fmt: skip

    @contextlib.contextmanager
    def without(self, *paths):
        """Nothing comes from there; "*" is any part of an address."""
        self.tell("Network.enable")
        self.tell("Network.setBlockedURLs", urls=list(paths))
        try:
            yield
        finally:
            self.tell("Network.setBlockedURLs", urls=[])

    def without_door(self):
        """The pages are there, and what they ask is not answered."""
        return self.without("*/api/v1/*")

    def open(self, url):
        self.driver.get(url)

    def run(self, script, *args):
        """What the body of an async function returns, in the page."""
        answer = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            f"(async (...args) => {{ {script} }})"
            "(...Array.prototype.slice.call(arguments, 0, -1))"
            ".then(value => done({ value }),"
            " error => done({ error: String(error) }));",
            *args,
        )
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def seen(self, selector):
        """Those that can be seen now; of a page that is being left, none."""
        try:
            return [
                one for one in
                self.driver.find_elements(By.CSS_SELECTOR, selector)
                if one.is_displayed()
            ]  # fmt: skip
        except WebDriverException as fault:
            if not any(word in str(fault) for word in LEFT):
                raise
            return []

    def wait(self, selector):
        """The first that can be seen."""
        return until(
            lambda: self.seen(selector), lambda: f"no {selector}: {self.text}"
        )[0]

    @property
    def text(self):
        return self.find("body").text

    @property
    def focused(self):
        return self.driver.switch_to.active_element

    def saved(self, ending=".p12"):
        """What was downloaded, by name, once it is whole."""
        found = {}
        for name in os.listdir(self.downloads):
            if name.endswith(ending):
                with open(os.path.join(self.downloads, name), "rb") as file:
                    found[name] = file.read()
        return found

    def clear_downloads(self):
        for name in os.listdir(self.downloads):
            os.unlink(os.path.join(self.downloads, name))

    def complaints(self):
        """What the console said since the last time, of whatever level; but for
        what we let it say."""
        lines = [line for line in self.driver.get_log("browser")
                 if not overheard.heard(line["message"])]  # fmt: skip
        _said.extend(
            line["message"] for line in lines if line["source"] != "network"
        )
        return [line["message"] for line in lines]

    def picture(self, path):
        """The whole page."""
        shot = self.tell("Page.captureScreenshot", captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))
