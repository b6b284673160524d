"""traffic - what a renewal, a handshake and an answer cost."""

from rows import Row

# Mode of estbench, requests, the goal as CPU ms of front + issuer for each.
CASES = [
    ("re-enroll, new connection", "reenroll-new", 3000, 1.0),
    ("re-enroll, kept connection", "reenroll-kept", 6000, 0.35),
    ("cacerts, new connection", "cacerts-new", 4000, 0.42),
    ("cacerts, kept connection", "cacerts-kept", 40000, 0.03),
]


def measure(subject, floor):
    return [row for case in CASES for row in _case(subject, floor, *case)]


def _case(subject, floor, title, mode, requests, goal):
    least = _least(subject, floor, mode)
    seen = subject.run(
        mode, "--requests", str(requests), "--connections", "16"
    )
    cpu_ms = seen["server"]["cpu_ms_per_request"]
    latency = seen["latency_ms"]
    parts = ", ".join(
        f"{p['name'].removeprefix('koshin-')} {p['cpu_ms_per_request']:.3f}"
        for p in seen["server"]["processes"]
    )
    rows = [
        Row(title, cpu_ms, "ms", goal,
            f"{parts}; {seen['per_second']:.0f}/s, "
            f"p50 {latency['p50']:.1f} ms, p99 {latency['p99']:.1f} ms")
    ]  # fmt: skip
    if least:
        rows.append(
            Row(f"{title}, to the handshake alone", cpu_ms / least, "x", None,
                f"{least:.3f} ms by openssl s_server in the same run")
        )  # fmt: skip
    if mode.startswith("reenroll"):
        auth = next(
            p for p in seen["server"]["processes"] if "auth" in p["name"]
        )
        rows.append(
            Row(f"{title}, auth's part", auth["cpu_ms_per_request"], "ms",
                0.001, "no question passes through it")
        )  # fmt: skip
    return rows


def _least(subject, floor, mode):
    """CPU ms of the handshake, by openssl; None where there is none."""
    if not mode.endswith("new"):
        return None
    who = ["--identities", subject.identities]
    return floor.cpu_ms(subject, *(who if mode == "reenroll-new" else []))
