"""Pinyin initials."""

import pytest

from floorctl.text.pinyin import initials


@pytest.mark.parametrize(("name", "letters"), [("技能调整", "jntz"), ("坐席状态", "zxzt"), ("AHT 均时", "aht js")])
def test_initials_are_those_of_the_pinyin(name: str, letters: str) -> None:
    assert initials(name) == letters
