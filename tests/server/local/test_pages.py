"""README, docs and manuals: every command they print is run as it stands
there, every configuration is loaded, and what they name is there."""

import dataclasses
import os
import re
import shutil

import pytest
import yaml
from ports import free_row

from koshin_tests import pages
from koshin_tests.checkout import Checkout
from koshin_tests.paste import Terminal

# A machine can be changed only by root.
AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]
AHEAD_DAYS = 350  # of 366: the renewal window of 30 days is open
FILE = re.compile(r"(?<![\w/.$-])([\w-]+\.(?:pem|der|b64|key|p12|cnf|csv))\b")


# Where the commands of a page are at home.
IN_CHECKOUT = ("README.md", "CONTRIBUTING.md", "bench/README.md")
INSTALLED = ("deploy/man/koshin.8", "docs/operations.md")


@pytest.mark.parametrize("page", pages.all_pages())
def test_every_block_says_what_is_done_with_it(page):
    found = pages.blocks(page)
    if page not in IN_CHECKOUT + INSTALLED:
        assert not [str(block) for block in found if block.runs]


def judge(terminal, block):
    """What is wrong with a block; it is run for that."""
    said, faults = terminal.run(block.text)
    wrong = [f"does not say: {text}" for text in block.says if text not in said]
    if len(faults) != block.refusals:
        wrong += [f"failed: {fault}" for fault in faults] or ["is not refused"]
    return [f"{block}: {fault}\n{said}" for fault in wrong]


def spoiled(block, good, bad):
    """The block with an error in it."""
    assert good in block.text, f"{block} has no {good}"
    return dataclasses.replace(block, text=block.text.replace(good, bad))


# ------------------------------------------------------------------- README

# Errors that these pages once had: each must be seen when it comes back.
ONCE_WRONG = {
    "README.md": [
        ("pki --req --in", "pki --req --priv"),
        (
            "--cacert ca.der --cacert ca-1.der \\\n"
            '  --userpass "sample002:$(cat sample002.password)$code"',
            "--cacert ca.der \\\n"
            '  --userpass "sample002:$(cat sample002.password)$code"',
        ),
    ],
    "deploy/man/koshin.8": [
        ("user=koshin_owner'", "user=postgres'"),
    ],
}


class Newcomer:
    """Reads README at a terminal, with `make run` in another one."""

    def __init__(self, checkout, notes):
        self.checkout = checkout
        self.passwords = checkout.make_run()
        for user in self.passwords:
            checkout.mail(user)
        self.seen = checkout.mark()
        self.used = 0  # so much of the screen is old
        self.wrong = []
        self.terminal = Terminal(
            checkout.folder,
            notes,
            answers=[
                (r"Enter host password for user '(\w+)':", self.password),
                (r"^401 One-time code mailed\.", self.code_alone),
            ],
        )

    def password(self, asked):
        """Once a code was read on the screen it goes with the password."""
        screen = self.terminal.screen
        codes = re.findall(r"^(\d{6})$", screen[self.used :], re.M)
        self.used = len(screen)
        return self.passwords[asked[1]] + "".join(codes[-1:]) + "\n"

    def code_alone(self, asked):
        code = self.checkout.code(self.seen, to="sample003@example.jp")
        return code + "\n"

    def read(self, page):
        """What is wrong goes to `wrong`."""
        errors = list(ONCE_WRONG[page])
        for block in pages.blocks(page):
            for good, bad in [e for e in errors if e[0] in block.text]:
                errors.remove((good, bad))
                if not judge(self.terminal, spoiled(block, good, bad)):
                    self.wrong.append(f"{block}: not seen: {bad}")
            if block.runs:
                self.paste(block)
            elif not block.text.startswith("make"):
                self.look_for_files(block)
        self.wrong += [f"{page} has nothing to spoil: {e}" for e in errors]

    def paste(self, block):
        self.seen = self.checkout.mark()
        wrong = judge(self.terminal, self.with_port(block))
        if "401" in block.says and not wrong:
            self.checkout.code(self.seen)
        self.wrong += wrong

    def with_port(self, block):
        """As the page says: the port stands in one line."""
        port = f"port={self.checkout.port}"
        text = re.sub(r"^port=8443$", port, block.text, flags=re.M)
        return dataclasses.replace(block, text=text)

    def look_for_files(self, block):
        """What cannot be run has all it would need."""
        self.wrong += [
            f"{block}: nothing above has made {name}"
            for name in FILE.findall(block.text)
            if not self.checkout.has(name)
        ]


@pytest.fixture(scope="module")
def newcomer(koshin, tmp_path_factory):
    checkout = Checkout(koshin, free_row())
    try:
        reader = Newcomer(checkout, tmp_path_factory.mktemp("notes"))
        reader.read("README.md")
        yield reader
        reader.terminal.close()
    finally:
        checkout.forget()


def test_all_of_README_can_be_pasted(newcomer):
    assert not newcomer.wrong


def test_the_device_of_README_renews_when_its_window_is_open(newcomer):
    (block,) = [b for b in pages.blocks("README.md") if "403" in b.says]
    newcomer.checkout.end_run()
    newcomer.checkout.start_ahead(AHEAD_DAYS)
    # Before its window the subject is not looked at.
    other = spoiled(block, '"${subject#subject=}"', "/")
    said, faults = newcomer.terminal.run(other.text)
    assert "error: 400" in said and len(faults) == 1
    said, faults = newcomer.terminal.run(
        block.text + "unpack renewed\n"
        "openssl x509 -in renewed.pem -noout -subject\n"
    )
    assert not faults, said
    assert "CN = device001" in said


def test_the_demo_of_README_does_what_it_says(newcomer):
    said, faults = newcomer.terminal.run(
        "deploy/local/demo build/release/koshin\n"
    )
    end = "\n".join(said.splitlines()[-30:])
    assert not faults and "Done: everything did what it should." in said, end


def test_only_one_line_of_README_has_the_port(newcomer):
    lines = [
        line
        for block in pages.blocks("README.md")
        for line in block.text.splitlines()
        if "8443" in line and not line.startswith("make")
    ]
    assert lines == ["port=8443"]


@pytest.mark.parametrize("page", IN_CHECKOUT[1:])
def test_the_commands_of_other_pages_work_in_a_checkout(newcomer, page):
    for block in pages.blocks(page):
        if block.runs:
            assert not judge(newcomer.terminal, block)


# ---------------------------------------------------- an installed Koshin

PASSWORD = "Tr-7kLm#9x"


@pytest.fixture(scope="module")
def machine(koshin, tmp_path_factory):
    notes = tmp_path_factory.mktemp("machine")
    (notes / "disk").mkdir()
    notes.chmod(0o755)
    terminal = Terminal(
        "/", notes,
        answers=[
            (r"^(Password|Again): $", PASSWORD + "\n"),
            (r"^\S+[+-]\d\d:\d\d \w+ \w+ ready", "\x03"),
        ],
        shell=[*AS_ROOT, "env", f"BUILD={os.environ.get('BUILD', 'build')}",
               f"MODE={koshin.parent.name}", "unshare", "-m", "-n", "-p", "-f", "--mount-proc",
               "bash",
               str(pages.ROOT / "tests/server/local/stock-debian.sh"),
               str(notes / "disk"), "bash"],
    )  # fmt: skip
    yield terminal
    terminal.close()


@pytest.fixture(scope="module")
def service(machine):
    """The machine after its pages, and what went wrong with them."""
    wrong = []
    for page in INSTALLED:
        errors = ONCE_WRONG.get(page, [])
        for block in pages.blocks(page):
            if block.runs:
                for good, bad in errors:
                    if good in block.text and not judge(
                        machine, spoiled(block, good, bad)
                    ):
                        wrong.append(f"{block}: not seen: {bad}")
                wrong += judge(machine, block)
    machine.wrong = wrong
    return machine


def test_a_stock_Debian_becomes_a_service_as_the_manual_says(service):
    assert not service.wrong


# ----------------------------------------------------------- koshin.yaml(5)

YAML = "deploy/man/koshin.yaml.5"
MUST_HAVE = {
    "key_usage": "digitalSignature", "extended_key_usage": "clientAuth"
}  # fmt: skip


AT_A_TIME = 20  # of check-config, on a busy machine


def refused(machine, texts):
    """Those that check-config does not take, with its words."""
    folder = machine.notes / "yaml"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / str(number)).write_text(text)
    said = ""
    for first in range(0, len(texts), AT_A_TIME):
        last = min(first + AT_A_TIME, len(texts)) - 1
        said += machine.run(
            f"for n in $(seq {first} {last}); do\n"
            f"  cp {folder}/$n /etc/koshin/tried.yaml\n"
            "  runuser -u koshin -- koshin check-config"
            " --config /etc/koshin/tried.yaml || echo refused-$n\n"
            "done\n"
        )[0]
    assert said.count("refused-") + said.count(": good") == len(texts), said
    found = re.findall(r"^refused-(\d+)$", said, re.M)
    return [texts[int(n)] for n in found], said


def examples():
    """The first is whole; sections of the others are added to it, or stand in
    the place of its own."""
    first, *others = [
        yaml.safe_load(b.text) for b in pages.blocks(YAML) if not b.not_run
    ]
    return [yaml.safe_dump({**first, **more}) for more in ({}, *others)]


def with_value(section, key, kind, value):
    """The first example with a value as it is printed."""
    settings = yaml.safe_load(examples()[0])
    value = yaml.safe_load(value)
    if kind == "Some of":
        value = sorted({value, MUST_HAVE.get(key, value)})
    if section == "profiles":
        settings["profiles"] = [{"name": "first", key: value}]
        if (key, value) == ("renewal", "certificate"):
            settings["profiles"][0]["holder"] = "device"
    elif section == "The top of the file":
        settings[key] = value
    else:
        settings.setdefault(section, {})[key] = value
    return yaml.safe_dump(settings)


def named_values(text):
    return [
        row for row in pages.values(text)
        # The others are halves of one: a host without its port.
        if (row[1], row[3]) not in {("subject", "O=")}
    ]  # fmt: skip


MEMBER_NAMES = "DNS:member.example.jp,DNS:*.member.example.jp"


def test_what_the_manual_of_koshin_yaml_prints_can_be_loaded(service):
    for end in ("pem", "key"):  # the doors' own, where the manual has them
        service.run(f"cp -p /etc/koshin/tls/{{server,portal}}.{end}\n")
        service.run(f"cp -p /etc/koshin/tls/{{server,member}}.{end}\n")
    service.run(
        "openssl req -x509 -new -key /etc/koshin/tls/member.key"
        f" -subj /CN=member -addext 'subjectAltName={MEMBER_NAMES}'"
        " -out /etc/koshin/tls/member.pem\n"
    )
    assert refused(service, examples())[0] == []
    manual = (pages.ROOT / YAML).read_text()
    rows = named_values(manual)
    assert len({key for _, key, kind, _ in rows if kind != "Default"}) >= 8
    wrong, said = refused(service, [with_value(*row) for row in rows])
    assert wrong == [], said
    spoiled_rows = [row for row in named_values(
        manual.replace(".Ql clientAuth ,", ".Ql ClientAuth ,")
        .replace(".Ql auto ,", ".Ql Auto ,")
    ) if row not in rows]
    assert len(spoiled_rows) == 2
    texts = [with_value(*row) for row in spoiled_rows]
    assert refused(service, texts)[0] == texts


# ------------------------------------------------------------------- prose

TARGETS = set(
    re.findall(r"^([a-z-]+):", (pages.ROOT / "Makefile").read_text(), re.M)
)
SENTENCES = [
    (page, line, code)
    for page in pages.all_pages()
    if page not in pages.MANUALS
    for line, code in pages.inline(page)
]


def made(code):
    """The targets of a `make ...`; files of the build are none."""
    words = code.split(" #")[0].split()[1:]
    return [w for w in words if re.fullmatch(r"[a-z][a-z-]*", w)]


def test_every_make_target_that_is_named_exists():
    named = [(page, line, target) for page, line, code in SENTENCES
             if code.startswith("make ") for target in made(code)]
    named += [(str(block), 0, target) for page in pages.all_pages()
              for block in pages.blocks(page) if block.language == pages.RUN
              for code in re.findall(r"^make .*", block.text, re.M)
              for target in made(code)]  # fmt: skip
    assert len(named) > 15
    assert not [row for row in named if row[2] not in TARGETS]


def test_every_command_and_option_that_prose_names_exists(desk):
    known = {name: desk.good(*name.split(), "--help")
             for name in desk.commands()}  # fmt: skip
    wrong, seen = [], 0
    for page, line, code in SENTENCES:
        words = code.split()
        if words[0] != "koshin" or len(words) == 1 or words[1] == "--help":
            continue
        seen += 1
        name = " ".join(words[1:3])
        name = name if name in known else words[1]
        options = re.findall(r"--[a-z-]+", code)
        if name not in known or not all(o in known[name] for o in options):
            wrong.append(f"{page}:{line}: {code}")
    assert not wrong and seen > 20
