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
    default(init: {
        module_or_path: Response | BufferSource | WebAssembly.Module;
    }): Promise<{
        memory: WebAssembly.Memory;
    }>;
    Client: new (address: string, name: string, build: string, token?: string) => C;
}
/** A module that runs. */
export interface Loaded<C extends RawClient = RawClient> {
    readonly glue: Glue<C>;
    readonly memory: WebAssembly.Memory;
}
/**
 * Fetches and starts a game's module, by three tries: a download that breaks is begun anew.
 * `module` is its address, or what is in it. `onProgress` is told how many bytes came, unpacked.
 */
export declare function load<C extends RawClient>(glue: Glue<C>, module: string | URL | BufferSource | WebAssembly.Module, onProgress?: (bytes: number) => void): Promise<Loaded<C>>;
