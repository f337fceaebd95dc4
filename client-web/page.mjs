// Makes the demo's page of the module that wasm-bindgen wrote into a folder: script, module, style and large pictures under names that say what is in
// them, packed, and the page that asks for them, in client-web/page or another folder. For `build.sh`.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const [, , made, page = path.join(here, "page")] = process.argv;
const out = path.join(page, "files");

const files = new Map();
/** Keeps a file under a name with twenty digits of what is in it, by which servers know that it never changes. */
function keep(stem, end, content) {
    const digits = createHash("sha256").update(content).digest("hex").slice(0, 20);
    const name = `${stem}-${digits}${end}`;
    files.set(name, content);
    return name;
}

const module = readFileSync(path.join(made, "demo_bg.wasm"));
const moduleName = keep("demo", "_bg.wasm", module);
const sprite = (name) => readFileSync(path.join(here, "../assets/sprites", `${name}.png`));
const pictures = Object.fromEntries(["rock0", "rock1", "rock2", "nebula"].map((name) => [name, `./${keep(name, ".png", sprite(name))}`]));
const styleName = keep("style", ".css", readFileSync(path.join(here, "demo/style.css")));

// The script of wasm-bindgen, without its own guess of where the module is.
const glue = mkdtempSync(path.join(tmpdir(), "auspice-page-"));
writeFileSync(path.join(glue, "demo.js"), readFileSync(path.join(made, "demo.js"), "utf8").replace(/new URL\('demo_bg\.wasm', import\.meta\.url\)/, "undefined"));
const bundle = await build({
    entryPoints: [path.join(here, "demo/ts/main.ts")],
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    write: false,
    legalComments: "none",
    loader: { ".png": "dataurl" },
    alias: { "auspice-web": path.join(here, "ts/index.ts"), "demo-module": path.join(glue, "demo.js") },
    define: { MODULE: JSON.stringify({ name: `./${moduleName}`, bytes: module.length }), LARGE_PICTURES: JSON.stringify(pictures) },
});
rmSync(glue, { recursive: true });
const scriptName = keep("auspice", ".js", Buffer.from(bundle.outputFiles[0].contents));

const template = readFileSync(path.join(here, "demo/index.html"), "utf8");
const named = template.replace("./style.css", `./${styleName}`).replace("./demo_bg.wasm", `./${moduleName}`).replace("./auspice.js", `./${scriptName}`);
for (const name of [styleName, moduleName, scriptName]) if (!named.includes(name)) throw new Error(`demo/index.html does not ask for ${name} as it used to`);

mkdirSync(out, { recursive: true });
for (const old of readdirSync(out)) rmSync(path.join(out, old));
const kept = [["index.html", Buffer.from(named)]];
for (const [name, content] of files) kept.push(name.endsWith(".png") ? [name, content] : [`${name}.gz`, gzipSync(content, { level: 9 })]);
kept.sort(([one], [other]) => (one < other ? -1 : 1));
for (const [name, content] of kept) writeFileSync(path.join(out, name), content);
const list = kept.map(([name]) => `    ("${name}", include_bytes!("files/${name}")),\n`).join("");
writeFileSync(path.join(page, "files.rs"), `// The page's files. Written by \`client-web/build.sh\`.\n&[\n${list}]\n`);
for (const [name, content] of kept) console.log(`${String(content.length).padStart(8)} ${name}`);
