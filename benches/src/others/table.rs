//! The table of systems.

use super::{Job, LIMIT, Outcome};

/// The head, for systems between ours and the native shell.
pub(super) fn head(others: &[&str]) -> String {
    let names = others.join(" | ");
    let columns = "|---".repeat(others.len());
    format!("| p50 / p95, ms | Vivarium | {names} | native bash |\n|---|---{columns}|---|\n")
}

/// One line: the outcomes in the order of the columns.
pub(super) fn row(job: &Job, outcomes: &[Outcome]) -> String {
    let mut row = format!("| {} |", job.what);
    for outcome in outcomes {
        let cell = match outcome {
            Outcome::Times(samples) => {
                let [p50, p95] = [0.5, 0.95].map(|share| samples.percentile(share).as_secs_f64() * 1e3);
                format!("{p50:.2} / {p95:.2}")
            }
            Outcome::Failed(code) => format!("fails ({code})"),
            Outcome::GivenUp => format!("over {} s", LIMIT.as_secs()),
            Outcome::Inapplicable => String::from("–"),
        };
        row.push_str(&format!(" {cell} |"));
    }
    row.push('\n');
    row
}
