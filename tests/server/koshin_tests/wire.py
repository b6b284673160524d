"""wire - answers of HTTP as they stand on a connection, byte by byte."""

import re


class Reply:
    """One answer; `fields` as they stand, in order."""

    def __init__(self, head, body=b""):
        self.head = head
        self.line, *lines = head.decode("latin-1").split("\r\n")
        self.fields = [tuple(line.split(": ", 1)) for line in lines]
        self.status = int(re.match(r"HTTP/1\.1 ([0-9]{3}) \S", self.line)[1])
        self.body = body

    def field(self, name):
        """Its value; it is there at most once, spelled like this."""
        values = [v for n, v in self.fields if n.lower() == name.lower()]
        assert len(values) <= 1, f"{name} twice in {self.head!r}"
        return dict(self.fields).get(name)

    @property
    def closes(self):
        return self.field("Connection") == "close"

    @property
    def size(self):
        """Bytes of its head, with the empty line."""
        return len(self.head) + 4

    @property
    def text(self):
        return self.body.decode()


class Wire:
    """What has a `sock` and can `send`."""

    seen = b""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.sock.close()

    def more(self):
        data = self.sock.recv(65536)
        self.seen += data
        return bool(data)

    def reply(self, to_head=False):
        while b"\r\n\r\n" not in self.seen:
            assert self.more(), f"closed after {self.seen!r}"
        head, self.seen = self.seen.split(b"\r\n\r\n", 1)
        answer = Reply(head)
        length = int(answer.field("Content-Length") or 0)
        if answer.status >= 200 and not to_head:
            while len(self.seen) < length:
                assert self.more(), "closed inside a body"
            answer.body = self.seen[:length]
            self.seen = self.seen[length:]
        return answer

    def ask(self, data, to_head=False):
        self.send(data)
        return self.reply(to_head)
