//! `/metrics` as Prometheus reads it: the rules that `promtool check metrics` goes by, and that program
//! itself where there is one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use auspice_server::AdminListen;

use crate::player::{PATIENCE, Player, start};

/// Head and body of what a server tells that somebody plays on.
fn told() -> (String, String) {
    let server = start(|config| config.admin.listen = AdminListen::At("127.0.0.1:0".parse().unwrap()));
    let mut player = Player::join(server.local_addr(), "somebody");
    player.play_until("there is something to tell", |player| player.replica.tick().0 > 10);
    let mut stream = TcpStream::connect(server.admin_addr().unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// What is said of one metric.
#[derive(Default)]
struct Family<'a> {
    help: &'a str,
    kind: &'a str,
    /// Each once: name and labels.
    series: BTreeSet<&'a str>,
    labels: BTreeSet<&'a str>,
}

/// Every line must be one of its family's, behind the family's own two lines.
fn families(text: &str) -> BTreeMap<&str, Family<'_>> {
    let mut families: BTreeMap<&str, Family<'_>> = BTreeMap::new();
    let mut current = "";
    for line in text.lines() {
        if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|line| line.split_once(' ')) {
            assert!(!families.contains_key(name), "{name} comes twice");
            families.entry(name).or_default().help = help;
            current = name;
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|line| line.split_once(' ')) {
            assert_eq!(name, current, "{line}");
            families.get_mut(name).unwrap().kind = kind;
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let family = families.get_mut(current).unwrap_or_else(|| panic!("{line} is of no family"));
            let parts: &[&str] = if family.kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            assert!(parts.iter().any(|part| name.strip_suffix(part) == Some(current)), "{line} is under {current}");
            assert!(family.series.insert(series), "{series} comes twice");
            family.labels.extend(labels.split(',').filter_map(|label| label.split_once('=')).map(|(label, _)| label));
        }
    }
    families
}

/// Units that are no base units, and their abbreviations, by the words of a name.
const UNITS_TO_AVOID: [&str; 30] = [
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "minutes",
    "hours",
    "days",
    "kilobytes",
    "megabytes",
    "gigabytes",
    "kibibytes",
    "mebibytes",
    "bits",
    "percent",
    "s",
    "ms",
    "us",
    "ns",
    "sec",
    "m",
    "h",
    "d",
    "b",
    "kb",
    "mb",
    "gb",
    "tb",
    "pb",
    "kib",
    "mib",
    "gib",
];

/// What is wrong with a metric, by the rules of Prometheus.
fn faults(name: &str, family: &Family<'_>) -> Vec<String> {
    let (kind, is_counter) = (family.kind, family.kind == "counter");
    let words: Vec<&str> = name.split('_').collect();
    let is_plain =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let rules = [
        (!family.help.trim().is_empty(), "has no help"),
        (["counter", "gauge", "histogram"].contains(&kind), "has no type"),
        (!is_counter || name.ends_with("_total"), "is a counter, and does not end in _total"),
        (is_counter || !name.ends_with("_total"), "is no counter, and ends in _total"),
        (!is_counter || !ends(&["_info", "_info_total"]), "is a counter, where a gauge that is 1 is meant"),
        (!ends(&["_bucket", "_sum", "_count"]), "ends like a part of a histogram"),
        (kind == "histogram" || !family.labels.contains("le"), "is no histogram, and has a label le"),
        (!family.labels.contains("quantile"), "is no summary, and has a label quantile"),
        (
            !words.iter().any(|word| ["counter", "gauge", "histogram", "summary"].contains(word)),
            "has its type in its name",
        ),
        (
            !words.iter().any(|word| UNITS_TO_AVOID.contains(word)),
            "has a unit that is no base unit, or an abbreviation of one",
        ),
        (
            is_plain(name) && family.labels.iter().all(|label| is_plain(label)),
            "has letters or signs in its name or labels that it should not",
        ),
        (words[0] == "auspice", "is not called ours"),
        (!family.series.is_empty(), "has no series"),
    ];
    rules.into_iter().filter(|(holds, _)| !holds).map(|(_, fault)| format!("{name} {fault}")).collect()
}

#[test]
fn every_metric_keeps_the_rules_of_prometheus() {
    let (head, body) = told();
    let content_type = head.lines().find_map(|line| line.strip_prefix("content-type: "));
    assert_eq!(content_type, Some("text/plain; version=0.0.4; charset=utf-8"), "{head}");
    assert!(body.ends_with('\n'), "the last line has an end");
    let families = families(&body);
    let faults: Vec<String> = families.iter().flat_map(|(name, family)| faults(name, family)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert_eq!(families["auspice_build_info"].kind, "gauge");
    assert!(families.len() > 30, "{}", families.len());
}

#[test]
fn the_rules_find_what_breaks_them() {
    let text = |name: &str, kind: &str, help: &str, labels: &str| {
        format!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name}{labels} 1\n")
    };
    let wrong = [
        text("auspice_build_info", "counter", "x", ""),
        text("auspice_things", "counter", "x", ""),
        text("auspice_things_total", "gauge", "x", ""),
        text("auspice_things", "gauge", " ", ""),
        text("auspice_things_count", "gauge", "x", ""),
        text("auspice_wait_ms", "gauge", "x", ""),
        text("auspice_wait_milliseconds", "gauge", "x", ""),
        text("auspice_gauge_of_things", "gauge", "x", ""),
        text("auspice_things", "gauge", "x", "{le=\"1\"}"),
        text("auspice_things", "gauge", "x", "{kindOf=\"a\"}"),
        text("auspice_manyThings", "gauge", "x", ""),
        text("things", "gauge", "x", ""),
    ];
    for text in wrong {
        let families = families(&text);
        assert!(families.iter().any(|(name, family)| !faults(name, family).is_empty()), "{text}");
    }
}

#[test]
fn promtool_has_nothing_to_say() {
    let tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut tool) = tool else { return eprintln!("skipped: there is no promtool") };
    tool.stdin.take().unwrap().write_all(told().1.as_bytes()).unwrap();
    let output = tool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.trim().is_empty(), "{said}");
}
