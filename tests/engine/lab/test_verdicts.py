"""Verdicts as values: the JSON that scripts rely on, lines, tables, notebooks."""

from __future__ import annotations

import dataclasses
import json
import pickle
from html.parser import HTMLParser

import numpy as np
import pytest

from tests.verdict import judged
from theorylab.lab.families import families, powerless
from theorylab.lab.verdicts import Verdicts

KEYS = [
    "protocol", "claim", "cell", "expected", "outcome", "predicted", "measured", "standard_error", "n", "margin",
    "needed_n", "gate", "p_disagree", "controls", "diverged", "record", "seed", "tier",
]  # fmt: skip
CELL = {"noise": "gaussian", "tier": "smoke", "eta": 0.1}
ARRAY = judged(
    {"sde": "disagrees"}, cell={**CELL, "n": 3, "ladder": [1, 2]}, predicted=[1.0, 2.0, np.inf], outcome="undecided",
    measured=[1.0, 2.5, np.nan], standard_error=[0.1, 0.1, np.inf], margin=0.2, needed_n=900,
)  # fmt: skip
ROWS = [judged({"sde": "disagrees", "<i>note</i>": "agrees"}, cell=CELL, inputs={"eta": 0.1}), ARRAY]


def test_a_verdict_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ROWS[0].outcome = "agrees"  # type: ignore[misc]


def test_the_json_has_the_keys_and_the_order_that_scripts_read():
    one, array = Verdicts.of(ROWS).as_dicts()
    assert list(one) == list(array) == KEYS
    assert one["predicted"] == 1.0
    assert array["predicted"] == [1.0, 2.0, None]
    assert array["measured"] == [1.0, 2.5, None]
    assert array["margin"] == [0.2] * 3
    assert array["controls"] == [{"name": "sde", "outcome": "disagrees", "predicted": [0.0, 0.0, 0.0]}]
    assert json.loads(json.dumps(array, allow_nan=False)) == array
    challenge = dataclasses.replace(ROWS[0], formula="eta", ratio="1.00 +- 0.01", smallest_factor=1.03)
    assert list(challenge.as_dict()) == [*KEYS, "formula", "ratio", "smallest_factor"]


def test_a_verdict_prints_itself_in_a_line():
    for row in ROWS:
        assert "\n" not in str(row)
        assert repr(row) == str(row)
    assert "agrees: predicted 1, measured 1 +- 0.01, margin 0.02, n = 4096" in str(ROWS[0])
    assert "worst of 3 components" in str(ARRAY)


def test_values_go_through_a_pipe_between_processes():
    back = pickle.loads(pickle.dumps(Verdicts.of(ROWS)))
    assert back.as_dicts() == Verdicts.of(ROWS).as_dicts()


def test_verdicts_are_a_sequence_that_prints_a_table():
    found = Verdicts.of(ROWS)
    assert len(found) == 2
    assert found[1] is ARRAY
    assert isinstance(found[:1], Verdicts)
    assert [r.outcome for r in found] == ["agrees", "undecided"]
    head, *lines = str(found).splitlines()
    assert head.split()[:3] == ["claim", "cell", "outcome"]
    assert len(lines) == 2
    assert len({line.index("gaussian") for line in lines}) == 1
    assert str(Verdicts()) == "no verdicts"


def test_a_table_of_pandas_has_a_line_for_each_component():
    table = Verdicts.of(ROWS).to_pandas()
    assert list(table["component"]) == [0, 0, 1, 2]
    assert list(table["eta"]) == [0.1] * 4
    assert list(table["n"]) == [4096] * 4
    assert list(table["cell.n"])[1:] == [3.0] * 3  # a setting of the name of a column of its own
    assert list(table["measured"])[2] == 2.5
    data = Verdicts.of(ROWS).to_xarray()
    assert data.sizes == {"line": 4}
    assert float(data["predicted"][2]) == 2.0


class Tags(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}


def test_a_notebook_shows_outcome_numbers_and_controls_escaped_without_script():
    found = Verdicts.of(ROWS)
    for page in (found._repr_html_(), ROWS[0]._repr_html_(), families(ROWS)[0]._repr_html_()):
        tags = Tags(page)
        assert not {"script", "style", "i", "link"} & set(tags.tags)
        assert not [name for name in tags.names if name.startswith("on")]
    page = ROWS[0]._repr_html_()
    for part in ("agrees", "predicted", "measured", "margin", "sde rejected", "&lt;i&gt;note&lt;/i&gt; agrees"):
        assert part in page


def test_families_of_verdicts():
    rows = [judged({"sde": "undecided"}, cell={**CELL, "eta": eta}) for eta in (0.1, 0.2)]
    assert [r.outcome for r in powerless(rows)] == ["powerless", "powerless"]
    assert "sde" in powerless(rows)[0].gate
    assert rows[0].outcome == "agrees"
    (family,) = families([judged({"sde": "disagrees"}, diverged=2), judged({"sde": "indistinct"})])
    assert (family.outcome, family.cells, family.rejected, family.diverged) == ("agrees", 2, ("sde",), 2)
    assert str(family) == "bowl.variance (bowl_variance, smoke) agrees in 2 cells; rejected: sde; 2 replicates diverged"
