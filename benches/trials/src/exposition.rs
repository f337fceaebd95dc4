//! [`Exposition`]: what a server counts, as Prometheus reads it.

use std::collections::BTreeMap;

/// The series of one scrape: name with labels, as they are written, and value.
#[derive(Clone, Debug, Default)]
pub struct Exposition(BTreeMap<String, f64>);

impl Exposition {
    /// Reads Prometheus' text format. What is no line of it is passed over.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let series = |line: &str| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        };
        Self(text.lines().filter(|line| !line.starts_with('#')).filter_map(series).collect())
    }

    /// Number of series.
    #[must_use]
    pub fn series(&self) -> usize {
        self.0.len()
    }

    /// The value of a series such as `auspice_clients{state="active"}`; not a number where there is none,
    /// which equals nothing.
    #[must_use]
    pub fn get(&self, series: &str) -> f64 {
        self.0.get(series).copied().unwrap_or(f64::NAN)
    }

    /// The sum over the labels of a family such as `auspice_joins_total`.
    #[must_use]
    pub fn sum(&self, family: &str) -> f64 {
        self.of(family).map(|(_, value)| value).sum()
    }

    /// The least bound of a histogram below which `share` of what it counted since `earlier` lies.
    #[must_use]
    pub fn quantile_since(&self, earlier: &Self, histogram: &str, share: f64) -> f64 {
        let family = format!("{histogram}_bucket");
        let bound = |labels: &str| labels.split('"').nth(1).and_then(|bound| bound.parse::<f64>().ok());
        let since = |read: &Self, wanted: f64| {
            let of_bound = read.of(&family).find(|(labels, _)| bound(labels) == Some(wanted));
            of_bound.map_or(0.0, |(_, count)| count)
        };
        let mut bounds: Vec<f64> = self.of(&family).filter_map(|(labels, _)| bound(labels)).collect();
        bounds.sort_by(f64::total_cmp);
        let count = |bound| since(self, bound) - since(earlier, bound);
        let all = bounds.last().map_or(0.0, |&last| count(last));
        bounds.into_iter().find(|&bound| count(bound) >= all * share).unwrap_or(f64::NAN)
    }

    /// The labels of a family and their values.
    pub fn of<'a>(&'a self, family: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        self.0.iter().filter_map(move |(series, value)| {
            let labels = series.strip_prefix(family)?.strip_prefix('{')?.strip_suffix('}')?;
            Some((labels, *value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_found_by_name_and_summed_by_family() {
        let text = "# HELP a_total x\n# TYPE a_total counter\na_total{why=\"x\"} 3\na_total{why=\"y\"} 4\na_totally 9\nb 1.5\n";
        let read = Exposition::parse(text);
        assert_eq!((read.get("a_total{why=\"x\"}"), read.sum("a_total"), read.get("b"), read.series()), (3.0, 7.0, 1.5, 4));
        assert!(read.get("c").is_nan());
    }

    #[test]
    fn a_quantile_is_a_bound_of_what_came_since() {
        let bucket = |counts: [u32; 3]| {
            let [low, high, all] = counts;
            let text = format!("h_bucket{{le=\"1\"}} {low}\nh_bucket{{le=\"20\"}} {high}\nh_bucket{{le=\"+Inf\"}} {all}\n");
            Exposition::parse(&text)
        };
        let (before, after) = (bucket([0, 50, 100]), bucket([99, 150, 200]));
        assert_eq!(after.quantile_since(&before, "h", 0.99), 1.0);
        assert_eq!(after.quantile_since(&before, "h", 1.0), 20.0);
        assert_eq!(after.quantile_since(&Exposition::default(), "h", 1.0), f64::INFINITY);
    }
}
