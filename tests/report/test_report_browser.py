"""Pages opened in Chromium: nothing loaded, nothing complained of, nothing beside the edge."""

from __future__ import annotations

import os
import shutil

import pytest

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run"]  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window; missing in CI is a failure, elsewhere the reason for skipping."""
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium")
        pytest.skip("there is no Chromium to open pages with")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


def look(browser, page, **context):
    """Open a page; gives the tab, what it complained of and what it asked for."""
    tab = browser.new_context(**context).new_page()
    complaints, requests = [], []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: requests.append(request.url))
    tab.goto(page.as_uri())
    return tab, complaints, [url for url in requests if url != page.as_uri() and not url.startswith("data:")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 380])
def test_a_page_opens_without_complaint_or_request(browser, made, scheme, width):
    """Light or dark, desk or phone, English or Chinese: no console error, no request to anywhere, no sideways scrolling."""
    for page in made.values():
        tab, complaints, requests = look(browser, page, color_scheme=scheme, viewport={"width": width, "height": 800})
        beyond = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        tab.context.close()
        assert (complaints, requests, beyond) == ([], [], 0)


def test_scripts_are_not_needed(browser, made):
    """With scripts switched off the page is the same."""
    page = made["classification", "en"]
    with_scripts, _, _ = look(browser, page, viewport={"width": 1000, "height": 800})
    without, _, _ = look(browser, page, viewport={"width": 1000, "height": 800}, java_script_enabled=False)
    assert with_scripts.screenshot() == without.screenshot()


def test_light_and_dark_differ_in_pictures_and_page(browser, made):
    """Paper, ink and the colour of a picture all change with the scheme."""
    seen = []
    for scheme in ("light", "dark"):
        tab, _, _ = look(browser, made["regression", "en"], color_scheme=scheme)
        seen.append(tab.evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color,"
            " getComputedStyle(document.querySelector('figure svg text')).fill]"
        ))  # fmt: skip
    assert all(light != dark for light, dark in zip(*seen, strict=True))


def contrast(first, second):
    """Contrast of two colours as `rgb(…)` (WCAG 2.2, relative luminance)."""

    def luminance(colour):
        parts = [int(p) / 255 for p in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_on_their_ground(browser, made, scheme):
    """Text, glossary lines and the words of the lights keep a contrast of 4.5 : 1 (WCAG AA)."""
    tab, _, _ = look(browser, made["regression", "en"], color_scheme=scheme)
    colours = tab.evaluate(
        """() => [['p', 'main'], ['figcaption', 'main'], ['nav a', 'main'], ['.board .why', '.board li'],
            ['.board .word.look', '.board li'], ['.board .word.go', '.board li'], ['.board .word.stop', '.board li']].map(([text, ground]) => {
            let node = document.querySelector(ground);
            while (getComputedStyle(node).backgroundColor === 'rgba(0, 0, 0, 0)') node = node.parentElement;
            return [text, getComputedStyle(document.querySelector(text)).color, getComputedStyle(node).backgroundColor];
        })"""
    )
    poor = {name: contrast(text, ground) for name, text, ground in colours[1:] if contrast(text, ground) < 4.5}
    assert not poor


def test_print_is_light_whole_and_on_paper(browser, made):
    """A page printed from a dark screen comes out dark on white, opens what is folded and drops the contents."""
    tab, _, _ = look(browser, made["classification", "en"], color_scheme="dark")
    tab.emulate_media(media="print")
    background, navigation, plan = tab.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('nav')).display,"
        " document.querySelector('details pre').getBoundingClientRect().height]"
    )
    assert background == "rgb(255, 255, 255)"
    assert navigation == "none"
    assert plan > 20

    printed = tab.pdf(prefer_css_page_size=True, print_background=True)
    assert printed.startswith(b"%PDF")
    assert 3 <= printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") + printed.count(b"/Type /Page/") <= 20


def test_chinese_is_drawn_in_the_readers_fonts(browser, made):
    """Text in pictures takes the page's font list, so that Chinese shows on any machine that has a Chinese font."""
    tab, _, _ = look(browser, made["regression", "zh"])
    family = tab.evaluate("getComputedStyle(document.querySelector('figure svg text')).fontFamily")
    assert "PingFang SC" in family
    assert "Microsoft YaHei" in family
    assert "Noto Sans CJK SC" in family
