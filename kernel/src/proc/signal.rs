//! Signals: numbers, default actions, and a process's state of them (POSIX 2.4).

use serde::{Deserialize, Serialize};

/// A signal number.
pub type Signal = u8;
/// A set of signals; bit n-1 is signal n.
pub type SignalSet = u64;

/// Signal numbers, as on Linux.
pub(crate) mod number {
    pub(crate) const HUP: u8 = 1;
    pub(crate) const INT: u8 = 2;
    pub(crate) const QUIT: u8 = 3;
    pub(crate) const KILL: u8 = 9;
    pub(crate) const PIPE: u8 = 13;
    pub(crate) const ALRM: u8 = 14;
    pub(crate) const CHLD: u8 = 17;
    pub(crate) const CONT: u8 = 18;
    pub(crate) const STOP: u8 = 19;
    pub(crate) const TSTP: u8 = 20;
    pub(crate) const TTIN: u8 = 21;
    pub(crate) const TTOU: u8 = 22;
    pub(crate) const URG: u8 = 23;
    pub(crate) const XCPU: u8 = 24;
    pub(crate) const WINCH: u8 = 28;
    /// The last one, real-time signals included.
    pub(crate) const MAX: u8 = 64;
}

/// What a process wants done about a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Disposition {
    /// What POSIX says.
    Default,
    /// Nothing.
    Ignore,
    /// The guest takes it, by `signal_take`.
    Catch,
}

/// How `signal_mask` changes the mask.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskHow {
    Block,
    Unblock,
    Set,
}

/// What happens to a process when a signal reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Terminate,
    Stop,
    Ignore,
    /// It waits to be taken.
    Catch,
}

/// The signals of a process.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SignalState {
    pub(crate) pending: SignalSet,
    pub(crate) mask: SignalSet,
    pub(crate) ignored: SignalSet,
    pub(crate) caught: SignalSet,
    /// Ended a `signal_suspend`: may be taken whatever the mask says.
    pub(crate) accepted: SignalSet,
    /// The mask to go back to, while in `signal_suspend`.
    pub(crate) suspended: Option<SignalSet>,
}

/// The set of one signal.
pub(crate) fn bit(signal: Signal) -> SignalSet {
    1 << (signal - 1)
}

/// Signals that can be neither blocked, ignored nor caught.
pub(crate) const UNSTOPPABLE: SignalSet = 1 << (number::KILL - 1) | 1 << (number::STOP - 1);
/// Signals whose default action stops.
pub(crate) const STOPS: SignalSet =
    1 << (number::STOP - 1) | 1 << (number::TSTP - 1) | 1 << (number::TTIN - 1) | 1 << (number::TTOU - 1);
/// Signals whose default action is nothing.
const HARMLESS: SignalSet =
    1 << (number::CHLD - 1) | 1 << (number::CONT - 1) | 1 << (number::URG - 1) | 1 << (number::WINCH - 1);

impl SignalState {
    /// What the process wants done about a signal.
    pub fn disposition(&self, signal: Signal) -> Disposition {
        match bit(signal) {
            set if self.caught & set != 0 => Disposition::Catch,
            set if self.ignored & set != 0 => Disposition::Ignore,
            _ => Disposition::Default,
        }
    }

    pub(crate) fn set_disposition(&mut self, signal: Signal, disposition: Disposition) {
        let set = bit(signal);
        self.caught &= !set;
        self.ignored &= !set;
        match disposition {
            Disposition::Default => {}
            Disposition::Ignore => self.ignored |= set,
            Disposition::Catch => self.caught |= set,
        }
        if self.action(signal) == Action::Ignore {
            self.pending &= !set;
            self.accepted &= !set;
        }
    }

    /// Whether the signal waits for being unblocked.
    pub fn is_blocked(&self, signal: Signal) -> bool {
        self.mask & bit(signal) & !UNSTOPPABLE != 0
    }

    /// Whether the signal was set to be ignored.
    pub fn is_ignored(&self, signal: Signal) -> bool {
        self.ignored & bit(signal) != 0
    }

    pub(crate) fn action(&self, signal: Signal) -> Action {
        match bit(signal) {
            set if self.caught & set != 0 => Action::Catch,
            set if self.ignored & set != 0 => Action::Ignore,
            set if HARMLESS & set != 0 => Action::Ignore,
            set if STOPS & set != 0 => Action::Stop,
            _ => Action::Terminate,
        }
    }

    /// Pending signals that are not blocked.
    pub(crate) fn deliverable(&self) -> SignalSet {
        self.pending & (!self.mask | UNSTOPPABLE)
    }

    /// Whether a caught signal interrupts blocking calls.
    pub(crate) fn is_interrupting(&self) -> bool {
        (self.deliverable() & self.caught) | self.accepted != 0
    }

    /// Takes the lowest caught signal that is pending.
    pub(crate) fn take(&mut self) -> Option<Signal> {
        let ready = (self.deliverable() & self.caught) | self.accepted;
        if ready == 0 {
            return None;
        }
        let signal = ready.trailing_zeros() as Signal + 1;
        self.pending &= !bit(signal);
        self.accepted &= !bit(signal);
        Some(signal)
    }

    /// What exec leaves: caught signals get their default action.
    pub(crate) fn reset_for_exec(&mut self) {
        self.caught = 0;
        self.pending |= std::mem::take(&mut self.accepted);
        if let Some(mask) = self.suspended.take() {
            self.mask = mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kill_and_stop_cannot_be_blocked() {
        let state = SignalState { mask: u64::MAX, pending: u64::MAX, ..SignalState::default() };
        assert_eq!(state.deliverable(), UNSTOPPABLE);
        assert!(!state.is_blocked(number::KILL));
        assert!(state.is_blocked(number::HUP));
    }

    #[test]
    fn caught_signals_are_taken_lowest_first_and_once() {
        let mut state = SignalState::default();
        state.set_disposition(2, Disposition::Catch);
        state.set_disposition(15, Disposition::Catch);
        state.pending = bit(15) | bit(2) | bit(1);
        assert_eq!([state.take(), state.take(), state.take()], [Some(2), Some(15), None]);
        assert_eq!(state.pending, bit(1));
    }

    #[test]
    fn ignoring_a_signal_discards_it() {
        let mut state = SignalState { pending: bit(15), ..SignalState::default() };
        state.set_disposition(15, Disposition::Ignore);
        assert_eq!(state.pending, 0);
    }
}
