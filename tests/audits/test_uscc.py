"""The unified social credit code and the classes of industry."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from audits import industries
from audits.enterprises import ALPHABET, normalise_uscc, uscc_check, uscc_valid

BODIES = st.text(alphabet=ALPHABET, min_size=17, max_size=17)


def test_the_published_vector_is_valid() -> None:
    assert uscc_valid("91350100M000100Y43")


@given(BODIES)
def test_every_body_has_exactly_one_check_character(body: str) -> None:
    valid = [character for character in ALPHABET if uscc_valid(body + character)]
    assert valid == [uscc_check(body)]


@given(BODIES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(body: str, place: int, other: str) -> None:
    code = body + uscc_check(body)
    changed = code[:place] + other + code[place + 1 :]
    assert uscc_valid(changed) == (changed == code)


@given(BODIES, st.integers(0, 15))
def test_two_neighbours_swapped_are_always_found(body: str, place: int) -> None:
    code = body + uscc_check(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert uscc_valid(swapped) == (swapped == code)


def test_other_lengths_and_alphabets_are_refused() -> None:
    code = "91350100M000100Y43"
    assert not any(uscc_valid(text) for text in ("", code[:17], code + "0", code.lower(), code.replace("M", "I")))


def test_full_width_lower_case_and_spaces_are_normalised() -> None:
    assert normalise_uscc("９１３５０１００m000100y43 ") == "91350100M000100Y43"
    assert normalise_uscc("9135 0100　M000 100Y43") == "91350100M000100Y43"


def test_a_class_may_carry_its_section_letter() -> None:
    assert industries.normalise(" d4411 ") == "4411"
    assert all(industries.valid(text) for text in ("D4411", "4411", "44", "0111"))
    assert not any(industries.valid(text) for text in ("", "4", "44111", "Z4411", "00", "钢铁"))


def test_a_class_that_the_file_does_not_name_takes_what_stands_above_it() -> None:
    assert "thermal_power" in industries.tags_of("4411")
    assert industries.tags_of("3199") == industries.tags_of("31")
    assert industries.name("4411") != industries.name("4411", "en")
    assert industries.name("zz") == "zz"


def test_every_tag_of_the_file_is_a_tag_that_tables_know() -> None:
    used = {tag for item in industries.classes().values() for tag in item.tags}
    assert used <= set(industries.TAGS)
    assert all(item.name and item.name_en for item in industries.classes().values())
