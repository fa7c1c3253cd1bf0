"""Rights that go while a task runs, and tickets for the other end."""

from lenticular.engines.connectors.places import Folder, Peer, Rule
from lenticular.primitives.agents import BUILT_IN
from lenticular.primitives.transfers.tickets import PREFIX


async def _shared(lab):
    """A folder of Grace's that Ada may read, and the rule that lets her."""
    share = await lab.share(await lab.folder("grace"), "grace")
    rule = await lab.allow(share, "ada", by="grace")
    return share, rule


async def test_permission_lost_in_the_middle_stops_the_task_until_it_is_back(lab):
    share, rule = await _shared(lab)
    task_id = await lab.submit(share, await lab.folder())
    job = await lab.begin()
    assert (await lab.report(job, 1)).what == "go on"

    await lab.collections.rules.delete(share, rule.rule_id, lab.person("grace"))
    lab.now += 6
    assert (await lab.report(job, 2)).what == "stop"
    task = await lab.task(task_id)
    assert (task.status, task.state, task.nice_status) == ("INACTIVE", "held", "PERMISSION_DENIED")
    assert task.counts.faults == 1
    assert await lab.codes(task_id) == ["STARTED", "PERMISSION_DENIED"]
    assert (await lab.report(job, 3)).what == "stop"
    await lab.transfers.maintenance.run()
    assert await lab.poll() == ([], [])

    await lab.allow(share, "ada", by="grace")
    await lab.transfers.maintenance.run()
    again = await lab.begin()
    assert (again.job_id, again.attempt) == (task_id, job.attempt + 1)
    assert (await lab.task(task_id)).status == "ACTIVE"


async def test_permission_that_never_comes_back_ends_the_task_at_its_deadline(lab):
    share, rule = await _shared(lab)
    task_id = await lab.submit(share, await lab.folder())
    await lab.collections.rules.delete(share, rule.rule_id, lab.person("grace"))
    assert await lab.poll() == ([], [])
    lab.now += 24 * 3600 + 1
    await lab.transfers.maintenance.run()
    task = await lab.task(task_id)
    assert (task.status, task.fatal_code) == ("FAILED", "EXPIRED")
    assert await lab.codes(task_id) == ["PERMISSION_DENIED", "EXPIRED"]


async def test_rights_that_change_are_brought_to_the_agent(lab):
    share, _ = await _shared(lab)
    await lab.submit(await lab.folder(), await lab.folder())
    other = await lab.submit(share, await lab.folder())
    await lab.connect(slots=3)
    jobs, _ = await lab.poll()
    job = next(job for job in jobs if job.job_id == other)
    assert job.source.rules == (Rule("/", "r"),)
    lab.now += 6
    verdict = await lab.report(job, 1)
    assert (verdict.what, verdict.source) == ("go on", None)
    lab.now += 700
    await lab.connect(slots=3)
    verdict = await lab.report(job, 2)
    assert verdict.source == job.source
    assert verdict.destination == job.destination


async def test_the_way_to_an_agent_that_was_started_anew_is_brought_to_the_other(lab):
    """It shows another certificate then, and may be at another address."""
    laptop, agent_id = await lab.laptop()
    await lab.connect(BUILT_IN, addresses=("https://near",), fingerprint="ab")
    await lab.submit(laptop, await lab.folder())
    job = await lab.begin(agent_id)
    lab.now += 6
    assert (await lab.report(job, 1, agent_id=agent_id)).destination is None

    await lab.connect(BUILT_IN, addresses=("https://far",), fingerprint="cd")
    lab.now += 6
    verdict = await lab.report(job, 2, agent_id=agent_id)
    assert verdict.what == "go on"
    peer = verdict.destination.at
    assert (peer.fingerprint, peer.addresses[0][:11]) == ("cd", "https://far")
    lab.now += 6
    assert (await lab.report(job, 3, agent_id=agent_id)).destination is None


async def test_a_collection_that_is_deleted_fails_its_tasks(lab):
    source, destination = await lab.folder(), await lab.folder()
    task_id = await lab.submit(source, destination)
    job = await lab.begin()
    await lab.collections.delete(source, lab.person("ada"))
    lab.now += 6
    assert (await lab.report(job, 1)).what == "stop"
    task = await lab.task(task_id)
    assert (task.status, task.fatal_code) == ("FAILED", "ENDPOINT_ERROR")
    assert "deleted" in task.fatal_description


async def test_the_other_end_is_reached_with_a_ticket_while_the_attempt_runs(lab):
    laptop, agent_id = await lab.laptop()
    await lab.connect(BUILT_IN, addresses=("https://near",), fingerprint="ab")
    folder = await lab.folder()
    await lab.submit(laptop, folder)
    assert await lab.poll(BUILT_IN) == ([], [])
    job = await lab.begin(agent_id)

    assert isinstance(job.source.at, Folder)
    peer = job.destination.at
    assert isinstance(peer, Peer)
    assert peer.addresses[0] == f"https://near/collections/{folder}"
    assert all(address.endswith(f"/collections/{folder}") for address in peer.addresses)
    assert peer.fingerprint == "ab"
    ticket = await lab.transfers.check_ticket(peer.token)
    assert (ticket.collection_id, ticket.identity_id) == (folder, lab.id("ada"))
    assert ticket.permission == "rw"

    await lab.transfers.cancel(lab.transfers.own([lab.id("ada")]), job.job_id)
    assert await lab.transfers.check_ticket(peer.token) is None


async def test_a_forged_ticket_opens_nothing(lab):
    laptop, agent_id = await lab.laptop()
    folder = await lab.folder()
    await lab.submit(folder, laptop)
    job = await lab.begin(agent_id)
    real = job.source.at.token
    assert (await lab.transfers.check_ticket(real)).permission == "r"
    text, _, signature = real.rpartition(".")
    for forged in (
        "",
        PREFIX,
        "a.b.c.d.e",
        f"{text}.",
        f"{text[:-1]}1.{signature}",  # the destination's, where it may write
        f"{text}.{signature[:-1]}{'0' if signature[-1] != '0' else '1'}",
        real.replace(PREFIX, "pass"),
        f"{real}é",
    ):
        assert await lab.transfers.check_ticket(forged) is None, forged


async def test_a_ticket_of_an_attempt_before_is_good_for_nothing(lab):
    laptop, agent_id = await lab.laptop()
    await lab.submit(await lab.folder(), laptop)
    first, second = await lab.begin(agent_id), await lab.begin(agent_id)
    assert await lab.transfers.check_ticket(first.source.at.token) is None
    assert await lab.transfers.check_ticket(second.source.at.token) is not None
