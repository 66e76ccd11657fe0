"""Ray clusters of several nodes on the loopback address, and drivers that use them."""

import os
import pickle
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from colacli.engines.engine import Done, Failed, Started, Told
from colacli.engines.schedule import run_jobs
from factories.jobs import THREADS

ROOM = {"object_store_memory": 80 * 2**20, "include_dashboard": False}


@contextmanager
def ray_cluster(*homes):
    """A head without cores, for drivers, and a node with room for one run for each of these stores' folders."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **ROOM})
    try:
        nodes = [add_node(cluster, home) for home in homes]
        yield cluster, nodes
    finally:
        cluster.shutdown()


def add_node(cluster, home):
    """One more; its own store is in that folder."""
    return cluster.add_node(num_cpus=THREADS, env_vars={"COLACLI_HOME": str(home)}, **ROOM)


def node_of(nodes, where):
    """The node that a `Started` names by one of its processes."""
    parent = int(Path(f"/proc/{where.rpartition(' ')[2]}/stat").read_text().rpartition(")")[2].split()[1])
    return next(node for node in nodes if parent == node.all_processes["raylet"][0].process.pid)


def make_all(jobs, store, site, address):
    """Everything that a driver in this process is told, soon after it is said."""
    from colacli.engines import ray

    ray._POLL = 0.05
    engine = ray.RayEngine(store, site, address=address)
    try:
        yield from run_jobs(jobs, engine)
    finally:
        engine.close()


def start_driver(folder, jobs, store, site, address):
    """A driver in a process of its own; it writes a line for each report."""
    (folder / "jobs.pickle").write_bytes(pickle.dumps((jobs, store, site, address)))
    paths = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, "-m", "factories.clusters", str(folder / "jobs.pickle")],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
    )


if __name__ == "__main__":
    for report in make_all(*pickle.loads(Path(sys.argv[1]).read_bytes())):
        match report:
            case Done(key, cached):
                print("done", key, cached, flush=True)
            case Failed(key, error):
                print("failed", key, type(error).__name__, flush=True)
            case Started(key):
                print("started", key, "-", flush=True)
            case Told(key, event):
                print("told", key, type(event).__name__, flush=True)
