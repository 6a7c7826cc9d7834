"""The village's broker: a real Mosquitto on the loopback interface alone."""

import getpass
import shutil
from pathlib import Path


def broker_command(port: int, directory: Path) -> list[str]:
    """Write a broker's configuration, and give the command that starts it.

    Raises:
        FileNotFoundError: Mosquitto is not installed.
    """
    # Debian puts it where an ordinary user's PATH does not look.
    binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if binary is None:
        raise FileNotFoundError("Mosquitto is not installed: run 'make setup'.")
    path = directory / "mosquitto.conf"
    # Started by root, it would otherwise change to an account that cannot read our folder.
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "persistence false",
        f"user {getpass.getuser()}",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [binary, "-c", str(path)]
