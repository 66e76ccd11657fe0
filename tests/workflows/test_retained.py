"""What students retain of their teachers' MCC."""

import pytest

from colacli.distillation import Distillation
from colacli.store.refs import set_name
from colacli.workflows.compare import compare
from colacli.workflows.multiplications import Multiplications, multiplications_of
from colacli.workflows.retained import retained
from factories.runs import DEV, answering, commit_run, make_spec

LABELS = [1, 1, 1, 0, 0, 0, 1] * 40
GOOD = [*LABELS[:-3], 0, 1, 0]
POOR = [1, 1, 1, 0, 0, 1, 0] * 40


def judged(store, seed, answers, **about):
    """A run that gave these answers."""
    name = about.pop("name", f"run-{seed}")
    return commit_run(store, make_spec(seed, **about), name=name, predictions=answering(answers, LABELS))


def test_a_student_s_is_the_ratio_to_its_teacher(store):
    """Where the teacher is an arm too: its own, or all of an ensemble; of no others."""
    first, second = (judged(store, seed, GOOD, command="finetune") for seed in (1, 2))
    set_name(store, "teachers", [first.key, second.key])
    judged(store, 3, POOR, command="distil", parents={"teacher-0": first.key, "teacher-1": second.key}, name="taught")
    judged(store, 4, POOR, name="alone")
    result = compare(["taught", "teachers", "alone"], DEV, store)
    (one,) = retained(result)
    taught, teachers, _ = (arm.metrics[0].mcc for arm in result.arms)

    assert (one.student, one.teacher) == ("taught", "teachers")
    assert one.mcc.value == pytest.approx(taught / teachers)
    assert one.mcc.interval[0] < one.mcc.value < one.mcc.interval[1] < 1
    assert retained(compare(["taught", "run-1", "alone"], DEV, store)) == []


def test_of_several_teachers_it_is_the_ratio_to_their_ensemble_too(store):
    """To what they judge together, which is better than each here; not where an arm's students have other teachers."""
    wrong = ({0, 3}, {1, 4}, {2, 5})
    teachers = [
        judged(store, seed, [label ^ (i % 140 in errors) for i, label in enumerate(LABELS)], command="finetune")
        for seed, errors in enumerate(wrong)
    ]
    set_name(store, "teachers", [teacher.key for teacher in teachers])
    all_three = {f"teacher-{i}": teacher.key for i, teacher in enumerate(teachers)}
    soft = Distillation().resolved(3)
    first = judged(store, 5, POOR, command="distil", parents=all_three, distillation=soft, name="first")
    result = compare(["first", "teachers"], DEV, store)
    (one,) = retained(result)

    assert one.ensemble.value == pytest.approx(result.arms[0].metrics[0].mcc), "together they make no mistake"
    assert one.ensemble.value < one.mcc.value

    two = {role: key for role, key in all_three.items() if role != "teacher-2"}
    second = judged(store, 6, POOR, command="distil", parents=two, distillation=soft, name="second")
    set_name(store, "both", [first.key, second.key])
    (mixed,) = retained(compare(["both", "teachers"], DEV, store))
    assert mixed.mcc is not None
    assert mixed.ensemble is None


def test_of_a_teacher_that_may_know_nothing_there_is_no_ratio(store):
    """Its MCC's interval holds 0."""
    teacher = judged(store, 1, [1] * len(LABELS), command="finetune")
    judged(store, 2, POOR, command="distil", parents={"teacher": teacher.key}, name="taught")
    (one,) = retained(compare(["taught", "run-1"], DEV, store))

    assert one.mcc is None


def test_it_has_the_fraction_of_multiplications(distillation):
    """Of a student and a teacher that were trained; where a file that says so is damaged it is not known."""
    student, teacher = distillation.distilled(), distillation.first
    expected = multiplications_of(student).per_token / multiplications_of(teacher).per_token
    (before,) = retained(compare([student.key, teacher.key], DEV, distillation.store))
    (student.path / "student.json").write_bytes(b"[]")
    (after,) = retained(compare([student.key, teacher.key], DEV, distillation.store))

    assert (before.multiplications, after.multiplications) == (expected, None)


def test_teachers_of_two_sizes_have_no_one_fraction(distillation, monkeypatch):
    """An ensemble of them: neither's multiplications are those of both."""
    second = distillation.teacher("second", seed=1)
    set_name(distillation.store, "both", [distillation.first.key, second.key])
    student = distillation.distilled(teacher="both")
    counted = {
        student.key: Multiplications(1),
        distillation.first.key: Multiplications(10),
        second.key: Multiplications(20),
    }
    monkeypatch.setattr("colacli.workflows.retained.multiplications_of", lambda run: counted[run.key])
    (one,) = retained(compare([student.key, "both"], DEV, distillation.store))

    assert one.multiplications is None
