"""Markup: a value is text unless it says that it is markup."""

import pytest

from page.html import Html, fill, joined


def test_values_are_escaped_and_markup_is_not():
    evil = "<script>'\"&"

    filled = fill('<a title="{evil}">{evil}{good}{none}{many}</a>', evil=evil, good=Html("<b>"),
                  none=None, many=[evil, Html("<i>")])  # fmt: skip

    told = "&lt;script&gt;&#x27;&quot;&amp;"
    assert filled == f'<a title="{told}">{told}<b>{told}<i></a>'
    assert isinstance(filled, Html)
    assert fill("{filled}", filled=filled) == filled
    assert joined([Html("<p>"), Html("</p>")]) == "<p></p>"


def test_text_that_was_put_together_with_markup_is_text_again():
    assert fill("{x}", x=Html("<b>") + "<i>") == "&lt;b&gt;&lt;i&gt;"


def test_a_value_without_a_place_is_a_mistake():
    with pytest.raises(AssertionError):
        fill("<p>", forgotten=1)
    with pytest.raises(KeyError):
        fill("{absent}")
