//! The parts of a message until JavaScript is told of them.

use super::parser::Head;
use crate::value::*;

/// Headers that are gathered before JavaScript is told of them.
const MAX_PAIRS: usize = 32;

#[derive(Default)]
pub(super) struct Message {
    pub(super) url: Vec<u8>,
    /// The reason phrase.
    pub(super) status: Vec<u8>,
    fields: Vec<Vec<u8>>,
    values: Vec<Vec<u8>>,
    flushed: bool,
}

impl Message {
    /// A new message comes.
    pub(super) fn begin(&mut self) {
        self.url.clear();
        self.status.clear();
        self.fields.clear();
        self.values.clear();
    }

    /// A piece of the name of a header: of a further one, if the last has a value.
    pub(super) fn field(&mut self, piece: &[u8]) {
        if self.fields.len() == self.values.len() {
            self.fields.push(Vec::new());
        }
        self.fields.last_mut().expect("there is one").extend_from_slice(piece);
    }

    /// A piece of the value of the last header.
    pub(super) fn value(&mut self, piece: &[u8]) {
        if self.values.len() < self.fields.len() {
            self.values.push(Vec::new());
        }
        if let Some(value) = self.values.last_mut() {
            value.extend_from_slice(piece);
        }
    }

    /// Whether a further header would be one too many to gather.
    pub(super) fn is_full(&self) -> bool {
        self.fields.len() == self.values.len() && self.fields.len() + 1 == MAX_PAIRS
    }

    pub(super) fn has_headers(&self) -> bool {
        !self.fields.is_empty()
    }

    /// Whether JavaScript was told of some headers already, and so gets the others in the same way.
    pub(super) fn was_flushed(&self) -> bool {
        self.flushed
    }

    /// The arguments of `kOnHeaders`: headers and URL so far.
    pub(super) fn flush<'s>(&mut self, scope: &Scope<'s, '_>) -> [Value<'s>; 2] {
        self.flushed = true;
        let url = latin1(scope, &std::mem::take(&mut self.url));
        [self.headers(scope), url]
    }

    /// The arguments of `kOnHeadersComplete`.
    pub(super) fn head<'s>(&mut self, scope: &Scope<'s, '_>, head: Head, is_request: bool) -> [Value<'s>; 9] {
        let none = undefined(scope);
        let mut args = [none; 9];
        (args[0], args[1]) = (integer(scope, head.major.into()), integer(scope, head.minor.into()));
        if !self.flushed {
            args[2] = self.headers(scope);
        }
        if is_request {
            args[3] = integer(scope, head.method as i32);
            if !self.flushed {
                args[4] = latin1(scope, &self.url);
            }
        } else {
            (args[5], args[6]) = (integer(scope, head.status.into()), latin1(scope, &self.status));
        }
        (args[7], args[8]) = (boolean(scope, head.upgrade), boolean(scope, head.keep_alive));
        args
    }

    /// Names and values by turns; they are gone from here.
    fn headers<'s>(&mut self, scope: &Scope<'s, '_>) -> Value<'s> {
        let pairs = self.fields.drain(..).zip(self.values.drain(..));
        let items: Vec<_> =
            pairs.flat_map(|(field, value)| [latin1(scope, &field), latin1(scope, trimmed(&value))]).collect();
        array(scope, &items)
    }
}

fn trimmed(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).map_or(0, |last| last + 1);
    &value[..end]
}

fn latin1<'s>(scope: &Scope<'s, '_>, bytes: &[u8]) -> Value<'s> {
    v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal)
        .unwrap_or_else(|| v8::String::empty(scope))
        .into()
}
