"""S3: the objects primitive as the Amazon S3 API Reference has it (API version 2006-03-01)."""

from functools import partial

from lenticular.apis.aws.s3.cors import CrossOrigin
from lenticular.apis.aws.s3.encryption import Encrypting
from lenticular.apis.aws.s3.grants import AccessLists
from lenticular.apis.aws.s3.guards import guarded
from lenticular.apis.aws.s3.operations.absences import AbsenceOperations
from lenticular.apis.aws.s3.operations.access import AccessOperations
from lenticular.apis.aws.s3.operations.blocks import BlockOperations
from lenticular.apis.aws.s3.operations.buckets import BucketOperations
from lenticular.apis.aws.s3.operations.copies import CopyOperations
from lenticular.apis.aws.s3.operations.cors import CorsOperations
from lenticular.apis.aws.s3.operations.deletions import DeletionOperations
from lenticular.apis.aws.s3.operations.encryption import EncryptionOperations
from lenticular.apis.aws.s3.operations.inventories import InventoryOperations
from lenticular.apis.aws.s3.operations.lifecycle import LifecycleOperations
from lenticular.apis.aws.s3.operations.listings import ListingOperations
from lenticular.apis.aws.s3.operations.locks import LockOperations
from lenticular.apis.aws.s3.operations.logging import LoggingOperations
from lenticular.apis.aws.s3.operations.metrics import MetricsOperations
from lenticular.apis.aws.s3.operations.notifications import NotificationOperations
from lenticular.apis.aws.s3.operations.objects import ObjectOperations
from lenticular.apis.aws.s3.operations.policies import PolicyOperations
from lenticular.apis.aws.s3.operations.posts import PostOperations
from lenticular.apis.aws.s3.operations.selections import SelectionOperations
from lenticular.apis.aws.s3.operations.tagging import TaggingOperations
from lenticular.apis.aws.s3.operations.uploads import UploadOperations
from lenticular.apis.aws.s3.operations.versioning import VersioningOperations
from lenticular.apis.aws.s3.operations.websites import WebsiteOperations
from lenticular.apis.aws.s3.translation import translate
from lenticular.apis.aws.s3.uploading import Uploading
from lenticular.apis.aws.s3.usage import ObjectUsages
from lenticular.apis.aws.s3.watching import Watching
from lenticular.apis.aws.wire.service import Service
from lenticular.primitives.events import Events
from lenticular.primitives.identities import Identities
from lenticular.primitives.metrics import Metrics
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.websites import WEBSITE
from lenticular.primitives.selections import Selections

__all__ = ["service"]


def service(
    storage: ObjectStorage,
    identities: Identities,
    events: Events,
    selections: Selections,
    metrics: Metrics,
    *,
    customer_keys_over_http: bool = False,
) -> Service:
    """Return S3 over the objects of one cloud.

    `customer_keys_over_http` lets keys of customers come over plain HTTP from other machines.
    """
    encrypting = Encrypting(storage.buckets, customer_keys_over_http=customer_keys_over_http)
    access_lists = AccessLists(identities)
    uploading = Uploading(storage.buckets, access_lists)
    objects = ObjectOperations(storage, uploading, encrypting)
    s3 = Service(
        "s3",
        BucketOperations(storage, access_lists),
        objects,
        PostOperations(objects.put_object),
        CorsOperations(storage),
        WebsiteOperations(storage, objects),
        CopyOperations(storage, uploading, encrypting),
        DeletionOperations(storage),
        EncryptionOperations(storage),
        ListingOperations(storage, access_lists),
        UploadOperations(storage, uploading, access_lists, encrypting),
        VersioningOperations(storage),
        LockOperations(storage),
        AccessOperations(storage, access_lists),
        PolicyOperations(storage),
        BlockOperations(storage),
        AbsenceOperations(storage),
        NotificationOperations(storage, events),
        TaggingOperations(storage),
        SelectionOperations(storage, selections, encrypting),
        LifecycleOperations(storage),
        LoggingOperations(storage, access_lists),
        InventoryOperations(storage),
        MetricsOperations(storage),
        translate=translate,
        validate=False,
        usages=ObjectUsages(storage.buckets),
        cross_origin=CrossOrigin(storage.settings),
        is_website=partial(storage.settings.has, WEBSITE),
        answered=Watching(storage, metrics),
    )
    for name, handler in s3.handlers.items():
        s3.handlers[name] = guarded(handler, storage.buckets)
    return s3
