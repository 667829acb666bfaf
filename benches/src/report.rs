//! The table of figures.

use std::fmt::Write as _;
use std::time::Duration;

use crate::sample::Samples;

/// What a figure has to reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// At most this long (median), and at most that (99th percentile), in milliseconds.
    Within(f64, Option<f64>),
    /// At most this often the native time.
    Ratio(f64),
    /// At least this much of a rate.
    AtLeast(f64, &'static str),
    /// At least this share of the native rate.
    Share(f64),
    /// At most this much.
    AtMost(f64, &'static str),
}

#[derive(Debug)]
enum Measured {
    Times(Samples),
    Value(f64, &'static str),
    /// Nothing, and why.
    Missing(&'static str),
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    what: String,
    ours: Measured,
    native: Option<Measured>,
    /// Others' times, for the reader.
    beside: String,
    goal: Goal,
}

impl Row {
    /// Work by the time it takes.
    pub(crate) fn times(what: impl Into<String>, ours: Samples, native: Option<Samples>, goal: Goal) -> Self {
        Self {
            what: what.into(),
            ours: Measured::Times(ours),
            native: native.map(Measured::Times),
            beside: String::new(),
            goal,
        }
    }

    /// A rate or an amount.
    pub(crate) fn value(
        what: impl Into<String>,
        unit: &'static str,
        ours: f64,
        native: Option<f64>,
        goal: Goal,
    ) -> Self {
        let native = native.map(|native| Measured::Value(native, unit));
        Self { what: what.into(), ours: Measured::Value(ours, unit), native, beside: String::new(), goal }
    }

    /// What could not be measured here.
    pub(crate) fn missing(what: impl Into<String>, why: &'static str, goal: Goal) -> Self {
        Self { what: what.into(), ours: Measured::Missing(why), native: None, beside: String::new(), goal }
    }

    /// Names another's median beside the native times.
    pub(crate) fn beside(mut self, name: &str, times: &Samples) -> Self {
        let _ = write!(self.beside, "; {name} {:.3} ms", milliseconds(times.median()));
        self
    }

    fn reached(&self) -> bool {
        let middle = self.ours.middle();
        match self.goal {
            Goal::Within(median, tail) => {
                middle <= median && tail.is_none_or(|tail| self.ours.tail().is_none_or(|ours| ours <= tail))
            }
            Goal::Ratio(most) => self.ratio().is_some_and(|ratio| ratio <= most),
            Goal::Share(least) => self.ratio().is_some_and(|ratio| ratio >= least),
            Goal::AtLeast(least, _) => middle >= least,
            Goal::AtMost(most, _) => middle <= most,
        }
    }

    fn verdict(&self) -> &'static str {
        match self.ours {
            Measured::Missing(_) => "not measured",
            _ if self.reached() => "yes",
            _ => "**no**",
        }
    }

    fn ratio(&self) -> Option<f64> {
        self.native.as_ref().map(|native| self.ours.middle() / native.middle())
    }

    /// A row of a Markdown table.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("| {} | {} | ", self.what, self.ours.text());
        match (&self.native, self.ratio()) {
            (Some(native), Some(ratio)) => {
                let _ = write!(line, "{}{} | {ratio:.2} | ", native.text(), self.beside);
            }
            _ => line.push_str("| | "),
        }
        let _ = write!(line, "{} | {} |", self.goal, self.verdict());
        line
    }
}

impl Measured {
    /// The median in milliseconds, or the value.
    fn middle(&self) -> f64 {
        match self {
            Self::Times(samples) => milliseconds(samples.median()),
            Self::Value(value, _) => *value,
            Self::Missing(_) => f64::NAN,
        }
    }

    fn tail(&self) -> Option<f64> {
        match self {
            Self::Times(samples) => Some(milliseconds(samples.percentile(0.99))),
            Self::Value(..) | Self::Missing(_) => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Times(samples) => {
                let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| milliseconds(samples.percentile(share)));
                format!("{p50:.3} / {p95:.3} / {p99:.3} ms (n={})", samples.count())
            }
            Self::Value(value, unit) => format!("{value:.2} {unit}"),
            Self::Missing(why) => (*why).to_owned(),
        }
    }
}

impl std::fmt::Display for Goal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Within(median, Some(tail)) => write!(f, "≤ {median} ms, p99 ≤ {tail} ms"),
            Self::Within(median, None) => write!(f, "≤ {median} ms"),
            Self::Ratio(most) => write!(f, "≤ {most}× native"),
            Self::Share(least) => write!(f, "≥ {least}× native"),
            Self::AtLeast(least, unit) => write!(f, "≥ {least} {unit}"),
            Self::AtMost(most, unit) => write!(f, "≤ {most} {unit}"),
        }
    }
}

/// The head of the table.
pub(crate) const HEAD: &str =
    "| what | ours (p50 / p95 / p99) | native | ratio | to reach | reached |\n|---|---|---|---|---|---|";

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
