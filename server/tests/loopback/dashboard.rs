//! The dashboard that is delivered, beside the metrics that there are.

use crate::player::start;

/// Metric names and labels that a dashboard's query asks for.
fn asked_for(query: &str) -> Vec<(String, Vec<String>)> {
    let words = query.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let names = words.filter(|word| word.starts_with("auspice_")).map(str::to_owned);
    let labels = query.split("by (").skip(1).filter_map(|rest| rest.split(')').next());
    let labels: Vec<String> = labels.flat_map(|list| list.split(',')).map(|label| label.trim().to_owned()).collect();
    names.map(|name| (name, labels.clone())).collect()
}

#[test]
fn the_dashboard_asks_only_for_what_there_is() {
    let server = start(|_| {});
    let text = server.metrics();
    let dashboard = include_str!("../../dashboards/auspice.json");
    let queries = dashboard.lines().filter_map(|line| line.trim().strip_prefix("\"expr\": \""));
    let mut asked = 0;
    for (name, labels) in queries.flat_map(asked_for) {
        asked += 1;
        let mut series =
            text.lines().filter(|line| line.strip_prefix(&name).is_some_and(|rest| rest.starts_with(['{', ' '])));
        let line = series.next().unwrap_or_else(|| panic!("{name} is no metric"));
        for label in labels {
            assert!(line.contains(&format!("{label}=\"")), "{name} has no label {label}: {line}");
        }
    }
    assert!(asked > 25, "only {asked} metrics in the dashboard");
}
