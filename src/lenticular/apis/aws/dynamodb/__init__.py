"""Amazon DynamoDB, spoken over the tables primitive.

API reference: "Amazon DynamoDB", version 2012-08-10.
"""

from lenticular.apis.aws.dynamodb.demands import Demands, denied
from lenticular.apis.aws.dynamodb.errors import translate
from lenticular.apis.aws.dynamodb.operations.account import AccountOperations
from lenticular.apis.aws.dynamodb.operations.backups import BackupOperations
from lenticular.apis.aws.dynamodb.operations.batches import BatchOperations
from lenticular.apis.aws.dynamodb.operations.expiry import ExpiryOperations
from lenticular.apis.aws.dynamodb.operations.items import ItemOperations
from lenticular.apis.aws.dynamodb.operations.queries import QueryOperations
from lenticular.apis.aws.dynamodb.operations.tables import TableOperations
from lenticular.apis.aws.dynamodb.operations.tags import TagOperations
from lenticular.apis.aws.dynamodb.operations.transactions import TransactionOperations
from lenticular.apis.aws.dynamodb.usage import TableUsages
from lenticular.apis.aws.wire.service import Service
from lenticular.primitives.tables import Tables


def service(tables: Tables) -> Service:
    """Return the service, whose tables are kept in `tables`."""
    return Service(
        "dynamodb",
        TableOperations(tables),
        ItemOperations(tables),
        QueryOperations(tables),
        BackupOperations(tables),
        BatchOperations(tables),
        TransactionOperations(tables),
        ExpiryOperations(tables),
        TagOperations(tables),
        AccountOperations(),
        translate=translate,
        opaque=("AttributeValue",),
        demands=Demands(tables),
        denied=denied,
        usages=TableUsages(tables),
    )


__all__ = ["service"]
