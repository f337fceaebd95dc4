//! Fingers on a screen: the left half flies where its thumb points, the right half shoots.

use bevy::input::touch::{TouchInput, TouchPhase};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

use super::{Action, Unfocused};
use crate::Typing;

/// A thumb nearer to where it was put down points nowhere, in pixels of what is drawn over the world.
const REST_PIXELS: f32 = 12.0;
/// A thumb farther from there burns the engine too.
pub(crate) const THRUST_PIXELS: f32 = 45.0;
/// Height of the strip at the top that belongs to the menu's button.
const TOP_PIXELS: f32 = 48.0;

/// A round button: its action, the distance of its centre from the right and lower edge, and its radius, in pixels.
pub(crate) struct ThumbButton {
    action: Action,
    pub(crate) name: &'static str,
    pub(crate) from_corner: Vec2,
    pub(crate) radius: f32,
}

/// Buttons for the right thumb. Wherever else it is put down in its half it fires the gun.
pub(crate) const THUMB_BUTTONS: [ThumbButton; 3] = [
    ThumbButton { action: Action::Fire, name: "GUN", from_corner: Vec2::new(72.0, 72.0), radius: 48.0 },
    ThumbButton { action: Action::Laser, name: "LASER", from_corner: Vec2::new(170.0, 62.0), radius: 36.0 },
    ThumbButton { action: Action::Missile, name: "MISSILE", from_corner: Vec2::new(62.0, 170.0), radius: 36.0 },
];

/// Fingers that are on the screen, by what each is there for.
#[derive(Resource, Default)]
pub(crate) struct Fingers {
    thumb: Option<Thumb>,
    held: Vec<(u64, Action)>,
    is_used: bool,
}

/// The finger that flies.
struct Thumb {
    id: u64,
    start: Vec2,
    at: Vec2,
}

impl Fingers {
    /// Whether a finger is on the button of `action`.
    pub(crate) fn hold(&self, action: Action) -> bool {
        self.held.iter().any(|(_, held)| *held == action)
    }

    /// The direction to fly, up being up, and whether to burn the engine; nothing while no thumb points anywhere.
    pub(crate) fn way(&self) -> Option<(Vec2, bool)> {
        let thumb = self.thumb.as_ref()?;
        let way = (thumb.at - thumb.start) * Vec2::new(1.0, -1.0);
        (way.length() >= REST_PIXELS).then(|| (way, way.length() >= THRUST_PIXELS))
    }

    /// The place where the thumb that flies was put down, if there is one.
    pub(crate) fn thumb(&self) -> Option<Vec2> {
        self.thumb.as_ref().map(|thumb| thumb.start)
    }

    /// Whether there has been a finger at all.
    pub(crate) const fn is_used(&self) -> bool {
        self.is_used
    }

    fn put_down(&mut self, id: u64, at: Vec2, size: Vec2) {
        if at.y < TOP_PIXELS {
            return;
        }
        if at.x < size.x / 2.0 {
            self.thumb.get_or_insert(Thumb { id, start: at, at });
            return;
        }
        let button = THUMB_BUTTONS.iter().find(|round| (size - at).distance(round.from_corner) <= round.radius);
        self.held.push((id, button.map_or(Action::Fire, |round| round.action)));
    }

    fn lift(&mut self, id: u64) {
        self.thumb.take_if(|thumb| thumb.id == id);
        self.held.retain(|(finger, _)| *finger != id);
    }
}

/// Fingers put down, moved and lifted since the last frame. In the menu, and elsewhere, they fly nothing.
pub(crate) fn feel(
    mut touches: MessageReader<TouchInput>,
    window: Option<Single<&Window, With<PrimaryWindow>>>,
    scale: Option<Res<UiScale>>,
    typing: Res<Typing>,
    away: Res<Unfocused>,
    mut fingers: ResMut<Fingers>,
) {
    let Some(window) = window else { return };
    // As what is drawn is counted: that shrinks with the window.
    let scale = scale.map_or(1.0, |scale| scale.0);
    for touch in touches.read() {
        fingers.is_used = true;
        let at = touch.position / scale;
        match touch.phase {
            TouchPhase::Started => fingers.put_down(touch.id, at, window.size() / scale),
            TouchPhase::Moved => {
                if let Some(thumb) = fingers.thumb.as_mut().filter(|thumb| thumb.id == touch.id) {
                    thumb.at = at;
                }
            }
            TouchPhase::Ended | TouchPhase::Canceled => fingers.lift(touch.id),
        }
    }
    if away.0 || typing.0 {
        (fingers.thumb, fingers.held) = (None, Vec::new());
    }
}

/// A button on the screen that opens the menu, for whoever has no key for it.
#[derive(Component)]
pub(crate) struct MenuButton;
