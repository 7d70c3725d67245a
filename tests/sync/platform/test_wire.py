"""The contract's envelopes: a page is taken as far as it makes sense."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl.models.knowledge import Article
from floorctl.sync.platform import wire


def page_of(*changes: str) -> bytes:
    head = '"next":"c","more":false,"server_time":"2026-01-05T09:00:00+08:00"'
    return f'{{"changes":[{",".join(changes)}],{head}}}'.encode()


def article(title: str) -> str:
    data = f'{{"title":{title},"topic":"general","state":"draft","updated_at":"2026-01-05T09:00:00+08:00"}}'
    return f'{{"kind":"article","id":"a","version":1,"deleted":false,"data":{data}}}'


def title_in(body: bytes) -> str:
    change = wire.read_change(wire.read_page(body).changes[0])
    entity = wire.read_entity("article", change.data)
    assert isinstance(entity, Article)
    return entity.title


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r'"a\ud800b"', "a\ufffdb"),
        (r'"a\udc00"', "a\ufffd"),
        (r'"\ud83d\ude00"', "😀"),
        (r'"\ud800\ud83d\ude00"', "\ufffd😀"),
        (r'"\\ud800\ud800"', "\\ud800\ufffd"),
    ],
)
def test_half_a_surrogate_pair_does_not_cost_the_page(written: str, read: str) -> None:
    assert title_in(page_of(article(written))) == read


@given(st.text())
def test_a_text_is_read_as_it_was_written(text: str) -> None:
    assert title_in(page_of(article(json.dumps(text)))) == text


def test_what_is_no_page_is_refused() -> None:
    for body in (b"", b"[]", b"{}", b"<html>", page_of("{")):
        with pytest.raises(msgspec.DecodeError):
            wire.read_page(body)


def test_an_entity_that_breaks_the_contract_leaves_the_rest_of_its_page_readable() -> None:
    page = wire.read_page(page_of('{"kind":"order"}', article('"x"'), article("7")))
    with pytest.raises(msgspec.DecodeError):
        wire.read_change(page.changes[0])
    assert wire.read_change(page.changes[1]).id == "a"
    with pytest.raises(msgspec.DecodeError):
        wire.read_entity("article", wire.read_change(page.changes[2]).data)
