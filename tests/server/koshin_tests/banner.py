"""banner - what `make run` prints when it is ready, read as a person does."""

import re
import typing

STEP = re.compile(r"^  [123]\. .*\n((?:    .*\n)+)", re.M)
END = "make clean-run` forgets it"


class Banner(typing.NamedTuple):
    text: str
    portal: str
    url: str  # of EST
    contract: tuple  # its number, and the initial password
    password: str  # of sample001
    code: str  # the command that prints the newest
    mails: str  # where a browser shows them
    root: str  # the file that a browser is to trust
    member: str  # of the member area; None: there is none
    commands: list  # the three that obtain a certificate


def parse(text):
    """Of the last start in `text`."""
    text = text[text.rindex("Koshin is running: ") :]
    commands = [step.rstrip("\n") for step in STEP.findall(text)]
    assert len(commands) == 3, text
    return Banner(
        text,
        re.match(r"Koshin is running: (https://localhost:\d+/)\n", text)[1],
        re.search(r"https://[0-9.:]+", text).group(),
        re.search(
            r"contract +(\d+) +initial password (\S+)", text
        ).groups(),
        re.search(r"sample001 +password (\S+)", text).group(1),
        re.search(r"^  code +(.*)", text, re.M).group(1),
        re.search(r"^  mails +(http://localhost:\d+/)\n", text, re.M)[1],
        re.search(r"^  trust +(.*)", text, re.M).group(1),
        (re.search(r"^  members +(.*)", text, re.M) or [None, None])[1],
        commands,
    )


def read(terminal, timeout):
    """From a terminal.Terminal, when it comes."""
    begin = terminal.seen
    terminal.wait_for("^Koshin is running: ", timeout)
    terminal.wait_for(END, timeout)
    return parse(terminal.text[begin:])
