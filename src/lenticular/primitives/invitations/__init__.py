"""Invitations: folders shared with people of whom only a mail address is known.

An access rule for a mail address lets nobody in. The person who is mailed its link accepts
it as somebody: then it is a rule for their identity. A rule of the kind ``link`` is for
whoever shows its link, until it expires or is taken away, and to read only.
"""

from lenticular.primitives.invitations.guests import Guests, is_guests
from lenticular.primitives.invitations.invitations import (
    AddressTaken,
    Invitation,
    Invitations,
    InvitationSpent,
)

__all__ = ["AddressTaken", "Guests", "Invitation", "InvitationSpent", "Invitations", "is_guests"]
