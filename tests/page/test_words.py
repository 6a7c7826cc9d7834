"""Languages: the browser's first wish of those that there are."""

import pytest

from page.words import Words, preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr,en;q=0.5,de;q=0.7", "de"),
        ("en,de", "en"),
        ("de;q=0", "en"),
        ("de;q=x,,;;,*", "en"),
        ("xx," * 100 + "de", "en"),
    ],
)
def test_the_first_wish_of_ours_is_taken(header, language):
    assert preferred(header) == language


def test_words_without_a_translation_stay_as_they_are():
    assert Words("en")("No such sentence.") == "No such sentence."
