"""What the portal and the Graph service are told: by ``prepare.py``, in one file of JSON each."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import globus_sdk


@dataclass(frozen=True)
class Settings:
    """The settings of one of the two."""

    client_id: str
    """As which it is registered with the cloud."""
    client_secret: str
    url: str
    """Where it is found."""
    datasets: str
    """Id of the collection that the catalogue is in."""
    shared: str
    """Id of the collection on which people are given folders."""
    graphs_url: str
    """Where the Graph service is found."""
    graphs_scope: str
    """What a token must be allowed for the Graph service to draw."""

    @classmethod
    def read(cls) -> Self:
        """Read the file that the environment variable ``SETTINGS`` names."""
        return cls(**json.loads(Path(os.environ["SETTINGS"]).read_text(encoding="utf-8")))

    def write(self, file: Path) -> None:
        """Write the file, which holds a secret, for nobody else to read."""
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(asdict(self), out, indent=1)

    def client(self) -> globus_sdk.ConfidentialAppAuthClient:
        """Return a client of the authorisation server that acts as this application."""
        return globus_sdk.ConfidentialAppAuthClient(self.client_id, self.client_secret)
