"""Usage: what the meters of an account say, what that costs, and the price list."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Literal

from msgspec import Struct

from lenticular.primitives import meters
from lenticular.primitives.meters import BYTES_OUT, STORAGE, Line, PriceListError, dollars
from lenticular.server.administration.contract import Nothing, Site

_MILLISECONDS = Decimal(3_600_000)
"""Of an hour: storage is shown in byte-hours."""

_UNITS = {STORAGE: "byte-hours", BYTES_OUT: "bytes"}

_FORMS = {"": "", "hour": "%Y-%m-%dT%H:00Z", "day": "%Y-%m-%d", "month": "%Y-%m"}


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """Which usage to show."""

    account_id: str = ""
    """Empty: that of the account that the cloud started with."""
    since: datetime | None = None
    """None: from the start of this month."""
    until: datetime | None = None
    """None: until now."""
    each: Literal["", "hour", "day", "month"] = ""
    """In what steps of time; empty: all of it at once."""
    by_user: bool = False
    by_project: bool = False


class Used(Struct, frozen=True, omit_defaults=True):
    """How much of something was used, and what that costs."""

    service: str
    meter: str
    quantity: str
    unit: str
    cost_usd: str
    time: str = ""
    user: str = ""
    project: str = ""


class PriceList(Struct, frozen=True):
    """A price list as it is written, and where."""

    text: str
    path: str
    """Of the data folder's own; empty: it is the one that comes with the program."""


Key = tuple[str, Line]


async def show(site: Site, asked: Asked) -> list[Used]:
    """Return what an account used, by time and line. Raises `AccountNotFound`."""
    identities = site.cloud.identities
    wanted = asked.account_id or await identities.first_account_id()
    account_id = (await identities.accounts.get(wanted)).account_id
    now = datetime.now(UTC)
    since = asked.since or now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    until = asked.until or now + timedelta(hours=1)

    def by(hour: int, line: Line) -> Key:
        time = datetime.fromtimestamp(hour * 3600, UTC).strftime(_FORMS[asked.each])
        user = line.user if asked.by_user else ""
        return time, line._replace(user=user, project=line.project if asked.by_project else "")

    totals: Counter[Key] = await site.cloud.meters.totals(
        account_id, _hour(since), _hour(until), by
    )
    return [_used(site, *key, totals[key]) for key in sorted(totals) if totals[key]]


async def prices(site: Site, wanted: Nothing) -> PriceList:
    """Return the price list that is in force."""
    path = site.configuration.data / meters.prices.FILE_NAME
    return PriceList(site.cloud.prices.text, str(path) if path.exists() else "")


async def write_prices(site: Site, wanted: Nothing) -> PriceList:
    """Put the price list that comes with the program into the data folder, to be changed.

    Raises `PriceListError` when there is one.
    """
    path = site.configuration.data / meters.prices.FILE_NAME
    text = (files(meters) / meters.prices.FILE_NAME).read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise PriceListError(f"{path} is there already: change it, or remove it first") from None
    return PriceList(text, str(path))


def _hour(moment: datetime) -> int:
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() // 3600)


def _used(site: Site, time: str, line: Line, total: int) -> Used:
    quantity = total / _MILLISECONDS if line.meter == STORAGE else Decimal(total)
    cost = dollars(site.cloud.prices.cost(line.service, line.meter) * total)
    return Used(
        service=line.service,
        meter=line.meter,
        quantity=f"{round(quantity, 3).normalize() + 0:f}",
        unit=_UNITS.get(line.meter, "requests"),
        cost_usd=f"{cost.normalize() + 0:f}",
        time=time,
        user=line.user,
        project=line.project,
    )
