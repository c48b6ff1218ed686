//! Holds the tables of the README, the dashboard and the alert rules to the instruments.

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use breaker_core::{FailureKind, State};
use breaker_metrics::{ALERT_RULES, Attribute, DASHBOARD, Exporter, Instrument};
use serde_json::Value;

const README: &str = include_str!("../README.md");
const RULE_TESTS: &str = include_str!("../prometheus/breakerbox.rules.test.yml");

const ATTRIBUTES: [Attribute; 7] = [
    Attribute::Name,
    Attribute::Key,
    Attribute::State,
    Attribute::Reason,
    Attribute::Kind,
    Attribute::Outcome,
    Attribute::Role,
];

/// The cells of each row of the README's table with this heading.
fn table(heading: &str) -> Vec<Vec<String>> {
    let (_, table) = README.split_once(heading).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells =
        |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().into()).collect();
    rows.map(cells).collect()
}

/// The attribute's name in the table of instruments.
fn short(attribute: Attribute) -> &'static str {
    attribute.name().trim_start_matches("breakerbox.")
}

#[test]
fn readme_lists_every_instrument_as_it_is() {
    let rows = table("| name | in Prometheus | kind, unit | attributes | what it is |");
    let expected: Vec<Vec<String>> = Instrument::ALL
        .map(|instrument| {
            let attributes: Vec<_> = instrument.attributes().iter().copied().map(short).collect();
            vec![
                format!("`{}`", instrument.name()),
                format!("`{}`", instrument.prometheus_name()),
                format!("{}, `{}`", instrument.kind().as_str(), instrument.unit()),
                attributes.join(", "),
                instrument.description().into(),
            ]
        })
        .into();
    let plain = |row: &Vec<String>| {
        let mut row = row.clone();
        row[4] = row[4].replace('`', "");
        row
    };
    assert_eq!(rows.iter().map(plain).collect::<Vec<_>>(), expected);
}

#[test]
fn readme_lists_every_attribute_and_value() {
    let rows = table("| attribute | in Prometheus | values |");
    let names: Vec<_> = rows.iter().map(|row| row[..2].to_vec()).collect();
    let expected = ATTRIBUTES
        .map(|one| vec![format!("`{}`", one.name()), format!("`{}`", one.prometheus_name())]);
    assert_eq!(names, expected);
    let values = |attribute: Attribute| {
        let at = ATTRIBUTES.iter().position(|one| *one == attribute).unwrap();
        rows[at][2].replace('`', "").split(", ").map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(values(Attribute::State), State::ALL.map(State::as_str));
    assert_eq!(values(Attribute::Kind), FailureKind::ALL.map(FailureKind::as_str));
    for (attribute, known) in known_values() {
        let told: BTreeSet<_> = values(attribute).into_iter().collect();
        assert!(known.is_subset(&told), "{attribute:?}: {known:?}, told {told:?}");
    }
}

/// A metric or label in a query, and the braces that follow it.
#[derive(Debug)]
struct Term<'a> {
    word: &'a str,
    selector: &'a str,
}

/// The words in a text that begin like our names.
fn terms(text: &str) -> Vec<Term<'_>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    text.match_indices("breakerbox_")
        .filter(|(at, _)| !text[..*at].ends_with(is_part))
        .map(|(at, _)| {
            let rest = &text[at..];
            let (word, rest) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
            let selector = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
            Term { word, selector: selector.map_or("", |(selector, _)| selector) }
        })
        .collect()
}

fn metrics() -> BTreeMap<String, Instrument> {
    Instrument::ALL.map(|one| (one.prometheus_name(), one)).into()
}

/// The values that attributes have in a registry in which everything happens.
fn known_values() -> HashMap<Attribute, BTreeSet<String>> {
    let registry = common::registry_with_an_outage();
    let mut known = HashMap::<Attribute, BTreeSet<String>>::new();
    Exporter::new(&registry).for_each(|sample| {
        for (attribute, value) in sample.attributes {
            known.entry(*attribute).or_default().insert((*value).into());
        }
    });
    known.retain(|attribute, _| !matches!(attribute, Attribute::Name | Attribute::Key));
    known
}

/// Panics unless each metric of the query exists and has the labels that the query names, with
/// values that they can have.
fn check_query(query: &str) {
    let (metrics, known) = (metrics(), known_values());
    let labels = ATTRIBUTES.map(|one| (one.prometheus_name(), one));
    let found = terms(query);
    assert!(!found.is_empty(), "no metric of ours: {query}");
    for Term { word, selector } in found {
        if labels.iter().any(|(label, _)| *label == word) {
            continue;
        }
        let instrument = metrics.get(word).unwrap_or_else(|| panic!("no `{word}`: {query}"));
        for Term { word, .. } in terms(selector) {
            let (_, attribute) = labels.iter().find(|(label, _)| *label == word).unwrap();
            assert!(
                instrument.attributes().contains(attribute) || *attribute == Attribute::Key,
                "{instrument} has no `{word}`: {query}"
            );
            let Some(known) = known.get(attribute) else { continue };
            let (_, matcher) = selector.split_once(word).unwrap();
            let value = matcher.split('"').nth(1).unwrap();
            for one in value.split('|') {
                assert!(known.contains(one), "{attribute:?} is never `{one}`: {query}");
            }
        }
    }
}

/// Each panel's title and queries.
fn panels() -> Vec<(String, Vec<String>)> {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    panels
        .filter(|panel| panel["type"] != "row")
        .map(|panel| {
            let targets = panel["targets"].as_array().unwrap();
            (text(&panel["title"]), targets.iter().map(|target| text(&target["expr"])).collect())
        })
        .collect()
}

#[test]
fn dashboard_asks_for_what_is_exported() {
    let queries: Vec<_> = panels().into_iter().flat_map(|(_, queries)| queries).collect();
    for query in &queries {
        check_query(query);
    }
    for metric in metrics().keys() {
        let shows = |query: &String| terms(query).iter().any(|term| term.word == metric);
        assert!(queries.iter().any(shows), "no panel shows `{metric}`");
    }
}

#[test]
fn dashboard_has_panels_that_do_not_overlap() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut cells = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        let place = |side: &str| panel["gridPos"][side].as_u64().unwrap();
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                assert!(x < 24 && cells.insert((x, y)), "{}", panel["title"]);
            }
        }
    }
    assert!(ids.len() > 15);
}

#[test]
fn dashboard_filters_every_query_by_its_variables() {
    for (title, queries) in panels() {
        for query in queries {
            for Term { word, selector } in terms(&query) {
                if metrics().contains_key(word) {
                    assert!(selector.contains("job=~\"$job\""), "{title}: {query}");
                }
            }
        }
    }
}

/// The text of each rule, by the alert's name.
fn rules() -> BTreeMap<&'static str, &'static str> {
    let rules = ALERT_RULES.split("- alert: ").skip(1);
    rules.map(|rule| (rule.lines().next().unwrap(), rule)).collect()
}

#[test]
fn alert_rules_ask_for_what_is_exported() {
    for (alert, rule) in rules() {
        let (_, query) = rule.split_once("expr:").unwrap();
        let (query, _) = query.split_once("labels:").unwrap();
        check_query(query);
        for part in ["severity: ", "summary: ", "description: "] {
            assert!(rule.contains(part), "{alert} has no {part}");
        }
    }
}

#[test]
fn readme_lists_every_alert() {
    let told: BTreeSet<_> =
        table("| alert | fires when |").iter().map(|row| row[0].replace('`', "")).collect();
    assert_eq!(told, rules().into_keys().map(str::to_owned).collect());
    assert_eq!(told.len(), 7);
}

/// `cargo xtask metrics` runs these tests.
#[test]
fn each_alert_is_tested_to_fire_and_to_stay_quiet() {
    for alert in rules().into_keys() {
        let name = format!("alertname: {alert}\n");
        let asked = RULE_TESTS.split(&name).skip(1);
        let (quiet, loud): (Vec<_>, Vec<_>) =
            asked.partition(|rest| rest.trim_start().starts_with("exp_alerts: []"));
        assert!(!quiet.is_empty() && !loud.is_empty(), "{alert}");
    }
}
