"""What the checklist says of memory, energy and searches."""

import pytest

from colacli.render.report.checklist import checklist
from colacli.training.usage import DEVICE_MEMORY, ENERGY, ENERGY_OF, MEMORY, NO_COUNTER, RESUMED
from colacli.workflows.report import ReportOptions, report
from factories.runs import commit_run, make_spec


def answers(store, *environments):
    """The checklist's first row of cost, and its answers by item, of an arm of runs with these environments."""
    runs = [commit_run(store, make_spec(seed), environment=one) for seed, one in enumerate(environments)]
    from colacli.store.refs import set_name

    set_name(store, "arm", [run.key for run in runs])
    _, cost, items, _ = checklist(report(["arm"], ReportOptions(), store)).blocks
    return cost.table.rows[0], dict(items.table.rows)


@pytest.mark.parametrize(
    ("environments", "shown"),
    [
        ([{MEMORY: "1500000000"}, {MEMORY: "2600000000"}], "2.6 GB"),
        ([{MEMORY: "1500000", DEVICE_MEMORY: "7000000000"}], "1.5 MB, on the device 7.0 GB"),
        ([{MEMORY: "1500000"}, {}], "MISSING"),
        ([{MEMORY: "much"}], "MISSING"),
        ([{MEMORY: "9" * 5000}], "MISSING"),
    ],
)
def test_peak_memory(store, environments, shown):
    """The highest of an arm's runs, if every one has it."""
    row, _ = answers(store, *environments)
    assert row[-1] == shown


@pytest.mark.parametrize(
    ("environments", "shown"),
    [
        (
            [{ENERGY: "1200.000", ENERGY_OF: "package-0, dram"}, {ENERGY: "600.5", ENERGY_OF: "package-0, dram"}],
            "1,800 J (0.0005 kWh), of all that the machine did while they were made (package-0, dram)",
        ),
        ([{}], "MISSING: not recorded"),
        ([{ENERGY: "5.0", ENERGY_OF: "package-0"}, {}], "MISSING: not recorded"),
        ([{ENERGY_OF: NO_COUNTER}], f"not measured on this machine: {NO_COUNTER}"),
        ([{ENERGY: "5.0", ENERGY_OF: "package-0"}, {ENERGY_OF: RESUMED}], f"not measured for every run: {RESUMED}"),
        ([{ENERGY: "-1", ENERGY_OF: "package-0"}], "MISSING: not recorded"),
    ],
)
def test_energy(store, environments, shown):
    """The sum over all runs, or that nothing counted it, or that it is missing: three different things."""
    _, items = answers(store, *environments)
    assert items["energy"] == shown


def test_searches(store):
    """None is recorded, which is said."""
    _, items = answers(store, {})
    assert items["choice of other settings, bounds of searches"].startswith("no search is recorded")
