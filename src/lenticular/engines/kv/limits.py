"""Holds what is written to the limits of the contract: the same words from every engine."""

from lenticular.engines.kv.contract import MAX_KEY_SIZE, MAX_TOPIC_SIZE, MAX_VALUE_SIZE


def check_pair(key: bytes, value: bytes) -> None:
    """Raise ValueError (or TypeError for another type than bytes) unless a pair can be stored."""
    if not (isinstance(key, bytes) and isinstance(value, bytes)):
        raise TypeError(
            f"a key and its value are bytes, not {type(key).__name__} and {type(value).__name__}"
        )
    if not 0 < len(key) <= MAX_KEY_SIZE:
        raise ValueError(f"a key has 1 to {MAX_KEY_SIZE} bytes, not {len(key)}")
    if len(value) > MAX_VALUE_SIZE:
        raise ValueError(
            f"a value has at most {MAX_VALUE_SIZE} bytes, not {len(value)}: "
            "keep larger ones in a blob store"
        )


def check_topic(topic: bytes) -> None:
    """Raise ValueError (or TypeError for another type than bytes) unless it can be signalled."""
    if not isinstance(topic, bytes):
        raise TypeError(f"the topic of a signal is bytes, not {type(topic).__name__}")
    if not 0 < len(topic) <= MAX_TOPIC_SIZE:
        raise ValueError(f"the topic of a signal has 1 to {MAX_TOPIC_SIZE} bytes, not {len(topic)}")
