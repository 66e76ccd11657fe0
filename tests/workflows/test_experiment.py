"""An experiment: keys before anything is made, only what is missing is made, what fails stops its descendants alone."""

import json

import pytest

from colacli.cli.main import run
from colacli.cli.output import Output
from colacli.engines.engine import Done, Failed, Told
from colacli.engines.kinds import EngineOptions, open_engine
from colacli.errors import ColacliError
from colacli.events import Note
from colacli.render.experiment import show_experiment, show_plan
from colacli.store.refs import names
from colacli.store.store import open_store
from colacli.workflows.experiment import compare_claims, estimate, make_runs
from factories.experiments import RECIPE, made


def test_keys_are_known_before_anything_is_made(planned, store):
    """Of students whose teachers don't exist, of ensembles, and of baselines; runs then have these very keys."""
    plan = planned()
    keys = {name: [run.key for run in runs] for name, runs in plan.arms.items()}

    assert [len(runs) for runs in plan.arms.values()] == [2, 2, 1, 2, 2, 1]
    assert keys["teacher"] == keys["teachers"][:1]
    assert list(plan.arms["taught"][0].spec.parents) == ["teacher"]
    assert list(plan.arms["doubly"][0].spec.parents) == ["teacher-1", "teacher-2"]
    assert plan.missing == plan.runs
    assert len(plan.runs) == 9

    ends = made(plan, store)

    assert not ends.failed
    assert {end.key for end in ends.done.values()} == {run.key for run in plan.runs} == set(store.run_keys())
    assert {name: sorted(found) for name, found in names(store).items()} == {
        f"study-{name}": sorted(found) for name, found in keys.items()
    }
    assert planned().missing == []
    result = compare_claims(plan, store)
    assert [arm.label for arm in result.arms] == list(plan.arms)
    assert [(pair.a, pair.b) for pair in result.pairs] == plan.recipe.claims
    assert result.pairs[0].holm_p >= result.pairs[0].p


def test_a_run_that_fails_stops_its_descendants_alone(planned, store):
    """The others are made, each failure says why, and the claims without the failed arms are compared."""
    plan = planned(RECIPE.replace('[["taught", "alone"], ["taught", "doubly"]]', '[["alone", "counts"]]'))
    teacher = plan.arms["teacher"][0]
    broken = store.folder("runs") / teacher.key
    broken.mkdir(parents=True)  # a damaged run: its verb refuses to use it
    ends = made(plan, store)
    broken.rmdir()

    failed = {next(run.label for run in plan.runs if run.key == key) for key in ends.failed}
    assert failed == {"teacher, seed 0", "taught, seed 0", "taught, seed 1", "doubly, seed 0", "doubly, seed 1"}
    assert "which failed" in ends.failed[plan.arms["taught"][0].key].error.message
    assert [arm.label for arm in compare_claims(plan, store).arms] == ["alone", "counts"]


@pytest.mark.slow
def test_two_processes_make_what_one_makes(planned, store):
    """Byte for byte, with the same threads."""
    text = RECIPE.partition("[arms.doubly]")[0]
    plan = planned(text.replace(', ["taught", "doubly"]', ""))
    made(plan, store, jobs=2)
    first = {one.key: store.find_run(one.key).content for one in plan.runs}
    for key in first:
        store.remove(store.folder("runs") / key)
    made(planned(text.replace(', ["taught", "doubly"]', "")), store, jobs=1)

    assert {key: store.find_run(key).content for key in first} == first


def test_a_process_that_dies_fails_its_run(planned, store):
    """The next job has a new process."""
    text = 'title = "t"\n[arms.a]\ncommand = "train-student"\nhidden = 8\nepochs = 1\n'
    plan = planned(text)
    with open_engine(EngineOptions(threads=1), store, None) as engine:
        reports = []
        for report in make_runs(plan, engine, store):
            reports.append(report)
            if len(reports) == 1:  # the first job has a process now
                next(process for process, _ in engine._pool._busy.values()).process.kill()
    ends = [report for report in reports if isinstance(report, Done | Failed)]

    assert [type(end) for end in ends] == [Failed, Done]
    assert "the process that made a, seed 0 ended with exit status -9" in ends[0].error.message


def test_time_is_estimated_from_runs_like_these(planned, store):
    """From the same but for the seed; else scaled by epochs; else it is not known."""
    text = 'title = "t"\n[arms.a]\ncommand = "train-student"\nhidden = 8\nepochs = 1\n'
    plan = planned(text)
    assert estimate(plan, 1, store).known == {}
    made(plan, store)
    seconds = {run.key: store.find_run(run.key).manifest.seconds for run in plan.runs}
    mean = sum(seconds.values()) / 2

    other_seeds = planned(text, seed=7)
    assert estimate(other_seeds, 1, store).seconds == pytest.approx(2 * mean)
    assert estimate(other_seeds, 2, store).seconds == pytest.approx(mean)
    assert estimate(planned(text, epochs=3), 1, store).seconds == pytest.approx(6 * mean)
    assert estimate(planned(text, hidden=9), 1, store).known == {}


@pytest.mark.parametrize(
    ("overrides", "text", "what"),
    [
        ({"nonsense": 1}, RECIPE, "--set: there is no option"),
        ({"epochs": 0}, RECIPE, "arm alone: --epochs must be at least 1"),
        ({"dry-run": True}, RECIPE, "--set: there is no option"),
        ({"teacher": "latest"}, RECIPE, "--set: there is no option"),
        (
            {},
            RECIPE.replace('teacher = "teachers"', 'teacher = "doubly"'),
            "one another.*: doubly -> doubly",
        ),
        ({}, RECIPE.replace('teacher = "teachers"', 'teacher = "counts"'), "is a baseline"),
        ({}, RECIPE.replace("rank = 1", 'rank = "one"'), "arm teacher: rank='one' is not an integer"),
        ({}, RECIPE.replace('teacher = "teachers"', 'teacher = ["a", "b"]'), "arm doubly: there is no run 'a'"),
    ],
)
def test_what_can_not_be_planned_is_refused(planned, overrides, text, what):
    """Before anything is made."""
    with pytest.raises(ColacliError, match=what):
        planned(text, **overrides)


ONE = 'title = "t"\n[arms.a]\ncommand = "baseline.majority"\n'


@pytest.mark.slow
def test_a_name_that_other_runs_lose_is_told(command, capsys):
    """It is taken only from runs that the arm hasn't; what can't be a name is known before anything is made."""
    student = ONE.replace("baseline.majority", "train-student") + "hidden = 8\nepochs = 1\n"
    command(student, seeds=1)
    lost = names(open_store())["s-a"][0]
    command(student, seeds=2)
    command(ONE, "--dry-run")
    assert names(open_store())["s-a"][0] == lost
    command(ONE)
    path_of_another = ONE.replace("[arms.a]", "[arms.A]")

    assert lost not in names(open_store())["s-a"]
    assert "one file to some systems" in command(path_of_another, "--dry-run", status=2)["message"]


def test_names_that_are_lost_are_reported(planned, store):
    """By the keys of the runs, as a note."""
    student = ONE.replace("baseline.majority", "train-student") + "hidden = 8\nepochs = 1\nseeds = 1\n"
    made(planned(student), store)
    (lost,) = names(store)["study-a"]
    with open_engine(EngineOptions(threads=1), store, None) as engine:
        notes = [
            report.event.text
            for report in make_runs(planned(ONE), engine, store)
            if isinstance(report, Told) and isinstance(report.event, Note)
        ]

    assert notes == [f"'study-a' stands for this experiment's runs now, no longer for {lost[:12]}"]


@pytest.mark.slow
def test_results_count_a_shared_run_once_and_give_commands_in_order(command, tmp_path):
    """A run of two arms is one of those that a best is chosen of; students come after their teachers."""
    text = RECIPE.replace("[arms.counts]", "[arms.teacher-again]\nextends = 'teacher'\n[arms.counts]")
    command(text, "--out", tmp_path / "out")
    page = (tmp_path / "out" / "results.md").read_text()
    commands = [line.split()[1] for line in page.partition("```sh")[2].splitlines() if line.startswith("colacli")]

    assert "choosing the best of these 6 runs" in page
    assert commands.index("finetune") < commands.index("distil")


def test_arms_that_share_a_run_are_not_compared(planned, store, capsys):
    """The others are; it is said before anything is made, and again at the end."""
    majority = "[arms.{0}]\ncommand = 'baseline.majority'\n"
    text = 'title = "t"\nclaims = [["a", "b"], ["a", "c"]]\n' + majority.format("a") + majority.format("b")
    plan = planned(text + "[arms.c]\ncommand = 'baseline.ngrams'\n")
    show_plan(plan, estimate(plan, 1, store), 1, Output(as_json=False).show)
    assert "a and b can't be compared: they have a run in common" in capsys.readouterr().out
    ends = made(plan, store)
    result = compare_claims(plan, store)
    show_experiment(plan, ends, None, result, Output(as_json=False).show)

    assert [(pair.a, pair.b) for pair in result.pairs] == [("a", "c")]
    assert "a and b can't be compared: they have a run in common" in capsys.readouterr().out


def test_many_arms_are_shown_with_the_claims_alone(planned, store, capsys):
    """Whichever arms these are about."""
    arms = "".join(f"[arms.n{order}]\ncommand = 'baseline.ngrams'\nwords = {order}\n" for order in range(1, 7))
    plan = planned('title = "t"\nclaims = [["n3", "n2"]]\n' + arms)
    ends = made(plan, store)
    show_experiment(plan, ends, None, compare_claims(plan, store), Output(as_json=False).show)
    lines = capsys.readouterr().out.splitlines()

    assert [line.split("\t")[:2] for line in lines if line.startswith("n3\tn2")] == [["n3", "n2"]] * 2
    assert any(line.startswith("n6\t") for line in lines)


def test_the_command_says_what_it_would_do_and_what_failed(store_home, tiny_base, tiny_corpus, tmp_path, capsys):
    """A dry run makes nothing; a folder of something else stays; a failed run gives exit status 1."""
    path, out = tmp_path / "study.toml", tmp_path / "out"
    path.write_text(RECIPE)
    words = ["experiment", str(path), "--base", str(tiny_base), "--data", str(tiny_corpus), "--seeds", "1"]
    assert run([*words, "--dry-run", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["estimate"] is None
    assert not any(one["cached"] for arm in plan["plan"] for one in arm["runs"])
    assert not (store_home / "runs").exists()

    out.mkdir()
    (out / "mine.txt").write_text("x")
    assert run([*words, "--out", str(out)]) == 2
    assert "is there already" in capsys.readouterr().err

    teacher = next(arm for arm in plan["plan"] if arm["arm"] == "teacher")["runs"][0]["key"]
    (store_home / "runs" / teacher).mkdir(parents=True)
    assert run([*words, "--dry-run"]) == 4  # it is damaged, and says so
