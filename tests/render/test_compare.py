"""The JSON document and the output of comparison, from made-up runs."""

import pytest

from colacli.render.compare import show_comparison
from colacli.statistics.ratio import Ratio
from colacli.store.refs import set_name
from colacli.workflows.compare import compare
from factories.runs import DEV, EPOCHS, answering, commit_run, make_spec
from factories.shown import METRICS, Shown


def comparison(store, *references):
    """What compare shows."""
    shown = Shown()
    show_comparison(compare(references, DEV, store), shown)
    return shown


def two(store):
    """A perfect run called `right`, and one called `half` that errs twice."""
    commit_run(store, make_spec(0), name="right")
    commit_run(store, make_spec(1), name="half", predictions=answering([0, 1, 1, 1]))
    return "right", "half"


def test_a_comparison_s_arms(store):
    """Each arm has its label, key, parameters, numbers and history, in the order they were named."""
    arms = comparison(store, *two(store)).document["arms"]

    assert [arm["label"] for arm in arms] == ["right", "half"]
    assert [arm["key"] for arm in arms] == [make_spec(seed).key for seed in (0, 1)]
    assert [arm["metrics"]["accuracy"] for arm in arms] == [1.0, 0.5]
    assert all(set(arm["metrics"]) == METRICS for arm in arms)
    assert [len(arm["history"]) for arm in arms] == [len(EPOCHS)] * 2


def test_a_comparison_s_pair(store):
    """Counts, differences a − b, both p-values, the interval's two ends and the verdict."""
    (pair,) = comparison(store, *two(store)).document["pairs"]
    expected = {
        "a": "right",
        "b": "half",
        "n": 4,
        "runs": [1, 1],
        "only_a_right": 2,
        "only_b_right": 0,
        "accuracy_difference": 0.5,
        "mcnemar": {"exact_p": 0.5, "mid_p": 0.25},
        "over_seeds": None,
        "p": 0.25,
        "holm_p": 0.25,
        "constant_runs": [0, 0],
        "rarest_answers": [1, 1],
    }
    low, high = pair["interval"]

    assert {name: pair[name] for name in expected} == expected
    assert low <= 0.5 <= high
    assert pair["bootstrap_interval"] is None
    assert pair["mcc_difference"] == pytest.approx(1 + 1 / 3)
    assert pair["verdict"].startswith("inconclusive")
    assert set(pair["power"]) == {"detectable_difference", "needed_for_3_points", "needed_for_observed"}
    assert pair["power"]["needed_for_3_points"]["seeds"] is None


def test_a_name_of_several_brings_each_seed(store):
    """Its runs are told apart by their seeds."""
    runs = [commit_run(store, make_spec(seed)) for seed in (3, 4)]
    set_name(store, "pair", [run.key for run in runs])
    labels = [arm["label"] for arm in comparison(store, "pair").document["arms"]]

    assert all(f"seed {seed}" in label for seed, label in zip((3, 4), labels, strict=True))


def test_a_comparison_tells_a_person_its_verdict(store):
    """The verdict's conclusion is a line of its own below the tables, and what it says of an arm is another."""
    shown = comparison(store, *two(store))
    lines = shown.text.splitlines()
    (conclusion,) = [line for line in lines if line.startswith("inconclusive: ")]
    verdict = shown.document["pairs"][0]["verdict"]

    assert verdict.startswith(conclusion)
    assert all(remark in lines for remark in verdict.removeprefix(f"{conclusion}; ").split("; "))


def taught(store, teacher):
    """A student called `kd` of a run called `teacher` that gave these answers to its four sentences."""
    parents = {"teacher": commit_run(store, make_spec(0), name="teacher", predictions=answering(teacher)).key}
    commit_run(store, make_spec(1, command="distil", parents=parents), name="kd", predictions=answering([0, 1, 1, 1]))
    return "kd", "teacher"


def test_what_a_student_retains_is_a_line(store):
    """After the verdicts; without a ratio it says why."""
    shown = comparison(store, *taught(store, [1] * 4))

    assert "kd retains an unknown fraction of teacher's MCC, which may be 0" in shown.text.splitlines()
    assert shown.document["retained"] == [
        {
            "student": "kd",
            "teacher": "teacher",
            "mcc_ratio": None,
            "ensemble_mcc_ratio": None,
            "multiplications_ratio": None,
        }
    ]


def test_what_it_retains_has_an_interval(store, monkeypatch):
    """As percentages in the line, as fractions in the document."""
    monkeypatch.setattr("colacli.statistics.ratio.mcc_ratio", lambda *_: Ratio(0.66, (0.5, 0.84)))
    shown = comparison(store, *taught(store, [1, 0, 1, 0]))

    assert "kd retains 66.00 % of teacher's MCC (95 % interval 50.00 % to 84.00 %)" in shown.text.splitlines()
    assert shown.document["retained"][0]["mcc_ratio"] == {"value": 0.66, "interval": [0.5, 0.84]}


def arms_of_seeds(store):
    """Three runs called `right`, and three called `half` of which one errs less."""
    for name, command, answers in (("right", "distil", [1, 0, 1, 1]), ("half", "train-student", [0, 1, 1, 1])):
        runs = [
            commit_run(
                store, make_spec(seed, command=command), predictions=answering([answers[0], answers[1], 1, seed % 2])
            )
            for seed in (0, 1, 2)
        ]
        set_name(store, name, [run.key for run in runs])
    return "right", "half"


def test_an_arm_of_seeds_is_summed_up(store):
    """Mean, standard deviation and range, and each run with what a single run's arm has."""
    first, _ = comparison(store, *arms_of_seeds(store)).document["arms"]

    assert (first["label"], first["seeds"]) == ("right", [0, 1, 2])
    assert first["accuracy"] == pytest.approx(
        {"mean": 5 / 6, "standard_deviation": 0.25 / 3**0.5, "minimum": 0.75, "maximum": 1.0}
    )
    assert [run["seed"] for run in first["runs"]] == [0, 1, 2]
    assert all(set(run["metrics"]) == METRICS for run in first["runs"])


def test_a_pair_of_arms_of_seeds(store):
    """Counts are summed over paired seeds; there is no McNemar's test, but a t-test and the variance's parts."""
    (pair,) = comparison(store, *arms_of_seeds(store)).document["pairs"]

    assert (pair["runs"], pair["only_a_right"], pair["only_b_right"], pair["mcnemar"]) == ([3, 3], 6, 0, None)
    assert pair["over_seeds"]["paired"] is True
    assert set(pair["over_seeds"]["t_test"]) == {"paired", "statistic", "degrees", "p"}
    assert set(pair["over_seeds"]["variance"]) == {"per_seed", "per_sentence", "per_answer", "arms"}
    assert pair["bootstrap_interval"] is None


def test_a_person_sees_means_over_seeds(store):
    """A row an arm with mean, spread and range, and one curve of the means an arm."""
    lines = comparison(store, *arms_of_seeds(store)).text.splitlines()
    start = lines.index(f"# on {DEV}: means over seeds")

    assert lines[start + 2].split("\t")[:6] == ["right", "3", "83.33 %", "14.43 %", "75.00 %", "100.00 %"]
    assert [line for line in lines if line.startswith("# curves")] == [
        "# curves of right (mean of 3)",
        "# curves of half (mean of 3)",
    ]


@pytest.mark.parametrize("arms", [2, 3])
def test_many_p_values_are_corrected_and_the_title_says_so(store, arms):
    """More than one p-value is Holm's."""
    keys = [commit_run(store, make_spec(seed)).key for seed in range(arms)]

    assert ("p by Holm's correction" in comparison(store, *keys).text) == (arms > 2)


def test_constant_runs_of_an_arm_are_named(store):
    """By their seed, and counted in the document's verdict."""
    judging = commit_run(store, make_spec(7), name="judging")
    runs = [commit_run(store, make_spec(seed), predictions=answering([1, 1, 1, 1])) for seed in (0, 1)]
    set_name(store, "constant", [run.key for run in runs])
    shown = comparison(store, judging.key, "constant")
    text, verdict = shown.text, shown.document["pairs"][0]["verdict"]

    assert (
        f"constant, seed 0, 1: every sentence of {DEV} is called acceptable: a constant answer, not a judgement" in text
    )
    assert "2 of the 2 runs of constant give the same answer for every sentence" in verdict
    assert "give the same answer for every sentence" not in text
