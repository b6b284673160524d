#!/usr/bin/env python3
"""check-dead - does the program call each of its public functions?

Reads from standard input what the linker says with --print-gc-sections. What
it could leave out has no caller; or its only callers are in its own file and
the compiler has built it into them: then it is to be static.
"""

import re
import sys

LEFT_OUT = re.compile(r"'\.text\.(\w+)' in file '([^']+)\.o'")

# The tests see by them that nothing stays open, and count what came.
FOR_TESTS = {"engine_in_work", "gate_connections", "gate_counts", "gate_port",
             "gate_requests_in_work"}


def main():
    found = dict(LEFT_OUT.findall(sys.stdin.read()))
    dead = sorted(found.keys() - FOR_TESTS)
    for name in dead:
        print(f"{found[name]}.c: {name}() has no caller outside of its file")
    unseen = sorted(FOR_TESTS - found.keys())
    for name in unseen:
        print(f"{name}() is called, or its object file is older than "
              "-ffunction-sections: `make clean`, else take it off the list")
    print(f"check-dead: {len(dead) + len(unseen)} faults")
    return 1 if dead or unseen else 0


if __name__ == "__main__":
    sys.exit(main())
