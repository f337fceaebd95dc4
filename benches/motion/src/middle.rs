//! [`Middle`]: the middle and the bad end of many values.

use serde::Serialize;

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Middle {
    /// Half are at most this.
    pub median: f32,
    /// 95 of 100 are at most this.
    pub p95: f32,
}

impl Middle {
    pub(crate) fn of(mut values: Vec<f32>) -> Self {
        values.sort_by(f32::total_cmp);
        let at = |share: f64| values.get((values.len() as f64 * share) as usize).copied().unwrap_or(0.0);
        Self { median: at(0.5), p95: at(0.95) }
    }
}
