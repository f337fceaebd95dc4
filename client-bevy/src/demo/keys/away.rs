//! Letting go of everything when the player turns to another window or tab.

use bevy::prelude::*;
use bevy::window::WindowFocused;

/// Whether the player is elsewhere: the window has lost the focus. Nothing is held then, by a gamepad either,
/// which is read in any window.
#[derive(Resource, Default)]
pub(crate) struct Away(pub(crate) bool);

/// Lets go when the focus goes: of a key or button that is let go elsewhere this window hears nothing. Gamepads are let
/// go once more when it comes back, since they are read meanwhile; what a click brings that came with the focus counts.
pub(crate) fn let_go(
    mut focused: MessageReader<WindowFocused>,
    mut away: ResMut<Away>,
    mut keys: ResMut<ButtonInput<KeyCode>>,
    mut mouse: ResMut<ButtonInput<MouseButton>>,
    mut pads: Query<&mut Gamepad>,
) {
    let mut is_changed = false;
    for event in focused.read() {
        is_changed |= away.0 == event.focused;
        away.0 = !event.focused;
    }
    if away.0 && is_changed {
        keys.reset_all();
        mouse.reset_all();
    }
    if is_changed {
        for mut pad in &mut pads {
            pad.digital_mut().reset_all();
        }
    }
}
