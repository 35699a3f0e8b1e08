#!/usr/bin/env node
"use strict";
process.exitCode = require("../native.cjs").runCommand(["kakunin", ...process.argv.slice(2)]);
