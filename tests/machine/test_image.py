"""The emulated machine's image is built whatever the checkout's path is called."""

import subprocess
from pathlib import Path

from tests.machine.image import BUILT, SOURCES, copy_in, copy_out


def test_a_path_with_spaces_and_quotes_is_copied_from_and_to(tmp_path: Path) -> None:
    place = tmp_path / "a neighbour's street"
    guest, folder, root = (place / name for name in ("guest", "folder", "root"))
    for made in (guest, folder, root / "root"):
        made.mkdir(parents=True)
    for name in SOURCES:
        (guest / name).write_text(name)
    for name in BUILT:
        (root / "root" / name).write_text(name)

    for hook in (*copy_in(guest), *copy_out(folder)):
        subprocess.run(["sh", "-c", hook, "hook", str(root)], check=True)

    assert {path.name for path in (root / "root").iterdir()} == {*SOURCES, *BUILT}
    assert {path.name for path in folder.iterdir()} == set(BUILT)
