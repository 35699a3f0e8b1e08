// Loads the addon: the one beside this file (built from source), else the platform's package. No environment variable chooses it.
"use strict";

const { existsSync } = require("node:fs");
const { join } = require("node:path");

function target() {
  if (process.platform !== "linux") return `${process.platform}-${process.arch}${process.platform === "win32" ? "-msvc" : ""}`;
  const musl = process.report?.getReport?.()?.header?.glibcVersionRuntime === undefined;
  return `linux-${process.arch}-${musl ? "musl" : "gnu"}`;
}

const name = target();
const beside = join(__dirname, `kakunin.${name}.node`);
module.exports = existsSync(beside) ? require(beside) : require(`@kakunin/sdk-${name}`);
