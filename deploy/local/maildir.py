"""maildir - reading the mails that the catcher kept.

    seen = maildir.mark(services.maildir)
    ... something that makes Koshin send a code ...
    mail = maildir.wait_for_mail(services.maildir, to="a@b.jp", after=seen)
    code = maildir.code_of(mail)
"""

import email
import email.policy
import os
import re
import time

STEP_S = 0.02
PATIENCE_S = 60  # a mail comes at once, but for a machine that is busy


def names(maildir):
    """File names of all mails, in the order they came."""
    try:
        return sorted(os.listdir(os.path.join(maildir, "new")))
    except FileNotFoundError:
        return []


def mark(maildir):
    """A word for "until now", to be given as `after`."""
    return next(reversed(names(maildir)), "")


def mails(maildir, to=None, subject=None, after="", where=None):
    """The mails that fit, oldest first, as email.message.EmailMessage.
    `to` is an envelope recipient, `subject` a part of the decoded subject,
    `where` a function that says yes or no."""
    for name in names(maildir):
        if name <= after:
            continue
        with open(os.path.join(maildir, "new", name), "rb") as file:
            mail = email.message_from_binary_file(
                file, policy=email.policy.default
            )
        if to is not None and to not in mail.get_all("Delivered-To", []):
            continue
        if subject is not None and subject not in str(mail["Subject"]):
            continue
        if where is not None and not where(mail):
            continue
        yield mail


def wait_for_mail(maildir, timeout=PATIENCE_S, **wanted):
    """The first mail that fits (see mails), now or within timeout seconds;
    then TimeoutError, which tells what came instead."""
    give_up = time.monotonic() + timeout
    while True:
        for mail in mails(maildir, **wanted):
            return mail
        if time.monotonic() > give_up:
            raise TimeoutError(
                f"no mail with {wanted} in {timeout} s, but: "
                f"{_overview(maildir)}"
            )
        time.sleep(STEP_S)


def text_of(mail):
    """The decoded plain text."""
    return mail.get_body(preferencelist=("plain",)).get_content()


def code_of(mail):
    """The one-time code: the one line that is six digits and no more."""
    found = re.findall(r"^([0-9]{6})\r?$", text_of(mail), re.MULTILINE)
    if len(found) != 1:
        raise ValueError(f"{len(found)} codes in the mail, not one")
    return found[0]


def _overview(maildir):
    return [
        (mail.get_all("Delivered-To"), str(mail["Subject"]))
        for mail in mails(maildir)
    ]
