//! Keys and buttons that can be bound, and their names.

use bevy::prelude::*;

/// A key or a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// A key of the keyboard.
    Key(KeyCode),
    /// A button of the mouse.
    Mouse(MouseButton),
    /// A button of a gamepad.
    Pad(GamepadButton),
}

impl Bound {
    /// Keys and buttons that can be bound, all of them. A gamepad's cross and start are not among them: they
    /// steer, and open the menu.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        KEYS.iter().map(|key| Self::Key(*key)).chain(MOUSE.map(Self::Mouse)).chain(PAD.map(Self::Pad))
    }

    /// Whether it is a gamepad's.
    #[must_use]
    pub const fn is_pad(self) -> bool {
        matches!(self, Self::Pad(_))
    }

    /// The name in a file.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Key(key) => format!("{key:?}"),
            Self::Mouse(button) => format!("Mouse{button:?}"),
            Self::Pad(button) => format!("Pad{button:?}"),
        }
    }

    /// The name for a player.
    #[must_use]
    pub fn said(self) -> String {
        match self {
            Self::Key(_) => {
                let name = self.name();
                name.strip_prefix("Key")
                    .or_else(|| name.strip_prefix("Arrow"))
                    .map_or_else(|| name.clone(), ToOwned::to_owned)
            }
            Self::Mouse(button) => format!("mouse {button:?}").to_lowercase(),
            Self::Pad(button) => pad_said(button).into(),
        }
    }
}

/// The name as printed on most gamepads; the four with letters or signs on them, which differ, go by their
/// place.
const fn pad_said(button: GamepadButton) -> &'static str {
    match button {
        GamepadButton::South => "lower button",
        GamepadButton::East => "right button",
        GamepadButton::North => "upper button",
        GamepadButton::West => "left button",
        GamepadButton::C => "C",
        GamepadButton::Z => "Z",
        GamepadButton::LeftTrigger => "L1",
        GamepadButton::LeftTrigger2 => "L2",
        GamepadButton::RightTrigger => "R1",
        GamepadButton::RightTrigger2 => "R2",
        GamepadButton::Select => "select",
        GamepadButton::Start => "start",
        GamepadButton::Mode => "mode",
        GamepadButton::LeftThumb => "L3",
        GamepadButton::RightThumb => "R3",
        GamepadButton::DPadUp => "cross up",
        GamepadButton::DPadDown => "cross down",
        GamepadButton::DPadLeft => "cross left",
        GamepadButton::DPadRight => "cross right",
        GamepadButton::Other(_) => "a button without a name",
    }
}

const MOUSE: [MouseButton; 5] =
    [MouseButton::Left, MouseButton::Right, MouseButton::Middle, MouseButton::Back, MouseButton::Forward];

const PAD: [GamepadButton; 14] = {
    use GamepadButton::*;
    [
        South,
        East,
        North,
        West,
        C,
        Z,
        LeftTrigger,
        LeftTrigger2,
        RightTrigger,
        RightTrigger2,
        Select,
        Mode,
        LeftThumb,
        RightThumb,
    ]
};

#[rustfmt::skip]
const KEYS: [KeyCode; 94] = {
    use KeyCode::*;
    [
        KeyA, KeyB, KeyC, KeyD, KeyE, KeyF, KeyG, KeyH, KeyI, KeyJ, KeyK, KeyL, KeyM, KeyN, KeyO, KeyP, KeyQ, KeyR,
        KeyS, KeyT, KeyU, KeyV, KeyW, KeyX, KeyY, KeyZ, Digit0, Digit1, Digit2, Digit3, Digit4, Digit5, Digit6,
        Digit7, Digit8, Digit9, ArrowLeft, ArrowRight, ArrowUp, ArrowDown, Space, Enter, Tab, Backspace, Delete,
        Insert, Home, End, PageUp, PageDown, ShiftLeft, ShiftRight, ControlLeft, ControlRight, AltLeft, AltRight,
        CapsLock, Minus, Equal, BracketLeft, BracketRight, Backslash, Semicolon, Quote, Backquote, Comma, Period,
        Slash, F1, F2, F3, F4, F5, F6, F7, F8, F9, F10, F11, F12, Numpad0, Numpad1, Numpad2, Numpad3, Numpad4,
        Numpad5, Numpad6, Numpad7, Numpad8, Numpad9, NumpadAdd, NumpadSubtract, NumpadEnter, NumpadDecimal,
    ]
};
