"""Build denoiser/web/kernel/ for the browser: `python tests/build_kernel.py`.

It needs the compiler of tests/requirements.txt (ziglang) and, from `npm ci`, wasm2js (binaryen).
Both are pinned, so that the same source gives the same bytes on every machine.
"""

import base64
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "denoiser" / "web"
WASM2JS = ROOT / "node_modules" / "binaryen" / "bin" / "wasm2js"
FLAGS = (
    *("-target", "wasm32-freestanding", "-std=c11", "-nostdlib", "-fno-builtin", "-g0", "-Wall"),
    *("-ffp-contract=off", "-fno-unroll-loops", "-fno-vectorize", "-fno-slp-vectorize"),
    *("-fno-sanitize=undefined", "-Wl,--no-entry", "-Wl,--import-memory", "-Wl,--strip-all"),
    "-Wl,-z,stack-size=16384",
)
SIMD = ("-mcpu=generic+simd128", "-O2")
PLAIN = ("-mcpu=mvp", "-Os")
MADE = "// Made of kernel/*.c by tests/build_kernel.py: do not edit.\n"
SHORTER = {"Math_fround": "F", "Math_imul": "I", "HEAPF32": "H", "HEAP32": "J", "HEAPF64": "D"}


def main() -> None:
    """Write both modules."""
    for name, text in build().items():
        (WEB / name).write_text(text, encoding="utf-8")


def build() -> dict[str, str]:
    """Return the text of the modules made of kernel/*.c, by their names in denoiser/web."""
    with tempfile.TemporaryDirectory() as folder:
        simd = _compiled(Path(folder) / "simd.wasm", SIMD)
        plain = _compiled(Path(folder) / "plain.wasm", PLAIN)
        return {"kernel_simd.js": _as_base64(simd), "kernel_plain.js": _as_javascript(plain)}


def _compiled(path: Path, flags: tuple[str, ...]) -> Path:
    command = [sys.executable, "-m", "ziglang", "cc", *FLAGS, *flags]
    subprocess.run([*command, *sorted((WEB / "kernel").glob("*.c")), "-o", path], check=True)
    return path


def _as_base64(wasm: Path) -> str:
    text = base64.b64encode(wasm.read_bytes()).decode()
    lines = " +\n".join(f'  "{text[i : i + 100]}"' for i in range(0, len(text), 100))
    return f"{MADE}export const SIMD_KERNEL =\n{lines};\n"


def _as_javascript(wasm: Path) -> str:
    """Return a module with a function that makes what the WebAssembly would export."""
    made = subprocess.run(
        ["node", WASM2JS, "-O3", wasm, "-o", "-"], check=True, capture_output=True, text=True
    ).stdout
    inner = made[: made.index("var retasmFunc")]
    for name, short in SHORTER.items():
        inner = re.sub(rf"\b{name}\b", short, inner)
    inner = re.sub(r"\$(\d+)_1\b", r"v\1", inner)
    lines = (re.sub(r" ?([=|&<>?:*,;(){}]) ?", r"\1", line.strip()) for line in inner.splitlines())
    body = "\n".join(line for line in lines if line)
    return (
        f"// @ts-nocheck\n{MADE}/** @type {{(imports: object) => any}} */\n"
        f"export function makePlainKernel(imports) {{\n{body}\nreturn asmFunc(imports);\n}}\n"
    )


if __name__ == "__main__":
    main()
