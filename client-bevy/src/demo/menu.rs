//! The menu (Esc), and what is shown while there is no server to play on.

use auspice_demo::Demo;
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;

use super::chat::Chat;
#[cfg(feature = "host")]
use super::host::Host;
use super::hud::soon;
use super::key_page::KeyPage;
use super::keys::{Action, Keys};
use crate::connection::headline;
use crate::style::{BAD, FAINT_INK, INK, OWN, PANEL, pane, placed, set, show, text};
use crate::{Connection, Session, Stage, Typing};

/// Lines of the menu, in order.
const ROWS: [Row; 7] = [Row::Resume, Row::Name, Row::Address, Row::Connect, Row::Host, Row::Keys, Row::Quit];

/// Longest name or address to type.
const TYPED_MAX: usize = 60;

pub(crate) struct MenuPlugin;

impl Plugin for MenuPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Menu>().add_systems(Startup, build).add_systems(Update, (type_keys, click).in_set(Stage::Control));
        app.init_resource::<Typing>().add_systems(PreUpdate, note_typing);
        app.add_systems(Update, (show_menu, show_absence).in_set(Stage::Show));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Resume,
    Name,
    Address,
    Connect,
    Host,
    Keys,
    Quit,
}

/// The menu's state.
#[derive(Resource, Default)]
pub(crate) struct Menu {
    is_open: bool,
    at: usize,
    name: String,
    address: String,
    /// What went wrong with the last thing that was asked for.
    trouble: String,
}

impl Menu {
    pub(crate) const fn is_open(&self) -> bool {
        self.is_open
    }

    fn open(&mut self, sessions: &Query<&mut Session<Demo>>) {
        let Some(session) = sessions.iter().next() else { return };
        let (name, address) = (session.name().into(), session.address().into());
        *self = Self { is_open: true, at: 0, name, address, trouble: String::new() };
    }

    fn field(&mut self) -> Option<&mut String> {
        match ROWS[self.at] {
            Row::Name => Some(&mut self.name),
            Row::Address => Some(&mut self.address),
            _ => None,
        }
    }
}

#[derive(Component)]
struct MenuRoot;
#[derive(Component)]
struct MenuLine(usize);
#[derive(Component)]
struct MenuTrouble;
/// What each key does.
#[derive(Component)]
struct MenuKeys;
#[derive(Component)]
struct AbsenceRoot;
#[derive(Component)]
struct AbsenceTitle;
#[derive(Component)]
struct AbsenceText;

fn build(keys: Res<Keys>, mut commands: Commands) {
    let cover = |top: f32| {
        placed(Node {
            width: percent(100),
            height: percent(100),
            padding: UiRect::top(percent(top)),
            flex_direction: FlexDirection::Column,
            align_items: AlignItems::Center,
            display: Display::None,
            ..default()
        })
    };
    let card = Node {
        width: px(470),
        padding: UiRect::all(px(26)),
        flex_direction: FlexDirection::Column,
        row_gap: px(6),
        ..default()
    };
    commands.spawn((AbsenceRoot, cover(12.0))).with_children(|cover| {
        cover.spawn((text("AUSPICE", 64.0, OWN), TextShadow { offset: Vec2::splat(3.0), color: Color::srgb(0.0, 0.15, 0.25) }));
        cover.spawn((
            text("one world, the same for many players", 15.0, FAINT_INK),
            Node { margin: UiRect::bottom(px(34)), ..default() },
        ));
        cover.spawn(pane(card.clone())).with_children(|card| {
            card.spawn((AbsenceTitle, text("", 21.0, INK)));
            card.spawn((AbsenceText, text("", 15.0, FAINT_INK)));
            card.spawn((
                text("H     start a server here, and play", 16.0, OWN),
                Node { margin: UiRect::top(px(8)), ..default() },
            ));
            card.spawn(text("R     try again now", 16.0, INK));
            card.spawn(text("Esc   name and address", 16.0, INK));
        });
    });
    let shade = BackgroundColor(Color::srgba(0.0, 0.01, 0.03, 0.6));
    commands.spawn((MenuRoot, cover(11.0), shade, GlobalZIndex(10))).with_children(|cover| {
        cover.spawn(pane(card)).insert(BackgroundColor(PANEL.with_alpha(0.96))).with_children(|card| {
            card.spawn((text("AUSPICE", 34.0, OWN), Node { margin: UiRect::bottom(px(8)), ..default() }));
            for index in 0..ROWS.len() {
                let node = Node { padding: UiRect::axes(px(10), px(4)), border_radius: BorderRadius::all(px(4)), ..default() };
                card.spawn((MenuLine(index), Button, node, BackgroundColor(Color::NONE))).with_child(text("", 17.0, INK));
            }
            card.spawn((MenuTrouble, text("", 14.0, BAD)));
            card.spawn((MenuKeys, text(keys_said(&keys), 14.0, FAINT_INK), Node { margin: UiRect::top(px(8)), ..default() }));
        });
    });
}

/// What each key does, as it is bound.
fn keys_said(keys: &Keys) -> String {
    let row = |name: &str, keys: String| format!("{name:<24}{keys}\n");
    let of = |actions: &[Action]| actions.iter().map(|action| keys.said(*action)).collect::<Vec<_>>().join(" / ");
    [
        row("turn", of(&[Action::Left, Action::Right])),
        row("thrust", of(&[Action::Thrust])),
        row("gun", of(&[Action::Fire])),
        row("laser / missile", of(&[Action::Laser, Action::Missile])),
        row("fly to the mouse", of(&[Action::FlyThere])),
        row("scores / say", of(&[Action::Scores, Action::Chat])),
        row("watch / fly again", of(&[Action::Watch, Action::Play])),
        row("what the netcode does", of(&[Action::Overlay])),
        row("make the network worse", of(&[Action::Lab])),
    ]
    .concat()
}

/// As it is when the frame begins, so that the key that closes menu or line counts as written.
fn note_typing(menu: Res<Menu>, chat: Res<Chat>, mut typing: ResMut<Typing>) {
    typing.0 = menu.is_open() || chat.is_open();
}

/// Keys while the menu is open, the key that opens it, and those for whoever finds no server.
pub(crate) fn type_keys(
    mut typed: MessageReader<KeyboardInput>,
    chat: Res<Chat>,
    mut page: ResMut<KeyPage>,
    mut menu: ResMut<Menu>,
    mut sessions: Query<&mut Session<Demo>>,
    mut exit: MessageWriter<AppExit>,
    mut commands: Commands,
) {
    if chat.took_keys() || page.took_keys() {
        typed.clear();
    }
    for key in typed.read().filter(|key| key.state == ButtonState::Pressed) {
        if !menu.is_open {
            match key.key_code {
                KeyCode::Escape => menu.open(&sessions),
                KeyCode::KeyH if sessions.iter().all(|session| !session.connection().is_playing()) => {
                    host(&mut menu, &mut sessions, &mut commands);
                }
                KeyCode::KeyR if sessions.iter().all(|session| !session.connection().is_playing()) => {
                    sessions.iter_mut().for_each(|mut session| session.reconnect());
                }
                _ => {}
            }
            continue;
        }
        match &key.logical_key {
            Key::Escape => menu.is_open = false,
            Key::ArrowDown | Key::Tab => menu.at = (menu.at + 1) % ROWS.len(),
            Key::ArrowUp => menu.at = (menu.at + ROWS.len() - 1) % ROWS.len(),
            Key::Enter => choose(&mut menu, &mut page, &mut sessions, &mut exit, &mut commands),
            Key::Backspace => {
                menu.field().map(String::pop);
            }
            _ => type_text(&mut menu, key),
        }
    }
}

fn type_text(menu: &mut Menu, key: &KeyboardInput) {
    let (Some(text), Some(field)) = (&key.text, menu.field()) else { return };
    for character in text.chars().filter(|character| !character.is_control()) {
        if field.len() < TYPED_MAX {
            field.push(character);
        }
    }
}

fn click(
    rows: Query<(&Interaction, &MenuLine), Changed<Interaction>>,
    mut page: ResMut<KeyPage>,
    mut menu: ResMut<Menu>,
    mut sessions: Query<&mut Session<Demo>>,
    mut exit: MessageWriter<AppExit>,
    mut commands: Commands,
) {
    for (interaction, line) in &rows {
        if menu.is_open && !page.is_open() && *interaction == Interaction::Pressed {
            menu.at = line.0;
            choose(&mut menu, &mut page, &mut sessions, &mut exit, &mut commands);
        }
    }
}

fn choose(
    menu: &mut Menu,
    page: &mut KeyPage,
    sessions: &mut Query<&mut Session<Demo>>,
    exit: &mut MessageWriter<AppExit>,
    commands: &mut Commands,
) {
    match ROWS[menu.at] {
        Row::Resume => menu.is_open = false,
        Row::Name | Row::Address => {}
        Row::Connect => {
            connect(sessions, &menu.address, menu.name.trim());
            menu.is_open = false;
        }
        Row::Host => host(menu, sessions, commands),
        Row::Keys => page.open(),
        Row::Quit => {
            exit.write(AppExit::Success);
        }
    }
}

/// Sends all sessions to `address`; the first is called `name`, others keep theirs.
fn connect(sessions: &mut Query<&mut Session<Demo>>, address: &str, name: &str) {
    for (index, mut session) in sessions.iter_mut().enumerate() {
        let name = if index == 0 { name.to_owned() } else { session.name().to_owned() };
        session.connect(address, &name);
    }
}

#[cfg(not(feature = "host"))]
fn host(menu: &mut Menu, sessions: &mut Query<&mut Session<Demo>>, _: &mut Commands) {
    menu.open(sessions);
    menu.trouble = "this client was built without a server".into();
}

#[cfg(feature = "host")]
fn host(menu: &mut Menu, sessions: &mut Query<&mut Session<Demo>>, commands: &mut Commands) {
    if !menu.is_open {
        menu.open(sessions);
    }
    match Host::start() {
        Ok(host) => {
            connect(sessions, &host.address(), menu.name.trim());
            commands.insert_resource(host);
            menu.is_open = false;
        }
        Err(error) => menu.trouble = error,
    }
}

fn show_menu(
    menu: Res<Menu>,
    page: Res<KeyPage>,
    keys: Res<Keys>,
    time: Res<Time>,
    mut root: Single<&mut Node, With<MenuRoot>>,
    mut lines: Query<(&MenuLine, &Children, &mut BackgroundColor)>,
    mut words: Query<(&mut Text, &mut TextColor), (Without<MenuTrouble>, Without<MenuKeys>)>,
    mut trouble: Single<&mut Text, (With<MenuTrouble>, Without<MenuKeys>)>,
    mut help: Single<&mut Text, With<MenuKeys>>,
) {
    show(&mut root, menu.is_open && !page.is_open());
    if !menu.is_open {
        return;
    }
    set(&mut trouble, menu.trouble.clone());
    if keys.is_changed() {
        set(&mut help, keys_said(&keys));
    }
    let caret = if time.elapsed_secs().fract() < 0.5 { "_" } else { " " };
    for (line, children, mut background) in &mut lines {
        let is_chosen = line.0 == menu.at;
        let caret = if is_chosen { caret } else { "" };
        let content = match ROWS[line.0] {
            Row::Resume => "Back to the game".into(),
            Row::Name => format!("Name      {}{caret}", menu.name),
            Row::Address => format!("Address   {}{caret}", menu.address),
            Row::Connect => "Connect to that address".into(),
            Row::Host => "Start a server here".into(),
            Row::Keys => "Change keys".into(),
            Row::Quit => "Quit".into(),
        };
        background.0 = if is_chosen { Color::srgba(0.36, 0.8, 1.0, 0.16) } else { Color::NONE };
        for child in children {
            if let Ok((mut text, mut colour)) = words.get_mut(*child) {
                set(&mut text, content.clone());
                colour.0 = if is_chosen { OWN } else { INK };
            }
        }
    }
}

/// While nobody has let the player in yet, the screen says why, and what can be done about it.
fn show_absence(
    sessions: Query<&Session<Demo>>,
    mut root: Single<&mut Node, With<AbsenceRoot>>,
    mut title: Single<&mut Text, With<AbsenceTitle>>,
    mut line: Single<&mut Text, (With<AbsenceText>, Without<AbsenceTitle>)>,
) {
    let Some(session) = sessions.iter().next() else { return };
    let (heading, detail) = match session.connection() {
        Connection::Refused { code, why } => {
            (headline(*code).unwrap_or("This cannot work"), format!("{}\n{why}", session.address()))
        }
        _ if session.welcomes() > 0 => ("", String::new()),
        Connection::Offline => ("Offline", "No address is given.".into()),
        connection => session.ending().map_or_else(Default::default, |ending| {
            let line = format!("{}\n{}\nTrying again {}.", session.address(), ending.sentence, soon(connection));
            (headline(ending.code).unwrap_or("No server found"), line)
        }),
    };
    show(&mut root, !heading.is_empty());
    set(&mut title, heading.into());
    set(&mut line, detail);
}
