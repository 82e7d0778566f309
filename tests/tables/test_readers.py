"""One table of cells and their meaning, held against every reader: text, sheets, lines of JSON, Parquet, and the engines."""

import csv
import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction

import pytest
from typer.testing import CliRunner

from policy_engine.basics.values import number_text
from policy_engine.doors.main import app

openpyxl = pytest.importorskip("openpyxl", reason="tables need `pip install '.[tables]'`")
pa = pytest.importorskip("pyarrow")
import pyarrow.parquet as pq  # noqa: E402

REFUSED, EMPTY = "refused", None
RULE = """
decision: town.rule
document: X
inputs:
  fee: {type: money}
  part: {type: share, at_most: 100%}
  people: {type: count, unit: 人}
  day: {type: date}
  ok: {type: flag}
  kind: {type: choice, of: {car: {en: car, zh: 汽车}, boat: {en: boat, zh: 船}}}
  kinds: {type: set, of: {car: {en: car, zh: 汽车}, boat: {en: boat, zh: 船}}}
provisions:
"""
FORMULA = "  - {{id: {0}_said, cite: {{at: 一, phrase: 无}}, value: {{type: {1}, {2}is: {0}}}}}\n"
TYPES = {
    "fee": "money",
    "part": "share",
    "people": "count",
    "day": "date",
    "ok": "flag",
    "kind": "choice",
    "kinds": "set",
}
RULE += "".join(FORMULA.format(n, t, "of: [car, boat], " if t in ("choice", "set") else "") for n, t in TYPES.items())
TEXTS = {
    "fee": {
        "3000": "3000", "3000.01": "3000.01", " 3,000 ": "3000", "３０００": "3000", "0.3万": "3000", "0.3万元": "3000", "三千元": "3000",
        "一万五千元": "15000", "3000元整": "3000", "叁仟元": "3000", "叁仟圆整": "3000", "壹万伍仟元正": "15000", "3000整": REFUSED, "3000块": REFUSED, "叁仟元伍": REFUSED, "一亿零五千元": "100005000", "￥3000": "3000", "1e3": "1000", "0": "0", "": EMPTY, " ": EMPTY, "\u3000": EMPTY,
        "-1": REFUSED, "NaN": REFUSED, "Infinity": REFUSED, "3000%": REFUSED, "一半": REFUSED, "many": REFUSED, "3,00": REFUSED, "1e999": REFUSED,
        "3000吨": REFUSED, "二百五": REFUSED, "#N/A": REFUSED, "none": REFUSED, "-": EMPTY, "无": EMPTY, "\u200b": REFUSED,
    },
    "part": {
        "50%": "0.5", "50％": "0.5", "50﹪": REFUSED, "百分之五十": "0.5", "5‰": "0.005", "0.5": "0.5", "三分之一": "1/3", "一半": "0.5",
        "1": "1", "": EMPTY, "50": REFUSED, "101%": REFUSED, "-1%": REFUSED, "50%%": REFUSED, "0.5元": REFUSED,
    },
    "people": {"12": "12", "12人": "12", "12名": "12", "12 位": "12", "12个": "12", "12家": REFUSED, "12人次": REFUSED, "十二": "12", "1.0": "1", "": EMPTY, "1.5": REFUSED, "-1": REFUSED, "12%": REFUSED},
    "day": {
        "2024-07-31": "2024-07-31", "2024/7/31": "2024-07-31", "2024.7.31": "2024-07-31", "20240731": "2024-07-31", "二〇二四年七月三十一日": "2024-07-31", "20240732": REFUSED, "240731": REFUSED, "2024年7月31日": "2024-07-31", "": EMPTY,
        "尚未": EMPTY, "2024-02-30": REFUSED, "31/7/2024": REFUSED, "infinity": REFUSED, "10000-01-01": REFUSED, "45505": REFUSED,
        "2024-07-31T10:00:00": REFUSED, "0000-01-01": REFUSED,
    },
    "ok": {"yes": True, "√": True, "×": False, "x": REFUSED, "□": REFUSED, "是": True, "否": False, "true": True, "": EMPTY, " ": EMPTY, "2": REFUSED, "maybe": REFUSED},
    "kind": {"car": "car", " car ": "car", "汽车": "car", "": EMPTY, "\u3000": EMPTY, "train": REFUSED, "car,boat": REFUSED},
    "kinds": {
        "car": ["car"], "boat,car": ["boat", "car"], "汽车、船": ["boat", "car"], "none": [], "无": [], "": EMPTY, " ": EMPTY, ",": REFUSED,
        "、": REFUSED, "train": REFUSED, "car,train": REFUSED,
    },
}  # fmt: skip
TYPED = {
    "fee": ("decimal128(20, 4)", [(Decimal(3000), "3000"), (Decimal("3000.0001"), "3000.0001"), (None, EMPTY), (Decimal(-1), REFUSED),
                                  (Decimal(0), "0"), (Decimal(999999999999999), "999999999999999")]),
    "part": ("decimal128(20, 4)", [(Decimal("0.5"), "0.5"), (Decimal(1), "1"), (None, EMPTY), (Decimal("1.5"), REFUSED), (Decimal(50), REFUSED)]),
    "people": ("int64", [(12, "12"), (0, "0"), (None, EMPTY), (-1, REFUSED)]),
    "day": ("date32", [(dt.date(2024, 7, 31), "2024-07-31"), (dt.date(1950, 1, 1), "1950-01-01"), (None, EMPTY), (dt.date(9999, 12, 31), "9999-12-31")]),
    "ok": ("bool_", [(True, True), (False, False), (None, EMPTY)]),
    "kind": ("string", [("car", "car"), (" car", "car"), ("", EMPTY), (" ", EMPTY), (None, EMPTY), ("train", REFUSED)]),
    "kinds": ("string", [("car", ["car"]), ("boat,car", ["boat", "car"]), ("none", []), ("无", []), ("", EMPTY), (" ", EMPTY), (None, EMPTY),
                         ("train", REFUSED), (",", REFUSED)]),
}  # fmt: skip


def kind_of(word):
    name, _, args = word.partition("(")
    return getattr(pa, name)(*map(int, args.rstrip(")").split(","))) if args else getattr(pa, name)()


def as_csv(path, name, cells):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["n", name], *enumerate(cells)])


def as_xlsx(path, name, cells):
    book = openpyxl.Workbook()
    book.active.append(["n", name])
    for n, cell in enumerate(cells):
        book.active.append([n, cell])
        if isinstance(cell, str):
            book.active.cell(n + 2, 2).data_type = "s"
    book.save(path)


def as_jsonl(path, name, cells):
    def shown(cell):
        if isinstance(cell, Decimal):
            return str(cell)
        return json.dumps(cell if isinstance(cell, bool | int | str | None) else cell.isoformat(), ensure_ascii=False)

    path.write_text(
        "".join(f'{{"n": {n}, "{name}": {shown(cell)}}}\n' for n, cell in enumerate(cells)), encoding="utf-8"
    )


def as_parquet(path, name, cells):
    kind = pa.string() if all(isinstance(cell, str | None) for cell in cells) else kind_of(TYPED[name][0])
    pq.write_table(pa.table({"n": list(range(len(cells))), name: pa.array(cells, kind)}), path)


WRITERS = {".csv": as_csv, ".xlsx": as_xlsx, ".jsonl": as_jsonl, ".parquet": as_parquet}


def read_by_rows(tmp_path, book, suffix, name, cells):
    """What the interpreter takes each cell for, read from a file of a kind."""
    table, out = tmp_path / f"in{suffix}", tmp_path / "out.jsonl"
    WRITERS[suffix](table, name, cells)
    given = ["batch", "town.rule", table, "-o", out, "--rules", book.root, "--lang", "en", "--as-of", "2025-03-01"]
    result = CliRunner().invoke(app, list(map(str, given)))
    assert out.exists(), result.stderr
    found = {
        int(row["n"]): row[f"{name}_said"] for row in map(json.loads, out.read_text(encoding="utf-8").splitlines())
    }
    assert result.stderr.count("\nrow ") + result.stderr.count("\nSheet, row ") == len(cells) - len(found)
    return [_same(found.get(n, REFUSED), name) for n in range(len(cells))]


def _same(said, name):
    if said is None or said == REFUSED or isinstance(said, bool):
        return said
    if name == "kinds":
        return sorted(filter(None, str(said).split(";")))
    if isinstance(said, Decimal) or name in ("fee", "part", "people"):
        return number_text(Fraction(said))
    return said.isoformat() if isinstance(said, dt.date) else said


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("name", TYPES)
def test_a_text_means_the_same_in_every_file(tmp_path, town, suffix, name):
    cells = list(TEXTS[name])
    found = read_by_rows(tmp_path, town(RULE), suffix, name, cells)
    typed = {"-": REFUSED, "无": REFUSED} if (name, suffix) == ("fee", ".parquet") else {}  # no clerk wrote it
    assert dict(zip(cells, found, strict=True)) == TEXTS[name] | typed


@pytest.mark.parametrize("suffix", [".xlsx", ".jsonl", ".parquet"])
@pytest.mark.parametrize("name", TYPES)
def test_a_typed_cell_means_the_same_in_every_file(tmp_path, town, suffix, name):
    cells, wanted = zip(*TYPED[name][1], strict=True)
    assert read_by_rows(tmp_path, town(RULE), suffix, name, cells) == list(wanted)


@pytest.mark.parametrize("name", TYPES)
def test_a_typed_cell_means_the_same_on_every_engine(tmp_path, town, name, engine):
    import engines
    from policy_engine.engines.plan import plan

    cells, wanted = zip(*TYPED[name][1], strict=True)
    table = pa.table({"n": list(range(len(cells))), name: pa.array(cells, kind_of(TYPED[name][0]))})
    stored = engines.stored(engine[0], table)
    rule = town(RULE).rule("town.rule")
    made = plan(rule, stored, dt.date(2025, 3, 1), keep=["n"], columns={name: name}, readable=True)
    rows = sorted(engines.rows_of(engine[0], made.table), key=lambda row: row["n"])
    found = [REFUSED if row["refused"] else _same(row[f"{name}_said"], name) for row in rows]
    assert found == list(wanted)


MOMENTS = [0, 86400, -86400, -62135596800, 253402214400, 36000, 86399, -1, 253402300800, None]
DAYS = ["1970-01-01", "1970-01-02", "1969-12-31", "0001-01-01", "9999-12-31", *[REFUSED] * 4, EMPTY]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_a_moment_is_a_day_where_it_has_no_time_of_day_and_no_zone(tmp_path, town, unit, engine, request):
    """Pandas and databases keep days as moments; with a time or a zone one is refused, by cell or by column."""
    import engines
    from policy_engine.engines.plan import Refused, plan

    near = [(s, day) for s, day in zip(MOMENTS, DAYS, strict=True) if unit != "ns" or s is None or abs(s) < 10**9]
    cells, wanted = zip(*near, strict=True)
    scale = {"ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    moments = pa.array([s if s is None else s * scale for s in cells], pa.int64())
    if unit == "ns":  # the smallest time of day
        moments, wanted = pa.concat_arrays([moments, pa.array([1])]), (*wanted, REFUSED)
    book, out = town(RULE), tmp_path / "out.jsonl"

    def by_rows(kind):
        pq.write_table(pa.table({"n": range(len(moments)), "day": moments.cast(kind)}), tmp_path / "in.parquet")
        given = [
            "batch",
            "town.rule",
            tmp_path / "in.parquet",
            "-o",
            out,
            "--rules",
            book.root,
            "--as-of",
            "2025-03-01",
        ]
        CliRunner().invoke(app, list(map(str, given)))
        found = {
            int(row["n"]): row["day_said"] for row in map(json.loads, out.read_text(encoding="utf-8").splitlines())
        }
        return [found.get(n, REFUSED) for n in range(len(moments))]

    def on_engine(kind):
        table = pa.table({"n": range(len(moments)), "day": moments.cast(kind)})
        made = plan(
            book.rule("town.rule"), engines.stored(engine[0], table), dt.date(2025, 3, 1), keep=["n"], readable=True
        )
        rows = sorted(engines.rows_of(engine[0], made.table), key=lambda row: row["n"])
        return [REFUSED if row["refused"] else _same(row["day_said"], "day") for row in rows]

    plain, zoned = pa.timestamp(unit), pa.timestamp(unit, "UTC")
    assert by_rows(plain) == list(wanted)
    assert by_rows(zoned) == [EMPTY if day is EMPTY else REFUSED for day in wanted]
    if engine[0].name in ("postgres", "spark"):  # of microseconds, and of few years
        return
    assert on_engine(plain) == list(wanted)
    with pytest.raises(Refused, match="without a zone"):
        on_engine(zoned)


def test_what_a_spreadsheet_cannot_hold_as_a_date_is_refused_by_its_cell(tmp_path, town, recwarn):
    """Past the calendar, before the days that all spreadsheets count alike, a time of day; serial numbers of no such day."""
    book = openpyxl.Workbook()
    book.active.append(["n", "day"])
    for n, serial in enumerate([45504, 2958465, 2958466, 1e9, -5, 60, 61, 0.5, 45504.5]):
        book.active.append([n, serial])
        book.active.cell(n + 2, 2).number_format = "yyyy-mm-dd"
    for n, bare in enumerate([45504, 2024, 202407, 45504.5, 20240731], 9):
        book.active.append([n, bare])
    book.save(tmp_path / "in.xlsx")
    out = tmp_path / "out.jsonl"
    given = ["batch", "town.rule", tmp_path / "in.xlsx", "-o", out, "--rules", town(RULE).root, "--lang", "en"]
    result = CliRunner().invoke(app, list(map(str, given)))
    found = {int(row["n"]): row["day_said"] for row in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    assert found == {0: "2024-07-31", 1: "9999-12-31", 6: "1900-03-01", 9: "2024-07-31", 13: "2024-07-31"}
    assert "serial numbers read as dates: B11 (2024-07-31)" in result.stderr
    assert (result.exit_code, result.stderr.count(" (B")) == (2, 9)
    # Only what the reader of the book would say: an object of another test, collected meanwhile, warns here as well.
    assert [str(told.message) for told in recwarn if "openpyxl" in told.filename] == []
