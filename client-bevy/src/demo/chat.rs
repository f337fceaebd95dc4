//! A line to say something in.

use auspice::message::Channel;
use auspice_demo::{CHAT_CHARS_MAX, Command, Demo};
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;

use super::keys::{Action, Buttons};
use super::replayed::OnReplay;
use crate::style::{FAINT_INK, INK, pane, placed, set, show, text};
use crate::{Screen, Session, Stage};

pub(crate) struct ChatPlugin;

impl Plugin for ChatPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Chat>().add_systems(Startup, build);
        app.add_systems(Update, (type_line.in_set(Stage::Control), write.in_set(Stage::Show)));
    }
}

/// The line that is being written.
#[derive(Resource, Default)]
pub(crate) struct Chat {
    line: Option<String>,
    took_keys: bool,
}

impl Chat {
    pub(crate) const fn is_open(&self) -> bool {
        self.line.is_some()
    }

    /// Whether this frame's keys were typed here, even if the last of them closed the line.
    pub(crate) const fn took_keys(&self) -> bool {
        self.took_keys
    }
}

#[derive(Component)]
struct LineNode;
#[derive(Component)]
struct LineText;

fn build(screens: Query<&Screen>, mut commands: Commands) {
    let Some(screen) = screens.iter().next() else { return };
    let node = placed(Node {
        left: px(220),
        right: px(16),
        bottom: px(64),
        column_gap: px(8),
        padding: UiRect::axes(px(12), px(8)),
        display: Display::None,
        ..default()
    });
    commands.spawn((LineNode, pane(node), GlobalZIndex(8), UiTargetCamera(screen.0))).with_children(|line| {
        line.spawn(text("say", 15.0, FAINT_INK));
        line.spawn((LineText, text("", 15.0, INK)));
    });
}

pub(crate) fn type_line(
    buttons: Buttons,
    mut typed: MessageReader<KeyboardInput>,
    mut chat: ResMut<Chat>,
    replay: Option<Res<OnReplay>>,
    mut sessions: Query<&mut Session<Demo>>,
) {
    chat.took_keys = chat.is_open();
    if !chat.is_open() {
        // What opens it is no part of what is said.
        typed.clear();
        let has_listener = sessions.iter().any(|session| session.connection().is_playing());
        chat.line = (buttons.pressed(Action::Chat) && has_listener).then(String::new);
        return;
    }
    for key in typed.read().filter(|key| key.state == ButtonState::Pressed) {
        let Some(line) = &mut chat.line else { return };
        match &key.logical_key {
            Key::Escape => chat.line = None,
            Key::Enter => {
                say(line.trim(), replay.is_some(), &mut sessions);
                chat.line = None;
            }
            Key::Backspace => {
                line.pop();
            }
            _ => {
                let text = key.text.iter().flat_map(|text| text.chars()).filter(|character| !character.is_control());
                for character in text {
                    if line.chars().count() < CHAT_CHARS_MAX {
                        line.push(character);
                    }
                }
            }
        }
    }
}

/// The first player says it: in the game, or to a log.
fn say(line: &str, is_replay: bool, sessions: &mut Query<&mut Session<Demo>>) {
    let Some(mut session) = sessions.iter_mut().next().filter(|_| !line.is_empty()) else { return };
    let said = if is_replay { session.say(Channel::Room, line) } else { session.command(&Command::Say(line.into())) };
    if let Err(error) = said {
        info!("not said: {error}");
    }
}

fn write(
    time: Res<Time>,
    chat: Res<Chat>,
    mut node: Single<&mut Node, With<LineNode>>,
    mut words: Single<&mut Text, With<LineText>>,
) {
    show(&mut node, chat.is_open());
    if let Some(line) = &chat.line {
        let caret = if time.elapsed_secs().fract() < 0.5 { "_" } else { "" };
        set(&mut words, format!("{line}{caret}"));
    }
}
