"""Input at random into every way in: an answer or a clear refusal; no traceback, no hang, no exit code that means a verdict.

`make fuzz` runs it long. What atheris drives (`benchmarks/fuzz.py`) is the same `WAYS`.
"""

import functools
import io
import json
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ways import WAYS

SIGNS = st.sampled_from([*"0123456789.,-+*/%()[]{}:'\"\\\n\t ,#&!|>@`~=<", "％", "万", "亿", "元", "零", "百分之", "年", "月", "日", "\x00", "\x1b", "\u202e",
                         "\ufeff", "１", "٣", "true", "null", "not yet", "尚未", "none", "1e999", "when", "require", "unless", "value", "and", "in"])  # fmt: skip
TEXT = st.lists(SIGNS | st.characters(exclude_categories=["Cs"]), max_size=60).map("".join)
SEEDS = {
    "yaml": ["decision: town.rule\ndocument: X\ninputs: {n: {type: count}}\nprovisions:\n- {id: a, cite: {at: 一, phrase: 无}, require: n <= 5}\n"],
    "expression": ["n <= 15% of m and not f", "max(n, m) + 1 <= 2/3 of m", "d + 1 month <= 2025-01-31", 'c in ["a", "b"]'],
    "facts": ["amount: 3000\nrecipient: individual\n", '{"amount": "1.5万", "activity": "commendation"}'],
    "numeral": ["15亿元", "一亿零五千元", "百分之十五", "1,500,000.00", "2024年7月31日", "2/3"],
    "event": ['{"id": "1", "case": "t", "kind": "approved", "at": "2025-03-01T09:30", "facts": {"has_purpose": true}}'],
    "csv": ["recipient,amount（万元）,activity\nindividual,1.5,commendation\n"],
    "jsonl": ['{"recipient": "individual", "amount": 1}\n{"recipient": "collective"}\n'],
}  # fmt: skip


@st.composite
def changed(draw, seeds):
    """A good text with pieces taken out, doubled or put in."""
    text = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + draw(st.sampled_from(["", text[start:end] * 2, draw(TEXT)])) + text[end:]
    return text


@pytest.mark.parametrize("way", SEEDS)
def test_texts(way):
    @given(TEXT | changed(SEEDS[way]))
    def into(text):
        WAYS[way](text.encode())

    into()


@pytest.mark.parametrize("way", SEEDS)
@given(data=st.binary(max_size=200))
def test_bytes(way, data):
    WAYS[way](data)


@functools.cache
def workbook():
    file = io.BytesIO()
    book = openpyxl.Workbook()
    for row in (
        ["recipient", "amount", "activity"],
        ["individual", 1.5, "=1+1"],
        ["collective", "15％", "commendation"],
    ):
        book.active.append(row)
    book.save(file)
    return file.getvalue()


@given(st.data())
def test_workbooks_with_a_part_that_is_wrong(data):
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as book, zipfile.ZipFile(made, "w") as out:
        names = book.namelist()
        wrong = data.draw(st.sampled_from(names))
        for name in names:
            out.writestr(name, data.draw(changed([book.read(name).decode()])) if name == wrong else book.read(name))
    WAYS["xlsx"](made.getvalue())


@pytest.mark.parametrize("way", ["xlsx", "parquet"])
@given(data=st.data())
def test_files_with_wrong_bytes(way, data):
    raw = bytearray(workbook() if way == "xlsx" else parquet())
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    WAYS[way](bytes(raw[: data.draw(st.integers(0, len(raw)))]))


@functools.cache
def parquet():
    pa, file = pytest.importorskip("pyarrow"), io.BytesIO()
    import pyarrow.parquet

    pyarrow.parquet.write_table(
        pa.table({"recipient": ["individual", None], "amount": pa.array(["1", "2"]).cast(pa.decimal128(18, 2))}), file
    )
    return file.getvalue()


def test_what_every_way_does_with_good_input():
    """Else a way that refuses everything would pass."""
    for way, seeds in SEEDS.items():
        assert all(WAYS[way](seed.encode()) for seed in seeds), way
    assert WAYS["xlsx"](workbook())
    assert WAYS["parquet"](parquet())
    assert json.loads(SEEDS["event"][0])
