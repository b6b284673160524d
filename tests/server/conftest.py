"""What many tests share: one Koshin that runs all the time, and a way to get
others."""

import pathlib
import shutil
import tempfile

import pytest
import services as local
import users

from koshin_tests.command_line import Desk, add_contract, add_user
from koshin_tests.place import built
from koshin_tests.server import Server

pytest_plugins = ["koshin_tests.strict", "koshin_tests.every_answer"]

# What takes long begins first, or one worker would be left with it in the end.
SLOW_FIRST = ("chaos", "local", "ledger", "mail", "est")


def pytest_collection_modifyitems(config, items):
    def place(item):
        folder = item.path.parent.name
        return SLOW_FIRST.index(folder) if folder in SLOW_FIRST else 9

    items.sort(key=place)
    leave_out(config, items)


def leave_out(config, items):
    """`only_if(CONDITION)`: where a promise can be kept at all. A skip would
    be a failure (koshin_tests.strict); this is told as deselected."""
    out = [
        item
        for item in items
        if not all(m.args[0] for m in item.iter_markers("only_if"))
    ]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    if users.apart() and config.option.basetemp is None:
        config.option.basetemp = open_folder(config)
    config.addinivalue_line("markers", "only_if(condition): see leave_out()")


def open_folder(config):
    """For the files of this run. Koshin's users find their way through it;
    that of pytest is closed by each run of root that begins."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="koshin-pytest-", dir="/tmp"))
    folder.chmod(0o711)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    return str(folder / "run")


@pytest.fixture(scope="session")
def koshin():
    """Path of the program under test."""
    return built("koshin")


@pytest.fixture(scope="session")
def koshin_server(koshin, tmp_path_factory):
    """A server.Server for tests that leave it as it is."""
    with local.temporary() as services:
        server = Server(
            koshin, services, tmp_path_factory.mktemp("koshin") / "etc"
        )
        server.start()
        yield server
        server.instance.stop()


def _servers(koshin, folder):
    """A function that makes servers, each with services of its own and not
    started; `change(settings)` alters the configuration. They end later."""
    open_ones = []

    def make(**options):
        place = local.temporary()
        services = place.__enter__()
        open_ones.append((place, None))
        server = Server(
            koshin, services, folder / f"etc{len(open_ones)}", **options
        )
        open_ones[-1] = (place, server)
        return server

    yield make
    for place, server in reversed(open_ones):
        if server is not None and server.instance.process is not None:
            server.instance.stop()
        place.__exit__(None, None, None)


@pytest.fixture
def new_server(koshin, tmp_path):
    """Servers of one test."""
    yield from _servers(koshin, tmp_path)


@pytest.fixture(scope="module")
def module_server(koshin, tmp_path_factory):
    """Servers that the tests of one file share."""
    yield from _servers(koshin, tmp_path_factory.mktemp("koshin"))


@pytest.fixture(scope="session")
def desk(koshin, tmp_path_factory):
    """A command_line.Desk; what a test breaks in its services it mends."""
    with local.temporary() as services:
        made = Desk(koshin, services, tmp_path_factory.mktemp("desk") / "etc")
        made.create_database()
        done = made.init()
        assert done.returncode == 0, done.stderr
        yield made


@pytest.fixture
def contract(desk):
    return add_contract(desk)


@pytest.fixture
def user(desk, contract):
    done, name = add_user(desk, contract)
    assert done.returncode == 0, done.stderr
    return name
