"""Which record speaks in figures and report, what a damaged one changes, and what a report may touch."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from theorylab import store as record
from theorylab.cli import commands as cli
from theorylab.lab.folder import find
from theorylab.site import write_report

NAME = "bowl_variance"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A lab whose protocol is small by default, with its record, and one of a trial run with a larger hash."""
    path = tmp_path_factory.mktemp("labs") / "mine"
    assert cli.app(["new", str(path)]) == 0
    file = path / "protocols/bowl/variance.py"
    file.write_text(file.read_text().replace("32768", "8192"))
    return path


@pytest.fixture
def call(home, capsys):
    def called(*arguments):
        capsys.readouterr()
        status = cli.app([*map(str, arguments), "--lab", str(home)])
        return status, *capsys.readouterr()

    return called


@pytest.fixture(scope="module")
def ran(home):
    """The ids of the default settings' record and of a trial run's."""
    for more in ([], ["--set", "eta=0.4"], ["--seed", "3"]):
        assert cli.app(["run", NAME, *more, "--lab", str(home)]) == 0
    found = [record.load(p) for p in record.list_records(home / "records")]
    usual = next(r for r in found if len(r.cells) == 2 and r.seed == 0)
    return usual, next(r for r in found if len(r.cells) == 1)


def test_the_default_settings_speak_whatever_the_hashes(home, ran, monkeypatch):
    from theorylab.lab.evidence import Evidence

    usual, trial = ran
    real = record.list_records
    for turned in (False, True):
        monkeypatch.setattr(record, "list_records", lambda *a, t=turned: real(*a)[:: -1 if t else 1])
        evidence = Evidence(find(home))
        assert evidence.stored(NAME).id == usual.id
        assert {r.record for r in evidence.all_rows()} == {usual.id}
        others = {r["id"]: r["why"] for r in evidence.others()}
        assert others.pop(trial.id) == "eta = [0.4]"
        assert list(others.values()) == ["tier smoke, seed 3"]


def test_figures_and_report_show_one_record_and_another_when_asked(home, ran, call):
    usual, trial = ran
    status, out, _ = call("figures")
    assert status == 0
    assert [line.split("/")[-1] for line in out.split()] == [f"{NAME}.svg", f"{NAME}.png"]
    status, _, err = call("report", "--out", home / "site")
    assert (status, err) == (0, "")
    page, index = (home / "site" / "claims/bowl.variance.html").read_text(), (home / "site/index.html").read_text()
    assert usual.id in page
    assert trial.id not in page
    assert f"figures/{NAME}.svg" in page
    assert trial.id in index
    assert "eta = [0.4]" in index
    status, out, _ = call("figures", trial.id)
    suffix = trial.id.removeprefix(NAME)
    assert [line.split("/")[-1] for line in out.split()] == [f"{NAME}{suffix}.svg", f"{NAME}{suffix}.png"]
    status, _, err = call("report", trial.id, "--out", home / "other")
    assert (status, err) == (0, "")
    page = (home / "other" / "claims/bowl.variance.html").read_text()
    assert trial.id in page
    assert usual.id not in page
    assert f"figures/{NAME}{suffix}.svg" in page
    for wrong, said in (("bowl_variance-smoke-0-00000000", "did you mean"), (f"{usual.id} {trial.id}", "one record")):
        status, _, err = call("figures", *wrong.split())
        assert (status, len(err.splitlines())) == (2, 1)
        assert said in err


def test_a_figure_of_another_record_is_not_put_beside_the_verdict(home, ran, call):
    call("figures")
    beside = home / "figures/out" / f"{NAME}.json"
    assert json.loads(beside.read_bytes()) == {ran[0].id: ran[0].data_sha256}
    beside.write_text(json.dumps({ran[1].id: ran[1].data_sha256}))
    _, _, err = call("report", "--out", home / "third")
    assert "left out" in err
    assert not (home / "third/figures").exists()


@pytest.mark.parametrize("which", ["data", "record.json", "missing"])
def test_a_damaged_record_is_named_and_the_others_go_on(home, ran, call, which):
    trial = ran[1]
    path = trial.path / (trial.data_file if which == "data" else "record.json")
    before, status = path.read_bytes(), path.stat()
    path.unlink()
    if which != "missing":
        path.write_bytes(before[:-9] + b"\x01" + before[-8:])
    try:
        rows, (code, out, err) = call("records", "--json")[1], call("check", "--json")
        assert {r["id"]: r["state"] for r in json.loads(rows)}[trial.id] == "damaged"
        left = {p.name for p in record.list_records(home / "records")} - {trial.id}
        assert {r["record"] for r in json.loads(out)} == left
        assert (code, len(err.splitlines())) == (2, 1)
        assert trial.id in err
        call("figures")
        code, out, err = call("report", "--out", home / "fourth")
        assert (code, out.strip()) == (2, str(home / "fourth/index.html"))
        assert trial.id in err
        index = (home / "fourth/index.html").read_text()
        assert trial.id in index
        assert "damaged" in index
        assert call("figures", trial.id)[0] == 2
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert call("check")[0] == 0


def test_a_protocol_that_fails_at_its_first_step_costs_no_record(home, ran, call):
    file = home / "protocols/bowl/variance.py"
    text = file.read_text()
    file.write_text(text.replace("0.5 * c.lam ", "0.5 * c.lamm "))
    try:
        command = [sys.executable, "-m", "theorylab", "run", NAME, "--lab", str(home)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert "lamm" in done.stderr
        _, out, _ = call("records", ran[0].id, "--json")
        assert json.loads(out)[0]["state"] == "stale"
        assert json.loads(out)[0]["data_sha256"] == ran[0].data_sha256
    finally:
        file.write_text(text)
    _, out, _ = call("records", ran[0].id, "--json")
    assert json.loads(out)[0]["state"] == "fresh"
    status, *_ = call("records", "--prune")
    assert status == 0
    assert call("check")[0] == 0


def test_only_a_changed_setting_on_disk_is_said(home, ran, call, tmp_path):
    records = ["--records", tmp_path]
    assert call("run", NAME, "--set", "eta=0.4", *records)[0] == 0
    status, out, err = call("figures", *records)
    assert (status, out) == (0, "")
    assert f"`theorylab figures {ran[1].id}` draws another one" in err


# --- what a report may touch


def test_a_report_removes_its_own_files_alone(tmp_path):
    victim, site = tmp_path / "victim.html", tmp_path / "site"
    victim.write_text("a user's own")
    write_report([], [], [], [], site)
    (site / "own.html").write_text("a user's own page")
    (site / "link").symlink_to(tmp_path)
    listed = json.loads((site / ".report.json").read_bytes())
    from theorylab.store.schema import sha256

    digest = sha256(victim.read_bytes())
    planted = {str(victim): digest, "../victim.html": digest, "link/victim.html": digest, "own.html": "0" * 64}
    for content in ({**listed, **planted, "a\0b": ""}, [*listed, *planted], "x", [[]], 3):
        (site / ".report.json").write_text(json.dumps(content))
        write_report([], [], [], [], site)
        assert victim.exists()
        assert (site / "own.html").exists()


def test_a_report_writes_over_no_file_of_others(tmp_path):
    from theorylab.errors import InputError

    (tmp_path / "index.html").write_text("my home page")
    with pytest.raises(InputError, match=r"index\.html is there already and was written by no report"):
        write_report([], [], [], [], tmp_path)
    assert (tmp_path / "index.html").read_text() == "my home page"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["index.html"]


def test_listing_records_imports_neither_jax_nor_the_protocols(home, ran):
    script = (
        "import sys; from theorylab.cli import commands\n"
        "assert commands.app(sys.argv[1:]) == 0\n"
        "heavy = ('jax', 'optax', 'xarray', 'pandas', 'sympy', 'scipy', 'h5netcdf', 'protocols', 'models')\n"
        "print(*(name for name in heavy if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "records", "--lab", str(home)], capture_output=True, text=True, check=True
    )
    assert ran[0].id in done.stdout
    assert done.stderr.strip() == ""
