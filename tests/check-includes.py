#!/usr/bin/env python3
"""check-includes - do the folders include only what they may?

Each folder has a file `deps` with the folders it may include; what lies
deeper (cli/commands) goes by the `deps` above it. The arrows make no circle.
Libraries stay behind one door: DOORS says which files may include which.
"""

import re
import sys

from folders import FOLDERS, TOP

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)

# Beginning of a library's header -> globs of the files that may name it.
DOORS = {
    "hiredis/": ("db/redis*", "db/attempts*"),
    "libpq": ("db/*", "cli/database.c"),
    "postgres": ("db/*", "cli/database.c"),
    "curl/": ("mailer/smtp*",),
    # Redis knows scripts by SHA-1, which libsodium does not have.
    "openssl/": ("pki/*", "issuer/*", "http/*", "serve/*", "bench/*",
                 "db/redis_question.c", "audit/verify.c"),
    "evhtp": ("http/*",),
    "event2/": ("base/*", "db/*", "mailer/*", "http/*", "auth/*", "issuer/*",
                "keymaker/*", "audit/*", "serve/*", "cli/*", "bench/*"),
    "sodium": ("base/*",),
    # How wide a character is on a terminal.
    "uni": ("base/unicode.c", "cli/escape.c"),
    "seccomp": ("serve/sandbox.c",),
    "linux/": ("serve/sandbox.c",),
    "yaml": ("config/*",),
    "jansson": ("cli/*", "cli/commands/*"),
}
# It asks each library for its version, and nothing else.
ALL_DOORS = {"cli/commands/version.c"}
# unistd.h is not libunistring's.
C_LIBRARY = {"unistd.h"}

# policy/ judges what it is given.
NOT_IN_POLICY = {"base/log.h", "base/clock.h", "base/loop.h", "base/pool.h",
                 "base/notify.h"}


def allowed_of(folder):
    deps = folder / "deps"
    lines = deps.read_text(encoding="utf-8").splitlines()
    names = {line for line in lines if line and not line.startswith("#")}
    for name in sorted(names):
        if not (TOP / name).is_dir():
            sys.exit(f"{folder.name}/deps: there is no folder {name}")
    return names | {folder.name}


def judge_own(path, header, allowed):
    """What is wrong with an include of ours, or None."""
    folder = header.split("/")[0] if "/" in header else None
    if folder is None:
        return f'"{header}" must be named with its folder'
    if not (TOP / header).is_file():
        return f'"{header}" is not there'
    if folder not in allowed:
        mine = path.relative_to(TOP).parts[0]
        return f'"{header}": {mine}/deps does not name {folder}'
    if path.parent.name == "policy" and header in NOT_IN_POLICY:
        return f'"{header}": policy/ has no clock, no log and no I/O'
    return None


def judge_library(path, header):
    name = path.relative_to(TOP)
    if header in C_LIBRARY or str(name) in ALL_DOORS:
        return None
    for beginning, doors in DOORS.items():
        if header.startswith(beginning):
            if any(name.match(door) for door in doors):
                return None
            return f"<{header}> belongs to {', '.join(doors)} only"
    return None


def judge_file(path, allowed):
    found = INCLUDE.findall(path.read_text(encoding="utf-8"))
    own = path.with_suffix(".h")
    if path.suffix == ".c" and own.is_file() and found:
        wanted = ('"', str(own.relative_to(TOP)))
        if wanted in found and found[0] != wanted:
            yield "its own header comes first"
    for mark, header in found:
        wrong = (judge_own(path, header, allowed) if mark == '"'
                 else judge_library(path, header))
        if wrong:
            yield wrong


def circles(arrows):
    """Each folder that can reach itself by the arrows."""
    def reached(folder):
        seen, todo = set(), list(arrows[folder])
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += arrows.get(name, ())
        return seen

    return sorted(name for name in arrows if name in reached(name))


def main():
    faults = files = 0
    arrows = {}
    for folder in FOLDERS:
        allowed = allowed_of(TOP / folder)
        arrows[folder] = allowed - {folder}
        for path in sorted((TOP / folder).rglob("*.[ch]")):
            files += 1
            for wrong in judge_file(path, allowed):
                print(f"{path.relative_to(TOP)}: {wrong}")
                faults += 1
    for name in circles(arrows):
        print(f"{name}/deps: its arrows lead back to {name}")
        faults += 1
    print(f"check-includes: {files} files, {faults} faults")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
