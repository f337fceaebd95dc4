//! [`Ink`]: what is drawn on the paper, stroke by stroke.

use glam::IVec2;
use serde::{Deserialize, Serialize};

use crate::entity::{EDGE_X, EDGE_Y, Entity, MOVE_MAX, MOVES, ORDER_MAX, Paper, Piece, STEP};
use crate::limits::PIECES_MAX;
use crate::things::{Key, Things};

/// A player's pen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pen {
    pub(crate) colour: u8,
    pub(crate) width: u8,
}

/// A stroke.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Stroke {
    pieces: Vec<Key>,
    /// Place of the pen, in steps.
    end: IVec2,
    /// Moves of the last piece that are made.
    made: usize,
}

/// All that is drawn, but for whose it is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ink {
    paper: Key,
    pieces: usize,
    /// Place of the next stroke among all.
    order: u32,
}

/// The paper has no room left.
#[derive(Debug)]
pub(crate) struct Full;

impl Ink {
    pub(crate) fn new(things: &mut Things) -> Self {
        let paper = things.put(Entity::Paper(Paper::default()), String::new());
        Self { paper, pieces: 0, order: 0 }
    }

    /// A stroke that begins at a place, in steps: a dot, until the pen moves.
    pub(crate) fn begin(&mut self, things: &mut Things, pen: Pen, at: IVec2) -> Result<Stroke, Full> {
        let at = on_paper(at);
        if self.order > ORDER_MAX {
            self.number_anew(things);
        }
        let Pen { colour, width } = pen;
        let piece = Piece { start: at, colour, width, order: self.order, ..Piece::default() };
        let first = self.put(things, piece)?;
        self.order += 1;
        Ok(Stroke { pieces: vec![first], end: at, made: 0 })
    }

    /// Moves the pen of a stroke.
    pub(crate) fn go(&mut self, things: &mut Things, stroke: &mut Stroke, by: IVec2) -> Result<(), Full> {
        let end = on_paper(stroke.end + by.clamp(IVec2::splat(-MOVE_MAX), IVec2::splat(MOVE_MAX)));
        let by = end - stroke.end;
        if by == IVec2::ZERO {
            return Ok(());
        }
        if stroke.made == MOVES {
            self.turn_over(things, stroke)?;
        }
        let last = stroke.pieces.last().copied();
        if let Some(Entity::Piece(piece)) = last.and_then(|last| things.get_mut(last)) {
            let mut moves = piece.moves();
            moves[stroke.made] = by;
            piece.set_moves(moves);
        }
        (stroke.end, stroke.made) = (end, stroke.made + 1);
        Ok(())
    }

    /// Another piece for a stroke whose last one is full: it begins with the last move of that.
    fn turn_over(&mut self, things: &mut Things, stroke: &mut Stroke) -> Result<(), Full> {
        let last = stroke.pieces.last().copied();
        let Some(Entity::Piece(before)) = last.and_then(|last| things.get_mut(last)) else { return Ok(()) };
        let [.., by] = before.moves();
        let mut next = Piece { start: stroke.end - by, goes_on_from: true, goes_on: false, ..*before };
        let mut moves = [IVec2::ZERO; MOVES];
        moves[0] = by;
        next.set_moves(moves);
        let next = self.put(things, next)?;
        if let Some(Entity::Piece(before)) = last.and_then(|last| things.get_mut(last)) {
            before.goes_on = true;
        }
        stroke.pieces.push(next);
        stroke.made = 1;
        Ok(())
    }

    /// Takes strokes off the paper.
    pub(crate) fn erase(&mut self, things: &mut Things, strokes: impl IntoIterator<Item = Stroke>) {
        for piece in strokes.into_iter().flat_map(|stroke| stroke.pieces) {
            things.take(piece);
            self.pieces -= 1;
        }
        self.count(things);
    }

    fn put(&mut self, things: &mut Things, piece: Piece) -> Result<Key, Full> {
        if self.pieces >= PIECES_MAX {
            return Err(Full);
        }
        self.pieces += 1;
        self.count(things);
        Ok(things.put(Entity::Piece(piece), String::new()))
    }

    fn count(&self, things: &mut Things) {
        if let Some(Entity::Paper(paper)) = things.get_mut(self.paper) {
            paper.pieces = self.pieces as u32;
        }
    }

    /// Numbers the strokes that are left from 0 on, in their order.
    fn number_anew(&mut self, things: &mut Things) {
        let mut orders: Vec<(u32, Key)> = Vec::new();
        for key in things.keys() {
            if let Some(Entity::Piece(piece)) = things.get(key) {
                orders.push((piece.order, key));
            }
        }
        orders.sort_unstable();
        let (mut before, mut number) = (None, 0);
        for (order, key) in orders {
            number += u32::from(before.is_some_and(|before| before != order));
            before = Some(order);
            if let Some(Entity::Piece(piece)) = things.get_mut(key) {
                piece.order = number;
            }
        }
        self.order = before.map_or(0, |_| number + 1);
    }
}

/// The nearest place on the paper, in steps.
fn on_paper(at: IVec2) -> IVec2 {
    let edge = IVec2::new((EDGE_X / STEP) as i32, (EDGE_Y / STEP) as i32);
    at.clamp(-edge, edge)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEN: Pen = Pen { colour: 1, width: 2 };

    fn pieces(things: &Things) -> Vec<Piece> {
        let pieces = things.keys().into_iter().filter_map(|key| match things.get(key) {
            Some(Entity::Piece(piece)) => Some(*piece),
            _ => None,
        });
        pieces.collect()
    }

    #[test]
    fn a_long_stroke_is_pieces_that_overlap_by_a_move() {
        let mut things = Things::default();
        let mut ink = Ink::new(&mut things);
        let mut stroke = ink.begin(&mut things, PEN, IVec2::new(10, 20)).expect("there is room");
        for number in 1..=30 {
            ink.go(&mut things, &mut stroke, IVec2::new(number, -1)).expect("there is room");
        }
        let pieces = pieces(&things);
        assert_eq!(pieces.len(), 3, "12 moves, then 11 new ones in each");
        let mut at = IVec2::new(10, 20);
        let mut number = 0;
        for (index, piece) in pieces.iter().enumerate() {
            assert_eq!((piece.goes_on_from, piece.goes_on), (index > 0, index < 2));
            if index > 0 {
                number -= 1;
                at -= piece.moves()[0];
            }
            assert_eq!(piece.start, at);
            for by in piece.moves().into_iter().filter(|by| *by != IVec2::ZERO) {
                number += 1;
                assert_eq!(by, IVec2::new(number, -1));
                at += by;
            }
        }
        assert_eq!((number, at), (30, stroke.end));
    }

    #[test]
    fn nothing_is_drawn_beyond_the_edge_and_no_move_is_too_long() {
        let mut things = Things::default();
        let mut ink = Ink::new(&mut things);
        let mut stroke = ink.begin(&mut things, PEN, IVec2::splat(i32::from(i16::MAX))).expect("there is room");
        assert_eq!(stroke.end, IVec2::new(3200, 2000));
        ink.go(&mut things, &mut stroke, IVec2::new(100, -1000)).expect("there is room");
        assert_eq!(stroke.end, IVec2::new(3200, 2000 - MOVE_MAX));
    }

    #[test]
    fn a_paper_is_full_and_has_room_again_for_what_is_erased() {
        let mut things = Things::default();
        let mut ink = Ink::new(&mut things);
        let mut strokes = Vec::new();
        while let Ok(stroke) = ink.begin(&mut things, PEN, IVec2::ZERO) {
            strokes.push(stroke);
        }
        assert_eq!((strokes.len(), ink.pieces), (PIECES_MAX, PIECES_MAX));
        ink.erase(&mut things, strokes.drain(..2));
        assert!(ink.begin(&mut things, PEN, IVec2::ZERO).is_ok());
    }

    #[test]
    fn strokes_keep_their_order_when_their_numbers_have_run_out() {
        let mut things = Things::default();
        let mut ink = Ink::new(&mut things);
        let mut kept = Vec::new();
        for number in 0..=ORDER_MAX + 1 {
            let pen = Pen { colour: (number / 30_000) as u8, width: 0 };
            let stroke = ink.begin(&mut things, pen, IVec2::ZERO).expect("there is room");
            match number {
                7 | 40_000 | 65_535 => kept.push(stroke),
                _ if number <= ORDER_MAX => ink.erase(&mut things, [stroke]),
                _ => {}
            }
        }
        let mut pieces = pieces(&things);
        pieces.sort_by_key(|piece| piece.order);
        let told: Vec<_> = pieces.iter().map(|piece| (piece.order, piece.colour)).collect();
        assert_eq!(told, [(0, 0), (1, 1), (2, 2), (3, 2)]);
    }
}
