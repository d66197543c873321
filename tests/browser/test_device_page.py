"""A training on the visitor's device, from the form to what is tried, kept, left and deleted."""

import re

import pytest
from chart import curve
from device import (
    LAB,
    LONG,
    SMALL,
    expect_state,
    head,
    open_form,
    press,
    record,
    start,
    start_button,
    trained,
)
from panel import PATIENCE
from playwright.sync_api import expect

from denoiser.models import imported

SLIDER = {"name": "Epoch shown"}


@pytest.fixture
def page(chromium):
    """A tab of a browser that keeps nothing yet; the test fails if an error is logged there."""
    with chromium.browser.new_context(viewport={"width": 1366, "height": 768}) as context:
        page = context.new_page()
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        assert errors == []


def test_start_trains_here_and_all_that_is_watched_is_there(page, quiet):
    open_form(page, quiet.url)
    expect(page.get_by_role("radio", name="This device")).to_be_checked()
    expect(page.locator("[data-device]")).to_have_text(re.compile("about"), timeout=PATIENCE)
    id = start(page, quiet.url)
    expect_state(page, "Trained on this device")
    for name in ("loss", "val_loss"):
        expect(curve(page, name)).to_have_attribute("data-points", "2")
    expect(page.get_by_role("slider", **SLIDER)).to_have_attribute("max", "2")
    found = record(page, id)
    assert len(found["losses"]) == 24
    assert found["history"][-1]["val_loss"] < found["losses"][0] / 2
    expect(head(page).get_by_role("heading", level=1)).to_have_text(found["name"])
    assert id not in [run.id for run in quiet.store.runs()]


def test_while_it_learns_nothing_is_sent_and_the_panel_follows_it(page, quiet):
    sent = []

    def note(frame):  # Playwright takes no method of a list
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", note))
    start(page, quiet.url, LONG)
    panel = page.locator(".panel")
    expect(panel).to_have_attribute("aria-busy", "false", timeout=PATIENCE)
    denoised = page.get_by_test_id("live-denoised")
    expect(page.get_by_role("radio", checked=True).last).to_have_value(re.compile("^device-"))
    expect(page.get_by_test_id("stStatusWidget")).to_be_hidden(timeout=PATIENCE)
    before = int(denoised.get_attribute("data-updates"))
    sent.clear()
    page.wait_for_function(
        "before => { const find = (root) => [...root.querySelectorAll('*')].flatMap((e) =>"
        " [e, ...(e.shadowRoot ? find(e.shadowRoot) : [])]);"
        " return find(document).some((e) => e.dataset?.testid === 'live-denoised'"
        " && Number(e.dataset.updates) > before + 10); }",
        arg=before,
    )
    assert sent == []
    press(page, "Pause")


def test_it_waits_takes_a_step_says_what_it_changed_and_goes_on(page, quiet):
    id = start(page, quiet.url, LONG)
    press(page, "Pause")
    expect_state(page, "Paused on this device")
    press(page, "One step")  # what was under way still arrives before it
    change = head(page).locator("[data-change]")
    expect(change).to_contain_text("full_1_conv")
    taken = len(record(page, id)["losses"])
    expect(change).to_contain_text(f"What step {taken} changed")
    press(page, "One step")
    expect(change).to_contain_text(f"What step {taken + 1} changed")
    press(page, "Resume")
    expect(change).to_be_hidden()
    page.wait_for_function(f"(n) => {LAB}.records.get('{id}').losses.length > n", arg=taken + 2)
    press(page, "Pause")


def test_a_reload_loses_at_most_an_epoch_and_changes_no_bit(page, quiet):
    query = "limit=160&epochs=3"
    expected = record(page, trained(page, quiet.url, query))
    start(page, quiet.url, query)
    page.wait_for_function(f"[...{LAB}.records.values()].at(-1).history.length > 0")
    page.evaluate(f"[...{LAB}.runs.values()].at(-1).kept")
    page.reload()
    expect(head(page)).to_contain_text("It waits where it was kept last", timeout=PATIENCE)
    press(page, "Resume")
    expect_state(page, "Trained on this device")
    found = record(page, page.url.split("device=")[1][:12])
    assert found["history"] == expected["history"]
    assert found["losses"] == expected["losses"]


def test_a_training_that_goes_astray_says_why_and_is_mended_by_a_click(page, quiet):
    start(page, quiet.url, "limit=400&epochs=2&learning_rate=1&optimizer=adam&schedule=constant")
    notice = head(page).locator("[data-notice]")
    expect(notice).to_contain_text("The training went astray", timeout=PATIENCE)
    first = page.url
    notice.get_by_role("button", name="Start again with learning rate 0.1").click()
    page.wait_for_url(lambda url: url != first and "device=" in url)
    expect(head(page).locator("[data-about]")).to_contain_text("learning rate 0.1")


def test_one_after_the_other_is_trained_without_a_reload(page, quiet):
    first = trained(page, quiet.url)
    press(page, "New training")
    expect(start_button(page)).to_be_enabled(timeout=PATIENCE)
    start_button(page).click()
    page.wait_for_url(lambda url: "device=" in url and first not in url)
    expect_state(page, "Trained on this device")
    assert len(record(page, page.url[-12:])["history"]) == 2


def test_another_tab_shows_what_this_one_trains_and_hears_when_it_is_deleted(page, quiet):
    start(page, quiet.url, LONG)
    page.wait_for_function(f"[...{LAB}.records.values()].at(-1).history.length > 0")
    other = page.context.new_page()
    other.goto(page.url)
    expect(head(other)).to_contain_text("Another tab", timeout=PATIENCE)
    expect(head(other).get_by_role("button", name="Resume")).to_be_hidden()
    press(page, "Pause")
    press(page, "Delete")
    press(page, "Delete for good")
    expect(other.get_by_role("heading", name="No such training")).to_be_visible(timeout=PATIENCE)
    other.close()


def test_one_tab_alone_goes_on_and_one_that_closes_leaves_it_to_the_other(page, quiet):
    id = start(page, quiet.url, LONG)
    press(page, "Pause")
    page.wait_for_function(f"{LAB}.runs.get('{id}')?.kept.then(() => true)")
    page.reload()  # so that neither tab has a worker
    other = page.context.new_page()
    other.goto(page.url)
    tabs = (page, other)
    for tab in tabs:
        expect(head(tab).get_by_role("button", name="Resume")).to_be_visible(timeout=PATIENCE)
    for tab in tabs:
        tab.evaluate(f"void {LAB}.resume('{id}')")
    page.wait_for_timeout(1000)
    has = [tab.evaluate(f"{LAB}.runs.get('{id}')?.isOpen ?? false") for tab in tabs]
    assert sorted(has) == [False, True]
    owner, waits = (page, other) if has[0] else (other, page)
    expect(head(waits)).to_contain_text("Another tab")
    owner.close()
    expect(head(waits).get_by_role("button", name="Resume")).to_be_visible(timeout=PATIENCE)
    press(waits, "Resume")
    waits.wait_for_function(f"{LAB}.runs.get('{id}')?.isOpen")
    press(waits, "Pause")


def test_a_step_by_hand_is_there_after_a_reload(page, quiet):
    id = start(page, quiet.url, LONG)
    press(page, "Pause")
    change = head(page).locator("[data-change]")
    press(page, "One step")
    expect(change).to_contain_text("full_1_conv")
    taken = len(record(page, id)["losses"])
    page.wait_for_function(
        f"{LAB}.runs.get('{id}').kept.then(() => {LAB}.store).then((store) => store.find('{id}'))"
        f".then((kept) => kept.losses.length === {taken})"
    )
    page.reload()
    expect(head(page).get_by_role("button", name="Resume")).to_be_visible(timeout=PATIENCE)
    assert len(record(page, id)["losses"]) == taken


def test_the_form_leads_back_to_what_trains(page, quiet):
    id = start(page, quiet.url, LONG)
    page.get_by_role("link", name="Train", exact=True).click()
    running = page.locator(".running")
    expect(running).to_contain_text("trains on this device now", timeout=PATIENCE)
    running.get_by_role("button", name="Watch it").click()
    page.wait_for_url(lambda url: id in url)
    press(page, "Pause")


def test_several_are_kept_named_found_again_and_deleted(page, quiet):
    trained(page, quiet.url)
    press(page, "Rename")
    head(page).get_by_role("textbox", name="Name").fill("My <b>own</b> ✎")
    press(page, "Save")
    expect(head(page).get_by_role("heading", level=1)).to_have_text("My <b>own</b> ✎")
    trained(page, quiet.url)
    page.goto(f"{quiet.url}/Train")
    kept = page.locator(".list li")
    expect(kept).to_have_count(2, timeout=PATIENCE)
    expect(kept.last).to_contain_text("My <b>own</b> ✎")
    kept.last.get_by_role("link").click()
    expect_state(page, "Trained on this device")
    expect(page.get_by_role("slider", **SLIDER)).to_have_attribute("max", "2", timeout=PATIENCE)
    press(page, "Delete")
    press(page, "Cancel")
    press(page, "Delete")
    press(page, "Delete for good")
    expect(kept).to_have_count(1, timeout=PATIENCE)
    expect(kept.first).not_to_contain_text("own")


def test_a_snapshot_and_the_newest_model_open_on_the_home_page(page, quiet):
    id = trained(page, quiet.url)
    page.get_by_role("slider", **SLIDER).focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.get_by_role("link", name="Try this snapshot").click()
    page.wait_for_url(re.compile(rf"model=device-{id}(@|%40)1"), timeout=PATIENCE)
    expect(page.get_by_role("radio", name=re.compile("· 1 "))).to_be_checked(timeout=PATIENCE)
    expect(page.get_by_test_id("live-denoised")).to_have_attribute(
        "data-updates", re.compile(r"\d"), timeout=PATIENCE
    )


def test_a_model_of_another_device_is_said_to_be_elsewhere(page, quiet):
    page.goto(f"{quiet.url}/?model=device-abcdefghijkl")
    expect(page.get_by_text("is not on this device")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("radio", name="Tutorial autoencoder")).to_be_checked()
    expect(page).not_to_have_url(re.compile("device-"), timeout=PATIENCE)
    expect(page.get_by_test_id("stStatusWidget")).to_be_hidden(timeout=PATIENCE)
    expect(page.get_by_text("is not on this device")).to_be_visible()
    page.goto(f"{quiet.url}/Train?device=abcdefghijkl")
    expect(page.get_by_role("heading", name="No such training")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".panel")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator(".curves")).to_have_count(0)
    press(page, "New training")
    expect(start_button(page)).to_be_visible(timeout=PATIENCE)


def test_the_training_goes_on_while_another_page_is_looked_at(page, quiet):
    id = start(page, quiet.url, LONG)
    page.get_by_role("link", name="Denoise").click()
    own = page.get_by_role("radio", name="Quick, small")
    expect(own).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("could not be used")).to_be_hidden()
    before = page.evaluate(f"{LAB}.records.get('{id}').losses.length")
    page.wait_for_function(f"(n) => {LAB}.records.get('{id}').losses.length > n", arg=before)
    page.evaluate(f"{LAB}.pause('{id}')")


def test_weights_are_saved_as_a_file_that_the_lab_opens(page, quiet):
    trained(page, quiet.url)
    with page.expect_download() as saved:
        press(page, "Weights")
    assert saved.value.suggested_filename.endswith(".safetensors")
    content = saved.value.path().read_bytes()
    assert imported.read(content).config.network == "unet-small"


def test_where_nothing_can_be_kept_it_trains_and_says_so(page, quiet):
    page.add_init_script(
        "indexedDB.open = () => { throw new DOMException('no', 'SecurityError'); }"
    )
    trained(page, quiet.url)
    expect(head(page)).to_contain_text("This browser keeps nothing")


def test_a_browser_that_cannot_train_gives_way_to_the_labs_computer(page, quiet):
    page.add_init_script("delete globalThis.DecompressionStream")
    page.goto(f"{quiet.url}/Train?{SMALL}")
    lab = page.get_by_role("radio", name="The lab's computer")
    expect(lab).to_be_checked(timeout=PATIENCE)
    expect(page.get_by_text("This browser cannot train.")).to_be_visible()
    expect(
        page.get_by_test_id("stMain").get_by_role("button", name="Start training")
    ).to_be_enabled()


def test_a_training_beyond_a_minute_goes_to_the_labs_computer_unless_it_is_chosen(page, quiet):
    page.goto(f"{quiet.url}/Train?recipe=tutorial&data=bundled&limit=4500")
    lab = page.get_by_role("radio", name="The lab's computer")
    expect(lab).to_be_checked(timeout=PATIENCE)
    here = page.get_by_role("radio", name="This device")
    here.check()
    expect(start_button(page)).to_be_enabled(timeout=PATIENCE)
    expect(here).to_be_checked()


def test_kept_on_the_labs_computer_it_is_a_run_like_any_other(page, server, engine):
    id = trained(page, server.url)
    press(page, "Keep on the lab's computer")
    link = head(page).get_by_role("link", name="Open on the lab's computer")
    expect(link).to_be_visible(timeout=120_000)
    losses = record(page, id)["history"]
    link.click()
    page.wait_for_url(re.compile(r"run=[a-z0-9]{12}"), timeout=PATIENCE)
    expect(page.get_by_text("trained on a device")).to_be_visible(timeout=PATIENCE)
    expect(curve(page, "val_loss")).to_have_attribute("data-points", str(len(losses)))
    page.get_by_role("link", name="Try it").click()
    expect(page.locator(".panel")).to_have_attribute("aria-busy", "false", timeout=PATIENCE)


def test_the_inside_of_a_network_replays_over_its_epochs(page, quiet):
    trained(page, quiet.url, "limit=96&epochs=3")
    head(page).get_by_role("link", name="Try it").click()
    expect(page.get_by_test_id("live-denoised")).to_have_attribute(
        "data-updates", re.compile("."), timeout=PATIENCE
    )
    page.get_by_role("button", name="Look inside").click()
    mse = page.locator('[data-score="denoised-mse"]')
    slider = page.get_by_role("slider", name="Epoch shown")
    expect(slider).to_have_attribute("aria-valuetext", "after epoch 3")
    last = mse.inner_text()
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "after epoch 1")
    expect(mse).not_to_have_text(last)
    page.locator(".replay").get_by_role("button", name="Play").click()
    expect(slider).to_have_attribute("aria-valuetext", "after epoch 3")
    expect(mse).to_have_text(last)


def test_what_maps_that_are_off_cost_is_measured_with_the_epoch_that_is_shown(page, quiet):
    trained(page, quiet.url, "limit=96&epochs=3")
    head(page).get_by_role("link", name="Try it").click()
    page.get_by_role("button", name="Look inside").click(timeout=PATIENCE)
    page.locator("[data-stage=full_2_conv] canvas").first.press("m")
    cost = page.locator("[data-mute-mse]")
    expect(cost).to_have_text(re.compile("→"), timeout=PATIENCE)
    last = cost.inner_text()
    page.get_by_role("slider", name="Epoch shown").press("Home")
    expect(cost).not_to_have_text(last, timeout=PATIENCE)
