"""Prints what became of what each tool wrote, where this folder is what was
asked for: `make interop`."""

OUTCOME = "outcome"


def outcomes(stats):
    """{(tool, kind): outcome}, of workers too."""
    found = {}
    for reports in stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == OUTCOME:
                    found[tuple(value[:2])] = value[2]
    return dict(sorted(found.items()))


def pytest_terminal_summary(terminalreporter):
    found = outcomes(terminalreporter.stats)
    if not found:
        return
    write = terminalreporter.write_line
    write("Certificates were issued for:")
    for tool in dict.fromkeys(tool for tool, _ in found):
        kinds = [k for (t, k), said in found.items()
                 if t == tool and said == "issued"]
        write(f"  {tool:<14}{' '.join(kinds)}")
    write("Refused, because:")
    for (tool, kind), said in found.items():
        if said != "issued":
            write(f"  {tool:<14}{kind:<18}{said}")
