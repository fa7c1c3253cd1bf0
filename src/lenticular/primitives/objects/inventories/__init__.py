"""Inventories: lists of what a bucket holds, written into a bucket every day or week.

Amazon S3 User Guide, "Cataloging and analyzing your data with S3 Inventory".
"""

from lenticular.primitives.objects.inventories.inventories import Inventories
from lenticular.primitives.objects.inventories.settings import INVENTORIES, Inventory

__all__ = ["INVENTORIES", "Inventories", "Inventory"]
