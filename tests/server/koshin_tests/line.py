"""line - the wire between a browser and a port of loopback, which can lose what
the server answers."""

import contextlib
import socket
import threading


class Line:
    """`port` is where it is spoken to.

    with Line(server.portal_port) as line:
        line.hold()  # the server hears everything, and nobody hears the server
        line.drop()  # all connections end; new ones are whole
    """

    def __init__(self, to):
        self._to = to
        self._held = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._end(self._sockets)

    def hold(self):
        self._held.set()

    def drop(self):
        self._end(self._sockets[1:])
        self._held.clear()

    @staticmethod
    def _end(sockets):
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                self._sockets += [client, server]
                for way in (client, server, False), (server, client, True):
                    threading.Thread(
                        target=self._pass_on, args=way, daemon=True
                    ).start()

    def _pass_on(self, source, sink, answers):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not (answers and self._held.is_set()):
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
