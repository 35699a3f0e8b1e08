import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["ts/index.ts", "ts/testing.ts", "ts/vectors.ts"],
  format: ["esm", "cjs"],
  dts: true,
  platform: "node",
  target: "node20",
  external: [/native\.cjs$/],
  outDir: "dist",
  clean: true,
  fixedExtension: true,
});
