//! [`Exposition`]: what a server counts, as Prometheus reads it.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Greatest time that a scrape may take.
const SCRAPE_MAX: Duration = Duration::from_secs(10);

/// The series of one scrape: name with labels, as they are written, and value.
#[derive(Clone, Debug, Default)]
pub struct Exposition(BTreeMap<String, f64>);

impl Exposition {
    /// Asks the admin listener of a server. Waits for the answer.
    ///
    /// # Errors
    /// Where there is none, or no answer in time.
    pub fn scrape(admin: SocketAddr) -> io::Result<Self> {
        let mut stream = TcpStream::connect_timeout(&admin, SCRAPE_MAX)?;
        stream.set_read_timeout(Some(SCRAPE_MAX))?;
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n")?;
        let mut response = String::new();
        stream.read_to_string(&mut response)?;
        response
            .split_once("\r\n\r\n")
            .map(|(_, body)| Self::parse(body))
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

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
        let buckets = self.buckets_since(earlier, histogram);
        let all = buckets.last().map_or(0.0, |&(_, count)| count);
        buckets.into_iter().find(|(_, count)| *count >= all * share).map_or(f64::NAN, |(bound, _)| bound)
    }

    /// The same, taken to lie within its bucket as if what is in it were spread evenly. Beyond the last finite bound
    /// nothing is known but that: it is twice that bound then. Nought where nothing was counted.
    #[must_use]
    pub fn interpolated_since(&self, earlier: &Self, histogram: &str, share: f64) -> f64 {
        let buckets = self.buckets_since(earlier, histogram);
        let wanted = buckets.last().map_or(0.0, |&(_, count)| count) * share;
        let (mut low, mut below) = (0.0, 0.0);
        for (bound, count) in buckets {
            if count >= wanted && count > below {
                let width = if bound.is_finite() { bound - low } else { low };
                return low + width * (wanted - below) / (count - below);
            }
            (low, below) = (bound, count);
        }
        0.0
    }

    /// Bounds of a histogram, each with how much it counted up to there since `earlier`.
    fn buckets_since(&self, earlier: &Self, histogram: &str) -> Vec<(f64, f64)> {
        let family = format!("{histogram}_bucket");
        let bound = |labels: &str| labels.split('"').nth(1).and_then(|bound| bound.parse::<f64>().ok());
        let before =
            |wanted: &str| earlier.of(&family).find(|(labels, _)| *labels == wanted).map_or(0.0, |(_, count)| count);
        let bucket = |(labels, count): (&str, f64)| Some((bound(labels)?, count - before(labels)));
        let mut buckets: Vec<(f64, f64)> = self.of(&family).filter_map(bucket).collect();
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        buckets
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
        let text = "# HELP a_total x\n# TYPE a_total counter\na_total{why=\"x\"} 3\na_total{why=\"y\"} 4\n\
                    a_totally 9\nb 1.5\n";
        let read = Exposition::parse(text);
        assert_eq!(
            (read.get("a_total{why=\"x\"}"), read.sum("a_total"), read.get("b"), read.series()),
            (3.0, 7.0, 1.5, 4)
        );
        assert!(read.get("c").is_nan());
    }

    #[test]
    fn a_quantile_is_a_bound_of_what_came_since() {
        let bucket = |counts: [u32; 3]| {
            let [low, high, all] = counts;
            let text =
                format!("h_bucket{{le=\"1\"}} {low}\nh_bucket{{le=\"20\"}} {high}\nh_bucket{{le=\"+Inf\"}} {all}\n");
            Exposition::parse(&text)
        };
        let (before, after) = (bucket([0, 50, 100]), bucket([99, 150, 200]));
        assert_eq!(after.quantile_since(&before, "h", 0.99), 1.0);
        assert_eq!(after.quantile_since(&before, "h", 1.0), 20.0);
        assert_eq!(after.quantile_since(&Exposition::default(), "h", 1.0), f64::INFINITY);
    }

    #[test]
    fn within_a_bucket_it_is_taken_to_be_spread_evenly() {
        let read = Exposition::parse("h_bucket{le=\"1\"} 50\nh_bucket{le=\"3\"} 100\nh_bucket{le=\"+Inf\"} 100\n");
        let nothing = Exposition::default();
        assert_eq!(read.interpolated_since(&nothing, "h", 0.25), 0.5);
        assert_eq!(read.interpolated_since(&nothing, "h", 0.75), 2.0);
        assert_eq!(read.interpolated_since(&read, "h", 0.75), 0.0, "nothing came since");
        let beyond = Exposition::parse("h_bucket{le=\"1\"} 0\nh_bucket{le=\"+Inf\"} 10\n");
        assert_eq!(beyond.interpolated_since(&nothing, "h", 1.0), 2.0);
    }
}
