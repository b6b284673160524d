"""sink - a mail server that takes everything and keeps nothing.

    with sink.open_sink() as relay:     "smtp://127.0.0.1:PORT"

Where mails are not looked at, it stands in for the catcher of the tests, which
writes a file for each and takes more than the server that is measured. Real
relays are on other machines.
"""

import asyncio
import contextlib
import multiprocessing
import signal


class _Bare(asyncio.Protocol):
    """Just enough SMTP for one client that does everything right."""

    def connection_made(self, transport):
        self.transport = transport
        self.data = None
        self.rest = b""
        transport.write(b"220 bare\r\n")

    def data_received(self, data):
        self.rest += data
        while True:
            end = b"\r\n.\r\n" if self.data else b"\r\n"
            said, found, behind = self.rest.partition(end)
            if not found:
                return
            self.rest = behind
            self._answer(said)

    def _answer(self, said):
        if self.data:
            self.data = None
            self.transport.write(b"250 2.0.0 taken\r\n")
        elif said[:4].upper() == b"DATA":
            self.data = True
            self.transport.write(b"354 go on\r\n")
        elif said[:4].upper() == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 fine\r\n")


def _serve(pipe):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # bench/run has its own

    async def forever():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Bare, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(forever())


@contextlib.contextmanager
def open_sink():
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(
        target=_serve, args=(there,), daemon=True
    )
    process.start()
    try:
        yield f"smtp://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()
