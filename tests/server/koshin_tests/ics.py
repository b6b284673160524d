"""ics - reads iCalendar objects, strictly (RFC 5545)."""

import re


def unfolded(raw):
    """The content lines of an object; it is bytes, as it was attached."""
    assert raw.endswith(b"\r\n")
    lines = raw[:-2].split(b"\r\n")
    for line in lines:
        assert b"\r" not in line and b"\n" not in line
        assert 0 < len(line) <= 75, line
        line.decode()  # no character is cut
    text = []
    for line in lines:
        if line.startswith(b" "):
            text[-1] += line[1:]
        else:
            text.append(line)
    return [line.decode() for line in text]


def properties(raw):
    """(name, parameters, value) of each line."""
    for line in unfolded(raw):
        found = re.fullmatch(r"([A-Z-]+)((?:;[A-Z-]+=[^;:]+)*):(.*)", line)
        assert found, line
        name, parameters, value = found.groups()
        yield name, parameters.lstrip(";"), value


def text_of(value):
    """A TEXT without its escapes."""
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", value), value
    return re.sub(
        r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value
    )


def parsed(raw):
    """The object as nested dicts; components are lists under their name."""
    stack = [{}]
    for name, parameters, value in properties(raw):
        if name == "BEGIN":
            made = {}
            stack[-1].setdefault(value, []).append(made)
            stack.append(made)
        elif name == "END":
            assert stack[-2][value][-1] is stack.pop()
        else:
            key = f"{name};{parameters}" if parameters else name
            assert key not in stack[-1], f"{key} twice"
            stack[-1][key] = value
    assert len(stack) == 1
    (calendar,) = stack[0]["VCALENDAR"]
    return calendar
