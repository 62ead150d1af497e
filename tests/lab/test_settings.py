"""Settings: what a cell holds, and how a text becomes one."""

import json
from dataclasses import dataclass

import pytest

from theorylab import Protocol, vary
from theorylab.errors import InputError
from theorylab.lab.folder import find
from theorylab.lab.protocol import cells_of, changed
from theorylab.lab.settings import TIERS, recorded, settings_of, types
from theorylab.lab.typed import depth, made
from theorylab.lab.varied import Varied

LAB = find()


@dataclass(frozen=True)
class Settings:
    gamma: float
    eta: float = vary(0.1, 0.5)
    s: tuple[float, ...] = vary((3.0, 1.2))
    law: tuple[tuple[float, int], ...] = ((1.5, 2),)
    depth: int = 2
    quick: bool = False
    noise: str = "gaussian"


def rows(s):
    for eta in s.eta:
        yield from ({"eta": eta, "s": values, "gamma": 2 * eta} for values in s.s)


PROTOCOL = Protocol(Settings, simulate=lambda c, seed, start, count: {}, tests=[], cells=rows)


def given(**texts):
    return settings_of("bowl", PROTOCOL, "smoke", texts)


def test_the_question_is_the_docstring_of_the_file():
    assert PROTOCOL.question == __doc__


def test_a_cell_holds_what_the_settings_declare():
    first, second = cells_of(PROTOCOL, given())
    assert (first.eta, second.eta, first.gamma, first.s, first.law) == (0.1, 0.5, 0.2, (3.0, 1.2), ((1.5, 2),))
    assert changed(first, eta=0.3).eta == 0.3
    assert first.eta == 0.1


@pytest.mark.parametrize(("key", "text", "value"), [
    ("eta", "0.2", (0.2,)),
    ("eta", "0.2,1", (0.2, 1.0)),
    ("eta", "[0.2, 1]", (0.2, 1.0)),
    ("s", "2,1", ((2.0, 1.0),)),
    ("s", "[[2, 1], [3]]", ((2.0, 1.0), (3.0,))),
    ("s", "2", ((2.0,),)),
    ("law", "[[1.2, 3], [1, 4]]", ((1.2, 3), (1.0, 4))),
    ("law", "1.2,3", ((1.2, 3),)),
    ("depth", "3.0", 3),
    ("quick", "true", True),
    ("noise", "gaussian", "gaussian"),
])  # fmt: skip
def test_a_text_is_read_by_the_type_of_its_setting(key, text, value):
    assert given(**{key: text})[key] == value


@pytest.mark.parametrize(("key", "text", "said"), [
    ("eta", "fast", 'eta="fast" is not a number'),
    ("eta", "true", "eta=true is not a number"),
    ("eta", "NaN", "eta=NaN is not a number"),
    ("depth", "2.5", "depth=2.5 is not a whole number"),
    ("depth", "1,2", "depth=[1, 2] is not a whole number"),
    ("quick", "1", "quick=1 is not true or false"),
    ("noise", "3", "noise=3 is not a text"),
    ("noise", "gausian", "did you mean 'gaussian'"),
    ("law", "[[1.5, 2, 3]]", "law=[1.5, 2, 3] is not a list of 2"),
    ("s", "[[2, [1]]]", "s=[1] is not a number"),
    ("replicates", "3", "replicates=3 is below 64"),
    ("etta", "3", "etta"),
])  # fmt: skip
def test_a_text_of_another_type_is_refused_in_one_line(key, text, said):
    with pytest.raises(InputError) as error:
        given(**{key: text})
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_cells_that_leave_a_setting_open_or_invent_one_are_an_error():
    wrong = [{"eta": 0.1, "gamma": 1.0}], [{"eta": 0.1, "s": (1.0,), "gamma": 1.0, "gama": 2.0}]
    for row, name in zip(wrong, ("'s'", "'gama'"), strict=True):
        protocol = Protocol(Settings, simulate=PROTOCOL.simulate, tests=[], cells=lambda s, row=row: row)
        with pytest.raises(TypeError, match=name):
            cells_of(protocol, given())


@pytest.mark.parametrize("name", LAB.protocol_names)
def test_settings_have_their_declared_types_and_come_back_from_a_record(name):
    protocol = LAB.protocol(name)
    kinds = types(protocol)
    for tier in TIERS:
        settings = settings_of(name, protocol, tier)
        for key, value in settings.items():
            for one in value if isinstance(value, Varied) else (value,):
                assert made(key, one, kinds[key]) == one
                assert depth(kinds[key]) == 0 or isinstance(one, tuple)
        back = recorded(protocol, json.loads(json.dumps(settings)))
        assert [vars(c) for c in cells_of(protocol, back)] == [vars(c) for c in cells_of(protocol, settings)]
