"""Write a file whole or not at all, for its owner alone."""

from pathlib import Path


def put(path: Path, text: str) -> None:
    """Write text to a file; who reads it meanwhile sees the old one or the new one."""
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(text, encoding="utf-8", newline="")
    temporary.chmod(0o600)
    temporary.replace(path)
