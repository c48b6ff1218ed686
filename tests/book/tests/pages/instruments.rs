//! The chapter on watching lists every metric.

use breakerbox::metrics::Instrument;

use crate::block::root;

#[test]
fn chapter_lists_every_instrument_as_it_is() {
    let page = std::fs::read_to_string(root().join("book/src/watching.md")).unwrap();
    let (_, table) = page.split_once("| in Prometheus | labels | what it is |\n").unwrap();
    let rows: Vec<_> = table.lines().skip(1).take_while(|line| line.starts_with('|')).collect();
    let expected = Instrument::ALL.map(|instrument| {
        let short = |name: &'static str| name.trim_start_matches("breakerbox.");
        let labels: Vec<_> = instrument.attributes().iter().map(|one| short(one.name())).collect();
        let row = format!(
            "| {} | {} | {} |",
            instrument.prometheus_name(),
            labels.join(", "),
            instrument.description()
        );
        row.replace("|  |", "| |")
    });
    let plain: Vec<_> = rows.iter().map(|row| row.replace('`', "")).collect();
    assert_eq!(plain, expected);
}
