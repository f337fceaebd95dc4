//! The menu (Esc, or a gamepad's start): its pages, and what each of their lines does.

mod binding;
mod card;
mod pressed;
mod state;

use auspice_demo::Demo;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::chat::Chat;
#[cfg(feature = "host")]
use super::host::Host;
use super::keys::{Bound, Fingers, Keys, MenuButton, Unfocused};
#[cfg(feature = "audio")]
use super::sound::Muted;
use crate::lab::LabKeys;
use crate::{Session, Stage, Typing};
use pressed::{Pressed, Presses, Step};
use state::{Page, Row};

pub(crate) use state::Menu;

/// Step from one volume to the next, in percent.
#[cfg(feature = "audio")]
const VOLUME_STEP: i8 = 10;

pub(crate) struct MenuPlugin;

impl Plugin for MenuPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Keys>()
            .init_resource::<Unfocused>()
            .init_resource::<Fingers>()
            .init_resource::<Menu>()
            .init_resource::<Typing>();
        app.add_systems(PreUpdate, note_typing);
        app.add_systems(
            Update,
            (press, click, tap, binding::hand_on).chain().after(super::chat::type_line).in_set(Stage::Control),
        );
        card::add(app);
    }
}

/// Resources that a line of the menu may change.
#[derive(SystemParam)]
struct Reach<'w, 's> {
    sessions: Query<'w, 's, &'static mut Session<Demo>>,
    keys: ResMut<'w, Keys>,
    #[cfg(feature = "audio")]
    muted: ResMut<'w, Muted>,
    lab: Option<Res<'w, LabKeys>>,
    exit: MessageWriter<'w, AppExit>,
    #[cfg(feature = "host")]
    commands: Commands<'w, 's>,
}

impl Reach<'_, '_> {
    /// Sends all sessions to `address`; the first is called `name`, others keep theirs.
    fn connect(&mut self, address: &str, name: &str) {
        for (index, mut session) in self.sessions.iter_mut().enumerate() {
            let name = if index == 0 { name.to_owned() } else { session.name().to_owned() };
            session.connect(address, &name);
        }
    }
}

/// Notes whether the player writes when the frame begins, so that the key that closes menu or line counts as
/// written.
fn note_typing(menu: Res<Menu>, chat: Res<Chat>, mut typing: ResMut<Typing>) {
    typing.0 = menu.is_open() || chat.is_open();
}

/// Keys and buttons while the menu is open, those that open it, and those for whoever finds no server.
fn press(mut presses: Presses, chat: Res<Chat>, mut menu: ResMut<Menu>, mut reach: Reach) {
    for pressed in presses.read(chat.took_keys()) {
        match menu.waits_for {
            Some(_) if pressed.is_escape() => menu.waits_for = None,
            Some(action) => {
                if let Some(bound) = pressed.bound() {
                    binding::bind(&mut menu, action, bound, reach.lab.as_deref(), &mut reach.keys);
                }
            }
            None => match menu.page {
                Some(page) => step(&mut menu, page, &pressed, &mut reach),
                None if pressed.is_escape() => menu.open(&reach.sessions),
                None => help_lost(&mut menu, &pressed, &mut reach),
            },
        }
    }
}

fn step(menu: &mut Menu, page: Page, pressed: &Pressed, reach: &mut Reach) {
    let rows = page.rows().len();
    match pressed.step() {
        Some(Step::Down) => menu.at = (menu.at + 1) % rows,
        Some(Step::Up) => menu.at = (menu.at + rows - 1) % rows,
        Some(Step::Choose) => choose(menu, reach),
        Some(Step::Back) => menu.turn_to((page == Page::Keys).then_some(Page::Main)),
        Some(Step::Erase) => drop(menu.field().map(String::pop)),
        #[cfg(feature = "audio")]
        Some(step @ (Step::Less | Step::More)) if menu.row() == Some(Row::Sound) => {
            reach.keys.turn_volume(if step == Step::More { VOLUME_STEP } else { -VOLUME_STEP });
            reach.muted.0 = false;
            menu.said = reach.keys.save().err().unwrap_or_default();
        }
        Some(Step::Less | Step::More) => {}
        None => {
            if let Pressed::Key(key) = pressed {
                menu.type_text(key);
            }
        }
    }
}

/// Has two keys do something about it where there is no server to play on.
fn help_lost(menu: &mut Menu, pressed: &Pressed, reach: &mut Reach) {
    let Pressed::Key(key) = pressed else { return };
    let is_lost = |session: &Session<Demo>| !session.connection().is_playing();
    match key.key_code {
        KeyCode::KeyH if cfg!(feature = "host") && reach.sessions.iter().all(is_lost) => host(menu, reach),
        KeyCode::KeyR => {
            for mut session in reach.sessions.iter_mut().filter(|session| is_lost(session)) {
                session.reconnect();
            }
        }
        _ => {}
    }
}

/// Opens the menu for whoever has no key for it.
fn tap(
    buttons: Query<&Interaction, (Changed<Interaction>, With<MenuButton>)>,
    mut menu: ResMut<Menu>,
    sessions: Query<&mut Session<Demo>>,
) {
    if !menu.is_open() && buttons.iter().any(|interaction| *interaction == Interaction::Pressed) {
        menu.open(&sessions);
    }
}

fn click(
    rows: Query<(&Interaction, &card::Line), Changed<Interaction>>,
    mouse: Res<ButtonInput<MouseButton>>,
    mut was_waiting: Local<bool>,
    mut menu: ResMut<Menu>,
    mut reach: Reach,
) {
    if let Some(action) = menu.waits_for.filter(|_| *was_waiting) {
        if let Some(button) = mouse.get_just_pressed().next() {
            binding::bind(&mut menu, action, Bound::Mouse(*button), reach.lab.as_deref(), &mut reach.keys);
        }
    } else {
        for (_, line) in rows.iter().filter(|(interaction, _)| **interaction == Interaction::Pressed) {
            if menu.page == Some(line.page) {
                menu.at = line.index;
                choose(&mut menu, &mut reach);
            }
        }
    }
    *was_waiting = menu.waits_for.is_some();
}

fn choose(menu: &mut Menu, reach: &mut Reach) {
    let Some(row) = menu.row() else { return };
    menu.said.clear();
    match row {
        Row::Resume => menu.turn_to(None),
        Row::Name | Row::Address => {}
        Row::Connect => {
            reach.connect(&menu.address, menu.name.trim());
            menu.turn_to(None);
        }
        Row::Host => host(menu, reach),
        Row::Keys => menu.turn_to(Some(Page::Keys)),
        #[cfg(feature = "audio")]
        Row::Sound => reach.muted.0 = !reach.muted.0,
        Row::Quit => {
            reach.exit.write(AppExit::Success);
        }
        Row::Bind(action) => menu.waits_for = Some(action),
        Row::Reset => binding::reset(menu, &mut reach.keys),
        Row::Back => menu.turn_to(Some(Page::Main)),
    }
}

#[cfg(not(feature = "host"))]
fn host(menu: &mut Menu, reach: &mut Reach) {
    menu.open(&reach.sessions);
    menu.said = "this client was built without a server".into();
}

#[cfg(feature = "host")]
fn host(menu: &mut Menu, reach: &mut Reach) {
    if !menu.is_open() {
        menu.open(&reach.sessions);
    }
    match Host::start() {
        Ok(host) => {
            reach.connect(&host.address(), menu.name.trim());
            reach.commands.insert_resource(host);
            menu.turn_to(None);
        }
        Err(error) => menu.said = error,
    }
}
