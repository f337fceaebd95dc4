// Colours and widths, by the numbers that the game has for them. Each colour is seen on the paper of day and of night.

/** Widths of the pens, in units. */
export const WIDTHS = [2, 4, 8, 14, 24, 40];

export const NAMES = ["eraser", "ink", "grey", "red", "orange", "yellow", "green", "teal", "blue", "violet"];

const DAY = ["#fffefb", "#1c1f26", "#8a919e", "#d92d3a", "#f0771a", "#e8b500", "#2f9e4f", "#0d9c9c", "#2469d6", "#8a3fd1"];
const NIGHT = ["#15181e", "#eceff4", "#8d95a3", "#ff6470", "#ff9a4d", "#ffd24a", "#5dd07d", "#3fd0d0", "#6ea5ff", "#bd86ff"];
const [DESK_DAY, DESK_NIGHT] = ["#e7e5df", "#0b0d11"];

/** The colours of now. */
export class Palette {
    colours = DAY;
    desk = DESK_DAY;
    /** Is told when they have changed. */
    onChange = (): void => {};

    constructor() {
        const night = matchMedia("(prefers-color-scheme: dark)");
        const choose = (): void => {
            this.colours = night.matches ? NIGHT : DAY;
            this.desk = night.matches ? DESK_NIGHT : DESK_DAY;
            for (const [number, colour] of this.colours.entries()) document.documentElement.style.setProperty(`--c${number}`, colour);
            this.onChange();
        };
        night.addEventListener("change", choose);
        choose();
    }

    /** Of the paper. */
    get paper(): string {
        return this.colours[0];
    }

    /** Of somebody's cursor: the paper's own colour would not be seen. */
    of(colour: number): string {
        return this.colours[colour || 2];
    }

    /** The same for a style, which follows day and night by itself. */
    styleOf(colour: number): string {
        return `var(--c${colour || 2})`;
    }
}
