"""Build the disk of a machine that stands for a Pi: Debian 12, an empty Pi's hardware, no Peerwatt.

The chips on its I2C bus are played outside (`guest/played_bus.c`), its GPIO lines are the kernel's
own simulated ones (`guest/played_board.sh`). It is built once per recipe, under `.run/machine`; a
second run needs no network. Needs root, mmdebstrap, e2fsprogs and ssh-keygen.
"""

import hashlib
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".run/machine"
GUEST = Path(__file__).resolve().parent / "guest"
SUITE = "bookworm"
PACKAGES = (
    *("systemd-sysv", "systemd-timesyncd", "udev", "dbus", "kmod", "iproute2", "openssh-server"),
    *("zstd", "python3", "python3-venv", "i2c-tools", "mosquitto", "linux-image-amd64"),
)
"""What Raspberry Pi OS Lite has of what we need; mosquitto stands for the one that is asked for."""
BUILDERS = ("gcc", "make", "libc6-dev", "xz-utils", "linux-headers-amd64", "linux-source")
UNITS = ("played-bus.service", "played-board.service")
NEEDED_MODULES = ("virtio_pci", "virtio_blk", "ext4")
"""All that the first file system must have to find the second."""
DISK_SIZE = "4G"
SOURCES, BUILT = ("build.sh", "played_bus.c"), ("gpio-sim.ko", "played_bus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """Hold a built machine: a disk that is never written to, what boots it, and root's key."""

    folder: Path

    @property
    def disk(self) -> Path:
        """Give the raw disk."""
        return self.folder / "disk.img"

    @property
    def kernel(self) -> Path:
        """Give the kernel."""
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """Give the first file system."""
        return self.folder / "initrd"

    @property
    def key(self) -> Path:
        """Give the private key that root accepts."""
        return self.folder / "id"


def base_image() -> Image:
    """Give the image, built now if this recipe's is not there.

    Raises:
        CalledProcessError: a step failed; it has said why on the terminal.
    """
    folder = CACHE / _recipe()
    if not folder.exists():
        # Those of earlier recipes are of no more use, and large.
        shutil.rmtree(CACHE, ignore_errors=True)
        building = CACHE / "building"
        building.mkdir(parents=True)
        _build(building)
        building.rename(folder)
    return Image(folder=folder)


def _recipe() -> str:
    files = [Path(__file__), *sorted(GUEST.glob("*.*"))]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _build(folder: Path) -> None:
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "machine", "-f", str(folder / "id"))
    _bootstrap(
        BUILDERS,
        "null",
        None,
        *copy_in(GUEST),
        'chroot "$1" sh /root/build.sh >&2',
        *copy_out(folder),
    )
    root = folder / "root"
    _bootstrap(PACKAGES, "directory", root)
    _furnish(root, folder)
    for name in ("vmlinuz", "initrd.img"):
        (found,) = (root / "boot").glob(f"{name}-*")
        shutil.copy(found, folder / name.removesuffix(".img"))
    _run("mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", root, folder / "disk.img", DISK_SIZE)
    shutil.rmtree(root)


def copy_in(guest: Path) -> tuple[str, ...]:
    """Give hooks that copy the sources in: mmdebstrap's own split a path at its spaces."""
    return tuple(f'cp {shlex.quote(str(guest / name))} "$1/root/"' for name in SOURCES)


def copy_out(folder: Path) -> tuple[str, ...]:
    """Give hooks that copy what was built out, likewise."""
    return tuple(f'cp "$1/root/{name}" {shlex.quote(str(folder))}' for name in BUILT)


def _bootstrap(packages: tuple[str, ...], form: str, target: Path | None, *hooks: str) -> None:
    early = (
        'mkdir -p "$1/etc/initramfs-tools/conf.d"'
        ' && printf "MODULES=list\\nCOMPRESS=zstd\\n" > "$1/etc/initramfs-tools/conf.d/small"'
        f' && printf "%s\\n" {" ".join(NEEDED_MODULES)} > "$1/etc/initramfs-tools/modules"'
    )
    _run(
        # What it mounts is gone with it, even when it is killed outright.
        *("unshare", "--mount"),
        *("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--format={form}"),
        "--dpkgopt=force-unsafe-io",
        f"--include={','.join(packages)}",
        f"--essential-hook={early}",
        *(f"--customize-hook={hook}" for hook in hooks),
        *(SUITE, str(target or "-"), *_sources()),
    )


def _sources() -> tuple[str, ...]:
    """Name this machine's own sources of Debian's packages, where it is the same Debian."""
    sources = Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")
    found = (path for path in sources if path.exists() and SUITE in path.read_text())
    return tuple(str(path) for path in found)


def _furnish(root: Path, folder: Path) -> None:
    """Give the machine its name, its network, root's key, and the hardware that a Pi has."""
    texts = {
        "etc/hostname": "pi\n",
        "etc/hosts": "127.0.0.1 localhost\n127.0.1.1 pi\n",
        "etc/fstab": "LABEL=root / ext4 defaults,errors=remount-ro 0 1\n",
        "etc/systemd/network/10-wired.network": "[Match]\nName=en*\n[Network]\nDHCP=yes\n",
        "etc/udev/rules.d/60-played-bus.rules": 'SUBSYSTEM=="cuse", GROUP="i2c", MODE="0660"\n',
        "root/.ssh/authorized_keys": (folder / "id.pub").read_text(),
    }
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if "ssh" in name else 0o755)
        path.write_text(text)
    played = root / "opt/played"
    played.mkdir()
    shutil.copy(GUEST / "played_board.sh", played)
    for name in BUILT:
        shutil.move(folder / name, played)
    for name in UNITS:
        shutil.copy(GUEST / name, root / "etc/systemd/system")
    # The broker waits for whoever wants one; the others only take an emulated machine's time.
    idle = ("mosquitto.service", "e2scrub_reap.service", "apt-daily.timer")
    _run("systemctl", "--quiet", f"--root={root}", "disable", *idle, "apt-daily-upgrade.timer")
    _run("systemctl", "--quiet", f"--root={root}", "enable", "systemd-networkd", *UNITS)


def _run(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, stdout=sys.stderr)


if __name__ == "__main__":
    print(base_image().folder)
