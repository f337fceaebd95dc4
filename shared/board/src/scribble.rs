//! Strokes of nobody, for boards that are full already: in tests, for figures, and for whoever wants to see one.

use auspice::Rng;
use glam::IVec2;

use crate::entity::{COLOURS, EDGE_X, EDGE_Y, STEP, WIDTHS};
use crate::ink::{Ink, Pen, Stroke};
use crate::things::Things;

/// Draws so many strokes, each of one piece: curls of a hand, the same for each seed. Fewer where there is no room.
pub(crate) fn scribble(ink: &mut Ink, things: &mut Things, strokes: usize, seed: u64) -> Vec<Stroke> {
    let mut dice = Rng::new(seed);
    let [edge_x, edge_y] = [EDGE_X, EDGE_Y].map(|edge| (edge / STEP) as i32);
    let mut drawn = Vec::new();
    for _ in 0..strokes {
        let mut between = |from: i32, to: i32| dice.between(from, to);
        let at = IVec2::new(between(-edge_x, edge_x), between(-edge_y, edge_y));
        let (colour, width) = (between(1, i32::from(COLOURS) - 1) as u8, between(0, i32::from(WIDTHS) - 4) as u8);
        let Ok(mut stroke) = ink.begin(things, Pen { colour, width }, at) else { break };
        let mut by = IVec2::new(between(-24, 24), between(-24, 24));
        for _ in 0..between(4, 12) {
            by += IVec2::new(between(-9, 9), between(-9, 9));
            // A first piece has room for as many.
            let _ = ink.go(things, &mut stroke, by);
        }
        drawn.push(stroke);
    }
    drawn
}
