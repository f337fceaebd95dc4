// The field, the ball and the cars, drawn as they are seen from the camera.
import { type Camera, type Point, turn } from "./camera.js";

const HEIGHT = 20.4;
const [GOAL_HALF, GOAL_HEIGHT] = [8.9, 6.4];
const BALL_RADIUS = 0.93;
/** Metres of the area before a goal beyond its posts, and into the field. */
const [AREA_BEYOND, AREA_DEPTH] = [5, 9];
/** Metres between two lines of a net. */
const NET = 1.6;
/** Half of a car, and of its cabin. */
const [BODY, CABIN]: [Point, Point] = [[0.59, 0.42, 0.13], [0.28, 0.32, 0.14]];
const TEAMS = [{ body: [43, 116, 214], goal: "#3f8ae0" }, { body: [222, 112, 42], goal: "#e8843c" }] as const;
/** Faces of a box by its corners, and how bright each is. */
const FACES: [number[], number][] = [
    [[0, 1, 3, 2], 0.55], [[4, 6, 7, 5], 1], [[0, 4, 5, 1], 0.72], [[2, 3, 7, 6], 0.72], [[0, 2, 6, 4], 0.6], [[1, 5, 7, 3], 0.85],
];

export interface CarLook {
    place: Point;
    rotation: readonly number[];
    isSecond: boolean;
    isOwn: boolean;
    boosts: boolean;
    name: string;
}

export class Scene {
    #context: CanvasRenderingContext2D;
    #camera: Camera;
    #half: [number, number] = [41, 51.2];

    constructor(context: CanvasRenderingContext2D, camera: Camera) {
        [this.#context, this.#camera] = [context, camera];
    }

    /** The field for so many seats: the more, the larger. */
    set seats(seats: number) {
        const scale = Math.sqrt(Math.max((seats + 1) / 7, 1));
        this.#half = [Math.min(41 * scale, 79), Math.min(51.2 * scale, 79)];
    }

    draw(ball: Point | undefined, cars: CarLook[]): void {
        const { width, height } = this.#context.canvas;
        this.#context.setTransform(1, 0, 0, 1, 0, 0);
        this.#context.fillStyle = "#0b1016";
        this.#context.fillRect(0, 0, width, height);
        this.#field();
        for (const car of cars) this.#shadow(car.place, 0.7);
        if (ball) this.#shadow(ball, BALL_RADIUS);
        const things = cars.map((car) => ({ depth: this.#camera.depth(car.place), draw: () => this.#car(car) }));
        if (ball) things.push({ depth: this.#camera.depth(ball), draw: () => this.#ball(ball) });
        things.sort((one, other) => other.depth - one.depth).forEach((thing) => thing.draw());
        if (ball) this.#pointer(ball);
    }

    #fill(points: Point[], colour: string): void {
        this.#fills([points], colour);
    }

    /** Fills several polygons at once: each fill of its own is a walk over all pixels of the picture's lines. */
    #fills(polygons: Point[][], colour: string): void {
        this.#context.beginPath();
        for (const points of polygons) this.#camera.trace(this.#context, points);
        this.#context.fillStyle = colour;
        this.#context.fill();
    }

    #line(points: Point[], colour: string, width: number): void {
        this.#lines([points], colour, width);
    }

    #lines(lines: Point[][], colour: string, width: number): void {
        this.#context.beginPath();
        for (const points of lines) this.#camera.trace(this.#context, points, false);
        [this.#context.strokeStyle, this.#context.lineWidth] = [colour, width];
        this.#context.stroke();
    }

    #field(): void {
        const [x, y] = this.#half;
        this.#fill([[-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]], "#1b3a24");
        // Mown stripes, by which one sees how fast one goes.
        const stripes: Point[][] = [];
        for (let at = -Math.ceil(y / 12) * 12; at < y; at += 12) {
            const [from, to] = [Math.max(at, -y), Math.min(at + 6, y)];
            if (from < to) stripes.push([[-x, from, 0], [x, from, 0], [x, to, 0], [-x, to, 0]]);
        }
        this.#fills(stripes, "#20442a");
        this.#line([[-x, 0, 0], [x, 0, 0]], "#ffffff66", 2);
        const circle = Array.from({ length: 33 }, (_, at): Point => [Math.cos((at * Math.PI) / 16) * 9, Math.sin((at * Math.PI) / 16) * 9, 0]);
        this.#line(circle, "#ffffff66", 2);
        const corners = [[-x, -y], [x, -y], [x, y], [-x, y]];
        this.#lines(corners.map(([cx, cy]) => [[cx, cy, 0], [cx, cy, HEIGHT]]), "#ffffff30", 1);
        this.#lines([0, HEIGHT].map((top) => [...corners, corners[0]].map(([cx, cy]) => [cx, cy, top])), "#ffffff40", 1);
        // The first team defends the goal at the upper end of the second axis.
        for (const [end, team] of [[y, TEAMS[0]], [-y, TEAMS[1]]] as const) {
            this.#goal(end, team.goal);
        }
    }

    /** A goal with its net, and the team's area before it. */
    #goal(end: number, colour: string): void {
        const [wide, deep] = [GOAL_HALF + AREA_BEYOND, end - Math.sign(end) * AREA_DEPTH];
        const area: Point[] = [[-wide, end, 0], [-wide, deep, 0], [wide, deep, 0], [wide, end, 0]];
        this.#fill(area, `${colour}26`);
        this.#line(area, `${colour}b0`, 2);
        const frame: Point[] = [[-GOAL_HALF, end, 0], [-GOAL_HALF, end, GOAL_HEIGHT], [GOAL_HALF, end, GOAL_HEIGHT], [GOAL_HALF, end, 0]];
        this.#fill(frame, `${colour}40`);
        const net: Point[][] = [];
        for (let at = -GOAL_HALF + NET; at < GOAL_HALF; at += NET) net.push([[at, end, 0], [at, end, GOAL_HEIGHT]]);
        for (let at = NET; at < GOAL_HEIGHT; at += NET) net.push([[-GOAL_HALF, end, at], [GOAL_HALF, end, at]]);
        this.#lines(net, `${colour}50`, 1);
        this.#line(frame, colour, 4);
    }

    #shadow([x, y]: Point, radius: number): void {
        const round = Array.from({ length: 12 }, (_, at): Point => [x + Math.cos((at * Math.PI) / 6) * radius, y + Math.sin((at * Math.PI) / 6) * radius, 0.01]);
        this.#fill(round, "#00000066");
    }

    #ball(place: Point): void {
        const [middle, pixels] = [this.#camera.project(place), this.#camera.pixels(place)];
        if (!middle || pixels === 0) return;
        const [[x, y], radius] = [middle, pixels * BALL_RADIUS];
        const light = this.#context.createRadialGradient(x - radius * 0.3, y - radius * 0.4, radius * 0.1, x, y, radius);
        light.addColorStop(0, "#ffffff");
        light.addColorStop(1, "#7c8894");
        this.#context.beginPath();
        this.#context.arc(x, y, radius, 0, 7);
        this.#context.fillStyle = light;
        this.#context.fill();
    }

    #car(car: CarLook): void {
        const { body } = TEAMS[Number(car.isSecond)];
        if (car.boosts) this.#box(car, [-0.8, 0, 0], [0.25, 0.16, 0.08], [255, 190, 60]);
        this.#box(car, [0, 0, -0.05], BODY, body);
        this.#box(car, [-0.08, 0, 0.2], CABIN, [35, 42, 52]);
        const above = this.#camera.project([car.place[0], car.place[1], car.place[2] + 0.9]);
        if (!above || car.isOwn) return;
        this.#label(car.name, above, Math.max(12, Math.min(22, this.#camera.pixels(car.place) * 0.35)), `rgb(${body.join(" ")} / .8)`);
    }

    /** A name on a plate of its team's colour, so that it is read before whatever stands behind it. */
    #label(name: string, [x, y]: readonly [number, number], size: number, colour: string): void {
        this.#context.font = `600 ${size}px system-ui, sans-serif`;
        this.#context.textAlign = "center";
        this.#context.textBaseline = "middle";
        const half = this.#context.measureText(name).width / 2 + size * 0.4;
        this.#context.beginPath();
        this.#context.roundRect(x - half, y - size * 0.7, half * 2, size * 1.4, size * 0.35);
        this.#context.fillStyle = colour;
        this.#context.fill();
        this.#context.fillStyle = "#ffffff";
        this.#context.fillText(name, x, y);
    }

    /** A box about a place by a car's own axes, the faces that are further away first. */
    #box({ place, rotation }: CarLook, middle: Point, half: Point, [red, green, blue]: readonly number[]): void {
        const corners = Array.from({ length: 8 }, (_, corner): Point => {
            const own = [0, 1, 2].map((axis) => middle[axis] + half[axis] * ((corner >> axis) & 1 ? 1 : -1)) as unknown as Point;
            const turned = turn(rotation, own);
            return [0, 1, 2].map((axis) => place[axis] + turned[axis]) as unknown as Point;
        });
        const depth = (face: number[]) => face.reduce((sum, corner) => sum + this.#camera.depth(corners[corner]), 0);
        for (const [face, light] of [...FACES].sort((one, other) => depth(other[0]) - depth(one[0]))) {
            this.#fill(face.map((corner) => corners[corner]), `rgb(${red * light} ${green * light} ${blue * light})`);
        }
    }

    /** Points to the ball where it is not in the picture. */
    #pointer(ball: Point): void {
        const { width, height } = this.#context.canvas;
        const at = this.#camera.project(ball);
        if (at && at[0] > 0 && at[0] < width && at[1] > 0 && at[1] < height) return;
        const isRight = at ? at[0] > width / 2 : this.#camera.isRight(ball);
        this.#context.fillStyle = "#ffffffb0";
        this.#context.beginPath();
        const [x, way] = isRight ? [width - 18, 1] : [18, -1];
        this.#context.moveTo(x, height / 2);
        this.#context.lineTo(x - 16 * way, height / 2 - 14);
        this.#context.lineTo(x - 16 * way, height / 2 + 14);
        this.#context.fill();
    }
}
