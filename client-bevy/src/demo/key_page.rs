//! The menu's page of keys: choose what is to be done, then press what is to do it.

use bevy::input::ButtonState;
use bevy::input::keyboard::KeyboardInput;
use bevy::prelude::*;

use super::keys::{Action, Bound, Keys, all, short};
use crate::Stage;
use crate::lab::LabKeys;
use crate::overlay::Overlay;
use crate::style::{FAINT_INK, INK, OWN, PANEL, WARNING, pane, placed, set, show, text};

/// Below the actions.
const RESET: usize = Action::ALL.len();
const BACK: usize = RESET + 1;
const ROWS: usize = BACK + 1;

pub(crate) struct KeyPagePlugin;

impl Plugin for KeyPagePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Keys>().init_resource::<KeyPage>().add_systems(Startup, build);
        app.add_systems(Update, (press, hand_on).chain().before(super::menu::type_keys).in_set(Stage::Control));
        app.add_systems(Update, write.in_set(Stage::Show));
    }
}

/// The page's state.
#[derive(Resource, Default)]
pub(crate) struct KeyPage {
    is_open: bool,
    took_keys: bool,
    at: usize,
    /// Whether the next key is for the action that is marked.
    is_waiting: bool,
    /// What came of the last change.
    said: String,
}

impl KeyPage {
    pub(crate) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether this frame's keys were pressed here, even if the last of them closed the page.
    pub(crate) const fn took_keys(&self) -> bool {
        self.took_keys
    }

    pub(crate) fn open(&mut self) {
        *self = Self { is_open: true, ..Self::default() };
    }

    fn press(&mut self, key: KeyCode, keys: &mut Keys, taken: &LabKeys) {
        if self.is_waiting {
            self.bind(Bound::Key(key), keys, taken);
            return;
        }
        match key {
            KeyCode::Escape => self.is_open = false,
            KeyCode::ArrowDown | KeyCode::Tab => self.at = (self.at + 1) % ROWS,
            KeyCode::ArrowUp => self.at = (self.at + ROWS - 1) % ROWS,
            KeyCode::Enter | KeyCode::NumpadEnter => self.choose(keys),
            _ => {}
        }
    }

    fn choose(&mut self, keys: &mut Keys) {
        self.said.clear();
        match self.at {
            RESET => {
                keys.reset();
                self.save("everything is as at first", keys);
            }
            BACK => self.is_open = false,
            _ => self.is_waiting = true,
        }
    }

    fn bind(&mut self, bound: Bound, keys: &mut Keys, taken: &LabKeys) {
        self.is_waiting = false;
        let action = Action::ALL[self.at];
        let name = short(bound);
        if bound == Bound::Key(KeyCode::Escape) {
            return;
        }
        if !all().any(|known| known == bound) {
            self.said = format!("{name} cannot be bound");
        } else if taken.fixed().any(|key| bound == Bound::Key(key)) {
            self.said = format!("{name} belongs to the panel of dials");
        } else {
            match keys.rebind(action, bound) {
                Ok(None) => self.save(&format!("{name}: {}", action.name()), keys),
                Ok(Some(other)) => self.save(&format!("{name}: {}, and no longer {}", action.name(), other.name()), keys),
                Err(refusal) => self.said = refusal,
            }
        }
    }

    fn save(&mut self, what: &str, keys: &Keys) {
        let how = keys.save().map_or_else(|why| why, |file| format!("saved to {}", file.display()));
        self.said = format!("{what}\n{how}");
    }
}

/// Keys and buttons while the page is open.
fn press(
    mut typed: MessageReader<KeyboardInput>,
    mouse: Res<ButtonInput<MouseButton>>,
    rows: Query<(&Interaction, &Line), Changed<Interaction>>,
    lab: Option<Res<LabKeys>>,
    mut keys: ResMut<Keys>,
    mut page: ResMut<KeyPage>,
) {
    page.took_keys = page.is_open;
    if !page.is_open {
        typed.clear();
        return;
    }
    let taken = lab.map(|lab| *lab).unwrap_or_default();
    let was_waiting = page.is_waiting;
    for key in typed.read().filter(|key| key.state == ButtonState::Pressed && !key.repeat) {
        page.press(key.key_code, &mut keys, &taken);
    }
    if was_waiting {
        if let Some(button) = mouse.get_just_pressed().next().filter(|_| page.is_waiting) {
            page.bind(Bound::Mouse(*button), &mut keys, &taken);
        }
        return;
    }
    for (_, line) in rows.iter().filter(|(interaction, _)| **interaction == Interaction::Pressed) {
        page.at = line.0;
        page.choose(&mut keys);
    }
}

/// Overlay and panel each take one key, and know no file of keys.
fn hand_on(keys: Res<Keys>, overlay: Option<ResMut<Overlay>>, lab: Option<ResMut<LabKeys>>) {
    if !keys.is_changed() {
        return;
    }
    if let (Some(mut overlay), Some(key)) = (overlay, keys.key(Action::Overlay)) {
        overlay.key = key;
    }
    if let (Some(mut lab), Some(key)) = (lab, keys.key(Action::Lab)) {
        lab.open = key;
    }
}

#[derive(Component)]
struct Root;
#[derive(Component)]
struct Line(usize);
#[derive(Component)]
struct Said;

fn build(mut commands: Commands) {
    let cover = placed(Node {
        width: percent(100),
        height: percent(100),
        padding: UiRect::top(percent(5)),
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Center,
        display: Display::None,
        ..default()
    });
    let card = Node {
        width: px(470),
        padding: UiRect::all(px(24)),
        flex_direction: FlexDirection::Column,
        row_gap: px(2),
        ..default()
    };
    let shade = BackgroundColor(Color::srgba(0.0, 0.01, 0.03, 0.6));
    commands.spawn((Root, cover, shade, GlobalZIndex(10))).with_children(|cover| {
        cover.spawn(pane(card)).insert(BackgroundColor(PANEL.with_alpha(0.96))).with_children(|card| {
            card.spawn((text("KEYS", 26.0, OWN), Node { margin: UiRect::bottom(px(8)), ..default() }));
            for index in 0..ROWS {
                let margin = if index == RESET { UiRect::top(px(8)) } else { UiRect::ZERO };
                let padding = UiRect::axes(px(10), px(3));
                let node = Node { padding, margin, border_radius: BorderRadius::all(px(4)), ..default() };
                card.spawn((Line(index), Button, node, BackgroundColor(Color::NONE))).with_child(text("", 15.0, INK));
            }
            let said = Node { margin: UiRect::top(px(8)), min_height: px(34), ..default() };
            card.spawn((Said, text("", 13.0, WARNING), said));
            card.spawn(text("Enter, then the new key; Esc leaves it as it is", 13.0, FAINT_INK));
        });
    });
}

fn write(
    page: Res<KeyPage>,
    keys: Res<Keys>,
    mut root: Single<&mut Node, With<Root>>,
    mut lines: Query<(&Line, &Children, &mut BackgroundColor)>,
    mut words: Query<(&mut Text, &mut TextColor), Without<Said>>,
    mut said: Single<&mut Text, With<Said>>,
) {
    show(&mut root, page.is_open);
    if !page.is_open {
        return;
    }
    set(&mut said, page.said.clone());
    for (line, children, mut background) in &mut lines {
        let is_marked = line.0 == page.at;
        let content = match line.0 {
            RESET => "All as at first".into(),
            BACK => "Back".into(),
            index => {
                let action = Action::ALL[index];
                let bound = if is_marked && page.is_waiting { "press a key".into() } else { keys.said(action) };
                format!("{:<26}{bound}", action.name())
            }
        };
        background.0 = if is_marked { Color::srgba(0.36, 0.8, 1.0, 0.16) } else { Color::NONE };
        for child in children {
            if let Ok((mut text, mut colour)) = words.get_mut(*child) {
                set(&mut text, content.clone());
                colour.0 = if is_marked { OWN } else { INK };
            }
        }
    }
}
