//! What a run of a suite came to.

use std::collections::BTreeMap;

use crate::expected::Kind;
use crate::outcome::Verdict;
use crate::suite::Suite;

/// The results of a suite.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// What became of each test.
    pub(crate) results: BTreeMap<String, Verdict>,
    /// What became of it natively, where that is known.
    pub(crate) reference: BTreeMap<String, Verdict>,
    /// The unit that each test belongs to.
    pub(crate) unit: BTreeMap<String, String>,
    /// Milliseconds that each unit took.
    pub(crate) elapsed: BTreeMap<String, u128>,
}

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) excluded: usize,
    pub(crate) skipped: usize,
    /// Of those that failed: how many fail natively as well.
    pub(crate) failed_natively: usize,
}

impl Tally {
    /// Of the tests that pass natively: how many pass, and how many there are; none without a native run.
    pub(crate) fn like_native(&self) -> Option<(usize, usize)> {
        let native = self.reference.iter().filter(|(_, verdict)| **verdict == Verdict::Passed);
        let (mut both, mut all) = (0, 0);
        for (name, _) in native {
            all += 1;
            both += usize::from(self.results.get(name) == Some(&Verdict::Passed));
        }
        (all > 0).then_some((both, all))
    }

    /// Counts the tests. What is excluded counts as nothing else, whatever became of it.
    pub(crate) fn count(&self, suite: &Suite) -> Count {
        let mut count = Count::default();
        for (name, verdict) in &self.results {
            if suite.expectations.of(name).is_some_and(|group| group.kind == Kind::Exclude) {
                count.excluded += 1;
                continue;
            }
            match verdict {
                Verdict::Passed => count.passed += 1,
                Verdict::Skipped => count.skipped += 1,
                Verdict::Failed | Verdict::TimedOut => {
                    count.failed += 1;
                    if matches!(self.reference.get(name), Some(Verdict::Failed | Verdict::TimedOut)) {
                        count.failed_natively += 1;
                    }
                }
            }
        }
        let unseen = suite.units.iter().filter(|unit| !self.elapsed.contains_key(*unit));
        count.excluded += unseen.filter(|unit| is_excluded(suite, unit)).count();
        count
    }
}

/// Whether a whole unit is excluded: it is not even run.
pub(crate) fn is_excluded(suite: &Suite, unit: &str) -> bool {
    suite.expectations.of(unit).is_some_and(|group| group.kind == Kind::Exclude)
}
