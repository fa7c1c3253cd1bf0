"""The six wire protocols of AWS, by botocore's names."""

from lenticular.apis.aws.wire.models import ServiceModel
from lenticular.apis.aws.wire.protocols.cbor import CborProtocol
from lenticular.apis.aws.wire.protocols.contract import WireProtocol
from lenticular.apis.aws.wire.protocols.ec2 import Ec2Protocol
from lenticular.apis.aws.wire.protocols.json import JsonProtocol
from lenticular.apis.aws.wire.protocols.query import QueryProtocol
from lenticular.apis.aws.wire.protocols.rest_json import RestJsonProtocol
from lenticular.apis.aws.wire.protocols.rest_xml import RestXmlProtocol
from lenticular.apis.aws.wire.protocols.s3 import S3Protocol
from lenticular.apis.aws.wire.service import Service

PROTOCOLS: dict[str, type[WireProtocol]] = {
    "json": JsonProtocol,
    "rest-json": RestJsonProtocol,
    "rest-xml": RestXmlProtocol,
    "query": QueryProtocol,
    "ec2": Ec2Protocol,
    "smithy-rpc-v2-cbor": CborProtocol,
}
"""By their names in the models."""


def protocols_of(model: ServiceModel, service: Service) -> dict[str, WireProtocol]:
    """Bind every protocol that a service speaks, best first."""
    if model.name == "s3":
        return {"rest-xml": S3Protocol(model, service)}
    return {name: PROTOCOLS[name](model, service) for name in model.protocols if name in PROTOCOLS}
