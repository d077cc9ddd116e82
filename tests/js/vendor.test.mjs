import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const read = (path) => readFile(new URL(path, import.meta.url), "utf8");

test("the copy of idiomorph is the package's own file, made a module, with its licence", async () => {
  const { version } = JSON.parse(await read("../node_modules/idiomorph/package.json"));
  const copies = [
    ["dist/idiomorph.min.js", "js", "\nexport {Idiomorph};\n"],
    ["LICENSE", "LICENSE", ""],
  ];
  for (const [file, ending, beyond] of copies) {
    const copy = await read(`../../static/vendor/idiomorph-${version}.${ending}`);
    assert.equal(copy, (await read(`../node_modules/idiomorph/${file}`)) + beyond, file);
  }
});
