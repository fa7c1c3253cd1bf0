"""The file manager and the other rooms for research data, with a real agent and two folders."""

import pytest
from playwright.sync_api import expect

from lenticular.engines.connectors.places import Folder
from lenticular.primitives.collections import Details, NewMapped

HOSTILE = '<img src=x onerror="document.title=1">\u202egpj.exe'
NEWLINE = "two\nlines.txt"


@pytest.fixture(scope="module")
def ada(cloud):
    """Whose the folders are."""
    return cloud.run(cloud.engines.identities.users.find(cloud.credentials.account_id, "ada"))


@pytest.fixture(scope="module")
def new_collection(cloud, ada):
    """``new_collection(name, folder)``: the id of a collection of ada's."""

    def make(name, folder):
        new = NewMapped(
            kind="folder",
            origin=Folder(str(folder)),
            account_id=ada.account_id,
            owner_id=ada.identity_id,
            details=Details(display_name=name, public=False),
        )
        return cloud.run(cloud.engines.collections.create_mapped(new)).collection_id

    return make


@pytest.fixture(scope="module")
def folders(new_collection, tmp_path_factory):
    """Two folders with their collections: (folder, id) of the instrument's and the archive's."""
    instrument, archive = (tmp_path_factory.mktemp(name) for name in ("instrument", "archive"))
    run = instrument / "run-7"
    (run / "raw").mkdir(parents=True)
    for number in range(3):
        (run / "raw" / f"plate-{number}.tif").write_bytes(bytes(50_000 * (number + 1)))
    (run / "protocol.md").write_text("# Protocol\n")
    (run / "samples.csv").write_text("sample,weight\n1,2.5\n" * 700)
    (run / ".settings").write_text("gain=2\n")
    (run / HOSTILE).write_text("harmless")
    (run / NEWLINE).write_text("two")
    (archive / "2024").mkdir()
    (archive / "2025").mkdir()
    (archive / "README.txt").write_text("Everything that is kept.\n")
    return [
        (instrument, new_collection("Confocal microscope 2", instrument)),
        (archive, new_collection("Archive of the imaging lab", archive)),
    ]


def address(folders, left="/run-7/", right="/"):
    (_, one), (_, other) = folders
    return f"/files?left={one}&left_path={left}&right={other}&right_path={right}"


@pytest.fixture
def desk(take_seat, signed_in, folders):
    """Ada at the file manager, with both folders open."""
    seat = take_seat(storage_state=signed_in)
    seat.open(address(folders))
    expect(seat.page.locator("#left .entry")).to_have_count(5)
    return seat


def entry(page, side, name):
    return page.locator(f"#{side} .entry").filter(has=page.get_by_text(name, exact=True))


def test_a_collection_is_chosen_and_browsed(take_seat, signed_in, folders):
    seat = take_seat(storage_state=signed_in)
    page = seat.page
    seat.open("/files")
    left, right = page.locator("#left"), page.locator("#right")
    seat.look("files-choose", "Files")
    left.get_by_label("Words of its name").fill("confo")
    left.get_by_role("button", name="Find").click()
    page.locator("#left").get_by_role("link", name="Confocal microscope 2").click()
    right.get_by_role("link", name="Archive of the imaging lab").first.click()
    left.get_by_role("link", name="run-7").click()
    expect(left.locator(".file-name").filter(has_text="gpj.exe")).to_have_text(
        HOSTILE.replace("\u202e", "[U+202E]")
    )
    expect(left.locator(".crumbs li")).to_have_count(2)
    assert page.evaluate("new URL(location).searchParams.get('left_path')") == "/run-7/"
    expect(right.get_by_role("link", name="README.txt")).to_be_visible()
    left.get_by_role("link", name="Size").click()
    expect(left.locator(".entry").nth(1)).to_contain_text("two")
    left.get_by_role("link", name="Size").click()
    expect(left.locator(".entry").nth(1)).to_contain_text("samples.csv")
    left.get_by_role("link", name="Show hidden").click()
    expect(left.get_by_text(".settings")).to_be_visible()
    page.go_back()
    expect(left.get_by_text(".settings")).to_have_count(0)
    entry(page, "left", "samples.csv").click()
    entry(page, "left", "raw").locator("input").check()
    seat.look("files", "Files")


def test_folders_are_made_renamed_and_deleted(desk, folders):
    page, (folder, _) = desk.page, folders[1]
    right = page.locator("#right")
    right.get_by_text("New folder").click()
    right.get_by_label("Its name").fill("2026 Ä&B?")
    right.get_by_role("button", name="Make it").click()
    expect(page.locator("#said")).to_have_text("The folder is there.")
    assert (folder / "2026 Ä&B?").is_dir()
    entry(page, "right", "2026 Ä&B?").locator("input").check()
    right.get_by_role("button", name="Rename").click()
    dialog = page.get_by_role("dialog", name="Rename")
    desk.look("files-rename", "Files")
    dialog.get_by_label("Its new name").fill("2026")
    dialog.get_by_role("button", name="Rename it").click()
    expect(entry(page, "right", "2026")).to_be_visible()
    assert not (folder / "2026 Ä&B?").exists()
    entry(page, "right", "2026").get_by_role("link").focus()
    page.keyboard.press("Delete")
    page.get_by_role("dialog", name="Delete").get_by_role("button", name="Delete").click()
    expect(entry(page, "right", "2026")).to_have_count(0)
    assert not (folder / "2026").exists()


def test_files_are_transferred_by_a_button_and_the_task_is_watched(desk, folders):
    page, (folder, _) = desk.page, folders[1]
    entry(page, "left", "raw").locator("input").check()
    entry(page, "left", NEWLINE.replace("\n", "[U+000A]")).locator("input").check()
    page.get_by_text("How transfers are done").click()
    page.get_by_label("Label").fill("Run 7")
    page.get_by_label("Keep the times of files").check()
    page.get_by_label("Filters for what is in folders").fill("exclude plate-2*")
    desk.look("files-options", "Files")
    page.get_by_role("button", name="Transfer to the right").click()
    done = page.locator("#under-way li")
    expect(done.locator(".state.good")).to_have_text("succeeded")
    expect(entry(page, "right", "raw")).to_be_visible()
    assert sorted(one.name for one in (folder / "raw").iterdir()) == ["plate-0.tif", "plate-1.tif"]
    assert (folder / NEWLINE).read_text() == "two"
    desk.look("files-transferred", "Files")
    done.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Run 7")
    expect(page.locator(".events")).to_contain_text("succeeded")
    expect(page.locator("main")).to_contain_text("3 of 3")
    desk.look("task", "Run 7")
    page.get_by_role("link", name="Tasks").first.click()
    desk.look("tasks", "Tasks")


def test_a_mistaken_filter_is_told_beside_the_panes(desk):
    page = desk.page
    entry(page, "left", "raw").locator("input").check()
    page.get_by_text("How transfers are done").click()
    page.get_by_label("Filters for what is in folders").fill("leave out *.tmp")
    page.get_by_role("button", name="Transfer to the right").click()
    expect(page.locator("#said")).to_contain_text("include or exclude")
    expect(page.locator("#under-way")).to_be_hidden()


def test_a_task_that_fails_says_why(desk, folders):
    page, (folder, _) = desk.page, folders[0]
    (folder / "run-7/lost.txt").write_text("soon gone")
    page.reload()
    link = entry(page, "left", "lost.txt").get_by_role("link")
    expect(link).to_be_visible()
    (folder / "run-7/lost.txt").unlink()
    link.focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#said")).to_contain_text("It did not succeed")
    page.locator("#under-way").get_by_role("link").click()
    expect(page.get_by_role("alert")).to_contain_text("lost.txt")
    desk.look("task-failed", "Transfer")


def test_files_are_dragged_to_a_folder_of_the_other_pane(desk, folders):
    page, (folder, _) = desk.page, folders[1]
    entry(page, "left", "protocol.md").drag_to(entry(page, "right", "2025"))
    expect(page.locator("#under-way .state.good")).to_be_visible()
    assert (folder / "2025/protocol.md").read_text() == "# Protocol\n"
    entry(page, "left", "samples.csv").drag_to(page.locator("#right .pane-top"))
    expect(entry(page, "right", "samples.csv")).to_be_visible()


def test_files_are_brought_from_this_machine_and_taken_to_it(desk, folders):
    page, (folder, _) = desk.page, folders[1]
    name = "über 100% #1?.txt"
    chosen = {"name": name, "mimeType": "text/plain", "buffer": b"first"}
    page.set_input_files("#right-upload", files=[chosen])
    expect(entry(page, "right", name)).to_be_visible()
    assert (folder / name).read_bytes() == b"first"
    page.once("dialog", lambda dialog: dialog.accept())
    page.set_input_files("#right-upload", files=[chosen | {"buffer": b"second"}])
    expect(page.locator("#under-way .state.good")).to_have_count(2)
    assert (folder / name).read_bytes() == b"second"
    with page.expect_download() as download:
        entry(page, "right", name).get_by_role("link").click()
        if page.get_by_role("button", name="Allow").count():
            page.get_by_role("button", name="Allow").click()
    assert download.value.path().read_bytes() == b"second"


def test_everything_is_reached_with_the_keyboard(desk):
    page = desk.page
    page.locator("#left .entry a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    expect(page.locator("#left .chosen")).to_have_text(", 3 selected")
    page.keyboard.press("Control+a")
    expect(page.locator("#left .chosen")).to_have_text(", 5 selected")
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("#left .crumbs li")).to_have_count(3)
    expect(page.locator("#left .entry a").first).to_be_focused()
    page.keyboard.press("Backspace")
    expect(page.locator("#left .crumbs li")).to_have_count(2)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#right .entry a").first).to_be_focused()


def test_it_works_without_a_script(take_seat, signed_in, folders):
    plain = take_seat(java_script_enabled=False, storage_state=signed_in)
    page, (folder, _) = plain.page, folders[1]
    plain.open(address(folders, right="/2024/"))
    right = page.locator("#right")
    right.locator("summary").click()
    right.get_by_label("Its name").fill("plain")
    right.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("status").first).to_have_text("The folder is there.")
    entry(page, "right", "plain").locator("input").check()
    right.get_by_role("button", name="Rename").click()
    page.get_by_label("Its new name").fill("simple")
    page.get_by_role("button", name="Rename it").click()
    entry(page, "left", "protocol.md").locator("input").check()
    page.get_by_role("button", name="Transfer to the right").click()
    expect(page.get_by_role("status").first).to_contain_text("It is under way")
    expect(page.locator(".titled .state.good")).to_be_visible()  # the page asks again by itself
    assert (folder / "2024/protocol.md").exists()
    assert (folder / "2024/simple").is_dir()
