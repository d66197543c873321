"""Every page in every size: nothing lies over anything else, and nothing scrolls sideways."""

import pytest
from panel import PATIENCE
from playwright.sync_api import expect

PAGES = ("/", "/Inside", "/Train", "/Compare", "/Handwriting", "/Lessons", "/Class",
         "/Lessons?lesson=10-what-noise-is&step=1", "/Train?run={run}")  # fmt: skip
PHONE = 390, 844
ZOOMED = 683, 384  # a laptop's 1366x768 at 200%
SIZES = (320, 700), PHONE, (768, 1024), (820, 1180), ZOOMED

# What there is to read and to press, with its box, through all shadow roots; and which of them lie
# over each other. What is scrolled out of its own box, or is for screen readers alone, is not seen.
OVERLAPS = """(within) => {
  const boxes = [];
  const around = (e) => e.parentElement ?? e.getRootNode().host;
  const isClipped = (element, box) => {
    for (let e = element; e; e = around(e)) {
      if (getComputedStyle(e).overflow === "visible") continue;
      const b = e.getBoundingClientRect();
      if (b.width <= 1 || box.left >= b.right - 1 || box.right <= b.left + 1) return true;
    }
    return false;
  };
  const add = (element, box, name) => {
    const isSeen = element.checkVisibility({ visibilityProperty: true });
    if (box.width > 1 && box.height > 1 && isSeen && !isClipped(element, box))
      boxes.push({ element, box, name: name.trim().slice(0, 30) });
  };
  const CONTROLS = "button, a, input, select, [role=slider], [role=combobox]";
  const PASSED_OVER = "style, script, option, [aria-hidden=true]";
  const walk = (root) => {
    for (const node of root.childNodes) {
      if (node.nodeType === Node.TEXT_NODE && node.data.trim()) {
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) add(node.parentElement, box, node.data);
      } else if (node.nodeType === Node.ELEMENT_NODE && !node.matches(PASSED_OVER)) {
        if (node.matches(CONTROLS))
          add(node, node.getBoundingClientRect(), node.ariaLabel || node.textContent);
        if (node.shadowRoot) walk(node.shadowRoot);
        walk(node);
      }
    }
  };
  document.querySelectorAll(within).forEach(walk);
  const isWithin = (a, b) => {
    for (let e = a; e; e = around(e)) if (e === b) return true;
    return false;
  };
  const shared = ({ box: a }, { box: b }, from, to) =>
    Math.min(a[to], b[to]) - Math.max(a[from], b[from]);
  return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) =>
    shared(a, b, "left", "right") > 2 && shared(a, b, "top", "bottom") > 3
    && !isWithin(a.element, b.element) && !isWithin(b.element, a.element)
  ).map((b) => `${a.name} | ${b.name}`));
}"""
# Our own buttons that are smaller than a finger needs at least (WCAG 2.5.8).
SMALL = """() => [...document.querySelectorAll("*")].flatMap((e) =>
  e.shadowRoot ? [...e.shadowRoot.querySelectorAll("button")] : []).filter((button) => {
    const { width, height } = button.getBoundingClientRect();
    return button.checkVisibility() && (width < 24 || height < 24);
  }).map((button) => button.ariaLabel || button.textContent)"""
WIDTHS = """() => [document.scrollingElement, document.querySelector(".stMain")].map(
  (e) => e.scrollWidth).concat(innerWidth)"""


@pytest.fixture(scope="module")
def tab(chromium):
    """A tab that may log errors: Streamlit does on direct visits to a page's link."""
    with chromium.new_page() as page:
        yield page


@pytest.fixture(scope="module")
def run(quiet):
    return quiet.ended_run()


@pytest.fixture(params=PAGES)
def opened(request, tab, quiet, run):
    """A page on a phone, in English, once it has settled."""
    tab.set_viewport_size(viewport(PHONE))
    path = request.param.format(run=run.id)
    tab.goto(f"{quiet.url}{path}{'&' if '?' in path else '?'}lang=en")
    expect(tab.locator(".st-key-footer")).to_be_visible(timeout=PATIENCE)
    expect(tab.get_by_test_id("stMainMenuButton")).to_be_visible(timeout=PATIENCE)
    expect(tab.locator(".panel[aria-busy=true]")).to_have_count(0, timeout=PATIENCE)
    return tab


def viewport(size):
    return {"width": size[0], "height": size[1]}


def test_nothing_overlaps_and_nothing_scrolls_sideways(opened):
    expect_tidy(opened)
    opened.set_viewport_size(viewport(PHONE))
    opened.get_by_role("button", name="中文").click(timeout=5000)
    expect(opened.locator("html")).to_have_attribute("lang", "zh")
    expect(opened.get_by_role("button", name="English")).to_be_visible(timeout=PATIENCE)
    expect_tidy(opened)


def expect_tidy(page):
    for size in SIZES:
        page.set_viewport_size(viewport(size))
        *widths, inner = page.evaluate(WIDTHS)
        assert max(widths) <= inner, size
        assert page.evaluate(SMALL) == [], size
        within = ".stApp" if size == ZOOMED else ".stAppHeader, .st-key-navigation"
        assert page.evaluate(OVERLAPS, within) == [], size
