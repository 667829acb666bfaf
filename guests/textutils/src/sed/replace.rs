//! What `s` makes of a line.

use vivarium_userland::Bytes;
use vivarium_userland::posix_regex::{Groups, Regex, locale_is_utf8};

use super::script::{Case, Piece, Substitution};

/// The line with matches replaced; `None` where there is none to replace.
pub(super) fn replace(substitution: &Substitution, regex: &Regex, line: &[u8]) -> Option<Bytes> {
    let needs_groups = substitution.replacement.iter().any(|piece| matches!(piece, Piece::Group(group) if *group > 0));
    let find = |at: usize| -> Option<Groups> {
        if needs_groups { regex.captures_at(line, at) } else { regex.find_at(line, at).map(|whole| vec![Some(whole)]) }
    };
    let mut made = None::<Bytes>;
    // What is copied so far, where to search from, the end of the last match, and how many there were.
    let (mut copied, mut at, mut last_end, mut count) = (0, 0, None, 0);
    while at <= line.len() {
        let Some(groups) = find(at) else { break };
        let Some((start, end)) = groups[0] else { break };
        if start == end && last_end == Some(start) {
            // Nothing, right behind a match, is no match of its own.
            at = start + character_length(&line[start..]);
            last_end = None;
            continue;
        }
        count += 1;
        if count >= substitution.number {
            let made = made.get_or_insert_with(|| Bytes::with_capacity(line.len() + 32));
            made.extend_from_slice(&line[copied..start]);
            append(made, &substitution.replacement, &groups, line);
            copied = end;
            if !substitution.global {
                break;
            }
        }
        last_end = Some(end);
        at = if start == end { end + character_length(&line[end..]) } else { end };
        if start == end {
            last_end = None;
        }
    }
    let mut made = made?;
    made.extend_from_slice(&line[copied..]);
    Some(made)
}

/// Length of the first character, 1 where there is none.
fn character_length(text: &[u8]) -> usize {
    if text.first().is_none_or(u8::is_ascii) || !locale_is_utf8() {
        return 1;
    }
    let first = text.utf8_chunks().next();
    first.and_then(|chunk| chunk.valid().chars().next()).map_or(1, char::len_utf8)
}

fn append(made: &mut Bytes, replacement: &[Piece], groups: &Groups, line: &[u8]) {
    let mut case = CaseState::default();
    for piece in replacement {
        match piece {
            Piece::Text(text) => case.append(made, text),
            Piece::Group(group) => {
                if let Some((start, end)) = groups.get(*group).copied().flatten() {
                    case.append(made, &line[start..end]);
                }
            }
            Piece::Case(Case::UpperNext) => case.next = Some(true),
            Piece::Case(Case::LowerNext) => case.next = Some(false),
            Piece::Case(Case::Upper) => case = CaseState { next: None, all: Some(true) },
            Piece::Case(Case::Lower) => case = CaseState { next: None, all: Some(false) },
            Piece::Case(Case::Same) => case = CaseState::default(),
        }
    }
}

/// Into which case characters are changed: `Some(true)` is upper.
#[derive(Default)]
struct CaseState {
    next: Option<bool>,
    all: Option<bool>,
}

impl CaseState {
    fn append(&mut self, made: &mut Bytes, text: &[u8]) {
        if self.next.is_none() && self.all.is_none() {
            made.extend_from_slice(text);
            return;
        }
        for chunk in text.utf8_chunks() {
            for character in chunk.valid().chars() {
                let changed = match self.next.take().or(self.all) {
                    Some(true) => single(character.to_uppercase(), character),
                    Some(false) => single(character.to_lowercase(), character),
                    None => character,
                };
                made.extend_from_slice(changed.encode_utf8(&mut [0; 4]).as_bytes());
            }
            if !chunk.invalid().is_empty() {
                self.next = None;
                made.extend_from_slice(chunk.invalid());
            }
        }
    }
}

/// The one character that it becomes, or itself where it would become several.
fn single(mut changed: impl Iterator<Item = char>, character: char) -> char {
    match (changed.next(), changed.next()) {
        (Some(changed), None) => changed,
        _ => character,
    }
}
