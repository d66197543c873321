// Makes denoiser/web/multiply.js of multiply.wat: `npm run build:wasm`.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import assemble from "wabt";

const WEB = new URL("../../denoiser/web/", import.meta.url);
export const MODULE = new URL("multiply.js", WEB);
const SOURCE = new URL("multiply.wat", WEB);

/** Returns the text of the module: the binary of the WebAssembly as base64. */
export async function build() {
  const { parseWat } = await assemble();
  const { buffer } = parseWat("multiply.wat", readFileSync(SOURCE, "utf8"), { simd: true }).toBinary({});
  const lines =
    Buffer.from(buffer)
      .toString("base64")
      .match(/.{1,100}/g) ?? [];
  return [
    "// The binary of multiply.wat, made by `npm run build:wasm`.",
    "export const MULTIPLY =",
    `${lines.map((line) => `  "${line}"`).join(" +\n")};`,
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(MODULE, await build());
