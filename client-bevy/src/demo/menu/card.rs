//! The menu's cards: each page is one, built and written by the same functions.

use bevy::camera::visibility::RenderLayers;
use bevy::prelude::*;

use super::state::{Menu, Page, Row};
use crate::Stage;
use crate::demo::keys::{Action, Keys};
use crate::demo::pictures::Pictures;
#[cfg(feature = "audio")]
use crate::demo::sound::Muted;
use crate::style::{FAINT_INK, INK, MARKED, OWN, PANEL, WARNING, pane, placed, set, show, text};

/// A layer on which nothing of any world is drawn.
const LAYER: usize = 1;
/// After the cameras of all sessions.
const ORDER: isize = 100;

pub(super) fn add(app: &mut App) {
    app.add_systems(Startup, build).add_systems(Update, (open, write).in_set(Stage::Show));
}

#[derive(Component)]
struct MenuCamera;
/// The cover of the window while a page is open.
#[derive(Component)]
struct Cover(Page);
/// A line to choose.
#[derive(Component, Clone, Copy)]
pub(super) struct Line {
    pub(super) page: Page,
    pub(super) index: usize,
}
/// Result of the last choice.
#[derive(Component)]
struct Said;
/// Below the lines of the first page: what each key does.
#[derive(Component)]
struct Help;

/// Look of a page.
struct Look {
    page: Page,
    title: &'static str,
    /// Width of its card, and size of its text.
    width: f32,
    font: f32,
    /// Above the lines.
    heading: String,
}

fn build(keys: Res<Keys>, pictures: Res<Pictures>, mut commands: Commands) {
    // It lies over the whole window, whatever views there are.
    let camera = Camera { order: ORDER, clear_color: ClearColorConfig::None, is_active: false, ..default() };
    let camera = commands.spawn((MenuCamera, Camera2d, Msaa::Off, camera, RenderLayers::layer(LAYER))).id();
    if let Some(canvas) = &pictures.canvas {
        commands.entity(camera).insert(canvas.target());
    }
    let heading = columns(["", "keyboard, mouse", "gamepad"]);
    let main = Look { page: Page::Main, title: "AUSPICE", width: 500.0, font: 17.0, heading: String::new() };
    let binding = Look { page: Page::Keys, title: "KEYS AND BUTTONS", width: 660.0, font: 15.0, heading };
    for look in [main, binding] {
        build_card(look, &keys, camera, &mut commands);
    }
}

fn build_card(look: Look, keys: &Keys, camera: Entity, commands: &mut Commands) {
    let cover = placed(Node {
        width: percent(100),
        height: percent(100),
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Center,
        justify_content: JustifyContent::Center,
        display: Display::None,
        ..default()
    });
    let card = Node {
        width: px(look.width),
        padding: UiRect::axes(px(26), px(22)),
        flex_direction: FlexDirection::Column,
        row_gap: px(2),
        ..default()
    };
    let shade = BackgroundColor(Color::srgba(0.0, 0.01, 0.03, 0.6));
    commands.spawn((Cover(look.page), cover, shade, GlobalZIndex(10), UiTargetCamera(camera))).with_children(|cover| {
        cover.spawn(pane(card)).insert(BackgroundColor(PANEL.with_alpha(0.96))).with_children(|card| {
            let below = Node { margin: UiRect::new(px(10), px(0), px(0), px(8)), ..default() };
            card.spawn((text(look.title, 28.0, OWN), below));
            if !look.heading.is_empty() {
                let node = Node { margin: UiRect::left(px(10)), ..default() };
                card.spawn((text(look.heading, look.font, FAINT_INK), node));
            }
            for (index, row) in look.page.rows().iter().enumerate() {
                let margin = if *row == Row::Reset { UiRect::top(px(8)) } else { UiRect::ZERO };
                let padding = UiRect::axes(px(10), px(look.font * 0.25));
                let node = Node { padding, margin, border_radius: BorderRadius::all(px(4)), ..default() };
                let line = Line { page: look.page, index };
                card.spawn((line, Button, node, BackgroundColor(Color::NONE))).with_child(text("", look.font, INK));
            }
            let said = Node { margin: UiRect::new(px(10), px(10), px(6), px(0)), min_height: px(34), ..default() };
            card.spawn((Said, text("", 13.0, WARNING), said));
            let help = Node { margin: UiRect::horizontal(px(10)), ..default() };
            match look.page {
                Page::Main => card.spawn((Help, text(keys_said(keys), 13.0, FAINT_INK), help)),
                Page::Keys => card.spawn((text(HOW_TO_BIND, 13.0, FAINT_INK), help)),
            };
        });
    });
}

const HOW_TO_BIND: &str = "Enter, then the new key or button; Esc leaves it as it is\n\
    A gamepad's left stick and cross always steer, start opens the menu";

/// An action, its keys, its buttons.
fn columns([action, keys, pad]: [&str; 3]) -> String {
    format!("{action:<25}{keys:<25}{pad}")
}

/// Actions of each key, as it is bound.
fn keys_said(keys: &Keys) -> String {
    let row = |name: &str, actions: &[Action]| {
        let said: Vec<String> = actions.iter().map(|action| keys.said(*action)[0].clone()).collect();
        format!("{name:<24}{}\n", said.join(" / "))
    };
    [
        row("turn", &[Action::Left, Action::Right]),
        row("thrust", &[Action::Thrust]),
        row("gun", &[Action::Fire]),
        row("laser / missile", &[Action::Laser, Action::Missile]),
        row("fly to the mouse", &[Action::FlyThere]),
        row("scores / say", &[Action::Scores, Action::Chat]),
        row("watch / fly again", &[Action::Watch, Action::Play]),
        row("what the netcode does", &[Action::Overlay]),
        row("make the network worse", &[Action::Lab]),
    ]
    .concat()
}

fn open(menu: Res<Menu>, mut camera: Single<&mut Camera, With<MenuCamera>>, mut covers: Query<(&Cover, &mut Node)>) {
    if camera.is_active != menu.is_open() {
        camera.is_active = menu.is_open();
    }
    for (cover, mut node) in &mut covers {
        show(&mut node, menu.page == Some(cover.0));
    }
}

fn write(
    menu: Res<Menu>,
    keys: Res<Keys>,
    #[cfg(feature = "audio")] muted: Res<Muted>,
    time: Res<Time>,
    mut lines: Query<(&Line, &Children, &mut BackgroundColor)>,
    mut words: Query<(&mut Text, &mut TextColor), (Without<Said>, Without<Help>)>,
    mut said: Query<&mut Text, With<Said>>,
    mut help: Single<&mut Text, (With<Help>, Without<Said>)>,
) {
    let Some(page) = menu.page else { return };
    for mut said in &mut said {
        set(&mut said, menu.said.clone());
    }
    for (line, children, mut back) in lines.iter_mut().filter(|(line, ..)| line.page == page) {
        let is_marked = line.index == menu.at;
        let caret = if is_marked && time.elapsed_secs().fract() < 0.5 { "_" } else { "" };
        back.set_if_neq(BackgroundColor(if is_marked { MARKED } else { Color::NONE }));
        for child in children {
            if let Ok((mut text, mut ink)) = words.get_mut(*child) {
                let content = match page.rows()[line.index] {
                    #[cfg(feature = "audio")]
                    Row::Sound => volume_said(&keys, &muted),
                    row => content(row, &menu, &keys, caret),
                };
                set(&mut text, content);
                ink.set_if_neq(TextColor(if is_marked { OWN } else { INK }));
            }
        }
    }
    if keys.is_changed() {
        set(&mut help, keys_said(&keys));
    }
}

#[cfg(feature = "audio")]
fn volume_said(keys: &Keys, muted: &Muted) -> String {
    let steps = usize::from(keys.volume() / 10);
    let bar = format!("{}{}", "|".repeat(steps), ".".repeat(10 - steps));
    let level = if muted.0 { "off".into() } else { format!("{} %", keys.volume()) };
    format!("Sound     {bar}  {level}")
}

fn content(row: Row, menu: &Menu, keys: &Keys, caret: &str) -> String {
    match row {
        Row::Resume => "Back to the game".into(),
        Row::Name => format!("Name      {}{caret}", menu.name),
        Row::Address => format!("Address   {}{caret}", menu.address),
        Row::Connect => "Connect to that address".into(),
        Row::Host => "Start a server here".into(),
        Row::Keys => "Keys and buttons".into(),
        #[cfg(feature = "audio")]
        Row::Sound => String::new(),
        Row::Quit => "Quit".into(),
        Row::Reset => "All as at first".into(),
        Row::Back => "Back".into(),
        Row::Bind(action) if menu.waits_for == Some(action) => columns([action.name(), "press a key or a button", ""]),
        Row::Bind(action) => {
            let [on_keyboard, on_pad] = keys.said(action);
            columns([action.name(), &on_keyboard, &on_pad])
        }
    }
}
