"""What a process that runs native code on callers' text gives up before it sees any.

The library is written in C and reads text from anybody. What it could be made to do is bounded: it sees
no file but those of the folder it stands in, no file can be written, no process started, no more memory or
computing used than speech takes, and where the process is root it becomes nobody. Linux does this with
Landlock (kernel 5.13, https://docs.kernel.org/userspace-api/landlock.html) and, where the process is root,
with chroot too; where neither is to be had the limits alone hold.

This module runs in a process without site-packages and imports as little as it can.
"""

import ctypes
import os
import resource
import struct
import sys

_MEMORY = 1 << 30  # bytes of address space; the library and 25 s of speech take a tenth of it
_COMPUTING = 300  # CPU seconds; the longest text takes 5
_FILES = 32  # open at once
_NOBODY = 65534  # the user and group that own nothing

_PR_SET_NO_NEW_PRIVS = 38  # prctl(2)
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446  # on every architecture
_PATH_BENEATH = 1  # a kind of rule: what may be done below a folder
_EVERYTHING = (1 << 13) - 1  # every access of Landlock's first version
_READ = (1 << 2) | (1 << 3)  # files and folders


def confine() -> None:
    """Give up everything but reading the working directory; cannot be undone.

    What is opened or loaded already stays usable, so libraries are loaded before. A folder that nobody but
    root may read (a umask of 077) is read as root still, from inside it. On a laptop without Linux nothing is
    given up: there the texts are one's own.
    """
    if sys.platform != "linux":
        return
    limits = {
        resource.RLIMIT_AS: _MEMORY,
        resource.RLIMIT_CPU: _COMPUTING,
        resource.RLIMIT_NOFILE: _FILES,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        _, hard = resource.getrlimit(kind)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (limit, limit))
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _see_working_directory_only(libc)
    if os.geteuid() == 0:
        _become_nobody()
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _see_working_directory_only(libc: ctypes.CDLL) -> None:
    """Landlock: a set of rules that handles every access and allows one, if the kernel has it."""
    accesses = struct.pack("Q", _EVERYTHING)
    ruleset = libc.syscall(_LANDLOCK_CREATE_RULESET, accesses, len(accesses), 0)
    if ruleset < 0:
        return
    here = os.open(".", os.O_RDONLY)
    libc.syscall(_LANDLOCK_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", _READ, here), 0)
    libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(here)
    os.close(ruleset)


def _become_nobody() -> None:
    readable = os.stat(".").st_mode & 0o005 == 0o005  # noqa: PTH116 - pathlib takes long to import
    try:
        os.chroot(".")
        os.chdir("/")
    except PermissionError:  # a container may forbid it even to root
        pass
    if readable:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
