"""`navfoundry export` as a user types it."""

from __future__ import annotations

from tests.exports import make_run
from tests.pipelines import internnav_loader as loader
from tests.runs import navfoundry


def test_an_export_says_what_it_wrote_and_what_was_there(tmp_path):
    shards, root = make_run(tmp_path / "run", 2), tmp_path / "vln_n1"
    words = ("export", "internnav", shards, "--out", root, "--executor", "inline")
    first = navfoundry(*words)
    assert first.returncode == 0, first.stderr
    assert "2 episodes, 48 frames of 1 scenes written" in first.stdout
    assert len(loader.listing(root)) == 2
    assert "1 scenes were there already" in navfoundry(*words).stdout


def test_mistakes_are_told_without_a_traceback(tmp_path):
    shards = make_run(tmp_path / "run", 1, maps=False)
    executor = navfoundry("export", "internnav", shards, "--out", tmp_path / "a", "--executor", "threads")
    assert "--executor is ray or inline, not 'threads'" in executor.stderr
    given_up = navfoundry("export", "internnav", shards, "--out", tmp_path / "b", "--executor", "inline")
    assert f"why: {tmp_path}/b.export/quarantine/" in given_up.stderr
    none = navfoundry("export", "internnav", tmp_path, "--out", tmp_path / "c")
    assert "no run.json" in none.stderr
    for run in (executor, given_up, none):
        assert run.returncode == 1
        assert "Traceback" not in run.stderr
