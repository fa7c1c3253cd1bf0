"""What other pages in the same browser try."""

import boto3
from playwright.sync_api import expect

TRAP = """<!doctype html><title>trap</title>
<form method="post" action="{target}"><input name="csrf" value="{token}"></form>
<script>document.forms[0].submit()</script>"""


def test_a_form_in_a_bucket_cannot_make_a_key(seat, cloud):
    """Ports are one site to a browser's cookies: a page in a bucket posts with ours."""
    page = seat.page
    seat.sign_in("ada", to="/keys")
    before = page.get_by_role("row").count()
    s3 = boto3.client("s3", **cloud.boto3())
    s3.create_bucket(Bucket="traps")
    # Even a token that leaked does not help: a form must come from the portal's own pages.
    token = page.locator("input[name=csrf]").first.get_attribute("value")
    trap = TRAP.format(target=seat.url("/keys"), token=token)
    s3.put_object(
        Bucket="traps", Key="trap.html", Body=trap, ContentType="text/html", ACL="public-read"
    )
    s3.close()
    page.goto(f"{cloud.url}/traps/trap.html")
    page.wait_for_url(seat.url("/keys"))
    expect(page.locator("main")).to_contain_text("came from another site")
    seat.open("/keys")
    expect(page.get_by_role("row")).to_have_count(before)


def test_the_portal_cannot_be_framed(seat, cloud):
    page = seat.page
    seat.sign_in("ada")
    s3 = boto3.client("s3", **cloud.boto3())
    s3.create_bucket(Bucket="frames")
    frame = f'<!doctype html><title>frame</title><iframe src="{seat.url("/keys")}"></iframe>'
    s3.put_object(
        Bucket="frames", Key="frame.html", Body=frame, ContentType="text/html", ACL="public-read"
    )
    s3.close()
    page.goto(f"{cloud.url}/frames/frame.html")
    page.wait_for_load_state("networkidle")
    assert "Access keys" not in page.frames[-1].content()
    seat.problems.clear()  # the refusal is told in the console
