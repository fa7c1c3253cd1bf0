"""What goes wrong with timers."""


class TimerError(Exception):
    """Something is wrong with what is asked of a timer."""


class TimerNotFound(TimerError):
    """Whoever asks has no timer of this id."""

    def __init__(self, timer_id: str) -> None:
        super().__init__(f"You have no timer {timer_id[:100]!r}")


class TimerInvalid(TimerError):
    """What a timer is to do, or when, cannot be."""


class TimerEnded(TimerError):
    """A timer that has run for the last time cannot go on."""


class ConsentMissing(TimerError):
    """The person does not, or no longer, let the timer use Transfer for them."""

    def __init__(self, required_scopes: tuple[str, ...]) -> None:
        super().__init__(
            "Missing required consent: let the application use Transfer by way of Timers"
        )
        self.required_scopes = required_scopes
