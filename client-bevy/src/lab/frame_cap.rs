//! Fewer frames a second, as on a slow machine.

use bevy::prelude::*;

#[cfg(not(target_arch = "wasm32"))]
pub(super) use native::wait;
#[cfg(target_arch = "wasm32")]
pub(super) use page::wait;

/// Most frames a second; 0 for as many as there are.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameCap(pub u32);

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::thread;
    use std::time::Duration;

    use bevy::platform::time::Instant;
    use bevy::prelude::*;

    use super::FrameCap;

    /// Ends no frame before its time.
    pub(in super::super) fn wait(cap: Res<FrameCap>, mut last: Local<Option<Instant>>) {
        let now = Instant::now();
        if cap.0 > 0
            && let Some(last) = *last
        {
            thread::sleep((Duration::from_secs(1) / cap.0).saturating_sub(now.duration_since(last)));
        }
        *last = Some(Instant::now());
    }
}

#[cfg(target_arch = "wasm32")]
mod page {
    use std::time::Duration;

    use bevy::prelude::*;
    use bevy::winit::{UpdateMode, WinitSettings};

    use super::FrameCap;

    /// A page must not wait: it asks for fewer frames.
    pub(in super::super) fn wait(cap: Res<FrameCap>, settings: Option<ResMut<WinitSettings>>) {
        let Some(mut settings) = settings.filter(|_| cap.is_changed()) else { return };
        settings.focused_mode = match cap.0 {
            0 => UpdateMode::Continuous,
            frames => UpdateMode::Reactive {
                wait: Duration::from_secs(1) / frames,
                react_to_device_events: false,
                react_to_user_events: false,
                react_to_window_events: false,
            },
        };
        settings.unfocused_mode = settings.focused_mode;
    }
}
