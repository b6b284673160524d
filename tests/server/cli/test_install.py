"""`make install` and `make uninstall`, into a folder of the test."""

import re
import shutil

import pytest

from koshin_tests.patience import run
from koshin_tests.place import BUILD, MODE, ROOT



def make(target, folder, **variables):
    settings = {
        "BUILD": BUILD,
        "MODE": MODE,
        "DESTDIR": str(folder),
        **variables,
    }
    done = run(
        "make", "-s", target, *(f"{k}={v}" for k, v in settings.items()),
        cwd=ROOT, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture
def place(koshin, tmp_path):
    """Installed as it was built."""
    make("install", tmp_path)
    return tmp_path


def files(folder):
    return {
        str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()
    }


def test_install_brings_program_manuals_texts_and_completion(place):
    found = files(place)
    assert {
        "usr/local/bin/koshin",
        "usr/local/bin/koshin-courier",
        "usr/local/share/man/man8/koshin.8",
        "usr/local/share/man/man5/koshin.yaml.5",
        "usr/local/share/bash-completion/completions/koshin",
        "usr/local/lib/systemd/system/koshin.service",
        "usr/local/share/koshin/templates/ja/code.txt",
        "usr/local/share/koshin/templates/en/code.txt",
    } <= found
    for name, option in (("koshin", "version"), ("koshin-courier",
                                                 "--version")):  # fmt: skip
        done = run(place / "usr/local/bin" / name, option,
                   text=True, check=True)  # fmt: skip
        assert (ROOT / "VERSION").read_text().strip() in done.stdout


def test_C_43_the_unit_is_one_that_systemd_takes(place):
    """It names the program where it was installed, and nothing in it is
    unknown."""
    unit = place / "usr/local/lib/systemd/system/koshin.service"
    text = unit.read_text()
    assert "@" not in text
    program = re.search(r"^ExecStart=(\S+) serve", text, re.M).group(1)
    assert (place / program[1:]).exists()
    # Looked at by itself: the units that it names are not all here.
    (place / "bin").mkdir()
    shutil.copy("/bin/kill", place / "bin/kill")
    done = run("systemd-analyze", "--man=no", "--recursive-errors=no",
               f"--root={place}", "verify", unit.name, text=True)  # fmt: skip
    assert done.returncode == 0 and unit.name not in done.stderr, done.stderr


def test_uninstall_leaves_nothing_of_ours(place):
    other = place / "usr/local/bin/other"
    other.write_text("x")
    make("uninstall", place)
    assert files(place) == {"usr/local/bin/other"}
