"""Usage: what one request uses, in the same words for every interface."""

from functools import lru_cache

from lenticular.primitives.meters.lines import BYTES_OUT, Line
from lenticular.primitives.principals import Principal


class Usage:
    """What a request will use, as far as that is known before it runs; made by `usage`."""

    __slots__ = ("account_id", "answers", "line", "request", "unit_size", "units")

    def __init__(
        self,
        service: str,
        request: str,
        account_id: str,
        user: str,
        project: str,
        units: int,
        unit_size: int,
    ) -> None:
        self.request = request
        """The class of the request, one of `lines.REQUESTS`."""
        self.account_id = account_id
        """The account that pays: the owner of what is used, not who uses it."""
        self.line = Line(account_id, service, request, user, project)
        """Where the request is counted."""
        self.answers = self.line._replace(meter=BYTES_OUT)
        """Where the bytes of its answer are counted."""
        self.units = units
        """As how many requests it counts."""
        self.unit_size = unit_size
        """Bytes of its answer after which it counts as a further unit; 0: they do not matter."""

    def units_of(self, answered: int) -> int:
        """Return as how many requests it counts, `answered` bytes having been its answer."""
        if not self.unit_size:
            return self.units
        return max(self.units, -(-answered // self.unit_size))


@lru_cache(maxsize=10_000)
def usage(
    service: str,
    request: str,
    account_id: str,
    user: str,
    project: str = "",
    units: int = 1,
    unit_size: int = 0,
) -> Usage:
    """Return the usage of this description: the same one for many requests, as counting wants it.

    `service`, `user` and `project` are as in `Line`; the rest as in `Usage`.
    """
    return Usage(service, request, account_id, user, project, units, unit_size)


def spender(principal: Principal) -> str:
    """Return whose doing a principal's requests are.

    A session of a role is the role's: sessions have names of their own, and there would be
    no end of lines. Whoever signs nothing is ``anonymous``.
    """
    if principal.is_anonymous:
        return "anonymous"
    return principal.issuer_arn if principal.kind == "role" else principal.arn
