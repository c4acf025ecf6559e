"""What a killed start left aside goes when the home is opened; whole files stay."""

from __future__ import annotations

from flows.home import Home
from flows.leftovers import clear_leftovers


def test_only_what_lies_aside_goes(tmp_path):
    home = Home(root=tmp_path / "home")
    home.make_folders()
    batch = home.chunks / "batch"
    kept = [
        *(
            home.outgoing / "P-1.sealed",
            home.reports / "batch.html",
            home.root / "warehouse.duckdb",
        ),
        *(home.releases / ".P-1.request.ab.part", batch / "chunk" / "pages.parquet"),
    ]
    left = [
        *(home.outgoing / ".P-2.sealed.ab.part", home.reports / ".batch.html.17.aside"),
        *(home.root / ".snapshot.duckdb.17.aside", batch / ".chunk.17.aside" / "pages.parquet"),
    ]
    for path in (*kept, *left):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert clear_leftovers(home) == len(left)
    assert all(path.exists() for path in kept)
    assert not any(path.exists() for path in left)
    assert not (batch / ".chunk.17.aside").exists()
    assert clear_leftovers(home) == 0
