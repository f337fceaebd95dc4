//! The world as letters, seen from above.

use std::io::{IsTerminal, Write};

use auspice::EntityId;
use auspice::replica::Frame;
use glam::Vec2;
use newgame_rules::{EDGE, Thing, World};

const COLUMNS: usize = 72;
const ROWS: usize = 24;

pub struct Map([[char; COLUMNS]; ROWS]);

impl Default for Map {
    fn default() -> Self {
        Self([[' '; COLUMNS]; ROWS])
    }
}

impl Map {
    /// Draws what a frame shows. Whole letters need nothing between two ticks.
    pub fn draw(&mut self, frame: &Frame<'_, World>, own: Option<EntityId>) {
        for shown in frame.shown {
            match &shown.after {
                Thing::Flyer(flyer) => {
                    let name = String::from_utf8_lossy(frame.label(shown.id)).into_owned();
                    let letter = if Some(shown.id) == own { '@' } else { 'o' };
                    self.put(flyer.position, &format!("{letter} {name}"));
                }
                Thing::Ball(ball) => self.put(ball.position, "*"),
            }
        }
    }

    fn put(&mut self, position: Vec2, text: &str) {
        let share = (position / EDGE + 1.0) / 2.0;
        let column = (share.x * (COLUMNS - 1) as f32) as usize;
        let row = ((1.0 - share.y) * (ROWS - 1) as f32) as usize;
        for (cell, letter) in self.0[row.min(ROWS - 1)].iter_mut().skip(column).zip(text.chars()) {
            *cell = letter;
        }
    }

    /// Prints the map over the one before, with a line below it. Where nobody looks, only the line.
    pub fn print(&self, line: &str) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if !out.is_terminal() {
            return writeln!(out, "{line}");
        }
        let edge = "-".repeat(COLUMNS);
        write!(out, "\x1b[H\x1b[J+{edge}+\r\n")?;
        for row in &self.0 {
            write!(out, "|{}|\r\n", String::from_iter(row))?;
        }
        write!(out, "+{edge}+\r\n{line}\r\nW A S D fly, space stands, Q leaves\r\n")
    }
}
