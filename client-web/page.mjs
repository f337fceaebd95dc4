// Makes a page of the module that wasm-bindgen wrote into a folder: scripts, module, style and large pictures under names that say what is in them,
// packed, and the documents that ask for them, in server/page (the demo's), server/page/board, or another folder. For `build.sh`:
//
//   node client-web/page.mjs demo|board|cars MADE [FOLDER]
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));

/** Of each page: its documents, its scripts by the names that those ask for, and the pictures that come later. */
const PAGES = {
    demo: { documents: ["index.html"], scripts: { "auspice.js": "main.ts" }, pictures: ["rock0", "rock1", "rock2", "nebula"], folder: "../server/page" },
    board: { documents: ["index.html", "small.html"], scripts: { "main.js": "main.ts", "small.js": "small.ts" }, pictures: [], folder: "../server/page/board" },
    cars: { documents: ["index.html"], scripts: { "main.js": "main.ts" }, pictures: [], folder: "../server/page/cars" },
};

const [, , name, made, folder] = process.argv;
const { documents, scripts, pictures, folder: usual } = PAGES[name];
const page = folder ?? path.join(here, usual);
const out = path.join(page, "files");

const files = new Map();
/** Names that the documents ask by, and those with what is in them. */
const named = new Map();
/** Keeps a file under a name with twenty digits of what is in it, by which servers know that it never changes. */
function keep(stem, end, content) {
    const digits = createHash("sha256").update(content).digest("hex").slice(0, 20);
    const kept = `${stem}-${digits}${end}`;
    files.set(kept, content);
    named.set(`./${stem}${end}`, `./${kept}`);
    return kept;
}

const module = readFileSync(path.join(made, `${name}_bg.wasm`));
const moduleName = keep(name, "_bg.wasm", module);
const sprite = (picture) => readFileSync(path.join(here, "../assets/sprites", `${picture}.png`));
const large = Object.fromEntries(pictures.map((picture) => [picture, `./${keep(picture, ".png", sprite(picture))}`]));
keep("style", ".css", readFileSync(path.join(here, name, "style.css")));

// The script of wasm-bindgen, without its own guess of where the module is.
const glue = mkdtempSync(path.join(tmpdir(), "auspice-page-"));
writeFileSync(path.join(glue, "glue.js"), readFileSync(path.join(made, `${name}.js`), "utf8").replace(/new URL\('\w+_bg\.wasm', import\.meta\.url\)/, "undefined"));
const moduleAtHand = {
    name: "the module at hand",
    setup(builder) {
        builder.onResolve({ filter: new RegExp(`^(${name}-module|\\./${name}\\.js)$`) }, () => ({ path: path.join(glue, "glue.js") }));
        builder.onLoad({ filter: new RegExp(`[/\\\\]${name}[/\\\\]ts[/\\\\]\\w+\\.ts$`) }, ({ path }) => ({
            contents: readFileSync(path, "utf8").replace(`./${name}_bg.wasm`, `./${moduleName}`),
            loader: "ts",
        }));
    },
};
for (const [asked, entry] of Object.entries(scripts)) {
    const bundle = await build({
        entryPoints: [path.join(here, name, "ts", entry)],
        bundle: true,
        format: "esm",
        target: "es2022",
        minify: true,
        write: false,
        legalComments: "none",
        loader: { ".png": "dataurl" },
        alias: { "auspice-web": path.join(here, "ts/index.ts") },
        plugins: [moduleAtHand],
        define: { MODULE: JSON.stringify({ name: `./${moduleName}`, bytes: module.length }), LARGE_PICTURES: JSON.stringify(large) },
    });
    keep(asked.replace(/\.js$/, ""), ".js", Buffer.from(bundle.outputFiles[0].contents));
}
rmSync(glue, { recursive: true });

/** A document that asks for everything by the names with what is in it. */
function document(file) {
    const text = readFileSync(path.join(here, name, file), "utf8");
    return Buffer.from(text.replace(/"(\.\/[\w.]+)"/g, (whole, asked) => {
        if (!named.has(asked)) throw new Error(`${name}/${file} asks for ${asked}, which is not made`);
        return `"${named.get(asked)}"`;
    }));
}

mkdirSync(out, { recursive: true });
for (const old of readdirSync(out)) rmSync(path.join(out, old));
const kept = documents.map((file) => [file, document(file)]);
for (const [file, content] of files) kept.push(file.endsWith(".png") ? [file, content] : [`${file}.gz`, gzipSync(content, { level: 9 })]);
kept.sort(([one], [other]) => (one < other ? -1 : 1));
for (const [file, content] of kept) writeFileSync(path.join(out, file), content);
const list = kept.map(([file]) => `    ("${file}", include_bytes!("files/${file}")),\n`).join("");
writeFileSync(path.join(page, "files.rs"), `// The page's files. Written by \`client-web/build.sh\`.\n&[\n${list}]\n`);
for (const [file, content] of kept) console.log(`${String(content.length).padStart(8)} ${file}`);
