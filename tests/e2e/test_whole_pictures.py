"""The terminal of the tests shows pictures as a whole, in whatever pieces they arrive."""

from hypothesis import given
from hypothesis import strategies as st

from tests.terminals import WholePictures

BEGINS, ENDS = b"\x1b[?2026h", b"\x1b[?2026l"


@given(st.lists(st.sampled_from([b"\x1b[1;1H", "现场".encode(), b"\x1b[31mx"]), max_size=5), st.data())
def test_of_a_picture_nothing_is_shown_before_its_end_and_all_of_it_then(
    parts: list[bytes], data: st.DataObject
) -> None:
    before, picture = b"before\x1b[2J", BEGINS + b"".join(parts) + ENDS
    sent, shown, pictures = before + picture, b"", WholePictures()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=6)))
    for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        shown += pictures.take(sent[start:end])
        assert sent.startswith(shown)
        assert len(shown) <= len(before) or shown == sent
    assert shown == sent


def test_what_was_never_finished_is_shown_when_nothing_more_comes() -> None:
    pictures = WholePictures()
    assert pictures.take(b"a" + BEGINS + b"half") == b"a"
    assert pictures.rest() == BEGINS + b"half"
