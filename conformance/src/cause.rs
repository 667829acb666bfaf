//! Reasons read out of logs: what a suite's own messages say of why its tests fail.
//!
//! A suite's `causes` has a line `reason <= pattern` each: a failed test whose log matches the pattern, a regular expression,
//! fails for that reason, in which `$1` stands for what its first group matched. The first line that matches counts.

use std::path::Path;

use anyhow::{Context, Result};
use regex::Regex;

/// The causes that a suite knows.
#[derive(Debug, Default)]
pub(crate) struct Causes(Vec<(String, Regex)>);

impl Causes {
    /// Reads a suite's list; none is an empty one.
    pub(crate) fn load(folder: &Path) -> Result<Self> {
        match std::fs::read_to_string(folder.join("causes")) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error.into()),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let causes = lines.map(|line| {
            let (reason, pattern) = line.split_once(" <= ").with_context(|| format!("no reason: '{line}'"))?;
            Ok((reason.trim().to_owned(), Regex::new(pattern)?))
        });
        causes.collect::<Result<_>>().map(Self)
    }

    /// Why a test failed that left this log.
    pub(crate) fn of(&self, log: &str) -> Option<String> {
        self.0.iter().find_map(|(reason, pattern)| {
            let found = pattern.captures(log)?;
            let mut whole = String::new();
            found.expand(reason, &mut whole);
            Some(whole)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_matches_counts() {
        let causes =
            Causes::parse("# notes\nneeds the binding $1 <= No such binding: (\\w+)\nan error <= (?m)^Error\n")
                .unwrap();
        assert_eq!(causes.of("Error: No such binding: inspector").as_deref(), Some("needs the binding inspector"));
        assert_eq!(causes.of("x\nError: y").as_deref(), Some("an error"));
        assert_eq!(causes.of("fine"), None);
        assert!(Causes::parse("without a pattern\n").is_err());
        assert!(Causes::parse("reason <= (\n").is_err());
    }
}
