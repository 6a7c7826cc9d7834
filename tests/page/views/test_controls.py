"""The forms of what can be changed: what is wished, what the file says, and why one was refused."""

from page.views.controls import controls_view
from page.words import Words

ROW = {
    "key": "node.limit", "file": "20", "wish": None, "at": None, "by": None,
    "sentence": "buy below this", "bound": "%, 0 to 95", "default": "20",
}  # fmt: skip
EN = Words("en")


def test_a_number_is_shown_with_its_bound_and_what_the_file_says():
    plain = controls_view({}, [ROW], EN)
    wished = controls_view({}, [ROW | {"wish": "30", "at": "today", "by": "me"}], EN)

    assert 'value="20"' in plain
    assert "Back to" not in plain
    assert 'value="30"' in wished
    assert "Wished since today by me; the file says 20." in wished
    assert "Back to the file" in wished
    unset = ROW | {"file": None, "wish": "30", "default": "limit + 10"}
    assert "the file says not set, so limit + 10." in controls_view({}, [unset], EN)


def test_a_refusal_stands_at_its_field_with_what_was_sent():
    told = controls_view({}, [ROW], EN, refused=("node.limit", '97"', "node.limit: 97"))

    assert 'value="97&quot;"' in told
    assert 'aria-invalid="true"' in told
    assert '<p role="alert" id="node.limit-problem">node.limit: 97</p>' in told
    assert 'aria-describedby="node.limit-bound node.limit-problem"' in told


def test_the_source_is_a_button_that_says_what_it_does():
    assert "Stay on the own source" in controls_view({"wants_own_source": False}, [], EN)
    assert "Let it decide" in controls_view({"wants_own_source": True}, [], EN)
    assert "button" not in controls_view({}, [], EN)


def test_nothing_that_a_home_says_is_markup():
    evil = "<img src=x>"
    told = controls_view({"wish_notice": evil}, [dict.fromkeys(ROW, evil)], EN, problem=evil)

    assert "<img" not in told
