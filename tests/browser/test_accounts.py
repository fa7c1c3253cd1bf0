"""What an administrator sees of the account: who did what, and what may be spent."""

from playwright.sync_api import expect


def test_the_audit_log_shows_who_did_what(seat):
    page = seat.page
    seat.sign_in("ada", to="/groups")
    page.get_by_label("A new group").fill("audited")
    page.get_by_role("button", name="Make it").click()
    seat.open("/audit")
    page.get_by_label("Look for").select_option(label="Operation")
    page.get_by_label("that is").fill("CreateGroup")
    page.get_by_role("button", name="Look").click()
    row = page.get_by_role("row").filter(has_text="audited")
    expect(row).to_contain_text("ada")
    row.locator("summary").click()
    assert '"eventSource": "iam.amazonaws.com"' in row.inner_text()
    page.get_by_label("that is").fill("NobodyDidThis")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_text("Nothing of this kind was done")).to_be_visible()
    seat.open("/audit")
    seat.look("audit", "Audit log")


def make_budget(page, name, limit):
    page.get_by_label("Name").fill(name)
    page.get_by_label("Limit in USD").fill(limit)
    page.get_by_role("button", name="Make it").click()


def test_a_budget_is_made_and_stops_new_spending(seat, cloud):
    page = seat.page
    seat.sign_in("ada", to="/budgets")
    make_budget(page, "storage", "25")
    expect(page.get_by_role("status")).to_contain_text("counts from now on")
    budget = page.get_by_role("region", name="storage")
    expect(budget).to_contain_text("stops at the limit")
    expect(budget).to_contain_text("of 25.00 USD a month")
    make_budget(page, "storage", "30")
    expect(page.get_by_role("alert")).to_contain_text("storage")

    make_budget(page, "nothing", "0")
    cloud.run(cloud.engines.evaluation.evaluate())
    seat.open("/budgets")
    nothing = page.get_by_role("region", name="nothing")
    expect(nothing).to_contain_text("new spending is refused")
    seat.look("budgets", "Budgets")
    nothing.get_by_role("button", name="Let spending go on").click()
    expect(page.get_by_role("status")).to_have_text("Spending goes on.")
    for each in (nothing, budget):
        seat.confirm(each, "Delete")
        expect(page.get_by_role("status")).to_have_text("The budget is deleted.")
