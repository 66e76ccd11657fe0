"""Experiments on Ray clusters of two and three nodes, whatever is killed: every run, and the bytes of one process."""

import signal

import pytest

from colacli.engines.engine import Done, Failed, Started, Told
from colacli.events import Epoch, Note
from colacli.sharing.address import Address
from colacli.store.store import Store
from factories.jobs import Planned, site_of

pytest.importorskip("ray", reason="Ray is not installed: pip install 'colacli[ray]'")

from factories.clusters import add_node, make_all, node_of, ray_cluster, start_driver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def planned(tmp_path_factory, tiny_base, tiny_corpus):
    """Eight runs: a teacher, a student alone that takes long, and six of the teacher's."""
    planned = Planned(tmp_path_factory.mktemp("planned"), tiny_base, tiny_corpus)
    teacher = planned.teacher()
    planned.student(epochs=500)
    for seed in range(6):
        planned.distilled(teacher, seed)
    return planned


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A cluster of two nodes, for tests whose runs go into a store that all see; and its nodes."""
    homes = [tmp_path_factory.mktemp("unused")] * 2
    with ray_cluster(*homes) as (cluster, nodes):
        yield cluster, nodes


def ends_of(jobs, store, site, cluster):
    """How each job ended, for a driver in this process."""
    reports = make_all(jobs, store, site, cluster.address)
    return [report for report in reports if isinstance(report, Done | Failed)]


def assert_all_made(planned, jobs, store):
    """Nothing is lost, nothing is left over, and no byte differs."""
    for job in jobs:
        assert planned.files(job.key, store) == planned.files(job.key)
    assert store.attempts() == []


def test_a_node_is_killed(planned, shared, store, tmp_path, capsys):
    """What it was making is resumed on another from its last checkpoint; Ray prints nothing on standard output."""
    cluster, nodes = shared
    long = planned.jobs[1].key
    told, victim, killed = [], None, False
    for report in make_all(planned.jobs, store, site_of(store), cluster.address):
        told.append(report)
        if isinstance(report, Started) and report.key == long and not killed:
            victim = node_of(nodes, report.where)
        if isinstance(report, Told) and report.key == long and isinstance(report.event, Epoch) and not killed:
            cluster.remove_node(victim, allow_graceful=False)
            killed = True
    nodes[nodes.index(victim)] = add_node(cluster, tmp_path)

    assert not [report for report in told if isinstance(report, Failed)]
    assert sum(isinstance(report, Done) for report in told) == len(planned.jobs)
    assert sum(isinstance(report, Started) and report.key == long for report in told) == 2
    assert capsys.readouterr().out == ""
    notes = [report.event.text for report in told if isinstance(report, Told) and isinstance(report.event, Note)]
    assert any("resumed after epoch" in note for note in notes)
    assert_all_made(planned, planned.jobs, store)


def test_the_driver_is_killed_and_started_again(planned, shared, store, tmp_path):
    """What was stored is a hit, what was under way is resumed."""
    cluster, _ = shared
    with start_driver(tmp_path, planned.jobs, store, site_of(store), cluster.address) as driver:
        assert next(line for line in driver.stdout if line.startswith("done"))
        driver.send_signal(signal.SIGKILL)
    ends = ends_of(planned.jobs, store, site_of(store), cluster)

    assert all(isinstance(end, Done) for end in ends)
    assert len(ends) == len(planned.jobs)
    assert_all_made(planned, planned.jobs, store)


def test_two_drivers_at_once(planned, shared, store, tmp_path):
    """What one driver has under way, the other waits for and finds; what both begin in one instant is stored once."""
    cluster, _ = shared
    long = planned.jobs[1].key
    with start_driver(tmp_path, planned.jobs, store, site_of(store), cluster.address) as driver:
        told = (line.split() for line in driver.stdout)
        assert next(event for end, key, event in told if key == long and event == "Epoch")
        ends = ends_of(planned.jobs, store, site_of(store), cluster)
        theirs = {key: was_cached for end, key, was_cached in told if end == "done"}

    assert all(isinstance(end, Done) for end in ends)
    assert {end.key: end.cached for end in ends}[long]
    assert theirs[long] == "False"
    assert_all_made(planned, planned.jobs, store)


def test_each_node_has_a_store_of_its_own(planned, tmp_path):
    """Runs go to a remote and their parents come from it, also when the teacher's node is gone; the driver has all."""
    store, homes = Store(tmp_path / "driver"), [tmp_path / "a", tmp_path / "b"]
    site = site_of(store, root=None, through=Address(f"file://{tmp_path}/remote"))
    first, then = [planned.jobs[0], *planned.jobs[2:6]], planned.jobs[6:]
    told = []
    with ray_cluster(*homes) as (cluster, nodes):
        for report in make_all(first, store, site, cluster.address):
            told.append(report)
            if isinstance(report, Started) and report.key == first[0].key:
                teachers = nodes.index(node_of(nodes, report.where))
        cluster.remove_node(nodes[teachers], allow_graceful=False)
        told += make_all(then, store, site, cluster.address)

    jobs = first + then
    assert [report for report in told if isinstance(report, Failed)] == []
    assert_all_made(planned, jobs, store)
    here, elsewhere = (set(Store(homes[number]).run_keys()) for number in (teachers, 1 - teachers))
    assert here & elsewhere == {first[0].key}
    assert here | elsewhere == {job.key for job in jobs}
    assert {job.key for job in then} <= elsewhere
