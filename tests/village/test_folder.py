"""A village empties no folder but its own."""

import pytest

from village.folder import MARK, take_folder


def test_a_folder_with_somebodys_files_is_refused_and_nothing_is_deleted(tmp_path):
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "to-the-bank.txt").write_text("dear bank")

    with pytest.raises(ValueError, match=r"letters holds what no village has made \(to-the-bank"):
        take_folder(letters)

    assert [path.name for path in letters.iterdir()] == ["to-the-bank.txt"]
    assert (letters / "to-the-bank.txt").read_text() == "dear bank"


def test_a_hidden_file_counts_as_somebodys_too(tmp_path):
    (tmp_path / ".git").mkdir()

    with pytest.raises(ValueError, match="no village has made"):
        take_folder(tmp_path)

    assert (tmp_path / ".git").is_dir()


def test_a_file_in_the_folders_place_is_refused(tmp_path):
    path = tmp_path / "a file"
    path.write_text("mine")

    with pytest.raises(ValueError, match="no village has made"):
        take_folder(path)

    assert path.read_text() == "mine"


@pytest.mark.parametrize("there", [True, False])
def test_an_empty_or_a_new_folder_is_taken_and_marked(tmp_path, there):
    directory = tmp_path / "streets" / "one"
    if there:
        directory.mkdir(parents=True)

    take_folder(directory)

    assert [path.name for path in directory.iterdir()] == [MARK]


def test_a_marked_folder_is_emptied_and_what_its_links_point_to_is_not(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("mine")
    directory = tmp_path / "street"
    take_folder(directory)
    (directory / "home1").mkdir()
    (directory / "home1" / "journal.db").write_text("old")
    (directory / "link").symlink_to(kept)

    take_folder(directory)

    assert [path.name for path in directory.iterdir()] == [MARK]
    assert (kept / "file").read_text() == "mine"
