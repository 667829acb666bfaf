//! What became of a test, and how a harness's own words for it are read.

use std::time::Duration;

/// What became of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Verdict {
    Passed,
    Failed,
    /// The suite itself left it out.
    Skipped,
    /// It was still running when its time was over.
    TimedOut,
}

impl Verdict {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Passed => "pass",
            Self::Failed => "fail",
            Self::Skipped => "skip",
            Self::TimedOut => "time",
        }
    }
}

/// How a unit ended, and what it said.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Its exit code; none where its time was over.
    pub(crate) status: Option<u8>,
    /// What it wrote to standard output and standard error.
    pub(crate) log: Vec<u8>,
    pub(crate) elapsed: Duration,
}

/// A test and what became of it.
pub(crate) type Result = (String, Verdict);

/// How a suite tells of its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// A unit is one test; its exit code tells: 0 passed, 77 skipped, others failed.
    Exit,
    /// A unit is many tests: lines such as `PASS: name` (automake's, busybox's).
    Lines,
    /// A unit is many tests: lines such as ` 12: name   ok` (autotest's).
    Autotest,
    /// A unit is one test; its exit code tells, except that a line `1..0 # Skipped: why` says that it tested nothing (Node's).
    Node,
}

impl Style {
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "exit" => Some(Self::Exit),
            "lines" => Some(Self::Lines),
            "autotest" => Some(Self::Autotest),
            "node" => Some(Self::Node),
            _ => None,
        }
    }

    /// The tests of a unit. A unit that ended without a word on any test counts as one failed test of its own name: what
    /// did not run has not passed.
    pub(crate) fn read(self, unit: &str, outcome: &Outcome) -> Vec<Result> {
        let whole = match outcome.status {
            None => Verdict::TimedOut,
            Some(0) => Verdict::Passed,
            Some(77) => Verdict::Skipped,
            Some(_) => Verdict::Failed,
        };
        let text = String::from_utf8_lossy(&outcome.log);
        match self {
            Self::Exit => return vec![(unit.to_owned(), whole)],
            Self::Node => {
                let skipped = whole == Verdict::Passed && text.lines().any(|line| line.starts_with("1..0 # Skipped"));
                return vec![(unit.to_owned(), if skipped { Verdict::Skipped } else { whole })];
            }
            Self::Lines | Self::Autotest => {}
        }
        let mut results: Vec<Result> = Vec::new();
        for line in text.lines() {
            let result = if self == Self::Lines { line_result(line) } else { autotest_result(line) };
            let Some((name, verdict)) = result else { continue };
            let stem = format!("{unit}: {name}");
            let same =
                results.iter().filter(|(known, _)| *known == stem || known.starts_with(&format!("{stem} #"))).count();
            results.push((if same == 0 { stem } else { format!("{stem} #{}", same + 1) }, verdict));
        }
        match whole {
            Verdict::TimedOut => results.push((unit.to_owned(), Verdict::TimedOut)),
            Verdict::Skipped if results.is_empty() => results.push((unit.to_owned(), Verdict::Skipped)),
            _ if results.is_empty() => results.push((unit.to_owned(), Verdict::Failed)),
            _ => {}
        }
        results
    }
}

/// `PASS: name`, `FAIL: name`, `SKIPPED: name` and their like.
fn line_result(line: &str) -> Option<Result> {
    let (word, name) = line.split_once(": ")?;
    let verdict = match word {
        "PASS" | "XFAIL" => Verdict::Passed,
        "FAIL" | "XPASS" | "ERROR" => Verdict::Failed,
        "SKIP" | "SKIPPED" | "UNTESTED" => Verdict::Skipped,
        _ => return None,
    };
    Some((name.trim().to_owned(), verdict))
}

/// ` 12: name of the test   ok`, with `skipped (file:line)`, `FAILED (file:line)` and `expected failure (…)` in its place.
fn autotest_result(line: &str) -> Option<Result> {
    let (number, rest) = line.split_once(':')?;
    number.trim().parse::<u32>().ok()?;
    let (rest, place) = match rest.rsplit_once(" (") {
        Some((before, place)) if place.ends_with(')') => (before, true),
        _ => (rest, false),
    };
    let words = [
        ("ok", Verdict::Passed, false),
        ("expected failure", Verdict::Passed, true),
        ("skipped", Verdict::Skipped, true),
        ("FAILED", Verdict::Failed, true),
        ("UNEXPECTED PASS", Verdict::Failed, false),
    ];
    words.into_iter().find_map(|(word, verdict, has_place)| {
        let name = rest.trim_end().strip_suffix(word)?;
        (has_place == place && name.ends_with(' ')).then(|| (name.trim().to_owned(), verdict))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: Option<u8>, log: &str) -> Outcome {
        Outcome { status, log: log.into(), elapsed: Duration::ZERO }
    }

    fn read(style: Style, status: Option<u8>, log: &str) -> Vec<(String, Verdict)> {
        style.read("unit", &outcome(status, log))
    }

    #[test]
    fn exit_codes_tell() {
        let verdict = |status| read(Style::Exit, status, "PASS: x\n")[0].1;
        assert_eq!(verdict(Some(0)), Verdict::Passed);
        assert_eq!(verdict(Some(77)), Verdict::Skipped);
        assert_eq!(verdict(Some(99)), Verdict::Failed);
        assert_eq!(verdict(None), Verdict::TimedOut);
    }

    #[test]
    fn a_test_of_node_says_that_it_skips() {
        let verdict = |status, log| read(Style::Node, status, log)[0].1;
        assert_eq!(verdict(Some(0), "noise\n"), Verdict::Passed);
        assert_eq!(verdict(Some(0), "1..0 # Skipped: missing crypto\n"), Verdict::Skipped);
        assert_eq!(verdict(Some(1), "1..0 # Skipped: missing crypto\n"), Verdict::Failed);
        assert_eq!(verdict(None, ""), Verdict::TimedOut);
    }

    #[test]
    fn lines_are_results() {
        let results = read(Style::Lines, Some(1), "noise\nPASS: a: b\nFAIL: c\nSKIPPED: d\nPASS: a: b\nDIE: e\n");
        let expected = [
            ("unit: a: b", Verdict::Passed),
            ("unit: c", Verdict::Failed),
            ("unit: d", Verdict::Skipped),
            ("unit: a: b #2", Verdict::Passed),
        ];
        assert_eq!(results, expected.map(|(name, verdict)| (name.to_owned(), verdict)));
    }

    #[test]
    fn silence_is_failure() {
        assert_eq!(read(Style::Lines, Some(0), "all fine!\n"), [("unit".to_owned(), Verdict::Failed)]);
        assert_eq!(read(Style::Lines, Some(77), ""), [("unit".to_owned(), Verdict::Skipped)]);
    }

    #[test]
    fn an_interrupted_unit_says_so() {
        let results = read(Style::Lines, None, "PASS: a\n");
        assert_eq!(results, [("unit: a".to_owned(), Verdict::Passed), ("unit".to_owned(), Verdict::TimedOut)]);
    }

    #[test]
    fn autotest_lines_are_results() {
        let log = "## --- ##\n  1: tar version              ok\n 10: -T: the (odd) one   skipped (x.at:9)\n\
                   113: sparse  FAILED (sparse02.at:23)\n 20: name   expected failure (a.at:3)\n";
        let expected = [
            ("unit: tar version", Verdict::Passed),
            ("unit: -T: the (odd) one", Verdict::Skipped),
            ("unit: sparse", Verdict::Failed),
            ("unit: name", Verdict::Passed),
        ];
        assert_eq!(read(Style::Autotest, Some(0), log), expected.map(|(name, verdict)| (name.to_owned(), verdict)));
    }
}
