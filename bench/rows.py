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
    goal: float | None = None  # at most
    note: str = ""
    before: float | None = None  # the same of --against

    @property
    def over(self):
        return self.goal is not None and self.value > self.goal

    def cells(self):
        goal = "–" if self.goal is None else f"{self.goal:g} {self.unit}"
        cells = [
            self.case, f"{self.value:.3f} {self.unit}",
            goal + ("  OVER" if self.over else ""), self.note,
        ]  # fmt: skip
        if self.before is not None:
            ratio = self.value / self.before if self.before else float("nan")
            cells[2:2] = [f"{self.before:.3f} {self.unit}", f"{ratio:.2f}"]
        return cells


def middle(rounds):
    """One row for each case, of several rounds of the same measurement."""
    return [
        dataclasses.replace(
            seen[-1], value=statistics.median(row.value for row in seen)
        )
        for seen in zip(*rounds)
    ]


def beside(rows, before):
    """The rows, each with what the same case was before."""
    known = {row.case: row.value for row in before}
    return [
        dataclasses.replace(row, before=known.get(row.case)) for row in rows
    ]


def table(rows):
    """Lines of Markdown."""
    head = ["case", "seen", "goal", ""]
    if any(row.before is not None for row in rows):
        head[2:2] = ["before", "ratio"]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        cells = row.cells()
        if len(cells) < len(head):
            cells[2:2] = ["–", "–"]
        lines.append(cells)
    return ["| " + " | ".join(cells) + " |" for cells in lines]


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


def commit():
    done = subprocess.run(
        ["git", "-C", TOP, "describe", "--always", "--dirty"],
        capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip() or "unknown"


def write(rows, where, folder):
    """NAME.json for programs and NAME.md for people; (path, text) of the
    second. `where` is machine() before the load."""
    when = time.strftime("%Y-%m-%d %H:%M")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{when[:10]}-{commit()}")
    told = {"commit": commit(), "when": when, "machine": where}
    told["rows"] = [
        {**dataclasses.asdict(row), "over": row.over} for row in rows
    ]
    with open(path + ".json", "w") as file:
        json.dump(told, file, indent=1, ensure_ascii=False)
        file.write("\n")
    text = "\n".join(
        [
            f"# Koshin {told['commit']}, {when}",
            "",
            f"{where['cpu']}, {where['cores']} cores shared with the load "
            f"generator, PostgreSQL and Redis; Linux {where['kernel']}, "
            f"OpenSSL {where['openssl']}; load before: "
            f"{where['load_before']:.2f}. TLS 1.3, P-256 everywhere; CPU is "
            "user and system time of the processes named, for each request. "
            "The same figures: the file beside this one that ends in .json.",
            "",
            *table(rows),
            "",
        ]
    )
    with open(path + ".md", "w") as file:
        file.write(text)
    return path + ".md", text
