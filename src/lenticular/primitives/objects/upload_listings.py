"""Listings of uploads in progress."""

from dataclasses import dataclass, field

from lenticular.engines.kv.contract import Reader
from lenticular.engines.kv.keys import after
from lenticular.primitives.objects.keys import UPLOAD
from lenticular.primitives.objects.listings import seek_behind, walk
from lenticular.primitives.objects.records import Bucket, Upload, decode_upload


@dataclass(slots=True)
class UploadPage:
    """A page of a bucket's uploads by key and, within a key, by time."""

    uploads: list[tuple[str, Upload]] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    truncated: bool = False
    last: tuple[str, str] = ("", "")
    """Key (or common prefix) and upload id shown last."""

    def __len__(self) -> int:
        return len(self.uploads) + len(self.prefixes)


def list_uploads(
    reader: Reader,
    home: Bucket,
    prefix: str,
    delimiter: str,
    behind: tuple[str, str] | None,
    limit: int,
) -> UploadPage:
    """Return the uploads of a bucket behind a key and upload id; see `Uploads.list`."""
    page = UploadPage()
    if limit == 0:
        return page
    start = UPLOAD.starting_with(home.uid, prefix)[0]
    if behind is not None and behind[0]:
        key, upload_id = behind
        if upload_id:
            start = max(start, after(UPLOAD.pack(home.uid, key, upload_id)))
        else:
            start = max(start, seek_behind(UPLOAD, home, key, delimiter, prefix))
    for key, data in walk(reader, UPLOAD, home, start, prefix, delimiter):
        if len(page) == limit:
            page.truncated = True
            break
        if data is None:
            page.prefixes.append(key)
            page.last = (key, "")
        else:
            upload = decode_upload(data)
            page.uploads.append((key, upload))
            page.last = (key, upload.id)
    return page
