"""`make install` and `make uninstall`, into a folder of the test."""


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
        "usr/local/share/koshin/templates/ja/code.txt",
        "usr/local/share/koshin/templates/en/code.txt",
    } <= found
    for name, option in (("koshin", "version"), ("koshin-courier",
                                                 "--version")):  # fmt: skip
        done = run(place / "usr/local/bin" / name, option,
                   text=True, check=True)  # fmt: skip
        assert (ROOT / "VERSION").read_text().strip() in done.stdout


def test_uninstall_leaves_nothing_of_ours(place):
    other = place / "usr/local/bin/other"
    other.write_text("x")
    make("uninstall", place)
    assert files(place) == {"usr/local/bin/other"}
