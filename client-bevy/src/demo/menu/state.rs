//! The menu's state: which page is open, which of its lines is marked, what is typed.

use auspice_demo::Demo;
use bevy::input::keyboard::KeyboardInput;
use bevy::prelude::*;

use crate::Session;
use crate::demo::keys::Action;

/// Longest name or address to type, in letters.
const TYPED_MAX: usize = 60;

/// A card of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Main,
    Keys,
}

/// A line of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    Resume,
    Name,
    Address,
    Connect,
    Host,
    Keys,
    #[cfg(feature = "audio")]
    Sound,
    Quit,
    Bind(Action),
    Reset,
    Back,
}

/// A page has no server to start, and is left by closing it.
const MAIN: &[Row] = if cfg!(target_arch = "wasm32") {
    &[
        Row::Resume,
        Row::Name,
        Row::Address,
        Row::Connect,
        Row::Keys,
        #[cfg(feature = "audio")]
        Row::Sound,
    ]
} else {
    &[
        Row::Resume,
        Row::Name,
        Row::Address,
        Row::Connect,
        Row::Host,
        Row::Keys,
        #[cfg(feature = "audio")]
        Row::Sound,
        Row::Quit,
    ]
};

/// Actions that do something in this build: the last one is about sound.
const ACTIONS: usize = Action::ALL.len() - !cfg!(feature = "audio") as usize;

/// The actions, then what is about all of them.
const KEYS: [Row; ACTIONS + 2] = {
    let mut rows = [Row::Reset; ACTIONS + 2];
    let mut index = 0;
    while index < ACTIONS {
        rows[index] = Row::Bind(Action::ALL[index]);
        index += 1;
    }
    rows[index + 1] = Row::Back;
    rows
};

impl Page {
    pub(super) const fn rows(self) -> &'static [Row] {
        match self {
            Self::Main => MAIN,
            Self::Keys => &KEYS,
        }
    }
}

/// The menu's state.
#[derive(Resource, Default)]
pub(crate) struct Menu {
    pub(super) page: Option<Page>,
    pub(super) at: usize,
    pub(super) name: String,
    pub(super) address: String,
    /// The action that the next key or button is for.
    pub(super) waits_for: Option<Action>,
    /// Result of the last thing that was asked for.
    pub(super) said: String,
}

impl Menu {
    pub(crate) const fn is_open(&self) -> bool {
        self.page.is_some()
    }

    pub(super) fn open(&mut self, sessions: &Query<&mut Session<Demo>>) {
        let Some(session) = sessions.iter().next() else { return };
        let (name, address) = (session.name().into(), session.address().into());
        *self = Self { page: Some(Page::Main), name, address, ..Self::default() };
    }

    pub(super) fn turn_to(&mut self, page: Option<Page>) {
        // Back from the page of keys, the line that led there is marked.
        let led_here = if page == Some(Page::Main) { MAIN.iter().position(|row| *row == Row::Keys) } else { None };
        (self.page, self.at, self.waits_for) = (page, led_here.unwrap_or(0), None);
        self.said.clear();
    }

    /// The marked line.
    pub(super) fn row(&self) -> Option<Row> {
        self.page.and_then(|page| page.rows().get(self.at).copied())
    }

    pub(super) fn field(&mut self) -> Option<&mut String> {
        match self.row() {
            Some(Row::Name) => Some(&mut self.name),
            Some(Row::Address) => Some(&mut self.address),
            _ => None,
        }
    }

    pub(super) fn type_text(&mut self, key: &KeyboardInput) {
        let (Some(text), Some(field)) = (&key.text, self.field()) else { return };
        for character in text.chars().filter(|character| !character.is_control()) {
            if field.chars().count() < TYPED_MAX {
                field.push(character);
            }
        }
    }
}
