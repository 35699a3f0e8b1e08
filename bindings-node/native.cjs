// Loads the addon: the one beside this file (built from source), else the platform's package. No environment variable chooses it.
"use strict";

const { existsSync } = require("node:fs");
const { join } = require("node:path");

const name = platform();
const beside = join(__dirname, `kakunin.${name}.node`);
module.exports = existsSync(beside) ? require(beside) : require(`@kakunin/sdk-${name}`);

function platform() {
  const { platform, arch, report } = process;
  if (platform === "win32") return `${platform}-${arch}-msvc`;
  if (platform !== "linux") return `${platform}-${arch}`;
  // The report would look up names of every open socket.
  const { excludeNetwork } = report;
  report.excludeNetwork = true;
  const { header } = report.getReport();
  report.excludeNetwork = excludeNetwork;
  return `${platform}-${arch}-${header.glibcVersionRuntime === undefined ? "musl" : "gnu"}`;
}
