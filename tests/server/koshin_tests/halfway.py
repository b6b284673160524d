"""halfway - stands before PostgreSQL: lets the first session through, and of
each later one only the greeting. What a client says then is not answered."""

import contextlib
import os
import re
import socket
import tempfile
import threading


class Halfway:
    """conninfo(role) is PostgreSQL behind it; the first who comes waits until
    `first` is done."""

    def __init__(self, services, first=lambda: None):
        self._first = first
        self._server = services.pg_conninfo("postgres", "koshin")
        self._folder = tempfile.TemporaryDirectory(prefix="halfway-")
        self._listener = socket.socket(socket.AF_UNIX)
        self._sockets = [self._listener]
        self._all = False
        self.waiting = threading.Event()  # somebody asked and hears nothing

    def conninfo(self, role):
        return f"host={self._folder.name} port=5432 dbname=koshin user={role}"

    def open(self):
        """From now on it lets everybody through."""
        self._all = True

    def __enter__(self):
        path = f"{self._folder.name}/.s.PGSQL.5432"
        self._listener.bind(path)
        # Koshin's processes are other users, where root starts them.
        os.chmod(path, 0o777)
        os.chmod(self._folder.name, 0o711)
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *error):
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._folder.cleanup()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if len(self._sockets) == 1:
                    self._first()
                server = self._to_server()
                whole = self._all or len(self._sockets) == 1
                self._sockets += [client, server]
                for pair in (client, server, whole), (server, client, True):
                    threading.Thread(
                        target=self._pass_on, args=pair, daemon=True
                    ).start()

    def _to_server(self):
        host = re.search("host='([^']+)'", self._server).group(1)
        made = socket.socket(socket.AF_UNIX)
        made.connect(f"{host}/.s.PGSQL.5432")
        return made

    def _pass_on(self, source, sink, whole):
        """All that comes, or the first of it."""
        passed = False
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if whole or not passed:
                    sink.sendall(data)
                    passed = True
                else:
                    self.waiting.set()
            sink.shutdown(socket.SHUT_WR)
