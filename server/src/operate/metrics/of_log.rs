//! [`LogMetrics`]: counts of the tick log.

use prometheus::{Histogram, IntCounter, IntGauge};

use super::metric_maker::{Labelled, MetricMaker, TICK_SECONDS};

/// Causes for which the twin of a large room is given up.
const TWIN_FAULTS: [&str; 6] = ["differs", "unloadable", "panicked", "behind", "memory", "no_thread"];

/// Counts of the tick log.
pub(crate) struct LogMetrics {
    /// Bytes written into the log.
    pub(crate) bytes: IntCounter,
    /// Ticks whose messages went out before the log had them.
    pub(crate) late: IntCounter,
    /// 1 while the log is written, 0 without one and while the disk is full or broken.
    pub(crate) writing: IntGauge,
    /// Times that the log could not be put on the disk.
    pub(crate) sync_failures: IntCounter,
    /// Time in which the tick thread saves a room for a keyframe, in seconds.
    pub(crate) keyframe_seconds: Histogram,
    /// Bytes of the last keyframe.
    pub(crate) keyframe_bytes: IntGauge,
    /// Keyframes that a twin was saved for, in place of its room.
    pub(crate) twin_keyframes: IntCounter,
    /// Twins that were given up, by why.
    pub(crate) twins_given_up: Labelled,
}

impl LogMetrics {
    /// All of them at nought, registered.
    pub(super) fn new(make: &MetricMaker) -> Self {
        Self {
            bytes: make.counter("log_bytes_total", "Bytes written into the tick log"),
            late: make.counter("log_late_total", "Ticks whose messages went out before the tick log had them"),
            writing: make.gauge("log_writing", "1 while the tick log is written, 0 without one and while it cannot be"),
            sync_failures: make
                .counter("log_sync_failures_total", "Times that the tick log could not be put on the disk"),
            keyframe_seconds: make.histogram(
                "log_keyframe_seconds",
                "Time of a tick in which a room is saved for a keyframe",
                &TICK_SECONDS,
            ),
            keyframe_bytes: make.gauge("log_keyframe_bytes", "Bytes of the tick log's last keyframe"),
            twin_keyframes: make.counter(
                "log_twin_keyframes_total",
                "Keyframes of large rooms that another thread saved in place of the tick's",
            ),
            twins_given_up: make.labelled(
                "log_twins_given_up_total",
                "Times that the tick thread saves a large room after all, by why",
                "cause",
                TWIN_FAULTS,
            ),
        }
    }
}
