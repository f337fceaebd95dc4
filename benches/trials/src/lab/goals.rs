//! [`Goals`] of a scenario's figures.

/// Goals of a scenario. Without one, the figure is told and not judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Goals {
    /// Inputs missing, in percent.
    pub missing_percent: Option<f64>,
    /// Age of the newest state at the 99th percentile, by the bare streams'.
    pub age_ratio: Option<f64>,
    /// Updates held back, in percent.
    pub held_back_percent: Option<f64>,
    /// Messages up, for each tick.
    pub messages_per_tick: Option<f64>,
    /// Echo at the median beyond the bare streams', in milliseconds.
    pub echo_beyond_ms: Option<f64>,
    /// Seconds until the last is back.
    pub back_seconds: Option<f64>,
}
