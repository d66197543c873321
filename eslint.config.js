import js from "@eslint/js";
import globals from "globals";

const folders = ["**/node_modules/", "**/.venv/", "**/venv/", "runs/", "denoiser/web/kernel_plain.js"];

export default [
  { ignores: folders },
  js.configs.recommended,
  {
    rules: {
      "array-callback-return": "error",
      "consistent-return": "off", // TypeScript tells better
      "default-case-last": "error",
      eqeqeq: "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-promise-executor-return": "error",
      "no-self-compare": "error",
      "no-shadow": "error",
      "no-template-curly-in-string": "error",
      "no-unmodified-loop-condition": "error",
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
  { files: ["denoiser/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["tests/**/*.js", "*.js"], languageOptions: { globals: globals.node } },
];
