"""DuckDB with its extension httpfs, which a package brings: tests fetch nothing."""

from .pages import python

INSTALL = """
import importlib.resources
import duckdb

extensions = importlib.resources.files("duckdb_extension_httpfs") / "extensions"
duckdb.sql(f"INSTALL '{extensions / f'v{duckdb.__version__}' / 'httpfs.duckdb_extension'}'")
"""


def test_page(run, run_page, s3):
    run(python(INSTALL))
    run_page("duckdb")
    found = s3.list_objects_v2(Bucket="duckdb-lab")["Contents"]
    keys = [item["Key"] for item in found]
    assert [key for key in keys if "/" not in key] == ["cells.parquet", "few.csv", "few.json"]
    folders = [key.rpartition("/")[0] for key in keys if "/" in key]
    assert sorted(folders) == ["days/day=0", "days/day=0", *(f"days/day={n}" for n in (1, 2, 3))]
    parquet = s3.get_object(Bucket="duckdb-lab", Key="cells.parquet")["Body"].read()
    assert parquet.startswith(b"PAR1")
    assert parquet.endswith(b"PAR1")
    csv = s3.get_object(Bucket="duckdb-lab", Key="few.csv")["Body"].read()
    assert csv.startswith(b"cell,day,area\n0,0,0.0\n")
    assert csv.count(b"\n") == 1001
