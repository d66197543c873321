"""A page with the latent desk alone, a network of the lab's behind it, and both themes."""

import base64
import json
import os
import tomllib
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from denoiser import web
from denoiser.data import digits
from denoiser.models import latent_map
from denoiser.models import store as models
from denoiser.ui.components.live import latent_data, latent_texts

ROOT = Path(__file__).resolve().parents[2]
SHEETS = ("controls.css", "inside/latent_desk.css", "inside/latent_map.css")
HOST = """
import { listening } from "WEB/elements.js";
import { LatentDesk } from "WEB/inside/latent_desk.js";
import { latentMapOf } from "WEB/inside/latent_space.js";
import { OpenNetwork } from "WEB/inside/open_network.js";
import { parse } from "WEB/safetensors.js";

const data = atob(document.querySelector("#data").textContent);
const bytes = Uint8Array.from(data, (letter) => letter.charCodeAt(0));
const { metadata, tensors } = parse(bytes);
const { graph, text } = JSON.parse(metadata.page);
const [shown, asked] = [0, 1].map(() => new OpenNetwork(graph, tensors));
const decoded = (network, numbers) => {
  network.hold("latent", numbers);
  return network.runFrom("latent");
};
const desk = new LatentDesk(document.querySelector(".panel"), {
  map: latentMapOf(tensors),
  text,
  listen: listening().listen,
  change: () => draw(),
  decode: (code) => decoded(asked, code.entries()),
});
function draw() {
  desk.showDecoded(decoded(shown, desk.held));
}
function open(picture) {
  shown.hold("latent", []);
  shown.run(picture);
  asked.run(picture);
  desk.show(shown.maps("latent").slice());
  draw();
}
open(tensors.picture.data);
Object.assign(window, { desk, open, LatentDesk });
"""
HTML = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Latent desk</title>
<meta name="viewport" content="width=device-width">
<style>{style}</style><main class="panel"></main><script type="text" id="data">{data}</script>
<script type="module">{script}</script></html>"""
PAGE = """
html {{ color-scheme: light dark; font-size: 16px; --st-font: "Source Sans", sans-serif; }}
body {{ margin: 0; padding: 16px; background: var(--st-background-color); }}
:root {{ {light} }} @media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}
"""


def page_of(name: str, folder: Path, picture: int = 3, with_map: bool = True) -> str:
    """Return the page, whole, for a shipped model and a noiseless test digit."""
    model = models.load(name)
    container = {
        **model.tensors,
        **(latent_data.latent_tensors.__wrapped__(name) if with_map else {}),
        "picture": digits.bundled("test")[picture : picture + 1].clean,
    }
    text = {"graph": model.graph, "text": texts()}
    data = save(container, metadata={"page": json.dumps(text)})
    return HTML.format(style=_style(), data=base64.b64encode(data).decode(), script=_script(folder))


def texts() -> dict[str, str]:
    """Return the desk's texts in English."""
    translate = latent_texts._
    latent_texts._ = lambda message: message  # no page is open, so nobody has a language
    try:
        return latent_texts.latent_texts()
    finally:
        latent_texts._ = translate


def codes(name: str) -> np.ndarray:
    """Return the codes of a model's map, float32, shape (1000, 16)."""
    found = latent_map.load(name)
    assert found
    return found.codes


def _script(folder: Path) -> str:
    entry = folder / "host.js"
    entry.write_text(HOST.replace("WEB", os.path.relpath(web.FOLDER, folder)), encoding="utf-8")
    return web.bundle(entry).replace("</script", "<\\/script")


def _style() -> str:
    themes = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    colors = {theme: _variables(themes["light"] | themes[theme]) for theme in ("light", "dark")}
    common = "--st-base-radius: 8px; --st-button-radius: 8px; "
    page = PAGE.format(light=common + colors["light"], dark=colors["dark"])
    return page + web.style(*(web.FOLDER / name for name in SHEETS))


def _variables(theme: dict[str, str]) -> str:
    kebab = {"".join(f"-{c.lower()}" if c.isupper() else c for c in k): v for k, v in theme.items()}
    return " ".join(f"--st-{name}: {value};" for name, value in kebab.items())
