"""The tool that brings the page's catalogues up to its words: what is missing is found."""

import gettext
import re
from io import BytesIO

from babel.messages.catalog import Catalog

from tools.languages import compiled, renewed, wrong_in


def catalogue(**sentences):
    made = Catalog("de", fuzzy=False)
    for sentence, translation in sentences.items():
        made.add(sentence, translation)
    return made


def test_a_new_sentence_is_found_and_one_that_is_gone_goes():
    fresh = renewed(catalogue(Day="Tag", Gone="Weg"), {"Day": ["day.py"], "Night": ["day.py"]})

    assert [message.id for message in fresh if message.id] == ["Day", "Night"]
    assert list(wrong_in(fresh)) == ["not translated: Night"]


def test_a_translation_with_other_places_for_values_is_found():
    wrong = Catalog("de", fuzzy=False)
    wrong.add("wait {seconds} s", "warte {sekunden} s")

    assert list(wrong_in(wrong)) == ["other {names} than in English: wait {seconds} s"]


def test_what_is_not_translated_falls_back_to_english():
    made = compiled(catalogue(Day="Tag", Night=""))

    words = gettext.GNUTranslations(BytesIO(made))
    assert [words.gettext(one) for one in ("Day", "Night")] == ["Tag", "Night"]


def test_what_is_compiled_is_the_same_at_any_time():
    made = compiled(catalogue(Day="Tag"))

    assert set(re.findall(rb"Date: (\S+)", made)) == {b"1970-01-01"}
