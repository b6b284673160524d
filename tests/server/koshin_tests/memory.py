"""memory - what is in the memory of a running process, as root sees it."""

import re
from dataclasses import dataclass

HEAD = re.compile(
    r"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ *(.*)$"
)  # fmt: skip


@dataclass
class Region:
    """One line of /proc/PID/smaps and what stands below it."""

    start: int
    end: int
    rights: str
    name: str
    flags: tuple = ()

    @property
    def locked(self):
        return "lo" in self.flags

    @property
    def dumped(self):
        return "dd" not in self.flags

    def __str__(self):
        return f"{self.start:x}-{self.end:x} {self.rights} {self.name}"


def regions(pid):
    found = []
    with open(f"/proc/{pid}/smaps") as file:
        for line in file:
            head = HEAD.match(line)
            if head:
                start, end, rights, name = head.groups()
                found.append(
                    Region(int(start, 16), int(end, 16), rights, name)
                )
            elif line.startswith("VmFlags:"):
                found[-1].flags = tuple(line.split()[1:])
    return found


def written(pid):
    """(Region, bytes) of all that the process itself can write to."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for region in regions(pid):
            if "rw" not in region.rights:
                continue
            memory.seek(region.start)
            data = b""
            try:
                while len(data) < region.end - region.start:
                    data += memory.read(region.end - region.start - len(data))
            except OSError:
                pass  # it has been given back since
            yield region, data


def places_of(pid, secret):
    """The regions that have these bytes, once for each time."""
    return [
        region
        for region, data in written(pid)
        for _ in range(data.count(secret))
    ]
