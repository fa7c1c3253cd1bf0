"""Usage: what one request uses, in the same words for every interface."""

from typing import NamedTuple

from lenticular.primitives.meters.lines import BYTES_OUT, Line
from lenticular.primitives.principals import Principal


class Usage(NamedTuple):
    """What a request will use, as far as that is known before it runs."""

    service: str
    """As `Line.service`."""
    request: str
    """Its class, one of `lines.REQUESTS`."""
    account_id: str
    """The account that pays: the owner of what is used, not who uses it."""
    user: str
    """As `Line.user`."""
    project: str = ""
    units: int = 1
    """As how many requests it counts."""
    unit_size: int = 0
    """Bytes of its answer after which it counts as a further unit; 0: they do not matter."""

    @property
    def line(self) -> Line:
        """The line that its requests are counted in."""
        return Line(self.account_id, self.service, self.request, self.user, self.project)

    @property
    def line_of_answer(self) -> Line:
        """The line that the bytes of its answer are counted in."""
        return Line(self.account_id, self.service, BYTES_OUT, self.user, self.project)

    def units_of(self, answered: int) -> int:
        """Return as how many requests it counts, `answered` bytes having been its answer."""
        if not self.unit_size:
            return self.units
        return max(self.units, -(-answered // self.unit_size))


def spender(principal: Principal) -> str:
    """Return whose doing a principal's requests are.

    A session of a role is the role's: sessions have names of their own, and there would be
    no end of lines. Whoever signs nothing is ``anonymous``.
    """
    if principal.is_anonymous:
        return "anonymous"
    return principal.issuer_arn if principal.kind == "role" else principal.arn
