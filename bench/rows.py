"""rows - what was measured, a figure each, and the page that tells of it."""

import dataclasses
import json
import os
import platform
import statistics
import subprocess
import time

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


@dataclasses.dataclass
class Row:
    case: str
    value: float
    unit: str
    goal: float | None = None  # at most, or at least
    note: str = ""
    before: float | None = None  # the same of --against, or of another run
    at_least: bool = False  # what the goal is
    reach: bool = False  # stands in the page's first table
    parts: dict = dataclasses.field(default_factory=dict)  # ms by process

    @property
    def over(self):
        if self.goal is None:
            return False
        if self.at_least:
            return self.value < self.goal
        return self.value > self.goal

    @property
    def judged(self):
        """Its goal, and whether that is met."""
        if self.goal is None:
            return "–", ""
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.goal:g}", "MISSED" if self.over else "met"

    def cells(self, with_before):
        seen = [f"{_figure(self.value)} {self.unit}"]
        if with_before and self.before:
            seen[:0] = [f"{_figure(self.before)} {self.unit}"]
            seen += [f"{self.value / self.before:.2f}"]
        elif with_before:
            seen = ["–", *seen, "–"]
        return [self.case, *seen, *self.judged, self.note]


def _figure(value):
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3f}"


def middle(rounds):
    """One row for each case, of several rounds of the same measurement: the
    one in the middle, with all that was seen with it."""
    made = []
    for seen in zip(*rounds):
        by_value = sorted(seen, key=lambda row: row.value)
        row = by_value[len(seen) // 2]
        value = statistics.median(row.value for row in seen)
        made.append(dataclasses.replace(row, value=value))
    return made


def beside(rows, before):
    """The rows, each with what the same case was before."""
    known = {row.case: row.value for row in before}
    return [
        dataclasses.replace(row, before=known.get(row.case)) for row in rows
    ]


def table(rows):
    """Lines of Markdown."""
    with_before = any(row.before is not None for row in rows)
    seen = ["before", "after", "ratio"] if with_before else ["seen"]
    head = ["case", *seen, "goal", "", ""]
    lines = [head, ["---"] * len(head)]
    lines += [row.cells(with_before) for row in rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines]


def tables(rows):
    """What is to be reached, then the rest."""
    reach = [row for row in rows if row.reach]
    rest = [row for row in rows if not row.reach]
    lines = []
    if reach:
        met = sum(not row.over for row in reach)
        lines += [f"## To reach: {met} of {len(reach)} are met", "",
                  *table(reach), ""]  # fmt: skip
    if rest:
        lines += ["## And beside it", "", *table(rest), ""]
    return lines


def _missed(missed):
    if not missed:
        return []
    told = [f"- {line.splitlines()[0][:300]}" for line in missed]
    return ["## Not measured", "", *told, ""]


def machine():
    with open("/proc/cpuinfo") as file:
        model = next(
            line.split(":")[1].strip()
            for line in file
            if line.startswith("model name")
        )
    openssl = subprocess.run(
        ["openssl", "version"], capture_output=True, text=True
    ).stdout.split()[1]
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "openssl": openssl,
        "load_before": round(os.getloadavg()[0], 2),
    }


def commit(top=TOP):
    done = subprocess.run(
        ["git", "-C", top, "describe", "--always", "--dirty"],
        capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip() or "unknown"


def read(path):
    """(commit, rows) of a run before."""
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    known = {field.name for field in dataclasses.fields(Row)}
    rows = [
        Row(**{key: row[key] for key in row if key in known})
        for row in told["rows"]
    ]
    return told["commit"], rows


def write(rows, where, folder, against=None, missed=()):
    """NAME.json for programs and NAME.md for people; (path, text) of the
    second. `where` is machine() before the load, `missed` what could not be
    measured."""
    when = time.strftime("%Y-%m-%d %H:%M")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{when[:10]}-{commit()}")
    told = {"commit": commit(), "when": when, "machine": where}
    if against:
        told["before"] = against
    told["rows"] = [
        {**dataclasses.asdict(row), "over": row.over} for row in rows
    ]
    if missed:
        told["missed"] = list(missed)
    with open(path + ".json", "w") as file:
        json.dump(told, file, indent=1, ensure_ascii=False)
        file.write("\n")
    beside_it = f" Before: {against}, in turn with it." if against else ""
    text = "\n".join(
        [
            f"# Koshin {told['commit']}, {when}",
            "",
            f"{where['cpu']}, {where['cores']} cores shared with the load "
            f"generator, PostgreSQL and Redis; Linux {where['kernel']}, "
            f"OpenSSL {where['openssl']}; load before: "
            f"{where['load_before']:.2f}.{beside_it} TLS 1.3, keys on P-256 "
            "where nothing else is said; CPU is user and system time, for "
            "each request. What a row means: docs/performance.md. The same "
            "figures: the file beside this one that ends in .json.",
            "",
            *tables(rows),
            *_missed(missed),
        ]
    )
    with open(path + ".md", "w") as file:
        file.write(text)
    return path + ".md", text
