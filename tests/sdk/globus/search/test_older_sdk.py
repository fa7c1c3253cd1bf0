"""globus-sdk 3.x speaks to Search as the newest one does."""

import json
import os
import subprocess
from pathlib import Path

from globus_sdk.scopes import SearchScopes

VENV = os.environ.get("VENV") or str(Path(__file__).parents[4] / ".venv")
PYTHON = Path(f"{VENV}-globus-sdk-3/bin/python")

SCRIPT = """
import json, sys, time
import globus_sdk
client = globus_sdk.SearchClient(authorizer=globus_sdk.AccessTokenAuthorizer(sys.argv[1]))
index = client.create_index("Old", "Of an older SDK")["id"]
entry = {"subject": "a", "visible_to": ["public"], "content": {"tags": ["x", "y"], "n": 1}}
client.create_entry(index, entry)
client.update_entry(index, entry | {"id": "two", "content": {"tags": ["x"], "n": 2}})
task = client.ingest(index, {"ingest_type": "GMetaEntry", "ingest_data": entry | {"subject": "b"}})
while client.get_task(task["task_id"])["state"] not in ("SUCCESS", "FAILED"):
    time.sleep(0.01)
query = globus_sdk.SearchQuery("*").add_filter("tags", ["x", "y"])
query.add_facet("numbers", "n", type="numeric_histogram", size=2, histogram_range=(0, 4))
query.add_boost("tags", 2).add_sort("n", order="asc").set_limit(5)
found = client.post_search(index, query)
scroll = globus_sdk.SearchScrollQuery("*").set_limit(1)
pages = [one["subject"] for one in client.paginated.scroll(index, scroll).items()]
shown = [globus_sdk.__version__, [one["subject"] for one in found["gmeta"]],
         [one["count"] for one in found["facet_results"][0]["buckets"]], pages,
         len(client.get_subject(index, "a")["entries"])]
client.delete_index(index)
print(json.dumps(shown))
"""


def test_search_with_globus_sdk_3(cloud, access_token, ada):
    url = cloud.configuration.url("globus")
    command = [PYTHON, "-W", "ignore", "-c", SCRIPT, access_token(ada, str(SearchScopes.all))]
    environment = {"GLOBUS_SDK_SERVICE_URL_SEARCH": url}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    version, found, counts, pages, entries = json.loads(done.stdout)
    assert version.startswith("3.")
    assert (found, counts, pages, entries) == (["a", "b"], [2, 0], ["a", "b"], 2)
