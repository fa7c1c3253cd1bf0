"""The data channel: an agent gives and takes the bytes of collections over HTTP.

docs/https-access.md tells it from outside.
"""

from lenticular.agent.serving.door import Door
from lenticular.agent.serving.gate import Cloud, Gate
from lenticular.agent.serving.narrowing import OpenPlace

__all__ = ["Cloud", "Door", "Gate", "OpenPlace"]
