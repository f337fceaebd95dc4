//! Fewer frames a second, as on a slow machine.

use std::time::Duration;

use bevy::platform::time::Instant;
use bevy::prelude::*;

/// Most frames a second; 0 for as many as there are.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameCap(pub u32);

/// Ends no frame before its time.
pub(super) fn wait(cap: Res<FrameCap>, mut last: Local<Option<Instant>>) {
    let now = Instant::now();
    if cap.0 > 0
        && let Some(last) = *last
    {
        let left = (Duration::from_secs(1) / cap.0).saturating_sub(now.duration_since(last));
        // A page must not wait.
        #[cfg(not(target_arch = "wasm32"))]
        std::thread::sleep(left);
        #[cfg(target_arch = "wasm32")]
        let _ = left;
    }
    *last = Some(Instant::now());
}
