// Whether the package and what is made of it have the right types; whether a field that the game calls otherwise is an error of theirs; whether what is kept
// of the package in `dist` is made of this tree, and small enough; and what of it would be published.
//
//   (cd client-web && npm ci) && node client-web/check.mjs
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(path.join(tmpdir(), "auspice-types-"));
for (const part of ["ts", "demo/ts", "board/ts", "cars/ts", "tsconfig.json"]) cpSync(path.join(here, part), path.join(work, part), { recursive: true });
symlinkSync(path.join(here, "node_modules"), path.join(work, "node_modules"));

const compile = () => {
    const { status, stdout } = spawnSync(process.execPath, [path.join(here, "node_modules/typescript/bin/tsc"), "--noEmit"], { cwd: work, encoding: "utf8" });
    return { isRight: status === 0, said: stdout };
};

let failed = 0;
const check = (what, holds, said = "") => {
    console.log(`${holds ? "ok" : "FAILED"}: ${what}${holds ? "" : `\n${said}`}`);
    failed += Number(!holds);
};

// A module that has more memory by the next call: the arrays of before are empty then.
const { Frame } = await import("./dist/index.js");
const memory = new WebAssembly.Memory({ initial: 1 });
const kinds = [{ name: "Ship", headings: [{ name: "id", axes: [] }] }];
const shape = JSON.stringify({ kinds, input: [], figures: [], firstFigure: 8, firstTable: 8, firstInput: 12 });
const frame = new Frame({ shape: () => shape, frame: () => (new Float64Array(memory.buffer, 64).set([1, 0, 0, 0, 0, 0, 0, 0, 12, 2, 1, 1, 258]), 64) }, { memory });
frame.read(0, {});
const before = frame.entity.Ship.id[0];
memory.grow(1);
frame.follow();
check("a picture is whole though the module took more memory", before === 258 && frame.entity.Ship.id[0] === 258);

const { isRight, said } = compile();
check("the package, the demo's page, the board and the cars have the right types", isRight, said);
for (const [file, before, after, what] of [
    ["demo/ts/game.ts", "readonly prize_index:", "readonly prize:", "a field of an entity"],
    ["demo/ts/game.ts", "thrust: boolean;", "burn: boolean;", "a field of the input"],
    ["demo/ts/game.ts", "{ Rename: string }", "{ Call: string }", "a command"],
    ["demo/ts/game.ts", "{ Took: { prize: Prize } }", "{ Took: { what: Prize } }", "a field of an event"],
    ["demo/ts/game.ts", "ship_radius: number;", "radius: number;", "a rule"],
    ["board/ts/game.ts", "velocity: {", "speed: {", "a field of the board's input"],
    ["board/ts/game.ts", "readonly m7: Axes2;", "readonly move7: Axes2;", "a field of a stroke"],
    ["board/ts/game.ts", "{ Begin: [number, number] }", "{ Start: [number, number] }", "a command of the board"],
]) {
    const whole = path.join(work, file);
    const text = readFileSync(whole, "utf8");
    writeFileSync(whole, text.replace(before, after));
    const { isRight, said } = compile();
    check(`${what} that is called otherwise is an error`, text.includes(before) && !isRight, said);
    writeFileSync(whole, text);
}

/** Most bytes of the package's script, packed. */
const SCRIPT_BYTES_MAX = 6000;
const script = gzipSync(readFileSync(path.join(here, "dist/index.js")), { level: 9 });
check(`the package's script has ${script.length} bytes packed, of ${SCRIPT_BYTES_MAX} at most`, script.length <= SCRIPT_BYTES_MAX);

/** The package as the command of `npm run build` makes it of this tree, within the copy. */
for (const file of ["package.json", "tsconfig.dist.json"]) cpSync(path.join(here, file), path.join(work, file));
const built = spawnSync("npm", ["run", "--silent", "build"], { cwd: work, encoding: "utf8", shell: process.platform === "win32" });
const other = readdirSync(path.join(here, "dist")).filter((file) => {
    const made = path.join(work, "dist", file);
    return !existsSync(made) || !readFileSync(made).equals(readFileSync(path.join(here, "dist", file)));
});
check("the package in dist is made of this tree", built.status === 0 && other.length === 0, `${built.stderr}other than ts/ makes them: ${other.join(", ")}`);

/** What `npm publish` would send: the package as it is built, its types, what it is, and nothing else. */
const [{ files: packed, version }] = JSON.parse(spawnSync("npm", ["pack", "--dry-run", "--json"], { cwd: here, encoding: "utf8", shell: process.platform === "win32" }).stdout);
const list = packed.map(({ path }) => path).sort();
const types = readdirSync(path.join(here, "ts")).map((file) => `dist/${file.replace(/\.ts$/, ".d.ts")}`);
const wanted = ["README.md", "package.json", "dist/index.js", ...types].sort();
check(`the package ${version} that npm would publish has its ${wanted.length} files and no others`, String(list) === String(wanted), list.join("\n"));
rmSync(work, { recursive: true });
process.exit(failed === 0 ? 0 : 1);
