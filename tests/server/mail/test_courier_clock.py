"""F-74: a courier whose clock is not that of the database. Couriers share the
outbox: what one of them takes for dead, or puts off, is lost to all. So the
times of mails are judged by the clock that wrote them."""

import time

import maildir
import pytest

from koshin_tests.clocks import shifted
from koshin_tests.courier import Courier
from koshin_tests.mail import (
    arrived, count_to, new_holder, queue_code, queue_notice, state,
    wait_state,
)

TIMES = ["+6d", "-31m"]
LATER = "451 4.7.1 come later"


def astray(s, db, by, **options):
    words = [f"{key}={value}" for key, value in shifted(by).items()]
    return Courier(s, db, wrap=["env", *words], **options)


def test_C_41_F_74_a_courier_that_is_ahead_kills_no_codes_of_others(s, db):
    """One of two couriers believes in half an hour from now (libfaketime),
    when the codes are dead: it may not say so in the outbox that they
    share."""
    holders = [new_holder(db) for _ in range(10)]
    with astray(s, db, "+31m"), Courier(s, db):
        codes = [queue_code(db, holder) for holder, _ in holders]
        for code, (_, to) in zip(codes, holders):
            assert maildir.code_of(arrived(s, to)) == code


@pytest.mark.parametrize("by", TIMES)
def test_F_74_codes_go_out_at_any_time_of_the_courier(s, db, by):
    """The courier believes in another time (libfaketime), days ahead or half
    an hour behind: whether a code is alive the database says."""
    holder, to = new_holder(db)
    with astray(s, db, by):
        code = queue_code(db, holder)
        assert maildir.code_of(arrived(s, to)) == code
        wait_state(db, to, "sent")


@pytest.mark.parametrize("by", TIMES)
@pytest.mark.parametrize("kind", ["code", "notice"])
def test_C_41_F_74_F_49_it_tries_again_when_it_is_time(s, db, kind, by):
    """The courier believes in another time, and the relay says 451: neither
    given up, nor put off to its own idea of soon, nor tried again at once."""
    holder, to = new_holder(db)
    s.smtp_script(faults=[{"at": "rcpt", "do": LATER, "to": to}])
    with astray(s, db, by) as courier:
        (queue_code if kind == "code" else queue_notice)(db, holder)
        courier.wait_log("mail-later")
        wait_state(db, to, "queued", attempts=1)
        s.smtp_script()
        arrived(s, to)
        wait_state(db, to, "sent")
    assert state(db, to)[1] < 5


@pytest.mark.parametrize("by", ["+0s", *TIMES])
def test_F_74_F_48_a_code_dies_on_its_day_at_any_time_of_the_courier(
    s, db, by
):
    """The relay is stopped for longer than the code lives, and the courier
    believes in another time: a dead code must not go out when the relay is
    back."""
    holder, to = new_holder(db)
    s.stop_smtp()
    with astray(s, db, by):
        queue_code(db, holder, life_s=3)
        wait_state(db, to, "expired")
        s.start_smtp()
        time.sleep(1)
    assert count_to(s, to) == 0
