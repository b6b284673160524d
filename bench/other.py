"""other - another EST server, by its URL: it is asked the same, in turn."""

import argparse
import json
import subprocess


class Other:
    def __init__(self, estbench, args):
        self.name = args.other_name or args.other
        self._estbench = estbench
        self._args = args

    def run(self, mode, *options):
        """What estbench has seen, or None: it cannot be asked that."""
        args = self._args
        made = [self._estbench, mode, "--url", args.other, "--json", *options]
        made += (
            ["--cacert", args.other_root] if args.other_root
            else ["--insecure"]
        )  # fmt: skip
        if mode.startswith("reenroll"):
            if not args.other_identities:
                return None
            made += ["--identities", args.other_identities]
        if args.other_label:
            made += ["--label", args.other_label]
        for pid in args.other_pid:
            made += ["--pid", str(pid)]
        if args.other_pid:
            made += ["--pid-tree"]
        done = subprocess.run(made, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{args.other}: {done.stderr}{done.stdout}")
        return json.loads(done.stdout)


def add_options(parser):
    group = parser.add_argument_group("another EST server, in turn")
    group.add_argument("--other", metavar="URL")
    group.add_argument("--other-name", metavar="NAME")
    group.add_argument("--other-root", metavar="FILE",
                       help="PEM of its root (else it is not verified)")  # fmt: skip
    group.add_argument("--other-identities", metavar="DIR",
                       help="NAME.pem and NAME.key that it renews")  # fmt: skip
    group.add_argument("--other-label", metavar="NAME")
    group.add_argument("--other-pid", metavar="PID", action="append",
                       default=[], type=_pid,
                       help="its processes, with their children")  # fmt: skip


def _pid(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a PID is at least 1")
    return number
