//! Times of repeated work, and what is said of them.

use std::time::Duration;

/// How machines and native programs take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turns {
    /// Many runs of one, then as many of the other: each finds the processor's caches as it left them.
    Warm,
    /// One run each: before every one of ours a native process has had the processor.
    Cold,
}

impl Turns {
    /// How many runs are one turn.
    pub(crate) fn length(self) -> usize {
        match self {
            Self::Warm => 50,
            Self::Cold => 1,
        }
    }

    /// What the table says of it.
    pub(crate) fn note(self) -> &'static str {
        match self {
            Self::Warm => "",
            Self::Cold => ", after a native process each time",
        }
    }
}

/// Times of the same work, in order.
#[derive(Clone, Debug)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        assert!(!times.is_empty(), "nothing was measured");
        times.sort_unstable();
        Self(times)
    }

    /// The time that a share of the runs did not exceed; `share` is from 0 to 1.
    pub(crate) fn percentile(&self, share: f64) -> Duration {
        self.0[((self.0.len() - 1) as f64 * share).round() as usize]
    }

    pub(crate) fn median(&self) -> Duration {
        self.percentile(0.5)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}
