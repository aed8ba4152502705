"""Sessions as tables for other programs: nothing lost, nothing taken for a formula, read back as others would."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from practised import earning, learning, practise
from shelved import QUIET, card

from callsim.library.exported import exported, kind_of
from callsim.library.exports import Chosen, columns, records
from callsim.library.review import Reviews
from callsim.library.shelf import library
from callsim.library.tables import BOM, guarded, unguarded

NOON = datetime(2026, 6, 2, 12, tzinfo=UTC)


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "'quoted", "＝1", 'a"b, c', "two\nlines", "小林", "Ana"]


@pytest.fixture
def plain(tmp_path):
    """A library in a file."""
    with library({"CALLSIM_HOME": str(tmp_path)}) as shelf:
        yield shelf


def taken(shelf, trainee, cards, **how):
    """Calls in the library; their names."""
    names = practise(shelf.sessions, trainee, cards, **how)
    shelf.refresh(QUIET)
    return names


def table(shelf, kind, chosen=Chosen()):  # noqa: B008 - a frozen value
    """A whole file."""
    return b"".join(exported(kind, columns(shelf), records(shelf, chosen)))


def read_csv(content):
    """Its rows, as another program reads them; texts without their guard."""
    return [
        {name: unguarded(cell) for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    ]


@given(st.text())
def test_no_text_is_a_formula(text):
    """And each comes back as it was."""
    safe = guarded(text)
    assert not safe.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert unguarded(safe) == text


def test_a_csv_holds_what_the_library_holds(shelf):
    """Every session, every score and check to the last digit; a name may be anything."""
    for name in HOSTILE:
        taken(shelf, name, learning(1, 0.5, 0.5))
    taken(shelf, "x", learning(1, 0.5, 0.5), mode="headless")
    content = table(shelf, "csv")
    assert content.decode().startswith(BOM)
    raw = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert not [cell for row in raw for cell in row if cell.lstrip(" ")[:1] in set("=+@\t\r") and cell[1:2].isalnum()]
    rows = read_csv(content)
    assert sorted(row["trainee"] for row in rows) == sorted([*HOSTILE, "x"])
    made = learning(1, 0.5, 0.5)[0]
    for row in rows:
        assert float(row["overall"]) == made.overall
        assert float(row["words_per_minute"]) == made.measures.words_per_minute
        assert row["started"] == "2026-06-01T09:30:00+00:00"
        assert {one.id: float(row[one.id]) for one in made.checks} == {one.id: one.points for one in made.checks}
        assert {one.id: float(row[f"{one.id} of"]) for one in made.checks} == {one.id: one.of for one in made.checks}
        assert row["coach_overall"] == ""
    assert [row["mode"] for row in rows].count("headless") == 1


def test_an_export_is_of_whom_and_what_is_asked(shelf):
    """The same columns, fewer rows."""
    taken(shelf, "Ana", learning(4, 0.5, 0.5), days=1)
    taken(shelf, "Ben", learning(1, 0.5, 0.5))
    some = read_csv(table(shelf, "csv", Chosen(trainee="ana", since=date(2026, 6, 2), until=date(2026, 6, 3))))
    assert [row["day"] for row in some] == ["2026-06-02", "2026-06-03"]
    assert [row["trainee"] for row in read_csv(table(shelf, "csv", Chosen(script="hotel")))] == ["Ana"]
    assert read_csv(table(shelf, "csv", Chosen(trainee="nobody"))) == []


def test_a_table_says_what_people_said(plain):
    """Tags, who reviewed it, and the scores with a coach's points."""
    (name,) = taken(plain, "Ana", [earning({"phrasing.recap": 0.0})])
    plain.tag(name, ["good", "example"])
    Reviews(plain).reviewed(name, by="Kim", now=NOON)
    Reviews(plain).overrule(name, "phrasing.recap", 1, "A little.", by="Kim", now=NOON)
    (row,) = read_csv(table(plain, "csv"))
    assert (row["tags"], row["reviewed_by"]) == ("example good", "Kim")
    assert float(row["coach_phrasing"]) > float(row["phrasing"])
    assert row["coach_pacing"] == row["pacing"]


def test_a_workbook_has_real_dates_and_numbers(plain):
    """Read back by another library: no formula, nothing measured is a text, nothing unmeasured a zero."""
    for name in HOSTILE:
        taken(plain, name, learning(1, 0.5, 0.5))
    book = openpyxl.load_workbook(io.BytesIO(table(plain, "xlsx")))
    head, *rows = book["Sessions"].iter_rows()
    names = [cell.value for cell in head]
    assert names == [column.name for column in columns(plain)]
    for row in rows:
        cells = dict(zip(names, row, strict=True))
        assert cells["started"].value == datetime(2026, 6, 1, 9, 30)
        assert cells["started"].is_date
        assert cells["day"].value == datetime(2026, 6, 1)
        assert isinstance(cells["overall"].value, float)
        assert cells["coach_overall"].value is None
        assert not [cell for cell in row if cell.data_type == "f"]
    assert sorted(row[names.index("trainee")].value for row in rows) == sorted(HOSTILE)
    explained = [row[0].value for row in book["Columns"].iter_rows(min_row=2, max_row=len(names) + 1)]
    assert explained == names


def test_csv_and_workbook_say_the_same(plain):
    """Cell by cell."""
    taken(plain, "Ana", learning(3, 0.4, 0.9))
    sheet = openpyxl.load_workbook(io.BytesIO(table(plain, "xlsx")))["Sessions"]
    head, *rows = sheet.iter_rows(values_only=True)
    for ours, theirs in zip(read_csv(table(plain, "csv")), rows, strict=True):
        for name, cell in zip(head, theirs, strict=True):
            if isinstance(cell, int | float):
                assert float(ours[name]) == cell
            elif not isinstance(cell, datetime):
                assert ours[name] == (cell or "")


def test_the_same_library_makes_the_same_files(plain):
    """Byte for byte: nothing in them is the clock's."""
    taken(plain, "Ana", learning(3, 0.4, 0.9))
    for kind in ("csv", "xlsx"):
        assert table(plain, kind) == table(plain, kind)


def test_every_column_is_explained_once(plain):
    """In words, and with no name twice."""
    taken(plain, "Ana", [card()])
    found = columns(plain)
    assert [name for name, times in Counter(column.name for column in found).items() if times > 1] == []
    assert all(column.says for column in found)
    (record,) = records(plain, Chosen())
    assert record.keys() <= {column.name for column in found}


def test_a_broken_scorecard_is_a_row_with_less_in_it(plain):
    """And no reason to stop."""
    (name,) = taken(plain, "Ana", [card()])
    (plain.sessions / name / "scorecard.json").write_text('{"measures": {"dead_air": 3}, "rubric": 7, "checks": [1]}')
    plain.refresh(QUIET)
    (row,) = read_csv(table(plain, "csv"))
    assert (row["overall"], row["silences"], row["rubric"], row["trainee"]) == ("", "", "", "Ana")


def test_the_kind_is_told_by_the_ending():
    """Whatever its case; of a zip or no ending it is none of ours."""
    assert [kind_of(suffix) for suffix in (".CSV", ".xlsx", ".json", ".jsonl")] == ["csv", "xlsx", "json", "jsonl"]
    assert [kind_of(suffix) for suffix in (".zip", "", ".xls", ".csv.zip")] == [None] * 4
