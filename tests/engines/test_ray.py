"""Runs that a Ray cluster makes."""

import pytest

from colacli.engines.engine import Done, Started
from colacli.engines.schedule import run_jobs
from factories.jobs import Planned, site_of

pytest.importorskip("ray", reason="Ray is not installed: pip install 'colacli[ray]'")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_jobs_are_made_here_where_no_cluster_is_named(store, tmp_path, tiny_base, tiny_corpus):
    """The teacher before its student, and byte for byte what one process makes."""
    from colacli.engines.ray import RayEngine

    planned = Planned(tmp_path / "planned", tiny_base, tiny_corpus)
    teacher = planned.teacher()
    planned.distilled(teacher)
    planned.student()
    engine = RayEngine(store, site_of(store))
    try:
        reports = list(run_jobs(planned.jobs, engine))
    finally:
        engine.close()

    assert sorted(report.key for report in reports if isinstance(report, Done)) == sorted(j.key for j in planned.jobs)
    assert {report.key for report in reports if isinstance(report, Started)} == {job.key for job in planned.jobs}
    for job in planned.jobs:
        assert planned.files(job.key, store) == planned.files(job.key)
