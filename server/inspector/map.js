// The map: every entity where it is published, and how far each player sees.

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const AXES = [["x, y", 0, 1], ["x, z", 0, 2], ["z, y", 2, 1]];

export class WorldMap {
    /** `picked` is told the player whose place was clicked, or none. */
    constructor(canvas, tables, picked) {
        Object.assign(this, { canvas, tables, picked, pen: canvas.getContext("2d"), hidden: new Set(), world: undefined, held: undefined });
        [this.across, this.up] = [0, 1];
        /** Middle of what is shown, and pixels of a unit; none while everything is shown. */
        this.view = undefined;
        this.bounds = undefined;
        new ResizeObserver(() => this.draw()).observe(canvas);
        canvas.addEventListener("wheel", (event) => this.zoom(event), { passive: false });
        canvas.addEventListener("pointerdown", (event) => this.press(event));
    }

    toneOf(kind) {
        const index = this.tables.kinds.findIndex(({ name }) => name === kind);
        return index < 0 ? "--c7" : `--c${index % 8}`;
    }

    show(world, picked, held) {
        Object.assign(this, { world, client: picked, held });
        this.measure();
        this.draw();
    }

    /** Widens the bounds to what there is: they never shrink, so that the picture stands still. */
    measure() {
        const bounds = (this.bounds ??= { low: [Infinity, Infinity, Infinity], high: [-Infinity, -Infinity, -Infinity] });
        for (const { places } of this.world.kinds) {
            for (const place of places ?? []) {
                place.forEach((value, axis) => {
                    bounds.low[axis] = Math.min(bounds.low[axis], value);
                    bounds.high[axis] = Math.max(bounds.high[axis], value);
                });
            }
        }
    }

    /** Axes to choose from, the two widest first; none in two dimensions. */
    axes() {
        const { low, high } = this.bounds ?? {};
        if (!low || !(high[2] > low[2])) return [];
        const width = (axis) => high[axis] - low[axis];
        return AXES.map(([name, across, up]) => ({ name, across, up, area: width(across) * width(up) })).sort((a, b) => b.area - a.area);
    }

    look({ across, up }) {
        Object.assign(this, { across, up, view: undefined });
        this.draw();
    }

    fitted() {
        const { width, height } = this.canvas.getBoundingClientRect();
        const { low, high } = this.bounds;
        const [across, up] = [this.across, this.up];
        if (!(high[across] >= low[across])) return { x: 0, y: 0, scale: 1 };
        const scale = Math.min(width / (high[across] - low[across] || 1), height / (high[up] - low[up] || 1)) * 0.94;
        return { x: (low[across] + high[across]) / 2, y: (low[up] + high[up]) / 2, scale };
    }

    spot(place) {
        const { x, y, scale } = this.now;
        return [this.middle[0] + (place[this.across] - x) * scale, this.middle[1] - ((place[this.up] ?? 0) - y) * scale];
    }

    draw() {
        const { canvas, pen, world } = this;
        const { width, height } = canvas.getBoundingClientRect();
        if (width === 0) return;
        const dots = devicePixelRatio;
        if (canvas.width !== Math.round(width * dots) || canvas.height !== Math.round(height * dots)) {
            Object.assign(canvas, { width: Math.round(width * dots), height: Math.round(height * dots) });
        }
        pen.setTransform(dots, 0, 0, dots, 0, 0);
        pen.clearRect(0, 0, width, height);
        if (!world || !this.bounds) return;
        this.now = this.view ?? this.fitted();
        this.middle = [width / 2, height / 2];
        const picked = world.players.find(({ client }) => client === this.client);
        this.drawCircles(picked);
        this.drawEntities(picked);
        this.drawPlayers(picked);
    }

    circle(place, radius) {
        const [x, y] = this.spot(place);
        this.pen.beginPath();
        this.pen.arc(x, y, radius * this.now.scale, 0, 7);
    }

    drawCircles(picked) {
        const { pen, world, tables } = this;
        pen.lineWidth = 1;
        pen.strokeStyle = css("--circle");
        for (const { centre } of picked ? [] : world.players) {
            if (!centre) continue;
            this.circle(centre, tables.interest_radius);
            pen.stroke();
        }
        if (!picked?.centre) return;
        pen.strokeStyle = css("--pick");
        pen.lineWidth = 1.5;
        this.circle(picked.centre, tables.interest_radius);
        pen.stroke();
        pen.globalAlpha = 0.08;
        pen.fillStyle = css("--pick");
        pen.fill();
        pen.globalAlpha = 1;
        pen.setLineDash([4, 4]);
        this.circle(picked.centre, tables.keep_radius);
        pen.stroke();
        pen.setLineDash([]);
    }

    drawEntities(picked) {
        const { pen, world } = this;
        const held = picked && this.held ? new Set(this.held.map(({ id }) => id)) : undefined;
        const size = Math.min(Math.max(this.now.scale * 6, 2.2), 5);
        for (const { name, ids, places } of world.kinds) {
            if (!places || this.hidden.has(name)) continue;
            pen.fillStyle = css(this.toneOf(name));
            places.forEach((place, index) => {
                const [x, y] = this.spot(place);
                const isHeld = held?.has(ids[index]);
                pen.globalAlpha = held && !isHeld ? 0.25 : 1;
                pen.beginPath();
                pen.arc(x, y, isHeld ? size + 1 : size, 0, 7);
                pen.fill();
            });
        }
        pen.globalAlpha = 1;
    }

    drawPlayers(picked) {
        const { pen, world } = this;
        pen.font = "11px system-ui, sans-serif";
        pen.textAlign = "center";
        for (const player of world.players) {
            if (!player.centre) continue;
            const [x, y] = this.spot(player.centre);
            pen.strokeStyle = css(player === picked ? "--pick" : "--ink");
            pen.lineWidth = player === picked ? 2.5 : 1.2;
            pen.setLineDash(player.away ? [2, 2] : []);
            pen.beginPath();
            pen.arc(x, y, player === picked ? 8 : 5.5, 0, 7);
            pen.stroke();
            if (player !== picked && world.players.length > 60) continue;
            pen.fillStyle = css(player === picked ? "--pick" : "--ink-2");
            pen.fillText(player.name, x, y - 10);
        }
        pen.setLineDash([]);
    }

    zoom(event) {
        event.preventDefault();
        if (!this.now) return;
        const factor = Math.exp(-event.deltaY / 400);
        const { x, y, scale } = this.now;
        const [right, down] = [event.offsetX - this.middle[0], event.offsetY - this.middle[1]];
        const next = scale * factor;
        this.view = { scale: next, x: x + right / scale - right / next, y: y - down / scale + down / next };
        this.draw();
    }

    /** A drag moves the map, a click picks. */
    press(down) {
        if (!this.now) return;
        const { x, y, scale } = this.now;
        let moved = 0;
        this.canvas.setPointerCapture(down.pointerId);
        const move = (event) => {
            const [right, below] = [event.clientX - down.clientX, event.clientY - down.clientY];
            moved = Math.max(moved, Math.hypot(right, below));
            if (moved < 4) return;
            this.view = { scale, x: x - right / scale, y: y + below / scale };
            this.draw();
        };
        const done = new AbortController();
        const on = (name, act) => this.canvas.addEventListener(
            name, (event) => event.pointerId === down.pointerId && act(event), { signal: done.signal });
        on("pointermove", move);
        on("pointercancel", () => done.abort());
        on("pointerup", (event) => {
            done.abort();
            if (moved < 4) this.pick(event.offsetX, event.offsetY);
        });
    }

    pick(x, y) {
        const near = (this.world?.players ?? []).filter(({ centre }) => centre).map((player) => {
            const [px, py] = this.spot(player.centre);
            return { client: player.client, away: Math.hypot(px - x, py - y) };
        });
        near.sort((one, other) => one.away - other.away);
        this.picked(near[0]?.away < 16 ? near[0].client : undefined);
    }
}
