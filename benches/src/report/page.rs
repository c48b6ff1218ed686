//! The page: a template, and the findings in its gaps.

use std::error::Error;

use super::{budget, machine, peers, tables};
use crate::case::{Case, Group, Path, Policy};
use crate::costs::Costs;
use crate::findings::Findings;

/// The words between the figures.
const TEMPLATE: &str = include_str!("performance.md.in");

pub(super) fn write(
    cases: &[Case],
    findings: &Findings,
    costs: &Costs,
) -> Result<String, Box<dyn Error>> {
    let mut page = TEMPLATE.to_owned();
    let mut fill = |gap: &str, text: String| {
        let gap = format!("{{{{{gap}}}}}");
        if !page.contains(&gap) {
            return Err(format!("the page's template has no `{gap}`"));
        }
        page = page.replace(&gap, text.trim_end());
        Ok(())
    };
    fill("machine", machine::describe())?;
    fill("budgets", budget::table(findings, costs).to_string())?;
    for (gap, path) in
        [("success", Path::Success), ("failure", Path::Failure), ("rejection", Path::Rejection)]
    {
        for (suffix, policy) in [
            ("threshold", Policy::Threshold),
            ("time window", Policy::TimeWindow),
            ("count window", Policy::COUNT_WINDOW),
        ] {
            let table = tables::compared(cases, findings, path, policy);
            fill(&format!("{gap}, {suffix}"), table.to_string())?;
        }
    }
    for (gap, group) in [
        ("llm", Group::Llm),
        ("keys", Group::Keys),
        ("slow", Group::Slow),
        ("layers", Group::Layers),
        ("registry", Group::Registry),
        ("special", Group::Special),
    ] {
        fill(gap, tables::grouped(cases, findings, group).to_string())?;
    }
    fill("sizes", tables::sizes(cases, findings).to_string())?;
    fill("peers", peers::table(cases, findings).to_string())?;
    fill("crowd", tables::crowd(cases, findings).to_string())?;
    fill("users", tables::builds(cases, findings, &tables::USERS).to_string())?;
    fill("tracing", tables::builds(cases, findings, &tables::TRACING).to_string())?;
    fill("bytes", tables::bytes(cases, findings).to_string())?;
    fill("cost", tables::compile(costs).to_string())?;
    match page.split_once("{{") {
        Some((_, rest)) => {
            let gap: String = rest.chars().take_while(|c| *c != '}').collect();
            Err(format!("nothing fills `{gap}` in the page's template").into())
        }
        None => Ok(page),
    }
}
