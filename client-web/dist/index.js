// ts/module.ts
var WAITS_MS = [0, 500, 2e3];
async function load(glue, module, onProgress) {
  if (!(typeof module === "string" || module instanceof URL)) {
    return { glue, memory: (await glue.default({ module_or_path: module })).memory };
  }
  for (let tries = 0; ; tries++) {
    try {
      await new Promise((wake) => setTimeout(wake, WAITS_MS[tries]));
      const answer = await fetch(module);
      if (answer.status === 404) throw Object.assign(new Error(`${module} is not there`), { isGone: true });
      if (!answer.ok) throw new Error(`${module} answered ${answer.status}`);
      return { glue, memory: (await glue.default({ module_or_path: counted(answer, onProgress) })).memory };
    } catch (error) {
      if (tries + 1 >= WAITS_MS.length || error.isGone) throw error;
    }
  }
}
function counted(answer, onProgress) {
  if (!onProgress || !answer.body) return answer;
  let came = 0;
  const count = new TransformStream({
    transform(piece, out) {
      came += piece.length;
      onProgress(came);
      out.enqueue(piece);
    }
  });
  return new Response(answer.body.pipeThrough(count), { headers: { "Content-Type": "application/wasm" } });
}

// ts/frame.ts
var [LAYOUT, CONNECTION, WAIT, TICK, BLEND, OWN, NUMBER, TELLS] = [0, 1, 2, 3, 4, 5, 6, 7];
var TABLE = 4;
var Frame = class {
  /** The last whole tick before the present, and how much of the next has passed. */
  tick = 0;
  blend = 0;
  /** `id` of the player's own entity; -1 while there is none. */
  own = -1;
  /** Counts the pictures. */
  number = 0;
  /** Entities by the name of their kind. */
  entity;
  figures;
  /** Place of the connection's state in `Session`'s list of them, and the time it has lasted or will. */
  connection = 0;
  wait = 0;
  /** Number of things that have happened, and that `Session` has not told yet. */
  tells = 0;
  #client;
  #memory;
  #shape;
  #rows;
  #start = 0;
  #numbers = new Float64Array(0);
  #layout = -1;
  constructor(client, { memory }) {
    this.#client = client;
    this.#memory = memory;
    this.#shape = JSON.parse(client.shape());
    this.#rows = this.#shape.kinds.map(() => ({ count: 0, changed: 0 }));
    this.entity = Object.fromEntries(this.#shape.kinds.map(({ name }, kind) => [name, this.#rows[kind]]));
    this.figures = Object.fromEntries(this.#shape.figures.map((name) => [name, 0]));
  }
  /** Sends `input`, takes what came, and reads the picture at `now`. For `Session`. */
  read(now, input) {
    this.#write(input);
    this.#start = this.#client.frame(now);
    this.follow();
    const numbers = this.#numbers;
    this.tick = numbers[TICK];
    this.blend = numbers[BLEND];
    this.own = numbers[OWN];
    this.number = numbers[NUMBER];
    this.connection = numbers[CONNECTION];
    this.wait = numbers[WAIT];
    this.tells = numbers[TELLS];
    const { firstFigure, firstTable, figures } = this.#shape;
    for (let kind = 0, table = firstTable; kind < this.#rows.length; kind++, table += TABLE) {
      this.#rows[kind].count = numbers[table + 2];
      this.#rows[kind].changed = numbers[table + 3];
    }
    for (let index = 0; index < figures.length; index++) this.figures[figures[index]] = numbers[firstFigure + index];
  }
  /** Takes the arrays from where the module has them now. Any call of the module may have it take more memory, and then
   *  the arrays of before are empty: `Session` does this after each of its own, and whoever calls `Session.client` does. */
  follow() {
    const { buffer } = this.#memory;
    const isMoved = this.#numbers.buffer !== buffer || this.#numbers.byteOffset !== this.#start;
    if (isMoved) this.#numbers = new Float64Array(buffer, this.#start);
    if (isMoved || this.#numbers[LAYOUT] !== this.#layout) this.#arrange();
  }
  /** Writes the input, in units, where the module reads it. */
  #write(input) {
    if (this.#numbers.length === 0 || this.#numbers.buffer !== this.#memory.buffer) return;
    let place = this.#shape.firstInput;
    const values = input;
    for (const { name, axes } of this.#shape.input) {
      const value = values[name];
      if (axes.length === 0) this.#numbers[place++] = Number(value);
      else for (const axis of axes) this.#numbers[place++] = value[axis];
    }
  }
  /** Makes the arrays anew, for a sheet that was laid out anew or has moved. */
  #arrange() {
    const numbers = this.#numbers;
    this.#layout = numbers[LAYOUT];
    for (const [kind, { headings }] of this.#shape.kinds.entries()) {
      const table = this.#shape.firstTable + TABLE * kind;
      let offset = numbers[table];
      const capacity = numbers[table + 1];
      const column = () => numbers.subarray(offset, offset += capacity);
      for (const { name, axes } of headings) {
        this.#rows[kind][name] = axes.length === 0 ? column() : Object.fromEntries(axes.map((axis) => [axis, column()]));
      }
    }
  }
};

// ts/session.ts
var STATES = ["offline", "connecting", "playing", "stalled", "reconnecting", "refused"];
var UNSEEN_MS = 250;
var PROOF_REFUSED = 4009;
var ASK_MS_MIN = 2e3;
var ASK_MS_MAX = 3e4;
var LABELS_MAX = 8192;
var Session = class {
  frame;
  /** What the player wants from now on, in the units of the game's fields. */
  input;
  on;
  /** The module's own, for what a game exports besides. */
  client;
  settings = { prediction: true, smoothing: true, compensation: true, display: "game", ghosts: false, reports: false };
  #options;
  #labels = /* @__PURE__ */ new Map();
  #state = "offline";
  #terms;
  #stepped = -Infinity;
  #timer;
  #isAsking = false;
  /** When a proof may be asked for again, and how long after that the next time. */
  #asksAt = -Infinity;
  #asksAfter = ASK_MS_MIN;
  #isReady = true;
  #hasFrame = false;
  constructor(loaded, options, input, on = {}) {
    this.client = new loaded.glue.Client(options.url, options.name, options.build ?? "auspice-web", options.token);
    if (options.talk) this.client.talk(true);
    this.frame = new Frame(this.client, loaded);
    this.#options = options;
    this.input = input;
    this.on = on;
    const { proof } = options;
    if (typeof proof === "function") {
      this.#isReady = options.token !== void 0;
      if (!this.#isReady) void this.#askForProof(proof);
    } else if (proof) this.#show(proof);
    this.#timer = setInterval(() => {
      if (performance.now() - this.#stepped > UNSEEN_MS) this.step();
    }, UNSEEN_MS / 2);
  }
  /** Brings everything to `now`: takes what came, sends the input, and reads the picture. Once for each picture. */
  step(now = performance.now()) {
    if (!this.#isReady) return this.frame;
    this.#stepped = now = Math.max(now, this.#stepped);
    this.frame.read(now, this.input);
    this.#hasFrame = true;
    const state = STATES[this.frame.connection];
    if (state !== this.#state) {
      this.#state = state;
      this.on.state?.(state, this.why);
    }
    const { proof } = this.#options;
    if (this.isPlaying) [this.#asksAt, this.#asksAfter] = [-Infinity, ASK_MS_MIN];
    else if (state === "refused" && typeof proof === "function" && now >= this.#asksAt && this.code === PROOF_REFUSED) void this.#askForProof(proof);
    if (this.frame.tells > 0) this.#tellAll();
    return this.frame;
  }
  /** What the module answered. It may have taken more memory for that. */
  #answered(answer) {
    if (this.#hasFrame) this.frame.follow();
    return answer;
  }
  #tellAll() {
    let told;
    while ((told = this.#answered(this.client.told())) !== void 0) this.#tell(JSON.parse(told));
  }
  /** How it stands with the server, as of the last step. */
  get state() {
    return this.#state;
  }
  /** Whether there is a world to play in. */
  get isPlaying() {
    return this.#state === "playing" || this.#state === "stalled";
  }
  /** The sentence of a refusal, or of what is to be tried again. */
  get why() {
    return this.#answered(this.client.why());
  }
  /** The close code of that. */
  get code() {
    return this.#answered(this.client.code());
  }
  /** What the session is played by, once welcomed. */
  get terms() {
    return this.#terms;
  }
  /** The token by which another page comes back as the same player. */
  get token() {
    return this.#answered(this.client.token());
  }
  /** Hash of the view, as the server would state it. */
  get hash() {
    return this.#answered(this.client.hash());
  }
  /** The text of a label's number, as a column `label` has it. */
  label(number) {
    let text = this.#labels.get(number);
    if (text === void 0) {
      if (this.#labels.size >= LABELS_MAX) this.#labels.clear();
      this.#labels.set(number, text = this.#answered(this.client.label(number)));
    }
    return text;
  }
  /** Asks the game for something, once and in order. Throws where nobody plays, or too many wait. */
  command(command) {
    const wrong = this.#answered(this.client.command(JSON.stringify(command)));
    if (wrong !== void 0) throw new Error(wrong);
  }
  /** Says a line to players of all rooms, or of this one: 256 bytes at most. Throws where nobody talks, or too many wait. */
  say(text, channel = "all") {
    const wrong = this.#answered(this.client.say(channel, text));
    if (wrong !== void 0) throw new Error(wrong);
  }
  set(settings) {
    const { prediction, smoothing, compensation, display, ghosts, reports } = Object.assign(this.settings, settings);
    this.client.set(prediction, smoothing, compensation, ["game", "present", "past"].indexOf(display));
    this.client.ghosts(ghosts);
    this.client.reports(reports);
  }
  /** Simulates a network from now on. */
  turn({ delay = 0, jitter = 0, stall = 0, cap = 0, isCut = false }) {
    this.client.turn(delay, jitter, stall, cap, isCut);
  }
  /** Tries again at once. */
  reconnect() {
    this.client.reconnect();
  }
  /** Breaks the connection without a word, as a router does that forgets it. */
  breakOff() {
    this.client.break_off(Math.max(performance.now(), this.#stepped));
  }
  /** Leaves, and stays away until `reconnect`. */
  leave() {
    this.client.leave();
  }
  /** Leaves for good. */
  close() {
    clearInterval(this.#timer);
    this.client.leave();
    this.client.free();
  }
  #tell(told) {
    switch (told.what) {
      case "welcomed":
        this.#terms = JSON.parse(this.client.terms() ?? "null");
        return this.on.welcomed?.();
      case "event":
        return this.on.event?.(told.event, told.tick);
      case "diverged":
        return this.on.diverged?.(told.tick, told.held, told.stated);
      case "room":
        return this.on.room?.(told.code);
      case "line":
        return this.on.line?.(told);
      case "unsaid":
        return this.on.unsaid?.(told.why);
      case "returned":
        return this.on.returned?.(told.back);
      case "announced":
        return this.on.announced?.(told.announcement);
      case "report":
        return this.on.report?.(told);
      case "differs":
        return console.warn(`at tick ${told.tick} these rows had differed:
${told.lines.join("\n")}`);
    }
  }
  #show(proof) {
    if ("secret" in proof) this.client.show("secret", proof.secret);
    else this.client.show("ticket", proof.ticket);
  }
  async #askForProof(ask) {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#asksAt = Math.max(performance.now(), this.#stepped) + this.#asksAfter;
    this.#asksAfter = Math.min(2 * this.#asksAfter, ASK_MS_MAX);
    try {
      this.#show(await ask());
      if (this.#isReady) this.client.reconnect();
    } catch (error) {
      console.warn("no proof to show:", error);
    } finally {
      this.#isReady = true;
      this.#isAsking = false;
    }
  }
};

// ts/held.ts
var Held = class {
  #down = /* @__PURE__ */ new Set();
  #tapped = /* @__PURE__ */ new Set();
  press(thing) {
    this.#down.add(thing);
    this.#tapped.add(thing);
  }
  release(thing) {
    this.#down.delete(thing);
  }
  /** Nobody is there any more to let go of anything. */
  clear() {
    this.#down.clear();
    this.#tapped.clear();
  }
  /** Whether it is held, or was since the last `look`. */
  has(thing) {
    return this.#down.has(thing) || this.#tapped.has(thing);
  }
  /** All that `has` says yes to. */
  all() {
    return /* @__PURE__ */ new Set([...this.#down, ...this.#tapped]);
  }
  /** Ends a look: what was let go of is not held any more. Once for each picture, after its input is written. */
  look() {
    this.#tapped.clear();
  }
};

// ts/place.ts
var HELD_MS = 1500;
var recall = (key) => {
  try {
    return sessionStorage.getItem(key) ?? void 0;
  } catch {
    return void 0;
  }
};
var keep = (key, value) => {
  try {
    sessionStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
};
var forget = (key) => {
  try {
    sessionStorage.removeItem(key);
  } catch {
  }
};
var holdName = (name) => new Promise((decide) => {
  const held = () => new Promise(() => decide(true));
  navigator.locks.request(name, { signal: AbortSignal.timeout(HELD_MS) }, held).catch(() => decide(false));
});
var askForName = (name) => new Promise((decide) => {
  const channel = new BroadcastChannel(name);
  let isHeld = false;
  const silence = setTimeout(() => decide(isHeld = true), HELD_MS / 10);
  channel.onmessage = ({ data }) => {
    if (data === "is anyone there?" && isHeld) channel.postMessage("yes");
    if (data === "yes" && !isHeld) {
      clearTimeout(silence);
      channel.close();
      decide(false);
    }
  };
  channel.postMessage("is anyone there?");
});
var Place = class _Place {
  #key;
  #kept;
  constructor(key) {
    this.#key = `auspice/place of ${key}`;
    this.#kept = recall(this.#key);
  }
  /**
   * The place of this tab for a player, named by `key`: the player's name and the server's address. A tab that was
   * duplicated, or opened by another, has a copy of what that one keeps, and would take its place: two tabs are two
   * players.
   */
  static async of(key) {
    try {
      const hold = navigator.locks ? holdName : askForName;
      const name = recall("auspice/tab");
      if (name === void 0 || !await hold(name)) {
        if (name !== void 0) Object.keys(sessionStorage).filter((kept) => kept.startsWith("auspice/place")).forEach(forget);
        const fresh = `auspice/tab ${Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("")}`;
        keep("auspice/tab", fresh);
        void hold(fresh);
      }
    } catch {
    }
    return new _Place(key);
  }
  /** The token of the page before. */
  get token() {
    return this.#kept;
  }
  /** Keeps a session's token, or forgets it; call it now and then. */
  keep(token) {
    if (token === this.#kept) return;
    this.#kept = token;
    if (token === void 0) forget(this.#key);
    else keep(this.#key, token);
  }
};

// ts/address.ts
function addressOf(url, here = location) {
  return url ?? `${here.protocol === "https:" ? "wss" : "ws"}://${here.host}/play`;
}
var Flags = class {
  foreign = [];
  #flags = /* @__PURE__ */ new Map();
  constructor(known, { search, hash } = location) {
    for (const part of [search, hash]) {
      for (const [name, value] of new URLSearchParams(part.replace(/^[?#]/, ""))) {
        if (known.includes(name)) this.#flags.set(name, value);
        else this.foreign.push(name);
      }
    }
  }
  has(name) {
    return this.#flags.has(name);
  }
  /** The value of a flag; nothing where it is not there, or empty. */
  get(name) {
    return this.#flags.get(name) || void 0;
  }
};
export {
  Flags,
  Frame,
  Held,
  Place,
  Session,
  addressOf,
  load
};
