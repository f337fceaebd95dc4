//! The page of keys: an action is chosen, then what is pressed next does it.

use bevy::prelude::*;

use super::state::Menu;
use crate::demo::keys::{Action, Bound, Buttons, Keys};
use crate::lab::{Lab, LabKeys};
use crate::overlay::Overlay;

/// Lets `bound` do `action`, if it may, and says what came of it. The keys of `lab` may not.
pub(super) fn bind(menu: &mut Menu, action: Action, bound: Bound, lab: Option<&LabKeys>, keys: &mut Keys) {
    menu.waits_for = None;
    let name = bound.said();
    let taken = lab.copied().unwrap_or_default();
    if !Bound::all().any(|known| known == bound) {
        menu.said = format!("{name} cannot be bound");
    } else if taken.fixed().any(|key| bound == Bound::Key(key)) {
        menu.said = format!("{name} belongs to the panel of dials");
    } else {
        match keys.rebind(action, bound) {
            Ok(None) => save(menu, &format!("{name}: {}", action.name()), keys),
            Ok(Some(other)) => save(menu, &format!("{name}: {}, and no longer {}", action.name(), other.name()), keys),
            Err(refusal) => menu.said = refusal,
        }
    }
}

pub(super) fn reset(menu: &mut Menu, keys: &mut Keys) {
    keys.reset();
    save(menu, "everything is as at first", keys);
}

fn save(menu: &mut Menu, what: &str, keys: &Keys) {
    let how = keys.save().map_or_else(|why| why, |file| format!("saved to {}", file.display()));
    menu.said = format!("{what}\n{how}");
}

/// Overlay and panel each take one key, and know no file of keys: that key is handed on, and whatever else is
/// bound opens them from here.
pub(super) fn hand_on(
    keys: Res<Keys>,
    keyboard: Res<ButtonInput<KeyCode>>,
    buttons: Buttons,
    overlay: Option<ResMut<Overlay>>,
    lab: Option<ResMut<Lab>>,
    lab_keys: Option<ResMut<LabKeys>>,
) {
    let opens = |action, by: KeyCode| buttons.pressed(action) && !keyboard.just_pressed(by);
    if let Some(mut overlay) = overlay {
        if let Some(key) = keys.key(Action::Overlay).filter(|_| keys.is_changed()) {
            overlay.key = key;
        }
        if opens(Action::Overlay, overlay.key) {
            overlay.turn();
        }
    }
    if let (Some(mut lab), Some(mut lab_keys)) = (lab, lab_keys) {
        if let Some(key) = keys.key(Action::Lab).filter(|_| keys.is_changed()) {
            lab_keys.open = key;
        }
        if opens(Action::Lab, lab_keys.open) {
            lab.is_open = !lab.is_open;
        }
    }
}
