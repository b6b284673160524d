"""T11: who talks to Redis has a user of its own there, who may run the commands
of our scripts on our keys and nothing else. What runs, runs with these: all
server tests do."""

import os
import subprocess

import pytest
import redis
import yaml

USERS = {
    "koshin_auth": "redis-auth.password",
    "koshin_operator": "redis-operator.password",
    "koshin_front": "redis-front.password",
}

# By Redis itself, and where a script asks it.
REFUSED = "permission|can't (access|run)"

FOREIGN = [
    ("FLUSHALL",), ("FLUSHDB",), ("KEYS", "*"), ("SCAN", "0"),
    ("CONFIG", "GET", "*"), ("CONFIG", "SET", "appendonly", "no"),
    ("ACL", "WHOAMI"), ("ACL", "SETUSER", "more", "on"), 
    ("SCRIPT", "FLUSH"), ("MONITOR",), ("SHUTDOWN",), ("DBSIZE",),
    ("CLIENT", "LIST"), ("REPLICAOF", "NO", "ONE"), ("SUBSCRIBE", "news"),
    ("RENAME", "koshin:a", "koshin:b"), ("EVAL", "return 1", "1", "session:a"),
    ("EVAL", "return redis.call('GET', 'session:a')", "0"),
    ("EVAL", "return redis.call('FLUSHALL')", "0"),
    ("EVAL", "return redis.call('KEYS', '*')", "0"),
    ("GET", "session:a"), ("SET", "session:a", "1"), ("DEL", "other"),
]  # fmt: skip


def password_file(server, user):
    return os.path.join(server.folder, "secrets", USERS[user])


@pytest.fixture
def as_user(koshin_server):
    def connect(user):
        with open(password_file(koshin_server, user)) as file:
            return redis.Redis(
                unix_socket_path=koshin_server.services.redis_socket,
                username=user, password=file.read().strip(),
            )  # fmt: skip

    return connect


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("words", FOREIGN, ids=" ".join)
def test_T11_what_is_not_its_own_is_refused(as_user, user, words):
    with pytest.raises(redis.ResponseError, match=REFUSED):
        as_user(user).execute_command(*words)


@pytest.mark.parametrize("key", ["koshin:ip:192.0.2.1", "koshin:elsewhere"])
def test_T11_the_command_line_has_keys_of_accounts_alone(as_user, key):
    assert as_user("koshin_auth").get(key) is None
    with pytest.raises(redis.ResponseError, match=REFUSED):
        as_user("koshin_operator").get(key)


@pytest.mark.parametrize(
    "key", ["koshin:{t11}:try", "koshin:{t11}:code", "koshin:ip:192.0.2.1"]
)
def test_T11_the_front_has_keys_of_sessions_alone(as_user, key):
    assert as_user("koshin_auth").delete(key) == 0
    with pytest.raises(redis.ResponseError, match=REFUSED):
        as_user("koshin_front").delete(key)


def test_T11_the_command_line_mails_no_codes(as_user):
    with pytest.raises(redis.ResponseError, match=REFUSED):
        as_user("koshin_operator").zadd("koshin:{a}:mailed", {"a": 1})


def test_T11_nobody_comes_in_without_a_name(koshin_server):
    at = redis.Redis(unix_socket_path=koshin_server.services.redis_socket)
    with pytest.raises(redis.AuthenticationError):
        at.ping()


def test_T11_the_password_files_are_their_owners(koshin_server):
    for user in USERS:
        mode = os.stat(password_file(koshin_server, user)).st_mode
        assert mode & 0o777 == 0o600


# ------------------------------------------------- what is told of the users


def check(server):
    done = server.instance.run("check-config", check=False)
    return done.returncode, done.stderr


@pytest.fixture
def server(module_server):
    return module_server()


def test_T11_users_as_init_makes_them_are_told_nothing_of(server):
    assert check(server) == (0, "")


def test_T11_a_user_who_may_too_much_is_a_warning(server):
    server.redis("ACL", "SETUSER", "koshin_auth", "+@all")
    status, said = check(server)
    assert status == 0
    assert "warning: redis.user: koshin_auth may do more" in said
    assert "FLUSHALL" in said and "koshin init" in said
    server.redis("ACL", "SETUSER", "koshin_operator", "allkeys")
    assert "warning: redis.operator_user: koshin_operator may do more than" \
        " it needs (foreign keys)" in check(server)[1]  # fmt: skip
    server.instance.init()
    assert check(server) == (0, "")


def test_T11_a_user_who_lacks_something_is_an_error_that_names_it(server):
    server.redis("ACL", "SETUSER", "koshin_auth", "-hset", "-pexpire")
    status, said = check(server)
    assert status == 1
    assert "redis.user: koshin_auth may not use hset, pexpire" in said
    server.redis("ACL", "SETUSER", "koshin_auth", "-eval")
    assert "eval" in check(server)[1]
    server.instance.init()
    assert check(server) == (0, "")


def test_T11_an_open_door_is_a_warning(server):
    """Users of their own are worth nothing beside it."""
    server.redis("CONFIG", "SET", "requirepass", "")
    server.redis("ACL", "SETUSER", "default", "nopass")
    status, said = check(server)
    assert status == 0
    assert "warning: redis: whoever connects may do everything" in said


def test_T11_without_users_the_user_default_is_told(server):
    def change(settings):
        settings["redis"] = {"socket": settings["redis"]["socket"]}

    server.redis("ACL", "SETUSER", "default", "nopass")
    server.instance.configure(change)
    status, said = check(server)
    assert status == 0
    assert "warning: redis.user: default may do more" in said


def test_T11_init_keeps_its_users_over_a_restart(server):
    server.services.restart_redis()
    assert check(server) == (0, "")
    assert "kept  user koshin_auth of Redis" in subprocess.run(
        [server.instance.koshin, "init", "--folder", server.folder,
         "--database", server.services.pg_conninfo("postgres", "koshin"),
         "--redis", server.services.redis_socket,
         "--server-name", "localhost"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


def test_T11_init_says_who_can_make_them(server, tmp_path):
    """Where it may not."""
    with open(server.instance.config) as file:
        assert "redis-auth.password" in yaml.safe_load(file)["redis"]["password"]
    done = subprocess.run(
        [server.instance.koshin, "init", "--folder", str(tmp_path / "etc"),
         "--database", server.services.pg_conninfo("postgres", "koshin"),
         "--redis", server.services.redis_socket,
         "--server-name", "localhost"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "NOAUTH" in done.stderr and "--redis-admin" in done.stderr
