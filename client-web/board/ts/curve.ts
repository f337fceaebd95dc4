// The curve of a stroke. Through three points goes a curve from the middle of the first two to the middle of the last two,
// so that a piece is drawn by itself and no joint is seen: the rules' `Piece` says how.

/** Steps of a place in a unit: the game counts in halves. */
export const STEPS = 2;

/** Points are x and y by turns, in units. `goesOnFrom` and `goesOn` say whether pieces of the same stroke come before and after. */
export function trace(into: CanvasPath, points: ArrayLike<number>, goesOnFrom = false, goesOn = false): void {
    const last = points.length - 2;
    let [x, y] = [points[0], points[1]];
    if (last === 0) {
        // A dot: a line of no length has round ends all the same, once it has some.
        into.moveTo(x, y);
        into.lineTo(x + 0.01, y);
        return;
    }
    const middle = (at: number): [number, number] => [(points[at] + points[at + 2]) / 2, (points[at + 1] + points[at + 3]) / 2];
    if (!goesOnFrom) {
        into.moveTo(x, y);
        into.lineTo(...middle(0));
    } else into.moveTo(...middle(0));
    for (let at = 2; at < last; at += 2) {
        [x, y] = [points[at], points[at + 1]];
        into.quadraticCurveTo(x, y, ...middle(at));
    }
    if (!goesOn) into.lineTo(points[last], points[last + 1]);
}
