// The game's module: how it is fetched, and what `auspice_web::export!` makes of it.

/** A player as the module has it. `Session` is what a page talks to. */
export interface RawClient {
    frame(millis: number): number;
    shape(): string;
    told(): string | undefined;
    label(number: number): string;
    why(): string;
    code(): number | undefined;
    terms(): string | undefined;
    command(json: string): string | undefined;
    show(kind: string, text: string): void;
    set(prediction: boolean, smoothing: boolean, compensation: boolean, display: number): void;
    ghosts(isShown: boolean): void;
    reports(isWanted: boolean): void;
    talk(isWanted: boolean): void;
    say(channel: string, text: string): string | undefined;
    turn(delay: number, jitter: number, stall: number, cap: number, isCut: boolean): void;
    reconnect(): void;
    break_off(millis: number): void;
    leave(): void;
    token(): string | undefined;
    hash(): number;
    free(): void;
}

/** What wasm-bindgen writes beside a module: `import * as glue from "./board.js"`. */
export interface Glue<C extends RawClient = RawClient> {
    default(init: { module_or_path: Response | BufferSource | WebAssembly.Module }): Promise<{ memory: WebAssembly.Memory }>;
    Client: new (address: string, name: string, build: string, token?: string) => C;
}

/** A module that runs. */
export interface Loaded<C extends RawClient = RawClient> {
    readonly glue: Glue<C>;
    readonly memory: WebAssembly.Memory;
}

/** Tries of a download that fails, and the wait before each but the first. */
const WAITS_MS = [0, 500, 2000];

/**
 * Fetches and starts a game's module, by three tries: a download that breaks is begun anew.
 * `module` is its address, or what is in it. `onProgress` is told how many bytes came, unpacked.
 */
export async function load<C extends RawClient>(
    glue: Glue<C>,
    module: string | URL | BufferSource | WebAssembly.Module,
    onProgress?: (bytes: number) => void,
): Promise<Loaded<C>> {
    if (!(typeof module === "string" || module instanceof URL)) {
        return { glue, memory: (await glue.default({ module_or_path: module })).memory };
    }
    for (let tries = 0; ; tries++) {
        try {
            await new Promise((wake) => setTimeout(wake, WAITS_MS[tries]));
            const answer = await fetch(module);
            // It is not there, and will not be by asking again.
            if (answer.status === 404) throw Object.assign(new Error(`${module} is not there`), { isGone: true });
            if (!answer.ok) throw new Error(`${module} answered ${answer.status}`);
            return { glue, memory: (await glue.default({ module_or_path: counted(answer, onProgress) })).memory };
        } catch (error) {
            if (tries + 1 >= WAITS_MS.length || (error as { isGone?: boolean }).isGone) throw error;
        }
    }
}

function counted(answer: Response, onProgress?: (bytes: number) => void): Response {
    if (!onProgress || !answer.body) return answer;
    let came = 0;
    const count = new TransformStream<Uint8Array, Uint8Array>({
        transform(piece, out) {
            came += piece.length;
            onProgress(came);
            out.enqueue(piece);
        },
    });
    return new Response(answer.body.pipeThrough(count), { headers: { "Content-Type": "application/wasm" } });
}
