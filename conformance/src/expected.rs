//! What is expected not to pass, and why.
//!
//! A list has groups: a line `fail: reason` or `exclude: reason`, and below it, indented, the names of tests. What fails is
//! run and must fail; what is excluded asks for something that a machine is not meant to have, and does not count.

use std::fmt::Write as _;
use std::str::FromStr;

use anyhow::{Context, Result, bail};

use crate::Args;
use crate::cause::Causes;
use crate::outcome::Verdict;
use crate::pattern;
use crate::run;
use crate::suite::Suite;
use crate::tally::Tally;

/// What is expected of a test that is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Fail,
    Exclude,
}

/// Tests that do not pass for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) kind: Kind,
    pub(crate) reason: String,
    /// Names, in which `*` stands for any text.
    pub(crate) names: Vec<String>,
}

/// A suite's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expectations {
    pub(crate) groups: Vec<Group>,
}

/// The reason that failures get which nobody has looked at.
const UNEXAMINED: &str = "not examined yet";

/// The reason of those that were still running when their time was over.
const TOO_LONG: &str = "takes longer than the limit";

/// The reason of those that the native program fails as well.
const NATIVELY_TOO: &str = "fails natively too";

impl Expectations {
    /// The group that a test belongs to.
    pub(crate) fn of(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.names.iter().any(|listed| pattern::matches(listed, name)))
    }
}

impl FromStr for Expectations {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut groups: Vec<Group> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let place = || format!("line {}: '{line}'", index + 1);
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with(' ') {
                groups
                    .last_mut()
                    .with_context(|| format!("{}: a name before any reason", place()))?
                    .names
                    .push(line.trim().to_owned());
                continue;
            }
            let (kind, reason) = line.split_once(": ").with_context(place)?;
            let kind = match kind {
                "fail" => Kind::Fail,
                "exclude" => Kind::Exclude,
                _ => bail!("{}: neither 'fail' nor 'exclude'", place()),
            };
            if reason.trim().is_empty() {
                bail!("{}: no reason", place());
            }
            groups.push(Group { kind, reason: reason.trim().to_owned(), names: Vec::new() });
        }
        Ok(Self { groups })
    }
}

impl std::fmt::Display for Expectations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, group) in self.groups.iter().filter(|group| !group.names.is_empty()).enumerate() {
            if index > 0 {
                f.write_char('\n')?;
            }
            let kind = if group.kind == Kind::Fail { "fail" } else { "exclude" };
            writeln!(f, "{kind}: {}", group.reason)?;
            for name in &group.names {
                writeln!(f, "    {name}")?;
            }
        }
        Ok(())
    }
}

/// Brings a suite's list in step with a run: names that pass now go; failures without a reason get the one that their log
/// tells by the suite's causes, or join those that nobody has looked at. After a run of the `whole` suite, names that no test
/// has go too.
pub(crate) fn update(args: &Args, suite: &Suite, tally: &Tally, whole: bool) -> Result<()> {
    let mut next = suite.expectations.clone();
    for group in next.groups.iter_mut().filter(|group| group.kind == Kind::Fail) {
        group.names.retain(|listed| {
            let mut matching = tally.results.iter().filter(|(name, _)| pattern::matches(listed, name)).peekable();
            if matching.peek().is_none() { !whole } else { matching.any(|(_, verdict)| *verdict != Verdict::Passed) }
        });
    }
    let causes = Causes::load(&suite.folder).context("causes")?;
    for (name, verdict) in &tally.results {
        if !matches!(verdict, Verdict::Failed | Verdict::TimedOut) || next.of(name).is_some() {
            continue;
        }
        let log = || {
            let log = std::fs::read(run::log_path(args, suite, tally.unit.get(name)?)).ok()?;
            causes.of(&String::from_utf8_lossy(&log))
        };
        let reason = match (tally.reference.get(name), verdict) {
            (Some(Verdict::Failed | Verdict::TimedOut), _) => NATIVELY_TOO.to_owned(),
            (_, Verdict::TimedOut) => TOO_LONG.to_owned(),
            _ => log().unwrap_or_else(|| UNEXAMINED.to_owned()),
        };
        match next.groups.iter_mut().find(|group| group.kind == Kind::Fail && group.reason == reason) {
            Some(group) => group.names.push(name.clone()),
            None => next.groups.push(Group { kind: Kind::Fail, reason, names: vec![name.clone()] }),
        }
    }
    if next != suite.expectations {
        std::fs::write(suite.folder.join("expected"), next.to_string())
            .context("cannot write the list of expectations")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str =
        "fail: no locales but C.UTF-8\n    intl\n    glob*\n\nexclude: needs a C compiler\n    loadable\n";

    #[test]
    fn a_list_is_read_and_written() {
        let list: Expectations = LIST.parse().unwrap();
        assert_eq!(list.to_string(), LIST);
        assert_eq!(list.of("glob-2").unwrap().reason, "no locales but C.UTF-8");
        assert_eq!(list.of("loadable").unwrap().kind, Kind::Exclude);
        assert_eq!(list.of("other"), None);
    }

    #[test]
    fn every_line_needs_a_reason() {
        for bad in ["    name\n", "fail: \n    name\n", "fail:\n", "maybe: reason\n"] {
            assert!(bad.parse::<Expectations>().is_err(), "{bad}");
        }
    }
}
