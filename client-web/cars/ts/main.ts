// The game of cars in a page: connects, draws each picture, and sends what the hands do.
import { addressOf, Flags, type Frame, load, Place, type Proof, Session, type State } from "auspice-web";

import { Camera, type Point, turn } from "./camera.js";
import * as glue from "./cars.js";
import type { Game } from "./game.js";
import { Hands } from "./hands.js";
import { type CarLook, Scene } from "./scene.js";

const FLAGS = ["name", "url", "secret", "ticket"] as const;
/** Time from one look at the token of the place to the next. */
const KEEP_MS = 1000;
/** A frame that is longer than this was a pause. */
const FRAME_SECONDS_MAX = 0.25;
/** For so long a goal is told. */
const TELL_MS = 1800;
/** For so long is told what an absence has cost. */
const BACK_MS = 5000;
/** The button of the booster. */
const BOOSTS = 1;

const element = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

function stand(state: State, why: string): void {
    const told = {
        offline: "Not connected",
        connecting: "Connecting …",
        playing: "",
        stalled: "The connection is silent.",
        reconnecting: "The connection is lost, and is tried again.",
        refused: `The server does not let you in: ${why}`,
    }[state];
    element("state").hidden = told === "";
    element("said").textContent = told;
    element("again").hidden = state !== "refused" && state !== "offline";
    document.body.dataset.state = state;
}

/** The page while it plays. */
class Play {
    #session: Session<Game>;
    #canvas = element<HTMLCanvasElement>("field");
    #camera = new Camera();
    #scene = new Scene(this.#canvas.getContext("2d", { alpha: false })!, this.#camera);
    #hands = new Hands(element("stick"), { jump: element("jump"), boost: element("boost"), slide: element("slide") });
    #before = performance.now();
    #telling = 0;
    #welcoming = 0;

    constructor(session: Session<Game>, place: Place) {
        this.#session = session;
        session.on.welcomed = () => {
            place.keep(session.token);
            this.#scene.seats = session.terms?.rules.seats ?? 4;
        };
        setInterval(() => place.keep(session.token), KEEP_MS);
        session.on.state = stand;
        session.on.returned = ({ line }) => this.#welcomeBack(line);
        session.on.event = ({ Goal: team }) => this.#tell(team);
        element("again").addEventListener("click", () => session.reconnect());
        requestAnimationFrame((now) => this.#draw(now));
    }

    /** Tells that a team scored. */
    #tell(team: number): void {
        const call = element("call");
        call.textContent = `${["Blue", "Orange"][team]} scores`;
        call.dataset.team = String(team);
        call.hidden = false;
        clearTimeout(this.#telling);
        this.#telling = setTimeout(() => (call.hidden = true), TELL_MS);
    }

    /** Tells what an absence has cost. */
    #welcomeBack(line: string): void {
        const back = element("back");
        back.textContent = line;
        back.hidden = false;
        clearTimeout(this.#welcoming);
        this.#welcoming = setTimeout(() => (back.hidden = true), BACK_MS);
    }

    #draw(now: number): void {
        requestAnimationFrame((now) => this.#draw(now));
        const seconds = Math.min(Math.max(now - this.#before, 0) / 1000, FRAME_SECONDS_MAX);
        this.#before = now;
        this.#hands.write(this.#session.input);
        const frame = this.#session.step(now);
        const { Car: cars, Ball: balls, Score: scores } = frame.entity;
        const looks: CarLook[] = [];
        let own: CarLook | undefined;
        for (let row = 0; row < cars.count; row++) {
            const look = {
                place: [cars.x[row], cars.y[row], cars.z[row]] as Point,
                rotation: [cars.rotation.x[row], cars.rotation.y[row], cars.rotation.z[row], cars.rotation.w[row]],
                isSecond: cars.is_second[row] !== 0,
                isOwn: cars.id[row] === frame.own,
                boosts: (cars.buttons[row] & BOOSTS) !== 0,
                name: cars.is_computers[row] ? "computer" : this.#session.label(cars.label[row]),
            };
            if (look.isOwn) own = look;
            looks.push(look);
        }
        const ball: Point | undefined = balls.count ? [balls.x[0], balls.y[0], balls.z[0]] : undefined;
        if (scores.count) {
            element("first").textContent = String(scores.first[0]);
            element("second").textContent = String(scores.second[0]);
        }
        if (own) element("score").dataset.own = String(Number(own.isSecond));
        this.#camera.fit(this.#canvas);
        const ahead = own && turn(own.rotation, [1, 0, 0]);
        this.#camera.follow(own?.place ?? ball ?? [0, 0, 0], ahead && Math.atan2(ahead[1], ahead[0]), seconds);
        this.#scene.draw(ball, looks);
        const { probe } = window as { probe?: (frame: Frame<Game>, session: Session<Game>) => void };
        probe?.(frame, this.#session);
    }
}

try {
    const flags = new Flags(FLAGS);
    if (flags.foreign.length) console.warn(`no flags of this game, and left out: ${flags.foreign.join(", ")}`);
    const [secret, ticket] = [flags.get("secret"), flags.get("ticket")];
    const proof: Proof | undefined = secret ? { secret } : ticket ? { ticket } : undefined;
    const [url, name] = [addressOf(flags.get("url")), flags.get("name") ?? "driver"];
    const [loaded, place] = await Promise.all([load(glue, new URL("./cars_bg.wasm", import.meta.url)), Place.of(`${name} at ${url}`)]);
    const input = { throttle: 0, steer: 0, pitch: 0, roll: 0, boost: false, handbrake: false, jump: false };
    new Play(new Session<Game>(loaded, { url, name, build: "auspice-cars 0.1.0", proof, token: place.token }, input), place);
} catch (error) {
    console.error(error);
    element("said").textContent = `The game cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
}
