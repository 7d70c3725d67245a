"""Text in lines of a width in cells."""

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from floorctl.text.wrap import wrap


@given(st.text(alphabet="ab 中文，。", max_size=200), st.integers(4, 40))
@example("。 。", 4)
def test_wrapped_lines_fit_and_lose_no_letter(text: str, width: int) -> None:
    lines = wrap(text, width)
    longest_word = max((cell_len(word) for word in text.split()), default=0)
    assert all(cell_len(line) <= max(width, longest_word + 2) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
