"""Two accounts, 200 random operations: neither learns a name or a datum of the other.

Everything that an account has bears its marker. What a caller itself sent may come back to
it; beyond that, no answer, list, header or error that one account gets may hold the marker,
a secret or a key of the other. No attempt on the other's things may go well.
"""

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .accounts import MAKING, NAMES, OPERATIONS, Account, call

STEPS = 200

steps = st.tuples(
    st.sampled_from(["one", "two"]),
    st.sampled_from(["root", "admin"]),
    st.sampled_from(OPERATIONS),
    st.booleans(),
    st.integers(0, NAMES - 1),
)


def is_varied(plan):
    """Tell whether a plan tries much; hypothesis begins with one that does one thing only."""
    return len({operation for _, _, operation, _, _ in plan}) > len(OPERATIONS) / 2


plans = st.lists(steps, min_size=STEPS, max_size=STEPS).filter(is_varied)

TELLS_BY_DESIGN = {"get_access_key_info"}
"""What AWS tells everybody who may ask: the account that a key belongs to."""


@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(plans)
def test_two_accounts(cloud, aws, plan):
    accounts = {"one": Account(cloud, aws), "two": Account(cloud, aws)}
    for account in accounts.values():
        account.furnish()
    told = 0
    for side, who, operation, attacks, number in plan:
        caller = accounts[side]
        other = accounts["two" if side == "one" else "one"]
        owner = other if attacks and operation not in MAKING else caller
        service, method, params = call(operation, caller, owner, number)
        went_well, answer = caller.ask(who, service, method, params)
        for sent in texts(params):
            answer = answer.replace(sent, "")
        leaked = [secret for secret in other.secrets if secret in answer]
        assert not leaked, (side, method, params, answer)
        told += caller.marker in answer
        if owner is other and method not in TELLS_BY_DESIGN and other.marker in repr(params):
            assert not went_well or nothing_of(method, answer), (side, method, params, answer)
    assert told > STEPS / 20  # the markers are where one would see them


def nothing_of(method, answer):
    """Tell whether a call that goes well says only that nothing was there."""
    return method == "delete_objects" and "'Deleted'" not in answer


def texts(value):
    """Yield the texts in some parameters, the longest first."""
    found = list(_texts(value))
    return sorted(found, key=len, reverse=True)


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
        if {"Bucket", "Key"} <= value.keys():
            yield f"{value['Bucket']}/{value['Key']}"
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
