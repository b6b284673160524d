"""burst - many requests at the same moment, to one or several servers.

    replies = Burst(server, twin).fire(requests)

Handshakes are done before anything is sent, and nothing is read before all is
sent: the requests are in work together within a millisecond or so.
"""

import collections
import re
import threading

from koshin_tests.clients.raw import PKCS10, Connection, basic, context, post
from koshin_tests.patience import join

HELPERS = 4  # threads that open connections


def roomy(settings):
    """A configuration for bursts from one address."""
    settings["est"] = {
        **settings.get("est", {}),
        "per_address_max": 10000,
        "handshakes_per_address": 1000000,
        "password_queue": 10000,
        "head_time": "60s",
        "request_time": "60s",
    }


def enrollment(account, secret, csr, operation="simpleenroll"):
    """The bytes of one request."""
    return post(operation, csr, PKCS10, basic(account.user, secret))


class Burst:
    def __init__(self, *servers):
        self.servers = servers
        self._contexts = [context(server) for server in servers]

    def _connect(self, many):
        """In turn to each server."""
        made = [None] * many

        def some(first):
            for i in range(first, many, HELPERS):
                which = i % len(self.servers)
                made[i] = Connection(
                    self.servers[which], ctx=self._contexts[which]
                )

        helpers = [
            threading.Thread(target=some, args=(n,)) for n in range(HELPERS)
        ]
        for helper in helpers:
            helper.start()
        join(*helpers)
        return made

    def fire(self, requests):
        """The reply to each; None where the server closed without one."""
        connections = self._connect(len(requests))
        try:
            for connection, request in zip(connections, requests):
                _send(connection, request)
            return [_reply(connection) for connection in connections]
        finally:
            for connection in connections:
                if connection is not None:
                    connection.close()


def _send(connection, request):
    """To a server that may have died since it was connected to."""
    try:
        connection.send(request)
    except (AttributeError, OSError):  # never connected, or closed
        pass


def _reply(connection):
    try:
        return connection.reply()
    except (AssertionError, AttributeError, OSError):  # or in its middle
        return None


def statuses(replies):
    """{status: how often}."""
    return collections.Counter(r.status if r else None for r in replies)


# What the servers say about it in their logs.


def lines(*servers, event="request"):
    """The log lines of an event, each as a dictionary."""
    found = []
    for server in servers:
        for line in server.instance.log_text().splitlines():
            if f" {event} " in line:
                pairs = re.findall(r'([a-z_]+)=("[^"]*"|\S+)', line)
                found.append({k: v.strip('"') for k, v in pairs})
    return found


def gave_up_early(server, longest_s):
    """That the last refusal was decided by the limit of a question, long
    before that of the request. How long the question waited the server has
    measured itself; a client's clock would count what else runs here."""
    line = [li for li in lines(server) if li["outcome"] != "ok"][-1]
    assert line["outcome"] == "unavailable", line
    assert float(line["ms"]) < longest_s * 1000, line


def evaluated(*servers):
    """How many secrets were looked at so far."""
    return sum(
        line.get("evaluated") == "yes" for line in lines(*servers)
    )
