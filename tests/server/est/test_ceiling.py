"""T8, I_13: the issuer signs so many certificates in any minute, and no more,
whoever asks for them."""

import re

from koshin_tests.clients import requests


def one_a_minute(settings):
    settings["ca"]["signatures_per_minute"] = 1


def test_T8_I_13_over_the_ceiling_is_503_and_later_the_same(module_server):
    """Nobody is the worse for it: the code is still good, and who has had a
    certificate before gets it again."""
    server = module_server(change=one_a_minute).start()
    first, second = server.account(), server.account()
    csrs = {a: requests.request() for a in (first, second)}
    secrets = {a: a.password + server.step1(a, csrs[a]) for a in csrs}
    made = server.try_secret(first, secrets[first], csrs[first])
    assert made.status == 200, made.text
    late = server.try_secret(second, secrets[second], csrs[second])
    assert (late.status, late.field("Retry-After")) == (503, "60")
    assert server.certificates_of(second) == 0
    again = server.try_secret(first, secrets[first], csrs[first])
    assert (again.status, again.text) == (200, made.text)
    log = server.instance.log_text()
    assert re.search(
        r" warn issuer signatures-full refused=1 per_minute=1\n", log
    )
    # An issuer that has just started has signed nothing.
    server.instance.stop()
    server.start()
    answer = server.try_secret(second, secrets[second], csrs[second])
    assert answer.status == 200, answer.text
    assert server.certificates_of(second) == 1
