"""process - servers as processes: start them, find them again, end them.

There are no pid files. A server is known by its owner and by its command
line, which names its own folder; /proc says who that is now. So a pid that
was given to somebody else after a crash is never taken for a server, and a
server whose starter was killed at the worst moment is still found. (Command
lines are readable by all; /proc/PID/cwd and exe are not, in containers.)
"""

import os
import pwd
import signal
import subprocess
import time

# Servers see this and nothing else: no LD_PRELOAD of a test, no secrets.
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    "LANG": "C.UTF-8",
}
STEP_S = 0.01

# Children are kept so that Python reaps them when they end.
_children = []


class ServiceError(Exception):
    """One sentence for the user: what failed, and what to do next."""


def service_user(name):
    """The user a server runs as: `name` if we are root, else ourselves."""
    if os.geteuid() != 0:
        return myself()
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise ServiceError(
            f"there is no user '{name}' to run a server as: run `make deps`"
        ) from None


def myself():
    try:
        return pwd.getpwuid(os.geteuid())
    except KeyError:
        raise ServiceError(
            f"the user {os.geteuid()} has no line in /etc/passwd, "
            "and PostgreSQL does not run without one"
        ) from None


def as_user(user):
    """Arguments for subprocess that run the command as `user`."""
    if os.geteuid() == user.pw_uid:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def run(argv, user, what):
    """Run a command as `user` to its end; its output is the error text."""
    done = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd="/",
        env=ENVIRONMENT,
        umask=0o077,
        **as_user(user),
    )
    if done.returncode != 0:
        raise ServiceError(
            f"{what} failed (exit {done.returncode}):\n{done.stdout.strip()}"
        )


def tied(argv, how=signal.SIGTERM):
    """The command that runs argv and gets the signal `how` when the thread
    that starts it dies: a server that is not to outlive us."""
    name = signal.Signals(how).name.removeprefix("SIG")
    return ["setpriv", "--pdeathsig", name, *argv]


def launch(argv, user, log, ready, what, patience_s=60, pass_fds=()):
    """Start a server in a session of its own, so that Ctrl-C in a terminal
    does not reach it, and wait until ready() is true."""
    with open(log, "ab", opener=_private) as out:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=ENVIRONMENT,
            umask=0o077,
            start_new_session=True,
            pass_fds=pass_fds,
            **as_user(user),
        )
    _children.append(child)
    try:
        wait_until(lambda: child.poll() is not None or ready(), patience_s)
    except TimeoutError:
        child.kill()
        raise ServiceError(
            f"{what} was not ready after {patience_s} s; {log} ends:\n"
            f"{_tail(log)}"
        ) from None
    if child.poll() is not None:
        raise ServiceError(
            f"{what} ended at its start (exit {child.returncode}); "
            f"{log} ends:\n{_tail(log)}"
        )


def goes_on(look, ready, what, patience_s=60):
    """True once what look() finds is ready, False if there is nothing or it
    ends. It may be starting or ending: its starter was killed, say."""
    send(look(), signal.SIGCONT)
    try:
        wait_until(lambda: not look() or ready(), patience_s)
    except TimeoutError:
        raise ServiceError(
            f"{what} runs (pid {look()}) but does not get ready in "
            f"{patience_s} s: end it, or look into its log"
        ) from None
    return bool(look())


def find(user, is_it):
    """Pids of the processes of `user` whose command line (bytes, arguments
    ended by NUL) is_it() accepts. A zombie has no command line."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            if os.stat(f"/proc/{name}").st_uid != user.pw_uid:
                continue
            with open(f"/proc/{name}/cmdline", "rb") as file:
                line = file.read()
        except OSError:
            continue  # it ended meanwhile
        if line and is_it(line):
            found.append(int(name))
    return found


def end(look, how=signal.SIGTERM, patience_s=10):
    """Send `how` to what look() finds and wait until it finds nothing;
    kill what is left after patience_s."""
    send(look(), how)
    try:
        wait_until(lambda: not look(), patience_s)
    except TimeoutError:
        send(look(), signal.SIGKILL)
        wait_until(lambda: not look(), patience_s)


def send(pids, how):
    for pid in pids:
        try:
            os.kill(pid, how)
            # A stopped process hears a request to end only when it goes on.
            if how != signal.SIGSTOP:
                os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass


def wait_until(true, patience_s):
    """Poll true() until it holds; TimeoutError after patience_s."""
    give_up = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > give_up:
            raise TimeoutError
        time.sleep(STEP_S)
    _children[:] = [c for c in _children if c.poll() is None]


def _private(path, flags):
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _tail(log, lines=8):
    with open(log, encoding="utf-8", errors="replace") as file:
        return "".join("  " + line for line in file.readlines()[-lines:])
