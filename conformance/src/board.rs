//! The scoreboard, and its place in the documents.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

use crate::suite::Suite;
use crate::tally::{Count, Tally};

/// A line of the scoreboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The suite.
    title: String,
    /// The rest of the line, as it stands in the table.
    cells: String,
}

const BEGIN: &str = "<!-- scoreboard -->";
const END: &str = "<!-- end of scoreboard -->";
const HEAD: &str = "| suite | passed | failed | (natively too) | excluded | skipped |\n|---|--:|--:|--:|--:|--:|\n";

impl Row {
    pub(crate) fn new(suite: &Suite, tally: &Tally) -> Self {
        let Count { passed, failed, excluded, skipped, failed_natively } = tally.count(suite);
        let cells = format!(" {passed} | {failed} | {failed_natively} | {excluded} | {skipped} |");
        Self { title: suite.title.clone(), cells }
    }
}

/// The scoreboard of these suites.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut table = HEAD.to_owned();
    for row in rows {
        let _ = writeln!(table, "| {} |{}", row.title, row.cells);
    }
    table
}

/// Brings the lines of these suites up to date in a document; those of others stay.
pub(crate) fn update(document: &Path, rows: &[Row]) -> Result<()> {
    let text = std::fs::read_to_string(document).with_context(|| format!("cannot read {}", document.display()))?;
    let text = replaced(&text, rows).with_context(|| format!("{} has no scoreboard", document.display()))?;
    std::fs::write(document, text).with_context(|| format!("cannot write {}", document.display()))
}

fn replaced(text: &str, rows: &[Row]) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (old, after) = rest.split_once(END)?;
    let mut all: Vec<Row> = old
        .lines()
        .skip_while(|line| !line.starts_with("|--"))
        .filter_map(|line| {
            let (title, cells) = line.strip_prefix("| ")?.split_once(" |")?;
            Some(Row { title: title.into(), cells: cells.into() })
        })
        .collect();
    for row in rows {
        match all.iter_mut().find(|old| old.title == row.title) {
            Some(old) => *old = row.clone(),
            None => all.push(row.clone()),
        }
    }
    all.sort_by_key(|row| row.title.to_lowercase());
    Some(format!("{before}{BEGIN}\n\n{}\n{END}{after}", table(&all)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(title: &str, passed: u32) -> Row {
        Row { title: title.into(), cells: format!(" {passed} | 0 | 0 | 0 | 0 |") }
    }

    #[test]
    fn lines_are_replaced_and_others_stay() {
        let first = replaced(&format!("a\n{BEGIN}{END}\nb\n"), &[row("sed", 1), row("bash", 2)]).unwrap();
        let second = replaced(&first, &[row("bash", 3)]).unwrap();
        let table = table(&[row("bash", 3), row("sed", 1)]);
        assert_eq!(second, format!("a\n{BEGIN}\n\n{table}\n{END}\nb\n"));
        assert_eq!(replaced("no board", &[]), None);
    }
}
