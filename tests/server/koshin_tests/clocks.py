"""clocks - programs that believe in another time than we do."""

import datetime
import zoneinfo

import faketime

TOKYO = zoneinfo.ZoneInfo("Asia/Tokyo")


def shifted(by):
    """The environment for it: `+31m`, `-6d`. The monotonic clock is fine."""
    return {**faketime.shifted(by), "DONT_FAKE_MONOTONIC": "1"}


def last_second(days):
    """Of the day so many days from now."""
    day = datetime.datetime.now(TOKYO).date() + datetime.timedelta(days=days)
    return datetime.datetime.combine(day, datetime.time(23, 59, 59), TOKYO)


def iso(moment):
    return moment.astimezone(TOKYO).isoformat(timespec="seconds")
