"""postfix - Debian's Postfix as the relay, on loopback, with an instance of its
own: `with Postfix(folder, settings) as relay:` what comes is in relay.maildir.

It must be started as root; its mails belong to nobody.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile

from ports import free_port

from koshin_tests.patience import PATIENCE_S, until

SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

SETTINGS = """\
compatibility_level = 3.6
config_directory = {etc}
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = relay.example.jp
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
local_recipient_maps =
alias_maps =
alias_database =
smtputf8_enable = yes
virtual_mailbox_domains = example.jp
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:mail/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_helo_required = yes
"""


class Postfix:
    def __init__(self, settings):
        """`settings` are further lines of main.cf."""
        self.port = free_port()
        self.settings = settings
        self.folder = tempfile.mkdtemp(prefix="koshin-postfix-", dir="/tmp")
        self.maildir = os.path.join(self.folder, "mail")
        self.etc = os.path.join(self.folder, "etc")

    def __enter__(self):
        nobody = pwd.getpwnam("nobody")
        postfix = pwd.getpwnam("postfix")
        os.chmod(self.folder, 0o755)
        for name in ("etc", "queue", "data", "mail"):
            os.mkdir(os.path.join(self.folder, name))
        os.chown(os.path.join(self.folder, "data"), postfix.pw_uid, 0)
        os.chown(self.maildir, nobody.pw_uid, nobody.pw_gid)
        for name in ("new", "cur", "tmp"):
            path = os.path.join(self.maildir, name)
            os.mkdir(path)
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        with open(os.path.join(self.etc, "master.cf"), "w") as file:
            file.write(SERVICES.format(port=self.port))
        with open(os.path.join(self.etc, "main.cf"), "w") as file:
            file.write(
                SETTINGS.format(
                    etc=self.etc, folder=self.folder,
                    uid=nobody.pw_uid, gid=nobody.pw_gid,
                )
                + self.settings
            )  # fmt: skip
        self.do("start")
        until(self.answers, self.log)
        return self

    def __exit__(self, *error):
        self.do("abort")
        shutil.rmtree(self.folder)

    def do(self, what):
        done = subprocess.run(
            ["postfix", "-c", self.etc, what],
            capture_output=True, text=True, timeout=PATIENCE_S,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + self.log()

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def log(self):
        try:
            with open(os.path.join(self.folder, "log")) as file:
                return file.read()
        except FileNotFoundError:
            return ""
