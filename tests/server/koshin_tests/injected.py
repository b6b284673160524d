"""injected - system calls of a process that runs: a tracer makes it do them,
as somebody would who has taken it over. Root only; x86-64.

    with Injected(pid) as it:
        it.call("openat", AT_FDCWD, b"/etc/shadow", os.O_RDONLY)
"""

import ctypes
import errno
import os
import signal

AT_FDCWD = -100

NUMBERS = {
    "mmap": 9, "mprotect": 10, "socket": 41, "connect": 42, "execve": 59,
    "kill": 62, "ptrace": 101, "openat": 257,
}  # fmt: skip

GETREGS, SETREGS, DETACH, TO_SYSCALL = 12, 13, 17, 24
SEIZE, INTERRUPT = 0x4206, 0x4207
WALL = 0x40000000
SYSCALL = b"\x0f\x05"  # the instruction
ROOM = 16384  # below what the stack holds

_libc = ctypes.CDLL(None, use_errno=True)


class Registers(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_ulonglong)
        for name in (
            "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi"
            " orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs"
        ).split()
    ]


class Ended(Exception):
    """The call has ended the process."""


def _ptrace(what, pid, address=0, data=0):
    _libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p,
                             ctypes.c_void_p]  # fmt: skip
    _libc.ptrace.restype = ctypes.c_long
    if _libc.ptrace(what, pid, address, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {what} of {pid}")


class Injected:
    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        _ptrace(SEIZE, self.pid)
        _ptrace(INTERRUPT, self.pid)
        self._stopped()
        self._memory = open(f"/proc/{self.pid}/mem", "r+b", buffering=0)
        self._before = self._registers()
        self._at = self._find_syscall()
        return self

    def __exit__(self, *error):
        self._memory.close()
        if self.pid is not None:
            _ptrace(SETREGS, self.pid, 0, ctypes.addressof(self._before))
            _ptrace(DETACH, self.pid)

    def call(self, name, *args):
        """What the kernel says; texts are passed by where they lie. A wrong
        end is the negative number of it. Ended: the call was forbidden."""
        r = Registers.from_buffer_copy(self._before)
        free = (r.rsp - ROOM) & ~0xF
        values = []
        for arg in args:
            if isinstance(arg, bytes):
                self._write(free, arg + b"\0")
                values.append(free)
                free += (len(arg) + 16) & ~0xF
            else:
                values.append(arg & (2**64 - 1))
        for register, value in zip("rdi rsi rdx r10 r8 r9".split(), values):
            setattr(r, register, value)
        r.rip, r.rax, r.orig_rax = self._at, NUMBERS[name], 2**64 - 1
        r.rsp = (r.rsp - 2 * ROOM) & ~0xF
        _ptrace(SETREGS, self.pid, 0, ctypes.addressof(r))
        for _ in "in", "out":
            _ptrace(TO_SYSCALL, self.pid)
            assert self._stopped() == signal.SIGTRAP
        if self._forbidden():
            self._let_go()
            raise Ended(name)
        result = ctypes.c_long(self._registers().rax).value
        if name == "execve" and result == 0:
            self._let_go()  # with registers of its own
        return result

    def _let_go(self):
        _ptrace(DETACH, self.pid)
        self.pid = None

    def _forbidden(self):
        """SIGSYS waits for it."""
        with open(f"/proc/{self.pid}/status") as file:
            (line,) = [x for x in file if x.startswith("SigPnd:")]
        return bool(int(line.split()[1], 16) >> (signal.SIGSYS - 1) & 1)

    def _stopped(self):
        _, status = os.waitpid(self.pid, WALL)
        assert os.WIFSTOPPED(status), status
        return os.WSTOPSIG(status)

    def _registers(self):
        r = Registers()
        _ptrace(GETREGS, self.pid, 0, ctypes.addressof(r))
        return r

    def _write(self, address, data):
        self._memory.seek(address)
        self._memory.write(data)

    def _find_syscall(self):
        """It waits in one, most likely; else any that it has."""
        with open(f"/proc/{self.pid}/maps") as maps:
            for line in maps:
                words = line.split()
                if "x" not in words[1] or words[-1] == "[vsyscall]":
                    continue
                begin, end = (int(x, 16) for x in words[0].split("-"))
                self._memory.seek(begin)
                found = self._memory.read(end - begin).find(SYSCALL)
                if found >= 0:
                    return begin + found
        raise AssertionError("no way to the kernel")


def word(result):
    """`EACCES`, or "" for what was done."""
    return "" if result >= 0 else errno.errorcode[-result]
