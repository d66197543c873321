"""Chinese on every page: nothing stays English, and nothing overflows its place."""

import re

import pytest
from device import LONG
from panel import PATIENCE, LivePanel
from playwright.sync_api import expect

from denoiser.classroom import lessons

SIZES = {"laptop": (1366, 768), "phone": (390, 844), "tablet": (820, 1180)}
LESSON = next(x for x in lessons.lessons()[0] if x.prediction.kind == "number")
PAGES = {  # by path, a heading that is seen when it is drawn
    "": "去噪实验室",
    "Inside": "网络内部",
    "Train": "训练一个网络",
    "Compare": "对比",
    "Handwriting": "你自己的手写数字",
    "Lessons": "课程",
    f"Lessons?lesson={LESSON.name}": None,
    "Class": "课堂",
}
DRAWN = {  # late, by path
    "": ".panel[aria-busy=false]",
    "Inside": ".strip[data-updates]",
    "Compare": ".js-plotly-plot .xtitle",
}
# Streamlit's own, which no catalog reaches.
STREAMLITS = re.compile(
    r"Remove |Clear all|Choose an option|(In|De)crement|Skip to|Copy to clipboard|Upload"
    r"|\d+ ?MB per file|Drag and drop|Browse|Press Enter|Open$|Sort|Show password"
)
NAMES = re.compile(
    r"U-Net|MNIST|Keras|TensorFlow|Muon|Adam|SSIM|PSNR|MSE|PNG|JPEG|WebP|BMP|CSV|MIT|PIN|QR"
    r"|English|dB|std|mean|\.?(keras|safetensors|npz)|python -m denoiser.*|[a-z]+-?[a-z]*\.md"
    r"|DENOISER_TEACHER_PIN\S*|streamlit run app\.py"
)
LAYER = re.compile(r"[a-z0-9_]+")  # its name in the network
WORDS = re.compile(r"[A-Za-z]{3,}")
CHINESE = re.compile(r"[一-鿿]")
_ELEMENTS = """
  const SKIPPED = '[data-testid="stHeader"], [data-testid*="Icon"], [translate="no"]';
  const elements = (root) => [...root.querySelectorAll("*")].flatMap((element) =>
    [element, ...(element.shadowRoot ? elements(element.shadowRoot) : [])]);
  const seen = elements(document.querySelector(".stApp")).filter((element) =>
    element.checkVisibility() && !element.closest(SKIPPED));
"""
_TEXTS = (
    "() => {"
    + _ELEMENTS
    + """
  const found = new Set();
  for (const element of seen) {
    if (["SCRIPT", "STYLE", "CODE", "PRE"].includes(element.tagName)) continue;
    for (const name of ["aria-label", "title", "placeholder", "alt"])
      if (element.getAttribute(name)) found.add(element.getAttribute(name));
    for (const node of element.childNodes)
      if (node.nodeType === 3 && node.data.trim()) found.add(node.data.trim());
  }
  return [...found];
}"""
)
_OVERFLOWING = (
    "() => {"
    + _ELEMENTS
    + """
  const isTooWide = (element) =>
    element.matches("button, label, a, h1, h2, th") && element.clientWidth > 1
    && element.scrollWidth > element.clientWidth + 1;
  const found = seen.filter(isTooWide).map((element) => element.innerText);
  return document.documentElement.scrollWidth > innerWidth ? [...found, "the page"] : found;
}"""
)


@pytest.fixture
def page(chromium):
    """Return a tab in which errors are not watched for: Streamlit logs one for a deep link."""
    page = chromium.new_page()
    yield page
    page.close()


def visit(page, server, path):
    page.goto(f"{server.url}/{path}{'&' if '?' in path else '?'}lang=zh")
    heading = PAGES[path]
    found = page.get_by_role("heading", level=1)
    expect(found.filter(has_text=heading) if heading else found.first).to_be_visible(
        timeout=PATIENCE
    )
    expect(page.get_by_test_id("stStatusWidget")).to_be_hidden(timeout=PATIENCE)
    if drawn := DRAWN.get(path):
        expect(page.locator(drawn).first).to_be_visible(timeout=PATIENCE)


def is_english(text):
    if CHINESE.search(text) or STREAMLITS.search(" ".join(text.split())):
        return False
    return bool(WORDS.search(NAMES.sub("", text)))


_COUNT_SWITCHES = """() => {
  const seen = new Set();
  const count = () => {
    seen.add(document.querySelectorAll("[class*=st-key-language_]").length);
    window.switchCounts = [...seen];
  };
  window.switchCounts = [];
  new MutationObserver(count).observe(document.querySelector(".st-key-tools"), {
    childList: true, subtree: true,
  });
}"""


@pytest.mark.parametrize("path", PAGES)
def test_nothing_stays_english_and_nothing_overflows(page, server, path):
    visit(page, server, path)
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^zh"))
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        assert [text for text in page.evaluate(_TEXTS) if is_english(text)] == []
        assert page.evaluate(_OVERFLOWING) == []


def test_a_training_on_the_device_speaks_it_too(page, server):
    page.goto(f"{server.url}/Train?lang=zh&{LONG}")
    page.get_by_role("radio", name="这台设备").check(timeout=PATIENCE)
    page.locator(".start [data-start]:enabled").click()
    page.get_by_role("button", name="暂停").first.click(timeout=PATIENCE)
    page.get_by_role("button", name="走一步").click()
    expect(page.locator("[data-change]")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".panel")).to_have_attribute("aria-busy", "false", timeout=PATIENCE)
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        english = [text for text in page.evaluate(_TEXTS) if is_english(text)]
        assert [text for text in english if not LAYER.fullmatch(text)] == []
        assert page.evaluate(_OVERFLOWING) == []


def test_the_language_is_switched_and_goes_along(page, server):
    LivePanel(page, server.url)
    page.evaluate(_COUNT_SWITCHES)
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="去噪实验室")).to_be_visible(timeout=PATIENCE)
    expect(page).to_have_url(re.compile("lang=zh"))
    expect(page.get_by_role("button", name="中文")).to_have_count(0)
    assert page.evaluate("window.switchCounts") in ([], [1])  # two would move the row
    page.get_by_role("link", name="课程").click()
    expect(page.get_by_role("heading", name="课程", level=1)).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Lessons", level=1)).to_be_visible(timeout=PATIENCE)


def test_settings_stay_when_the_language_is_switched(page, server):
    page.goto(f"{server.url}/Train")
    rate = page.get_by_role("combobox", name=re.compile("^(Rate over time|学习率变化)$"))
    expect(rate).to_have_value("One cycle", timeout=PATIENCE)
    page.get_by_role("button", name="中文").click()
    expect(rate).to_have_value("单周期", timeout=PATIENCE)
    page.get_by_label("随机种子").fill("7")
    page.get_by_label("随机种子").press("Enter")
    expect(page.get_by_text("撤销")).to_be_visible(timeout=PATIENCE)
    expect(rate).to_have_value("单周期")


def test_the_browsers_language_is_spoken(chromium, server):
    context = chromium.browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(server.url)
    expect(page.get_by_role("heading", name="去噪实验室")).to_be_visible(timeout=PATIENCE)
    context.close()
