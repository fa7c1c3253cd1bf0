"""How a function that ran on another thread ended: carried over, and had again there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, cast

T = TypeVar("T")


@dataclass(slots=True)
class Outcome(Generic[T]):
    """A result or an exception.

    A future could carry both too, but not a StopIteration, and one whose waiter has been
    cancelled would complain that nobody looked at its exception.
    """

    result: T | None = None
    error: BaseException | None = None

    @classmethod
    def of(cls, fn: Callable[..., T], *arguments: Any) -> Self:
        """Run `fn`, and return how it ended."""
        try:
            return cls(result=fn(*arguments))
        except BaseException as error:
            return cls(error=error)

    def unwrap(self) -> T:
        """Return the result, or raise the exception."""
        if self.error is not None:
            raise self.error
        return cast("T", self.result)
