"""The WebsiteConfiguration document: read, checked and shown.

Amazon S3 API Reference, "PutBucketWebsite". Messages are S3's.
"""

import re
from collections.abc import Mapping
from typing import Any

from lenticular.apis.aws.s3.errors import invalid_argument, invalid_request, malformed_xml
from lenticular.primitives.objects.websites import MOVED, Redirect, RoutingRule, Website

MAX_RULES = 50

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?(:\d{1,5})?")
_PROTOCOLS = ("http", "https")


def read_website(configuration: Mapping[str, Any]) -> Website:
    """Return what a WebsiteConfiguration says.

    Raises MalformedXML, InvalidArgument and InvalidRequest.
    """
    everything = configuration.get("RedirectAllRequestsTo")
    if everything is not None:
        if configuration.keys() & {"IndexDocument", "ErrorDocument", "RoutingRules"}:
            raise invalid_request(
                "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."
            )
        return Website(redirect_all=_redirect(everything))
    index = (configuration.get("IndexDocument") or {}).get("Suffix", "")
    if "IndexDocument" not in configuration:
        raise invalid_argument(
            "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
            "IndexDocument",
            "null",
        )
    if not index or "/" in index:
        raise invalid_argument(
            "The IndexDocument Suffix is not well formed", "IndexDocument", index
        )
    error = configuration.get("ErrorDocument")
    if error is not None and not error.get("Key"):
        raise invalid_argument("The ErrorDocument Key is not well formed", "ErrorDocument", "")
    rules = configuration.get("RoutingRules") or ()
    if len(rules) > MAX_RULES:
        raise invalid_request(
            f"{len(rules)} routing rules provided, the number of routing rules in a website "
            f"configuration is limited to {MAX_RULES}."
        )
    return Website(index, (error or {}).get("Key", ""), rules=tuple(map(_rule, rules)))


def shown(website: Website) -> dict[str, Any]:
    """Return a website as the result of GetBucketWebsite."""
    if website.redirect_all is not None:
        redirect = website.redirect_all
        return {
            "RedirectAllRequestsTo": {
                "HostName": redirect.host,
                "Protocol": redirect.protocol or None,
            }
        }
    return {
        "IndexDocument": {"Suffix": website.index},
        "ErrorDocument": {"Key": website.error} if website.error else None,
        "RoutingRules": [_shown_rule(rule) for rule in website.rules] or None,
    }


def _rule(given: Mapping[str, Any]) -> RoutingRule:
    if not given.get("Redirect"):
        raise malformed_xml()
    redirect = _redirect(given["Redirect"])
    condition = given.get("Condition")
    if condition is None:
        return RoutingRule(redirect)
    prefix = condition.get("KeyPrefixEquals")
    error = condition.get("HttpErrorCodeReturnedEquals")
    if prefix is None and error is None:
        raise invalid_request(
            "Condition cannot be empty. To redirect all requests without a condition, the "
            "condition element shouldn't be present."
        )
    if error is not None and not re.fullmatch(r"[45]\d\d", error, re.ASCII):
        raise invalid_request(
            f"The provided HTTP error code ({error}) is not valid. Valid codes are 4XX or 5XX."
        )
    return RoutingRule(redirect, prefix or "", int(error) if error else None)


def _redirect(given: Mapping[str, Any]) -> Redirect:
    host, protocol = given.get("HostName", ""), given.get("Protocol", "")
    code = given.get("HttpRedirectCode")
    if host and not _HOST.fullmatch(host):
        raise invalid_request(f"The HostName ({host}) is not a valid host name.")
    if protocol and protocol not in _PROTOCOLS:
        raise invalid_request(
            "Invalid protocol, protocol can be http or https. If not defined the protocol will "
            "be selected automatically."
        )
    if code is not None and not re.fullmatch(r"3(0[1-9]|[1-9]\d)", code, re.ASCII):
        raise invalid_request(
            f"The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except "
            "300."
        )
    prefix, key = given.get("ReplaceKeyPrefixWith"), given.get("ReplaceKeyWith")
    if prefix is not None and key is not None:
        raise invalid_request("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
    return Redirect(host, protocol, prefix, key, int(code) if code else MOVED)


def _shown_rule(rule: RoutingRule) -> dict[str, Any]:
    redirect = rule.redirect
    shown: dict[str, Any] = {
        "Redirect": {
            "HostName": redirect.host or None,
            "HttpRedirectCode": str(redirect.status),
            "Protocol": redirect.protocol or None,
            "ReplaceKeyPrefixWith": redirect.prefix,
            "ReplaceKeyWith": redirect.key,
        }
    }
    if rule.prefix or rule.error is not None:
        shown["Condition"] = {
            "KeyPrefixEquals": rule.prefix or None,
            "HttpErrorCodeReturnedEquals": None if rule.error is None else str(rule.error),
        }
    return shown
