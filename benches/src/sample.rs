//! Times of repeated work, and what is said of them.

use std::time::Duration;

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
