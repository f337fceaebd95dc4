// Plays the page of a new game in Chromium, as `auspice-server new FOLDER` has made the game and its `page/build.sh` the page, and fails if a key that is
// held does not move what is drawn as the own flyer.
//
//   node client-web/drive_new.mjs FOLDER
//
// GAME is another program than the release build's of the game's server. What else is heeded, and needed: `driving.mjs`.
import { existsSync } from "node:fs";
import path from "node:path";

import { built, check, checkSoon, judge, lack, launch, newPage, portFrom, serve, stop } from "./driving.mjs";

const folder = path.resolve(process.argv[2] ?? lack("the folder of a game is to be named"));
const name = path.basename(folder);
const program = built(`${name}-server`, "GAME");
const site = path.join(folder, "page/site");
if (!existsSync(path.join(site, "main.js"))) lack(`the page of ${name} is not built: page/build.sh does that`);
const port = portFrom(7838);
const browser = await launch();

/** The middle of what is drawn in the own flyer's colour, from the left, as a share of the canvas; below 0 where there is nothing of it. */
const ownFlyer = () => {
    const canvas = document.querySelector("canvas");
    const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let [sum, count] = [0, 0];
    for (let at = 0; at < data.length; at += 4) {
        if (data[at] !== 0x5c || data[at + 1] !== 0xeb || data[at + 2] !== 0xff || data[at + 3] !== 255) continue;
        [sum, count] = [sum + (at / 4) % width, count + 1];
    }
    return count > 0 ? sum / count / width : -1;
};

await judge(browser, async () => {
    const server = await serve(program, port, "--page", site);
    const page = await newPage(await browser.newContext(), `window.ownFlyer = ${ownFlyer}`);
    await page.goto(`http://127.0.0.1:${port}/?name=Ann`);
    await checkSoon("the page plays, and draws the own flyer", page, () => document.title.endsWith(": playing") && window.ownFlyer() >= 0);
    check("nothing says that the page is not built", (await page.locator("#missing").count()) === 0);
    const before = await page.evaluate(ownFlyer);
    await page.keyboard.down("KeyD");
    await checkSoon("a key moves it", page, (before) => window.ownFlyer() > before + 0.1, before);
    await stop(server);
});
