"""What an administrator sees of the account: who did what, and what may be spent."""


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
    assert "ada" in row.inner_text()
    row.locator("summary").click()
    assert '"eventSource": "iam.amazonaws.com"' in row.inner_text()
    page.get_by_label("that is").fill("NobodyDidThis")
    page.get_by_role("button", name="Look").click()
    assert page.get_by_text("Nothing of this kind was done").is_visible()
    seat.open("/audit")
    seat.look("audit")


def make_budget(page, name, limit):
    page.get_by_label("Name").fill(name)
    page.get_by_label("Limit in USD").fill(limit)
    page.get_by_role("button", name="Make it").click()


def test_a_budget_is_made_and_stops_new_spending(seat, cloud):
    page = seat.page
    seat.sign_in("ada", to="/budgets")
    make_budget(page, "storage", "25")
    assert "counts from now on" in page.get_by_role("status").inner_text()
    budget = page.get_by_role("region", name="storage")
    assert "stops at the limit" in budget.inner_text()
    assert "of 25.00 USD a month" in budget.inner_text()
    make_budget(page, "storage", "30")
    assert "storage" in page.get_by_role("alert").inner_text()

    make_budget(page, "nothing", "0")
    cloud.run(cloud.engines.evaluation.evaluate())
    seat.open("/budgets")
    nothing = page.get_by_role("region", name="nothing")
    assert "new spending is refused" in nothing.inner_text()
    seat.look("budgets")
    nothing.get_by_role("button", name="Let spending go on").click()
    assert page.get_by_role("status").inner_text() == "Spending goes on."
    for each in (nothing, budget):
        seat.confirm(each, "Delete")
        assert page.get_by_role("status").inner_text() == "The budget is deleted."
