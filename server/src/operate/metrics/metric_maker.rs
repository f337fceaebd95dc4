//! [`MetricMaker`]: makes metrics, each with its name and help, and registers them.

use std::collections::BTreeMap;

use prometheus::{
    Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

/// Bounds of tick times in seconds: 30 Hz leaves 33.3 ms, 240 Hz 4.2 ms.
pub(super) const TICK_SECONDS: [f64; 16] =
    [0.000_25, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.012, 0.016, 0.02, 0.025, 0.03, 0.0333, 0.05, 0.1, 0.25, 1.0];

/// Makes metrics and registers them. Names are constants, so that none can be wrong but by a mistake that the
/// first start shows.
pub(super) struct MetricMaker(pub(super) Registry);

const MISNAMED: &str = "a constant name should be a metric's, and its only one";

impl MetricMaker {
    pub(super) fn registered<M: prometheus::core::Collector + Clone + 'static>(
        &self,
        metric: prometheus::Result<M>,
    ) -> M {
        let metric = metric.expect(MISNAMED);
        self.0.register(Box::new(metric.clone())).expect(MISNAMED);
        metric
    }

    pub(super) fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.registered(IntCounter::new(name, help))
    }

    pub(super) fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.registered(IntCounterVec::new(Opts::new(name, help), labels))
    }

    /// Every label is shown from the start: a rate over a series that appears with its first event would miss that.
    pub(super) fn labelled(
        &self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = &'static str>,
    ) -> Labelled {
        let counters = self.counters(name, help, &[label]);
        Labelled(values.into_iter().map(|value| (value, counters.with_label_values(&[value]))).collect())
    }

    pub(super) fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.registered(IntGauge::new(name, help))
    }

    pub(super) fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.registered(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    pub(super) fn ratio(&self, name: &str, help: &str) -> Gauge {
        let gauge = self.registered(Gauge::new(name, help));
        gauge.set(1.0);
        gauge
    }

    pub(super) fn histogram(&self, name: &str, help: &str, bounds: &[f64]) -> Histogram {
        self.registered(Histogram::with_opts(HistogramOpts::new(name, help).buckets(bounds.to_vec())))
    }

    pub(super) fn histograms(&self, name: &str, help: &str, bounds: &[f64], labels: &[&str]) -> HistogramVec {
        let options = HistogramOpts::new(name, help).buckets(bounds.to_vec());
        self.registered(HistogramVec::new(options, labels))
    }
}

/// A counter for each of a closed set of labels.
pub(crate) struct Labelled(BTreeMap<&'static str, IntCounter>);

impl Labelled {
    /// Adds one of `label`, which must be of the set.
    pub(crate) fn add(&self, label: &str) {
        let counter = self.0.get(label);
        debug_assert!(counter.is_some(), "{label} should be among the labels");
        counter.inspect(|counter| counter.inc());
    }

    /// The counts, by label.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(label, counter)| (*label, counter.get()))
    }

    #[cfg(test)]
    pub(crate) fn sum(&self) -> u64 {
        self.0.values().map(IntCounter::get).sum()
    }

    #[cfg(test)]
    pub(crate) fn get(&self, label: &str) -> u64 {
        self.0[label].get()
    }
}
