"""Files are written whole, through links to their target, and never over a device or a pipe."""

import datetime as dt
import io
import os
import threading
from decimal import Decimal

import pytest

from policy_engine.basics.errors import PolicyError
from policy_engine.tables.files import CsvSink, JsonlSink
from policy_engine.tables.writing import whole, whole_folder, write_text


def test_a_link_keeps_being_a_link(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "target"]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    write_text(pipe, "whole")
    reader.join(10)
    assert (got, pipe.is_fifo()) == (["whole"], True)


def test_a_folder_or_a_folder_that_is_not_there_is_one_problem(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "nowhere" / "file", tmp_path / "file" / "below"):
        with pytest.raises(PolicyError) as caught:
            write_text(path, "x")
        assert len(caught.value.problems) == 1
        assert "cannot write" in caught.value.render("en")


def test_a_full_disk_is_one_problem_and_the_old_file_stays(tmp_path, monkeypatch):
    path = tmp_path / "out"
    path.write_text("old", encoding="utf-8")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(PolicyError, match="No space left"):
        patched.setattr("pathlib.Path.open", full)
        write_text(path, ["new"])
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(("made", "call"), [(whole, "open"), (lambda path: whole_folder(path, "index.html"), "mkdir")])
def test_a_run_stopped_as_soon_as_there_is_a_draft_leaves_none(tmp_path, monkeypatch, made, call):
    """A signal is an exception wherever the run is, also where the draft has just been made."""
    real = getattr(os, call)

    def then_stopped(*args, **kwargs):
        real(*args, **kwargs)
        monkeypatch.undo()  # once
        raise SystemExit(143)

    monkeypatch.setattr(os, call, then_stopped)
    with pytest.raises(SystemExit), made(tmp_path / "out"):
        raise AssertionError("it was stopped before")
    assert list(tmp_path.iterdir()) == []


ODD = [
    "a,b",
    'a"b',
    "a\nb",
    "a\rb",
    " a",
    "=1+1",
    "-5",
    "-1/3",
    "",
    None,
    True,
    False,
    Decimal("-0.50"),
    dt.date(2025, 3, 1),
    ["a", "b"],
    "㎡",
]


def test_cells_of_csv_are_quoted_alike_whatever_the_python():
    """One that has a lone carriage return too, which Python leaves as it is before 3.13."""
    file = io.StringIO()
    sink = CsvSink(file)
    for cells in (ODD, ODD, [None]):
        sink.write(cells)
    row = '"a,b","a""b","a\nb","a\rb", a,\'=1+1,-5,-1/3,,,true,false,-0.50,2025-03-01,a;b,㎡\n'
    assert file.getvalue() == row + row + '""\n'


def test_lines_of_json_hold_numbers_as_text():
    file = io.StringIO()
    sink = JsonlSink(file)
    sink.header(["a", "b", "b", "c", "d"])
    sink.write([Decimal("1.50"), None, True, dt.date(2025, 3, 1), "=1\n㎡"])
    assert file.getvalue() == '{"a": "1.50", "b": null, "b_2": true, "c": "2025-03-01", "d": "=1\\n㎡"}\n'


def test_a_full_disk_is_told_where_the_library_of_workbooks_wraps_it(tmp_path):
    from xlsxwriter.exceptions import FileCreateError

    with pytest.raises(PolicyError, match="cannot write: no space"), whole(tmp_path / "out.xlsx"):
        raise FileCreateError(OSError(28, "no space"))
    assert list(tmp_path.iterdir()) == []


def test_no_folder_for_temporary_files_is_not_told_as_one_of_the_target(tmp_path):
    with pytest.raises(PolicyError, match="cannot write: No usable temporary directory"), whole(tmp_path / "out.xlsx"):
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")  # as tempfile says it
