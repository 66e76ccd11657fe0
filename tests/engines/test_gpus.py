"""Jobs on GPUs: none holds more than it has free, and every job gets a place as soon as one has room."""

import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colacli.engines.engine import Done, Failed, Started
from colacli.engines.gpus import Gpu, Gpus, Need, Place, check_fitting, find_gpus, fitting, numbered
from colacli.engines.local import LocalEngine
from colacli.engines.processes import Answer, Pool
from colacli.engines.schedule import run_jobs
from colacli.errors import UsageError
from colacli.store.artifact import RUNS
from colacli.training.requests import BaseChoice, DataChoice, Execution
from colacli.workflows.seeds import each_seed
from colacli.workflows.train_student import TRAIN_STUDENT, TrainStudentRequest
from factories.jobs import Planned
from factories.verbs import visible_gpus

GIB = 2**30
free_memory = st.lists(st.integers(0, 80), min_size=1, max_size=8)


def gpus_with(*free):
    """GPUs with so much free memory each, which the environment does not choose."""
    return numbered(free, None)


@st.composite
def machines_and_jobs(draw):
    """GPUs, jobs in the order in which they come, and how many of those at work end before the next is asked about."""
    gpus = gpus_with(*draw(free_memory))
    devices = st.sampled_from(["cuda", *(f"cuda:{gpu.index}" for gpu in gpus)])
    needs = draw(st.lists(st.builds(Need, devices, st.integers(1, 100)), min_size=1, max_size=20))
    return gpus, needs, draw(st.lists(st.integers(0, 3), min_size=len(needs), max_size=len(needs)))


@given(machines_and_jobs())
def test_no_gpu_is_overfilled_and_no_job_waits_for_ever(drawn):
    """On a GPU are jobs that fit together, or one too large for every GPU; where nothing is at work, none waits."""
    gpus, needs, ending = drawn
    rooms, at_work = Gpus(gpus), {}
    waiting = list(enumerate(needs))
    while waiting:
        for number, need in list(waiting):
            place = rooms.take(number, need)
            assert place is not None or at_work
            if place is None:
                continue
            assert need.device in ("cuda", f"cuda:{place.gpu.index}")
            at_work[number] = place.gpu, need.memory
            waiting.remove((number, need))
            _check(gpus, at_work)
        for number in list(at_work)[: 1 + (ending.pop() if ending else 0)]:
            rooms.give_back(number)
            del at_work[number]


def _check(gpus, at_work):
    for gpu in gpus:
        here = [memory for other, memory in at_work.values() if other == gpu]
        assert sum(here) <= gpu.free or len(here) == 1


@given(free_memory.filter(any), st.integers(1, 100))
def test_as_many_fit_as_are_said_to(free, memory):
    """Jobs of one size fill the GPUs up to the number that the hint names."""
    gpus, need = gpus_with(*free), Need("cuda", memory)
    rooms = Gpus(gpus)
    taken = 0
    while rooms.take(taken, need):
        taken += 1

    assert taken == max(1, fitting(need, gpus))


def test_jobs_are_spread():
    """Each goes where the most memory is left; a named GPU gets its own jobs all."""
    rooms = Gpus(gpus_with(10, 12))
    spread = [rooms.take(number, Need("cuda", 4)).gpu.index for number in range(4)]

    assert sorted(spread) == [0, 0, 1, 1]
    assert [Gpus(gpus_with(10, 12)).take(0, Need(f"cuda:{index}", 4)).gpu.index for index in (0, 1)] == [0, 1]


def test_too_many_jobs_are_refused_with_the_number_that_fits():
    """The message has their size and what is free, the hint what to do; one alone is never refused."""
    gpus, need = gpus_with(10 * GIB, 4 * GIB), Need("cuda", 3 * GIB)
    check_fitting(4, need, gpus)
    with pytest.raises(
        UsageError, match=r"--jobs 5: each takes about 3.0 GiB .* cuda:0 10.0 GiB, cuda:1 4.0"
    ) as caught:
        check_fitting(5, need, gpus)
    assert caught.value.hint.startswith("try --jobs 4")

    with pytest.raises(UsageError) as caught:
        check_fitting(2, replace(need, device="cuda:1"), gpus)
    assert caught.value.hint.startswith("leave --jobs out")
    check_fitting(1, Need("cuda", 100 * GIB), gpus)


@pytest.mark.parametrize(
    ("visible", "expected"),
    [(None, ["0", "1"]), ("", ["0", "1"]), ("5, 3", ["5", "3"]), ("GPU-a,GPU-b,GPU-c", ["GPU-a", "GPU-b"])],
)
def test_a_process_is_shown_a_gpu_by_the_name_that_the_environment_has(visible, expected):
    """Numbers are among those that are visible; torch says how many of them there are."""
    assert [gpu.visible for gpu in numbered([1, 2], visible)] == expected


def test_without_a_driver_nothing_is_asked():
    """There are none, and no process is started for the answer."""
    assert find_gpus() == [] or os.path.exists("/dev/nvidia0")  # noqa: PTH110


def test_a_process_stays_on_its_gpu(store):
    """It sees that one alone; asked for another place, a process ends rather than that there are too many."""
    first, second = (Place(gpu, is_alone_visible=True) for gpu in (Gpu(0, "5", 1), Gpu(1, "GPU-b", 1)))
    named = Place(first.gpu, is_alone_visible=False)
    pool = Pool(store.root, 2)
    try:
        seen = [_ask(pool, place) for place in (first, first, second, named, None)]
    finally:
        pool.stop()

    assert [visible for visible, _ in seen] == ["5", "5", "GPU-b", None, None]
    pids = [pid for _, pid in seen]
    assert pids[0] == pids[1]
    assert len(set(pids)) == 4


def _ask(pool, place):
    pool.ask("tag", visible_gpus, None, place)
    ((_, answer),) = pool.listen()
    assert isinstance(answer, Answer)
    return answer.value


@pytest.fixture
def pretended_gpus(monkeypatch):
    """Two GPUs with room for one small student each, which a plan finds here; a process computes on the CPU."""
    gpus = gpus_with(1200 * 2**20, 1200 * 2**20)
    monkeypatch.setattr("colacli.engines.local.cuda_count", lambda: len(gpus))
    for module in ("engines.local", "workflows.parallel"):
        monkeypatch.setattr(f"colacli.{module}.find_gpus", lambda: gpus)
    monkeypatch.setattr("colacli.workflows.train_student.resolve_device", lambda *_: "cuda")
    return gpus


@pytest.mark.slow
def test_an_experiments_jobs_wait_for_room(tiny_base, tiny_corpus, store, tmp_path, monkeypatch, request):
    """Of three runs two are made at once, each on its GPU; then the last."""
    planned = Planned(tmp_path / "here", tiny_base, tiny_corpus)
    jobs = [planned.student(seed, precision="fp32") for seed in range(3)]
    request.getfixturevalue("pretended_gpus")
    engine, at_work, places = LocalEngine(store, 4, threads=1), {}, []
    try:
        for report in run_jobs(jobs, engine):
            if isinstance(report, Started):
                at_work[report.key] = report.where.split(", ")[1]
                places.append(at_work[report.key])
                assert len(set(at_work.values())) == len(at_work)
            assert not isinstance(report, Failed)
            if isinstance(report, Done):
                del at_work[report.key]
    finally:
        engine.close()

    assert set(places) == {"cuda:0", "cuda:1"}
    assert not at_work
    assert all(store.find_run(job.key) for job in jobs)


@pytest.mark.slow
def test_seeds_that_do_not_fit_are_refused_before_any_is_made(tiny_base, tiny_corpus, store, pretended_gpus):
    """Exit status 2, and a number that works; what is stored already needs no GPU."""
    request = TrainStudentRequest(
        base=BaseChoice(base=tiny_base),
        data=DataChoice(data=str(tiny_corpus)),
        execution=Execution(device="cpu", seeds=3, jobs=3),
    )
    request = replace(request, training=replace(request.training, epochs=1, precision="fp32"))
    with pytest.raises(UsageError, match=r"--jobs 3: each takes about 1\.0 GiB") as caught:
        each_seed(TRAIN_STUDENT, request, store, lambda _: None)
    assert caught.value.status == 2
    assert caught.value.hint.startswith("try --jobs 2")
    assert not store.folder(RUNS).exists()

    fits = replace(request, execution=replace(request.execution, jobs=2))
    made = each_seed(TRAIN_STUDENT, fits, store, lambda _: None)
    again = each_seed(TRAIN_STUDENT, request, store, lambda _: None)
    assert [one.run.key for one in made] == [one.run.key for one in again]
