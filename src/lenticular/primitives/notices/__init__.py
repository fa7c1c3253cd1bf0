"""Notices: mail to people and webhooks to programs, told in the transaction they tell of.

A notice is put into the outbox in the transaction of its cause, so it is as durable as
that, and there is none without one. From there it goes out at least once: whoever receives
it twice knows it by its id (`Message-ID`, ``webhook-id``).
"""

from lenticular.primitives.notices.letters import Letters, Shared, TaskEnded
from lenticular.primitives.notices.notices import NoticeNotFound, Notices
from lenticular.primitives.notices.records import Mail, Notice, Webhook, is_address, is_url
from lenticular.primitives.notices.sending import Sender
from lenticular.primitives.notices.signatures import is_secret, new_secret

__all__ = [
    "Letters",
    "Mail",
    "Notice",
    "NoticeNotFound",
    "Notices",
    "Sender",
    "Shared",
    "TaskEnded",
    "Webhook",
    "is_address",
    "is_secret",
    "is_url",
    "new_secret",
]
