"""What can go wrong with groups."""


class GroupError(Exception):
    """Any error of this package."""


class GroupNotFound(GroupError):
    """There is no such group, or none that the person may see: the two look the same."""

    def __init__(self, group_id: str) -> None:
        super().__init__(f"There is no group {group_id} that you can see")
        self.group_id = group_id


class NotPermitted(GroupError):
    """The person's role in the group does not go so far."""


class InputInvalid(GroupError):
    """A value cannot be taken; the message says why."""


class GroupInUse(GroupError):
    """The group has subgroups, which must be deleted first."""


class MembershipRefused(GroupError):
    """One action on one membership cannot be done; the others of its batch can."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
