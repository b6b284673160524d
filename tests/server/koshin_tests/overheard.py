"""overheard - what the door answers to the pages in a browser, which says so in
its console, where koshin_tests.browser takes it out again. It is held against
portal/openapi.yaml as whatever a client in Python is answered."""

import json
import re
import urllib.parse

from koshin_tests import description

MARK = "koshin-answer "
# Before any script of a page. A page has its answer as it came, and what is
# read here is a copy.
SCRIPT = """(() => {
    const real = window.fetch;

    window.fetch = async (to, options = {}) => {
        const answer = await real(to, options);
        const { method = "GET" } = options;

        if (answer.url.startsWith("https:"))
            answer.clone().text().then(body => console.debug("%s"
                + JSON.stringify([method, answer.url, answer.status,
                    answer.headers.get("Content-Type"), body])), () => {});
        return answer;
    };
})();""" % MARK
LINE = re.compile(rf'\S+ \d+:\d+ ("{MARK}.*")', re.DOTALL)


def area(host):
    """The listener of that name, or of that name with a label before it."""
    labels = host.split(".")
    if "member" in labels:
        return description.MEMBERS
    return (description.OPERATORS if "operator" in labels
            else description.PORTAL)  # fmt: skip


def heard(message):
    """Is this line of the console one of these? Then it has been heard."""
    line = LINE.fullmatch(message)
    if line is None:
        return False
    method, url, *answer = json.loads(json.loads(line[1])[len(MARK):])
    where = urllib.parse.urlsplit(url)
    if where.path.startswith(f"{description.API}/"):
        description.hear(area(where.hostname), method, where.path, *answer)
    return True
