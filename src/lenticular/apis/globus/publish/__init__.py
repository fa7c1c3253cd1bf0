"""Publication (``/publish/v1``): this cloud's own API for datasets, their pages, and harvests."""

from dataclasses import replace

from lenticular.apis.globus.publish.errors import translate
from lenticular.apis.globus.publish.harvesting import HarvestOperations
from lenticular.apis.globus.publish.operations import DatasetOperations
from lenticular.apis.globus.publish.pages import LandingPages
from lenticular.apis.globus.wire.errors import CodedErrors
from lenticular.apis.globus.wire.service import Service
from lenticular.pages import Pages
from lenticular.primitives.oauth.builtin import TRANSFER
from lenticular.primitives.publications import Publications


def service(publications: Publications, contact: str, *, strict_transport: bool = False) -> Service:
    """Return the service.

    `contact` is the mail address of whoever runs it; `strict_transport` is that of its pages.
    """
    pages = Pages(__name__, strict_transport=strict_transport)
    made = Service(
        "publish",
        DatasetOperations(publications),
        LandingPages(publications, pages),
        HarvestOperations(publications, contact),
        resource_server=TRANSFER,  # publishing is a transfer
        errors=CodedErrors(),
        translate=translate,
    )
    # ARKs are written without the first slash too, which is the newer form: it is one segment.
    newer = f"/ark:{publications.naan}/{{name}}"
    landing = next(one for one in made.operations if one.name == "show_dataset")
    made.operations.append(replace(landing, path=newer))
    return made
