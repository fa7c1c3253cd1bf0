"""The data manager's example."""


def test_a_collection_is_looked_after(run_example):
    said = run_example("data_manager.py")
    assert "to publish it: refused (AccessDenied)" in said
    assert "to delete it: refused (AccessDenied)" in said
    assert "to write over it unawares: refused (PreconditionFailed)" in said
    assert 'rule-id="scratch-goes"' in said
    assert "by SQL over samples.csv: " in said
    assert "bytes by a form, status 204" in said
    assert "Removed it all again" in said
