"""Notices as they go out: a mail as RFC 5322 writes it, a webhook's body."""

import email.policy
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage

import msgspec

from lenticular.primitives.notices.records import Mail, Notice, Webhook

_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}


def mail_message(notice: Notice, mail: Mail, sender: Address) -> bytes:
    """Return the message of a mail, the same at every attempt.

    Whatever a person wrote stands in the body or, as one line, in the subject. The library
    refuses a header that would become two, but reads encoded words (RFC 2047), in which line
    breaks can hide: none is left in what it is given.
    """
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject.replace("=?", "= ?")
    message["Date"] = _moment(notice.made)
    message["Message-ID"] = f"<{notice.notice_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers by machines
    text = mail.text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
    message.set_content(text, charset="utf-8")
    return message.as_bytes()


def webhook_body(notice: Notice, webhook: Webhook) -> bytes:
    """Return the body of a webhook, the same at every attempt."""
    return msgspec.json.encode(
        {
            "type": webhook.kind,
            "timestamp": _moment(notice.made).isoformat().replace("+00:00", "Z"),
            "data": webhook.data,
        }
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
