//! What the dashboard and the alerts ask for is what a node tells, and is fit to be imported.

use crate::consortium::Api;
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(name)).unwrap()
}

fn dashboard() -> Value {
    serde_json::from_str(&file("grafana-dashboard.json")).unwrap()
}

/// The names of metrics in an expression.
fn names(expression: &str) -> BTreeSet<String> {
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("epione_")).map(str::to_owned).collect()
}

/// All expressions of the dashboard, its variables included, and of the alerts.
fn expressions() -> Vec<String> {
    let dashboard = dashboard();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let targets = dashboard["panels"].as_array().unwrap().iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter();
    let mut all: Vec<String> = targets.filter_map(|target| text(&target["expr"])).collect();
    all.extend(variables.filter_map(|variable| text(&variable["query"]["query"])));
    all.extend(file("alerts.yml").lines().filter_map(|line| line.trim().strip_prefix("expr: ").map(str::to_owned)));
    all
}

/// The node tells each metric that is asked for.
pub(super) fn ask_for_what_there_is(api: &Api) {
    let text = api.text("/metrics");
    let told: BTreeSet<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['{', ' ']).next())
        .filter(|name| name.starts_with("epione_"))
        .collect();
    for expression in expressions() {
        for name in names(&expression) {
            assert!(told.contains(name.as_str()), "`{name}` in `{expression}` is none of {told:?}");
        }
    }
    // What an operator sees of this node.
    for line in
        ["epione_ready 1", "epione_halted 0", "epione_voting{state=\"votes\"} 1", "epione_committee_validators 5"]
    {
        assert!(text.lines().any(|found| found == line), "no `{line}` in:\n{text}");
    }
    let value = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name}"));
        line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()
    };
    assert!(value("epione_disk_free_bytes") > 0.0);
    let two_years = 730.0 * 86_400.0;
    let end = value("epione_certificate_expiry_timestamp_seconds{certificate=\"links\"}");
    let left = end - crate::consortium::now().0 as f64 / 1_000.0;
    assert!((two_years - 86_400.0..=two_years).contains(&left), "{left} s");
}

#[test]
fn the_dashboard_has_what_grafana_needs_to_import_it() {
    let dashboard = dashboard();
    for text in ["title", "uid"] {
        assert!(dashboard[text].as_str().is_some_and(|text| !text.is_empty()), "{text}");
    }
    assert!(dashboard["schemaVersion"].as_u64().is_some_and(|version| version >= 36));
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let source = variables.iter().find(|variable| variable["type"] == "datasource").expect("a data source to choose");
    assert_eq!((&source["name"], &source["query"]), (&"datasource".into(), &"prometheus".into()));
    let panels = dashboard["panels"].as_array().unwrap();
    let (mut ids, mut cells) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}: its number is taken");
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
        assert!(["stat", "timeseries"].contains(&panel["type"].as_str().unwrap()), "{title}");
        let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                assert!(x < 24 && cells.insert((x, y)), "{title} lies on another panel, or outside");
            }
        }
        for target in panel["targets"].as_array().unwrap() {
            assert!(!names(target["expr"].as_str().unwrap()).is_empty(), "{title}: {target}");
        }
    }
    assert!(panels.len() >= 10);
}

#[test]
fn each_alert_is_explained_on_the_page() {
    let page = super::page::text();
    let alerts = file("alerts.yml");
    let alerts: Vec<&str> = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() >= 8, "{alerts:?}");
    let explained: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `Epione")?.split('`').next()).collect();
    let named: Vec<&str> = alerts.iter().filter_map(|alert| alert.strip_prefix("Epione")).collect();
    assert_eq!(named, explained, "the alerts of deploy/alerts.yml and those of docs/operate.md, in the same order");
}
