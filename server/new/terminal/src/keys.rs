//! Keys of a terminal. It tells when one is pressed and never when it is let go, so a wish stays until the next.

use std::io::{IsTerminal, Read};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};

use glam::Vec2;
use newgame_rules::Wish;

pub enum Key {
    Wish(fn(&mut Wish)),
    Leave,
}

pub struct Keys {
    pub wish: Wish,
    bytes: Receiver<u8>,
    is_set: bool,
}

impl Keys {
    /// Asks the terminal for each key at once and unseen. Where that cannot be had, Enter sends them.
    pub fn listen() -> Self {
        let is_set = std::io::stdin().is_terminal() && stty(&["-icanon", "-echo", "-isig"]);
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            for byte in std::io::stdin().lock().bytes().map_while(Result::ok) {
                if sender.send(byte).is_err() {
                    break;
                }
            }
        });
        Self { wish: Wish::default(), bytes, is_set }
    }

    pub fn pressed(&self) -> Option<Key> {
        match self.bytes.try_recv().ok()?.to_ascii_lowercase() {
            b'w' => Some(Key::Wish(|wish| wish.way = Vec2::Y)),
            b's' => Some(Key::Wish(|wish| wish.way = -Vec2::Y)),
            b'a' => Some(Key::Wish(|wish| wish.way = -Vec2::X)),
            b'd' => Some(Key::Wish(|wish| wish.way = Vec2::X)),
            b' ' => Some(Key::Wish(|wish| wish.way = Vec2::ZERO)),
            // Ctrl-C is a key like any other now.
            b'q' | 3 => Some(Key::Leave),
            _ => None,
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if self.is_set {
            stty(&["sane"]);
        }
    }
}

fn stty(settings: &[&str]) -> bool {
    Command::new("stty").args(settings).status().is_ok_and(|status| status.success())
}
