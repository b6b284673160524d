#!/usr/bin/python3
"""smtp_catcher - a mail server that keeps every mail it gets, on loopback.

    smtp_catcher.py --folder DIR --listen FD --ready FD

Serves the listening socket it was given, and writes a byte to the other
descriptor when it does. Each mail becomes one file
in the Maildir DIR/mail, with the envelope on top (Return-Path, Delivered-To).

DIR/smtp.json, read anew for every connection, says how the server behaves; a
test changes it at any time. All keys may be left out:

    {
      "tls": "none" | "starttls" | "implicit",
      "require_tls": true,          with starttls: refuse mail without it
      "cert": FILE, "key": FILE,    PEM, for the two kinds of TLS
      "user": TEXT, "password": TEXT,              ask for AUTH with these
      "faults": [ { "at": "connect" | "ehlo" | "mail" | "rcpt" | "data" | "dot",
                    "do": "451 4.7.1 Later" | "hang" | "close",
                    "to": ADDRESS,  only at rcpt, data, dot of this recipient
                    "times": N,     only the first N times (default: always)
                    "keep": true    at dot: keep the mail, then do it
                  } ... ]
    }

"dot" is the moment after the mail's last line and before the 250. Counting
for "times" starts again when the file changes. A file that says anything else
gets every connection a 421 with the reason.

Mails with a bare CR or LF are refused, as large providers do by now.
"""

import argparse
import asyncio
import json
import os
import re
import socket
import ssl
import time

from aiosmtpd.smtp import SMTP, AuthResult

HANG_S = 3600
NAME = "localhost"
BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")

KEYS = {"tls", "require_tls", "cert", "key", "user", "password", "faults"}
FAULT_KEYS = {"at", "do", "to", "times", "keep"}
TLS = {"none", "starttls", "implicit"}
PLACES = {"connect", "ehlo", "mail", "rcpt", "data", "dot"}


def checked(rules):
    """`rules` as they are, or ValueError: a script with a slip in it would
    make a test that proves nothing."""
    if not set(rules) <= KEYS:
        raise ValueError(f"unknown: {sorted(set(rules) - KEYS)}")
    if rules.get("tls", "none") not in TLS:
        raise ValueError(f"tls is one of {sorted(TLS)}")
    for fault in rules.get("faults", []):
        if not {"at", "do"} <= set(fault) <= FAULT_KEYS:
            raise ValueError(f"a fault has at, do and may have to, times, "
                             f"keep: {fault}")
        if fault["at"] not in PLACES:
            raise ValueError(f"at is one of {sorted(PLACES)}")
        if not re.match(r"hang$|close$|[45][0-9]{2} ", fault["do"]):
            raise ValueError("do is hang, close or an answer 4xx or 5xx")
    return rules


class Behaviour:
    """What smtp.json says, and how often each fault has struck."""

    def __init__(self, path):
        self.path = path
        self.text = None
        self.rules = {}
        self.left = []

    def read(self):
        try:
            with open(self.path, encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            text = "{}"
        if text != self.text:
            self.rules = checked(json.loads(text))
            self.left = [
                fault.get("times") for fault in self.rules.get("faults", [])
            ]
            self.text = text
        return self.rules

    def fault(self, at, recipients=()):
        """The fault that strikes now, or None."""
        for i, fault in enumerate(self.rules.get("faults", [])):
            if fault["at"] != at or self.left[i] == 0:
                continue
            if "to" in fault and fault["to"] not in recipients:
                continue
            if self.left[i] is not None:
                self.left[i] -= 1
            return fault
        return None


class Maildir:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        for part in ("tmp", "new", "cur"):
            os.makedirs(os.path.join(folder, part), mode=0o700, exist_ok=True)

    def keep(self, envelope):
        """Write one mail; it appears in new/ when it is complete."""
        self.count += 1
        name = f"{time.time_ns():020d}.{os.getpid()}_{self.count}.{NAME}"
        lines = [f"Return-Path: <{envelope.mail_from}>"]
        lines += [f"Delivered-To: {to}" for to in envelope.rcpt_tos]
        head = "".join(line + "\r\n" for line in lines).encode()
        path = os.path.join(self.folder, "tmp", name)
        with open(path, "xb") as file:
            file.write(head + envelope.original_content)
        os.rename(path, os.path.join(self.folder, "new", name))


class Conversation(SMTP):
    """One connection. Before each command a fault may strike instead."""

    def __init__(self, catcher, rules, **options):
        self.catcher = catcher
        super().__init__(
            catcher, hostname=NAME, ident="catcher", loop=catcher.loop,
            **options,
        )

    async def _handle_client(self):
        if not await self.strike("connect"):
            await super()._handle_client()
        elif self.transport is not None:
            self.transport.close()

    async def smtp_EHLO(self, arg):
        if not await self.strike("ehlo"):
            await super().smtp_EHLO(arg)

    async def smtp_MAIL(self, arg):
        if not await self.strike("mail"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg):
        if not await self.strike("rcpt", (_address(arg),)):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg):
        if not await self.strike("data", self.envelope.rcpt_tos):
            await super().smtp_DATA(arg)

    async def strike(self, at, recipients=()):
        """True if a fault did something in place of the server."""
        fault = self.catcher.behaviour.fault(at, recipients)
        if fault is None:
            return False
        await self.do(fault)
        return True

    async def do(self, fault):
        """Returns after an answer only: aiosmtpd cancels this task when
        the connection is lost."""
        if fault["do"] == "close":
            self.transport.abort()
        if fault["do"] in ("hang", "close"):
            await asyncio.sleep(HANG_S)
        await self.push(fault["do"])


class Catcher:
    def __init__(self, folder):
        self.behaviour = Behaviour(os.path.join(folder, "smtp.json"))
        self.maildir = Maildir(os.path.join(folder, "mail"))
        self.loop = asyncio.get_running_loop()

    async def serve(self, listener):
        while True:
            client, _ = await self.loop.sock_accept(listener)
            task = self.loop.create_task(self.greet(client))
            task.add_done_callback(_report)

    async def greet(self, client):
        """Start the conversation, TLS first if it is implicit."""
        try:
            rules = self.behaviour.read()
            options = self.options(rules)
        except (OSError, ValueError, KeyError) as wrong:
            client.send(f"421 smtp.json: {wrong}\r\n".encode())
            client.close()
            return
        implicit = rules.get("tls") == "implicit"
        tls = options["tls_context"]
        if implicit:
            options["tls_context"] = None
        try:
            await self.loop.connect_accepted_socket(
                lambda: Conversation(self, rules, **options),
                client,
                ssl=tls if implicit else None,
            )
        except OSError:
            client.close()  # the handshake failed; the client knows why

    def options(self, rules):
        tls = None
        if rules.get("tls", "none") != "none":
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(rules["cert"], rules["key"])
        wanted = {"tls_context": tls, "timeout": HANG_S}
        if rules.get("require_tls"):
            wanted["require_starttls"] = True
        if "user" in rules:
            wanted["authenticator"] = lambda *args: _check(rules, args[-1])
            wanted["auth_required"] = True
            wanted["auth_require_tls"] = rules.get("tls") == "starttls"
        return wanted

    async def handle_DATA(self, server, session, envelope):
        """Called by aiosmtpd when the last dot has come."""
        if BARE.search(envelope.original_content):
            return "550 5.5.2 bare CR or LF"
        fault = self.behaviour.fault("dot", envelope.rcpt_tos)
        if fault is None or fault.get("keep"):
            self.maildir.keep(envelope)
        if fault is None:
            return "250 2.0.0 kept"
        if fault["do"] in ("hang", "close"):
            await server.do(fault)
        return fault["do"]


def _check(rules, given):
    same = (
        given.login == rules["user"].encode()
        and given.password == rules["password"].encode()
    )
    return AuthResult(success=same, handled=False)


def _address(arg):
    """The address in `TO:<a@b> ...`."""
    return (arg or "").partition("<")[2].partition(">")[0]


def _report(task):
    if not task.cancelled() and task.exception() is not None:
        print(f"smtp_catcher: {task.exception()!r}", flush=True)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--listen", type=int, required=True)
    parser.add_argument("--ready", type=int, required=True)
    args = parser.parse_args()
    listener = socket.socket(fileno=args.listen)
    listener.setblocking(False)
    catcher = Catcher(args.folder)
    os.write(args.ready, b"!")
    os.close(args.ready)
    await catcher.serve(listener)


if __name__ == "__main__":
    asyncio.run(main())
