"""What S3 refuses of lifecycle rules: numbers that cannot be, actions that contradict.

Codes and messages are S3's own. What is no rule at all is refused where it is read.
"""

from collections.abc import Iterable, Sequence

from lenticular.apis.aws.s3.errors import invalid_argument, invalid_request
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.objects.lifecycle.calendar import is_midnight
from lenticular.primitives.objects.lifecycle.rules import (
    NoncurrentTransition,
    Rule,
    Transition,
)
from lenticular.primitives.objects.storage_classes import level

MAX_ID = 255
"""Characters."""
MAX_NEWER = 100
"""Most noncurrent versions that a rule keeps."""

_SLOW = frozenset({"STANDARD_IA", "ONEZONE_IA"})
"""Classes that objects come to after 30 days at the earliest."""
_SLOW_DAYS = 30


def invalid(message: str, name: str = "", value: object = None) -> AwsError:
    """Return the error of a value that S3 does not take."""
    return invalid_argument(message, name, value) if name else AwsError("InvalidArgument", message)


def check_together(rules: Sequence[Rule]) -> None:
    """Raise InvalidArgument for rules of one name."""
    if len({rule.id for rule in rules}) < len(rules):
        raise invalid("Rule ID must be unique. Found same ID for one or more rules")


def check_rule(rule: Rule) -> None:
    """Raise InvalidArgument or InvalidRequest for a rule that S3 does not take."""
    if len(rule.id) > MAX_ID:
        raise invalid(f"ID length should not exceed allowed limit of {MAX_ID}")
    _check_filter(rule)
    _check_expiration(rule)
    _check_noncurrent_expiration(rule)
    _check_abortion(rule)
    _check_transitions(rule)
    _check_noncurrent_transitions(rule)
    if not (
        rule.expiration
        or rule.transitions
        or rule.noncurrent_expiration
        or rule.noncurrent_transitions
        or rule.abort_days is not None
    ):
        raise invalid_request("At least one action needs to be specified in a rule")


def _check_filter(rule: Rule) -> None:
    larger, smaller = rule.filter.larger_than, rule.filter.smaller_than
    if (larger is not None and larger < 0) or (smaller is not None and smaller < 1):
        raise invalid_request("Object sizes of a filter must not be negative")
    if larger is not None and smaller is not None and smaller <= larger + 1:
        raise invalid_request(
            "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'"
        )


def _check_expiration(rule: Rule) -> None:
    expiration = rule.expiration
    if expiration is None:
        return
    if expiration.days is not None and expiration.days <= 0:
        raise invalid("'Days' for Expiration action must be a positive integer")
    _check_date(expiration.date)
    if expiration.markers is not None:
        _refuse_predicates(rule, "ExpiredObjectDeleteMarker")


def _check_noncurrent_expiration(rule: Rule) -> None:
    expiration = rule.noncurrent_expiration
    if expiration is None:
        return
    if expiration.days <= 0:
        raise invalid(
            "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer"
        )
    _check_newer(expiration.newer)


def _check_abortion(rule: Rule) -> None:
    if rule.abort_days is None:
        return
    if rule.abort_days <= 0:
        raise invalid(
            "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive "
            "integer"
        )
    _refuse_predicates(rule, "AbortIncompleteMultipartUpload")


def _refuse_predicates(rule: Rule, action: str) -> None:
    if rule.filter.tags:
        raise invalid_request(f"{action} cannot be specified with Tags")
    if rule.filter.has_sizes:
        raise invalid_request(f"{action} cannot be specified with Object Size")


def _check_transitions(rule: Rule) -> None:
    moves, expiration = rule.transitions, rule.expiration
    for move in moves:
        _check_date(move.date)
        if move.days is not None:
            _check_days(move.days, move.storage_class, "Days", "Transition")
    _check_classes(rule, moves, "Transition")
    dated = {move.date is not None for move in moves}
    if expiration is not None and not expiration.markers:
        dated.add(expiration.date is not None)
    if len(dated) > 1:
        raise invalid_request(
            "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle "
            f"rule for {_where(rule)}"
        )
    _check_order(rule, [(move.storage_class, _moment(move)) for move in moves], "Days")
    end = None if expiration is None else expiration.days or expiration.date
    if end is not None and any(_moment(move) >= end for move in moves):
        name = "Date" if True in dated else "Days"
        raise invalid(
            f"'{name}' in the Expiration action for {_where(rule)} must be "
            f"{'later' if name == 'Date' else 'greater'} than '{name}' in the Transition action"
        )


def _check_noncurrent_transitions(rule: Rule) -> None:
    moves, expiration = rule.noncurrent_transitions, rule.noncurrent_expiration
    for move in moves:
        _check_days(move.days, move.storage_class, "NoncurrentDays", "NoncurrentVersionTransition")
        _check_newer(move.newer)
    _check_classes(rule, moves, "NoncurrentVersionTransition")
    _check_order(rule, [(move.storage_class, move.days) for move in moves], "NoncurrentDays")
    if expiration is not None and any(move.days >= expiration.days for move in moves):
        raise invalid(
            f"'NoncurrentDays' in the NoncurrentVersionExpiration action for {_where(rule)} must "
            "be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action"
        )


def _check_days(days: int, storage_class: str, name: str, action: str) -> None:
    if days < 0:
        raise invalid(f"'{name}' in {action} action must be nonnegative")
    if storage_class in _SLOW and days < _SLOW_DAYS:
        raise invalid(
            f"'{name}' in {action} action must be greater than or equal to {_SLOW_DAYS} for "
            f"storageClass '{storage_class}'"
        )


def _check_date(date: int | None) -> None:
    if date is not None and not is_midnight(date):
        raise invalid("'Date' must be at midnight GMT")


def _check_newer(newer: int) -> None:
    if not 0 <= newer <= MAX_NEWER:
        raise invalid(
            f"'NewerNoncurrentVersions' must be a positive integer of at most {MAX_NEWER}"
        )


def _check_classes(
    rule: Rule, moves: Iterable[Transition | NoncurrentTransition], action: str
) -> None:
    classes = [move.storage_class for move in moves]
    if len(set(classes)) < len(classes):
        raise invalid_request(
            f"'StorageClass' must be different for '{action}' actions in same 'Rule' with "
            f"{_where(rule)}"
        )


def _check_order(rule: Rule, moves: Iterable[tuple[str, int]], name: str) -> None:
    """Refuse moves that do not lead down the waterfall as time goes on."""
    last_class, last = "", -1
    for storage_class, moment in sorted(moves, key=lambda move: level(move[0])):
        if moment <= last:
            raise invalid(
                f"'{name}' in the transition to StorageClass '{storage_class}' for {_where(rule)} "
                f"must be greater than '{name}' in the transition to StorageClass '{last_class}'"
            )
        last_class, last = storage_class, moment


def _moment(move: Transition) -> int:
    """Return days or a date, whichever a transition goes by."""
    return move.date if move.date is not None else move.days or 0


def _where(rule: Rule) -> str:
    return f"prefix '{rule.filter.prefix or ''}'"
