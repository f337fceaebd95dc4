// Whether the package and what is made of it have the right types; and whether a field that the game calls otherwise is an error of theirs.
//
//   (cd client-web && npm ci) && node client-web/check.mjs
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(path.join(tmpdir(), "auspice-types-"));
for (const part of ["ts", "demo/ts", "board", "tsconfig.json"]) cpSync(path.join(here, part), path.join(work, part), { recursive: true });
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

const { isRight, said } = compile();
check("the package, the demo's page and the board have the right types", isRight, said);
for (const [file, before, after, what] of [
    ["demo/ts/game.ts", "readonly prize_index:", "readonly prize:", "a field of an entity"],
    ["demo/ts/game.ts", "thrust: boolean;", "burn: boolean;", "a field of the input"],
    ["demo/ts/game.ts", "{ Rename: string }", "{ Call: string }", "a command"],
    ["demo/ts/game.ts", "{ Took: { prize: Prize } }", "{ Took: { what: Prize } }", "a field of an event"],
    ["demo/ts/game.ts", "ship_radius: number;", "radius: number;", "a rule"],
    ["board/game.ts", "velocity: {", "speed: {", "a field of the board's input"],
]) {
    const whole = path.join(work, file);
    const text = readFileSync(whole, "utf8");
    writeFileSync(whole, text.replace(before, after));
    const { isRight, said } = compile();
    check(`${what} that is called otherwise is an error`, text.includes(before) && !isRight, said);
    writeFileSync(whole, text);
}
rmSync(work, { recursive: true });
process.exit(failed === 0 ? 0 : 1);
