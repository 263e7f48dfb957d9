from pathlib import Path

from benchmarks.serving import EMPTY, Cost, Figures, measure, report, server


def test_a_server_is_asked_and_its_cpu_told() -> None:
    with server(EMPTY, "/empty") as bare:
        spent, cpu = measure(bare, lambda client: client.get("/empty"), 50)
        assert len(spent) == 50
        assert min(spent) > 0
        assert 0 <= cpu < 10_000
        pid = bare.pid
    assert not Path(f"/proc/{pid}").exists()


def test_the_report_is_a_table() -> None:
    found = Figures(8, 9, {"lists": Cost(1.25, 9.0, 0.5, 0.25)}, 12.0, 30.0)
    lines = report(found)
    assert "| lists | 1.2 | 9.0 | 0.50 | 0.250 |" in lines
    assert lines[-1].startswith("From a sale to the answer that knows of it: median 12.0 ms")
