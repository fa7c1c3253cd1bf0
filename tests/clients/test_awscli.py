"""``aws`` of PyPI's awscli."""


def test_page(run_page, s3):
    printed = run_page("awscli")
    assert "Total Objects: 3\n" in printed
    assert "19.1 MiB scans/1.raw\n" in printed

    whole = s3.get_object_attributes(
        Bucket="awscli-lab", Key="scans/1.raw", ObjectAttributes=["ObjectParts", "ObjectSize"]
    )
    assert whole["ObjectSize"] == 20_000_000
    assert whole["ObjectParts"]["TotalPartsCount"] == 3
    history = s3.list_object_versions(Bucket="awscli-lab")
    versions = [(item["Key"], item["IsLatest"], item["Size"]) for item in history["Versions"]]
    assert versions == [
        ("cells.csv.gz", False, 3893),
        ("cells.csv.gz", False, history["Versions"][1]["Size"]),
        ("plate/day1/cells.csv", False, 3893),
        ("scans/1.raw", True, 20_000_000),
    ]
    assert history["Versions"][0]["ChecksumAlgorithm"] == ["SHA256"]
    markers = [(item["Key"], item["IsLatest"]) for item in history["DeleteMarkers"]]
    assert markers == [("cells.csv.gz", True), ("plate/day1/cells.csv", True)]
    piped = s3.head_object(Bucket="awscli-lab", Key="cells.csv.gz", VersionId="null")
    assert piped["Metadata"] == {"plate": "7"}
    assert "awscli-away" not in [item["Name"] for item in s3.list_buckets()["Buckets"]]


def test_checksums_that_today_s_clients_prefer(run, s3):
    s3.create_bucket(Bucket="awscli-sums")
    algorithms = ["CRC32C", "CRC64NVME"]  # those of awscli[crt]
    run(f"""
        eval "$(lenticular env)"
        seq 1000 > cells.csv
        for algorithm in {" ".join(algorithms)}; do
            aws s3 cp cells.csv s3://awscli-sums/$algorithm --checksum-algorithm $algorithm
        done
    """)
    for algorithm in algorithms:
        kept = s3.head_object(Bucket="awscli-sums", Key=algorithm, ChecksumMode="ENABLED")
        assert kept[f"Checksum{algorithm}"]
        assert kept["ChecksumType"] == "FULL_OBJECT"
