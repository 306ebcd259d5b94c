"""A container engine for a machine without Docker: Debian's buildah, podman and runc, as root.

Everything lives in one folder (images, containers, settings) and is gone when the context ends. No
registry is needed: the official image that Dockerfile.runpod starts from is rebuilt by debootstrap,
with the same Debian, the same Python version and pip at the same place. It also gets this machine's
certificates, so that packages can be had behind a company's proxy.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.container.engine import Engine

TOOLS = ("buildah", "podman", "runc", "debootstrap")
BASE = "docker.io/library/python:3.11-slim-bookworm"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{folder}/images"
runroot = "{folder}/run"
"""

# Inside a container limits may only be lowered; crun refuses machines with both kinds of cgroups;
# there need not be a systemd, nor a journal.
CONTAINERS = """\
[containers]
default_ulimits = ["nofile=16384:16384", "nproc=32768:32768"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def missing() -> str:
    """Why this engine cannot be had here, once its tools have been installed; empty when it can."""
    if os.geteuid() != 0:
        return "there is neither a Docker engine nor root, whom buildah and podman need"
    if not _lacking():
        return ""
    apt = shutil.which("apt-get")
    if apt is None:
        return f"there is neither a Docker engine nor {', '.join(_lacking())}, nor apt-get to install them"
    sys.stderr.write(f"Installing Debian's {', '.join(_lacking())}, since there is no Docker engine.\n")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *_lacking()]):
        subprocess.run([apt, "-qq", *arguments], env=environ, stdout=subprocess.DEVNULL, check=False)
    return f"Debian's {', '.join(_lacking())} could not be installed" if _lacking() else ""


@contextlib.contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """An engine that keeps all it has in `folder`, with the base image in it."""
    (folder / "storage.conf").write_text(STORAGE.format(folder=folder))
    (folder / "containers.conf").write_text(CONTAINERS)
    environ = {
        **os.environ,
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        "CONTAINERS_CONF": str(folder / "containers.conf"),
    }
    build = ("buildah", "bud", "--layers", "--force-rm", "--pull-never", "--isolation", "chroot")
    try:
        _make_base(folder / "base", environ)
        yield Engine((*build, "--format", "docker"), ("podman",), environ)
    finally:
        for command in (("podman", "rm", "--all", "--force"), ("buildah", "rm", "--all")):
            subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=False)
        subprocess.run(
            ["umount", "--lazy", folder / "images" / "overlay"], stderr=subprocess.DEVNULL, check=False
        )
        shutil.rmtree(folder)


def _make_base(root: Path, environ: dict[str, str]) -> None:
    packages = "--include=ca-certificates,python3,python3-venv"
    _must(["debootstrap", "--variant=minbase", packages, "bookworm", str(root)], environ)
    _must(["chroot", str(root), "python3", "-m", "venv", "/usr/local"], environ)
    _must(["chroot", str(root), "apt-get", "clean"], environ)
    shutil.copy(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
    (root / "etc/pip.conf").write_text(f"[global]\ncert = {CERTIFICATES}\n")
    container = _must(["buildah", "from", "scratch"], environ)
    path = "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
    _must(["buildah", "add", "--quiet", container, str(root), "/"], environ)
    _must(["buildah", "config", "--env", path, "--cmd", "python3", container], environ)
    _must(["buildah", "commit", "--quiet", "--rm", container, BASE], environ)
    shutil.rmtree(root)


def _lacking() -> list[str]:
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def _must(command: list[str], environ: dict[str, str]) -> str:
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout.strip()
