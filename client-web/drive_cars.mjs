// Plays the game of cars in Chromium, by two pages of the server's own, and fails if what is seen of it is not as it should be: each has a car of a team
// of its own, the car goes where the keys drive it and jumps, the other sees it there, and a phone's stick drives too.
//
//   cargo build --release -p auspice-server --example cars && (cd client-web && npm ci) && node client-web/drive_cars.mjs [--figures] [--pictures]
//
// --figures tells in addition what a picture takes; --pictures takes those of client-web/docs anew. CARS is another program than the release build's.
// What else is heeded, and needed: `driving.mjs`.
import path from "node:path";
import { fileURLToPath } from "node:url";

import { built, check, checkSoon, judge, launch, newPage, portFrom, serve, stop, takesPictures, tellsFigures, told } from "./driving.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const program = built("examples/cars", "CARS");
const port = portFrom(7850);

/** Looks at each picture of a page. */
const watch = () => {
    const seen = (window.seen = { states: [], times: [], cars: {}, highest: 0 });
    window.probe = (frame, session) => {
        const { Car, Ball, Score } = frame.entity;
        if (seen.states.at(-1) !== session.state) seen.states.push(session.state);
        Object.assign(seen, { own: frame.own, balls: Ball.count, scores: Score.count, cars: {}, corrected: frame.figures.ownLargest });
        for (let row = 0; row < Car.count; row++) {
            const [x, y, z] = [Car.x[row], Car.y[row], Car.z[row]];
            seen.cars[Car.id[row]] = { x, y, z, isSecond: Car.is_second[row] !== 0, isComputers: Car.is_computers[row] !== 0 };
            if (Car.id[row] === frame.own) {
                seen.highest = Math.max(seen.highest, z);
                seen.speed = Math.hypot(Car.velocity.x[row], Car.velocity.y[row]);
            }
        }
        seen.times.push(performance.now() - (window.began ?? performance.now()));
        window.began = performance.now();
    };
};

const browser = await launch();
async function open(context, flags) {
    const page = await newPage(context, watch);
    await page.goto(`http://127.0.0.1:${port}/${flags}`);
    await page.waitForFunction(() => window.seen?.states.at(-1) === "playing" && window.seen.own in window.seen.cars, null, { timeout: 20000 });
    return page;
}
const look = (page) => page.evaluate(() => ({ ...window.seen, times: undefined }));

await judge(browser, async () => {
    const server = await serve(program, port);
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
    const [ann, bob] = [await open(context, "?name=ann"), await open(await browser.newContext(), "?name=bob")];
    await checkSoon("a page sees the ball, four cars and the score", ann, () => Object.keys(window.seen.cars).length === 4 && window.seen.balls === 1 && window.seen.scores === 1);
    const [one, other] = [await look(ann), await look(bob)];
    check("the two have cars of two teams", one.cars[one.own].isSecond !== other.cars[other.own].isSecond);
    // Ann is told a moment later than Bob that his car is his.
    await checkSoon("the other two are computers'", ann, () => Object.values(window.seen.cars).filter((car) => car.isComputers).length === 2);

    await ann.bringToFront();
    await ann.keyboard.down("ArrowUp");
    await checkSoon("a key drives the car", ann, () => window.seen.speed > 6);
    if (takesPictures) await ann.screenshot({ path: path.join(here, "docs/cars.png") });
    await ann.evaluate(() => (window.seen.highest = 0));
    // Held until it is seen: a page with few pictures a second may have none of a short press.
    await ann.keyboard.down("Space");
    await checkSoon("a key has it jump", ann, () => window.seen.highest > 0.5);
    await ann.keyboard.up("Space");
    await ann.keyboard.up("ArrowUp");
    const { own } = await look(ann);
    const there = (await look(ann)).cars[own];
    if (there) await checkSoon("the other page sees it within a few metres of there", bob, ({ own, there }) => Math.hypot(window.seen.cars[own]?.x - there.x, window.seen.cars[own]?.y - there.y) < 15, { own, there });

    const phone = await browser.newContext({ viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true });
    const carla = await open(phone, "?name=carla");
    const { x, y, width } = await carla.locator("#stick").boundingBox();
    const touch = await phone.newCDPSession(carla);
    const point = (dy) => [{ x: x + width / 2, y: y + width / 2 + dy }];
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: point(0) });
    await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: point(-50) });
    await checkSoon("a phone's stick drives the car", carla, () => window.seen.speed > 5);
    if (takesPictures) await carla.screenshot({ path: path.join(here, "docs/cars-phone.png") });
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    if (tellsFigures) console.log(`from picture to picture: ${told((await ann.evaluate(() => window.seen.times)).slice(60))}`);
    await stop(server);
});
