//! What a run says on the terminal.

use crate::Args;
use crate::expected::Kind;
use crate::outcome::Verdict;
use crate::suite::Suite;
use crate::tally::Tally;

/// Prints what did not go as expected, and answers how many tests that were.
pub(crate) fn print(args: &Args, suite: &Suite, tally: &Tally) -> usize {
    let mut surprises = 0;
    for (name, verdict) in &tally.results {
        let kind = suite.expectations.of(name).map(|group| group.kind);
        let what = match (verdict, kind) {
            (Verdict::Failed, None) => "fails",
            (Verdict::TimedOut, None) => "takes too long",
            (Verdict::Passed, Some(Kind::Fail)) => "passes, and is listed as failing",
            _ => continue,
        };
        surprises += 1;
        let native = match tally.reference.get(name) {
            Some(Verdict::Failed | Verdict::TimedOut) => " (natively too)",
            Some(Verdict::Skipped) => " (skipped natively)",
            _ => "",
        };
        println!("{}: {name} {what}{native}", suite.name);
        if args.verbose
            && let Some(unit) = tally.unit.get(name)
            && let Ok(log) = std::fs::read(crate::run::log_path(args, suite, unit))
        {
            print!("{}", String::from_utf8_lossy(&log));
        }
    }
    if let Some((both, native)) = tally.like_native() {
        let share = both as f64 * 100.0 / native as f64;
        println!("{}: {both} of the {native} tests pass that pass natively ({share:.1} %)", suite.name);
    }
    surprises
}
