//! Which sequences of bytes mean what.

use std::collections::BTreeMap;

use super::command::Command;

/// What a sequence is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    Command(Command),
    /// Typed in its place.
    Macro(Vec<u8>),
    /// A shell command, run with READLINE_LINE and READLINE_POINT (`bind -x`).
    Shell(Vec<u8>),
}

/// What a sequence that has been typed so far means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    Bound(Binding),
    /// Bound, and the beginning of longer ones too.
    Ambiguous(Binding),
    /// The beginning of others.
    Prefix,
    Unbound,
}

/// The bindings of emacs mode.
#[derive(Clone, Debug)]
pub(crate) struct Keymap(BTreeMap<Vec<u8>, Binding>);

#[rustfmt::skip]
const DEFAULT: &[(&[u8], Command)] = &[
    (b"\x01", Command::BeginningOfLine), (b"\x02", Command::BackwardChar), (b"\x04", Command::DeleteChar),
    (b"\x05", Command::EndOfLine), (b"\x06", Command::ForwardChar), (b"\x07", Command::Abort),
    (b"\x08", Command::BackwardDeleteChar), (b"\t", Command::Complete), (b"\n", Command::AcceptLine),
    (b"\x0b", Command::KillLine), (b"\x0c", Command::ClearScreen), (b"\r", Command::AcceptLine),
    (b"\x0e", Command::NextHistory), (b"\x0f", Command::OperateAndGetNext), (b"\x10", Command::PreviousHistory),
    (b"\x11", Command::QuotedInsert), (b"\x12", Command::ReverseSearchHistory),
    (b"\x13", Command::ForwardSearchHistory), (b"\x14", Command::TransposeChars), (b"\x15", Command::UnixLineDiscard),
    (b"\x16", Command::QuotedInsert), (b"\x17", Command::UnixWordRubout), (b"\x19", Command::Yank),
    (b"\x1f", Command::Undo), (b"\x7f", Command::BackwardDeleteChar),
    (b"\x18\x05", Command::EditAndExecute), (b"\x18\x15", Command::Undo), (b"\x18\x7f", Command::UnixLineDiscard),
    (b"\x1b\x07", Command::Abort), (b"\x1b\x08", Command::BackwardKillWord), (b"\x1b\x7f", Command::BackwardKillWord),
    (b"\x1b\t", Command::TabInsert), (b"\x1b\x0c", Command::ClearScreen),
    (b"\x1b#", Command::InsertComment), (b"\x1b*", Command::InsertCompletions), (b"\x1b.", Command::YankLastArg),
    (b"\x1b_", Command::YankLastArg), (b"\x1b<", Command::BeginningOfHistory), (b"\x1b>", Command::EndOfHistory),
    (b"\x1b=", Command::PossibleCompletions), (b"\x1b?", Command::PossibleCompletions),
    (b"\x1b\\", Command::DeleteHorizontalSpace), (b"\x1b^", Command::HistoryExpandLine),
    (b"\x1bb", Command::BackwardWord), (b"\x1bc", Command::CapitalizeWord), (b"\x1bd", Command::KillWord),
    (b"\x1bf", Command::ForwardWord), (b"\x1bl", Command::DowncaseWord), (b"\x1br", Command::RevertLine),
    (b"\x1bt", Command::TransposeWords), (b"\x1bu", Command::UpcaseWord), (b"\x1by", Command::YankPop),
    (b"\x1bn", Command::HistorySearchForward), (b"\x1bp", Command::HistorySearchBackward),
    (b"\x1b0", Command::DigitArgument), (b"\x1b1", Command::DigitArgument), (b"\x1b2", Command::DigitArgument),
    (b"\x1b3", Command::DigitArgument), (b"\x1b4", Command::DigitArgument), (b"\x1b5", Command::DigitArgument),
    (b"\x1b6", Command::DigitArgument), (b"\x1b7", Command::DigitArgument), (b"\x1b8", Command::DigitArgument),
    (b"\x1b9", Command::DigitArgument), (b"\x1b-", Command::DigitArgument),
    (b"\x1b[A", Command::PreviousHistory), (b"\x1bOA", Command::PreviousHistory),
    (b"\x1b[B", Command::NextHistory), (b"\x1bOB", Command::NextHistory),
    (b"\x1b[C", Command::ForwardChar), (b"\x1bOC", Command::ForwardChar),
    (b"\x1b[D", Command::BackwardChar), (b"\x1bOD", Command::BackwardChar),
    (b"\x1b[H", Command::BeginningOfLine), (b"\x1bOH", Command::BeginningOfLine),
    (b"\x1b[1~", Command::BeginningOfLine), (b"\x1b[7~", Command::BeginningOfLine),
    (b"\x1b[F", Command::EndOfLine), (b"\x1bOF", Command::EndOfLine),
    (b"\x1b[4~", Command::EndOfLine), (b"\x1b[8~", Command::EndOfLine),
    (b"\x1b[3~", Command::DeleteChar), (b"\x1b[200~", Command::BracketedPasteBegin),
    (b"\x1b[1;5C", Command::ForwardWord), (b"\x1b[1;5D", Command::BackwardWord),
    (b"\x1b[1;3C", Command::ForwardWord), (b"\x1b[1;3D", Command::BackwardWord),
    (b"\x1b[5C", Command::ForwardWord), (b"\x1b[5D", Command::BackwardWord),
    (b"\x1b[3;5~", Command::KillWord), (b"\x1b[5~", Command::HistorySearchBackward),
    (b"\x1b[6~", Command::HistorySearchForward),
];

impl Default for Keymap {
    fn default() -> Keymap {
        Keymap(DEFAULT.iter().map(|(keys, command)| (keys.to_vec(), Binding::Command(*command))).collect())
    }
}

impl Keymap {
    pub(crate) fn lookup(&self, keys: &[u8]) -> Lookup {
        let longer =
            self.0.range(keys.to_vec()..).any(|(bound, _)| bound.len() > keys.len() && bound.starts_with(keys));
        match self.0.get(keys) {
            Some(binding) if longer => Lookup::Ambiguous(binding.clone()),
            Some(binding) => Lookup::Bound(binding.clone()),
            None if longer => Lookup::Prefix,
            None => Lookup::Unbound,
        }
    }

    pub(crate) fn bind(&mut self, keys: Vec<u8>, binding: Binding) {
        self.0.insert(keys, binding);
    }

    /// Forgets a sequence; whether it was bound.
    pub(crate) fn unbind(&mut self, keys: &[u8]) -> bool {
        self.0.remove(keys).is_some()
    }

    /// Forgets all that are bound to a command.
    pub(crate) fn unbind_command(&mut self, command: Command) {
        self.0.retain(|_, binding| *binding != Binding::Command(command));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &Binding)> {
        self.0.iter().map(|(keys, binding)| (&keys[..], binding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_bound_a_prefix_or_neither() {
        let mut keymap = Keymap::default();
        assert_eq!(keymap.lookup(b"\x1b"), Lookup::Prefix);
        assert_eq!(keymap.lookup(b"\x1b[A"), Lookup::Bound(Binding::Command(Command::PreviousHistory)));
        assert_eq!(keymap.lookup(b"a"), Lookup::Unbound);
        keymap.bind(b"\x1b".to_vec(), Binding::Command(Command::Abort));
        assert_eq!(keymap.lookup(b"\x1b"), Lookup::Ambiguous(Binding::Command(Command::Abort)));
    }
}
