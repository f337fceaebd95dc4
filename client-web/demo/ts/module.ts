// What the demo's module exports beside what every game's does.
import type { RawClient } from "auspice-web";

export interface DemoClient extends RawClient {
    /** Two corners of each wall in units, low and high. */
    walls(): Float32Array;
    /** Start and end of the ray of the laser of the ship in a slot. */
    ray(slot: number): Float32Array;
}
