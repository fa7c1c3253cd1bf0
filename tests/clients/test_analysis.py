"""s3fs, and pandas, xarray and zarr on it."""


def test_page(run_page, s3):
    run_page("analysis")
    found = s3.list_objects_v2(Bucket="analysis-lab")["Contents"]
    sizes = {item["Key"]: item["Size"] for item in found}
    assert sizes["scan.raw"] == 12_000_003
    assert not any(key.startswith("old/") for key in sizes)
    days = [key.split("/")[1] for key in sizes if key.startswith("days/day=") and sizes[key]]
    assert days == ["day=0", "day=1", "day=2"]
    assert sum(key.startswith("plate.zarr/A1/image/c/") for key in sizes) == 16
    assert sum(key.startswith("field.zarr/temperature/c/") for key in sizes) == 2
    assert {"cells.csv", "cells.parquet", "field.nc", "field.zarr/zarr.json"} <= set(sizes)
    csv = s3.get_object(Bucket="analysis-lab", Key="cells.csv")["Body"].read()
    assert csv.splitlines()[:2] == [b"cell,area,day", b"0,0.0,0"]
    assert csv.count(b"\n") == 3001
