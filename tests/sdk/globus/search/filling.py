"""How tests put entries into an index and read what is found."""

import time


def ended(client, response):
    """Wait until a task is at its end, and return it."""
    until = time.monotonic() + 20
    while True:
        task = client.get_task(response["task_id"])
        if task["state"] not in ("PENDING", "PROGRESS"):
            return task.data
        assert time.monotonic() < until
        time.sleep(0.01)


def entry(subject, content, visible_to=("public",), **more):
    """Return a GMetaEntry."""
    return {"subject": subject, "content": content, "visible_to": list(visible_to), **more}


def put(client, index, *entries, **more):
    """Put entries, and return how the task ended."""
    document = {"ingest_type": "GMetaList", "ingest_data": {"gmeta": list(entries)}, **more}
    return ended(client, client.ingest(index, document))


def subjects(results):
    """Return the subjects of results, in their order."""
    return [one["subject"] for one in results["gmeta"]]
