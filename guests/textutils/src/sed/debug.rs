//! `--debug`: the script in its canonical form, and what each command does.

use vivarium_userland::Bytes;

use super::script::{Action, Address, Case, Command, End, Jump, Piece, Script, Substitution};

/// The whole script.
pub(super) fn program(script: &Script) -> Bytes {
    let mut shown = b"SED PROGRAM:\n".to_vec();
    let mut depth = 1;
    for command in &script.commands {
        depth -= usize::from(matches!(command.action, Action::BlockEnd));
        shown.extend(std::iter::repeat_n(b' ', 2 * depth));
        push_command(&mut shown, script, command);
        shown.push(b'\n');
        depth += usize::from(matches!(command.action, Action::Block(_)));
    }
    shown
}

/// What is said before the commands run on a line.
pub(super) fn line(name: &[u8], number: u64, pattern_space: &[u8]) -> Bytes {
    let name = if name == b"-" { b"STDIN" } else { name };
    let mut shown = [b"INPUT:   '", name, b"' line ", number.to_string().as_bytes(), b"\n"].concat();
    shown.extend(pattern(pattern_space));
    shown
}

/// The pattern space.
pub(super) fn pattern(pattern_space: &[u8]) -> Bytes {
    let mut shown = b"PATTERN: ".to_vec();
    for &byte in pattern_space {
        if byte == b'\n' { shown.extend_from_slice(b"\\n") } else { shown.push(byte) }
    }
    shown.push(b'\n');
    shown
}

/// What is said before a command runs.
pub(super) fn command(command: &Command) -> Bytes {
    let mut shown = b"COMMAND: ".to_vec();
    push_command(&mut shown, &Script::default(), command);
    shown.push(b'\n');
    shown
}

/// Whether a command may change the pattern space.
pub(super) fn changes(action: &Action) -> bool {
    matches!(
        action,
        Action::Substitute(_)
            | Action::Translate(_)
            | Action::Next
            | Action::NextAppend
            | Action::GetHold
            | Action::AppendHold
            | Action::Exchange
            | Action::Zap
    )
}

fn push_command(shown: &mut Bytes, script: &Script, command: &Command) {
    if let Some(first) = &command.first {
        push_address(shown, first);
        match &command.end {
            None => {}
            Some(End::At(address)) => {
                shown.push(b',');
                push_address(shown, address);
            }
            Some(End::Plus(lines)) => shown.extend(format!(",+{lines}").into_bytes()),
            Some(End::Multiple(of)) => shown.extend(format!(",~{of}").into_bytes()),
        }
    }
    if command.negated {
        shown.push(b'!');
    }
    if command.first.is_some() || command.negated {
        shown.push(b' ');
    }
    push_action(shown, script, &command.action);
}

fn push_address(shown: &mut Bytes, address: &Address) {
    match address {
        Address::Line(number) => shown.extend(number.to_string().into_bytes()),
        Address::Step { first, step } => shown.extend(format!("{first}~{step}").into_bytes()),
        Address::Last => shown.push(b'$'),
        Address::Matching(None) => shown.extend_from_slice(b"//"),
        Address::Matching(Some(pattern)) => {
            shown.extend([b"/", &pattern.written[..], b"/"].concat());
            shown.extend(pattern.ignore_case.then_some(b'I'));
            shown.extend(pattern.multi_line.then_some(b'M'));
        }
    }
}

fn push_action(shown: &mut Bytes, script: &Script, action: &Action) {
    let output = |index: usize| script.outputs.get(index).map_or(&b""[..], |name| name);
    let mut words = |letter: &str, argument: &[u8]| {
        shown.extend_from_slice(letter.as_bytes());
        if !argument.is_empty() {
            shown.push(b' ');
            shown.extend_from_slice(argument);
        }
    };
    match action {
        Action::Block(_) => words("{", b""),
        Action::BlockEnd => words("}", b""),
        Action::Label(label) => shown.extend([b":", &label[..]].concat()),
        Action::Branch(Jump { label, .. }) => words("b", label),
        Action::BranchIfReplaced(Jump { label, .. }) => words("t", label),
        Action::BranchUnlessReplaced(Jump { label, .. }) => words("T", label),
        Action::Append(text) => shown.extend([b"a\\\n", &text[..]].concat()),
        Action::Insert(text) => shown.extend([b"i\\\n", &text[..]].concat()),
        Action::Change(text) => shown.extend([b"c\\\n", &text[..]].concat()),
        Action::Execute(text) => words("e", text.strip_suffix(b"\n").unwrap_or(text)),
        Action::Delete => words("d", b""),
        Action::DeleteFirstLine => words("D", b""),
        Action::FileName => words("F", b""),
        Action::GetHold => words("g", b""),
        Action::AppendHold => words("G", b""),
        Action::Hold => words("h", b""),
        Action::HoldAppend => words("H", b""),
        Action::List(width) => words("l", width.map(|w| w.to_string()).unwrap_or_default().as_bytes()),
        Action::LineNumber => words("=", b""),
        Action::Next => words("n", b""),
        Action::NextAppend => words("N", b""),
        Action::Print => words("p", b""),
        Action::PrintFirstLine => words("P", b""),
        Action::Quit(0) => words("q", b""),
        Action::Quit(status) => words("q", status.to_string().as_bytes()),
        Action::QuitSilently(0) => words("Q", b""),
        Action::QuitSilently(status) => words("Q", status.to_string().as_bytes()),
        Action::ReadFile(name) => words("r", name),
        Action::ReadLine(index) => words("R", script.inputs.get(*index).map_or(&b""[..], |name| name)),
        Action::WriteFile(index) => words("w", output(*index)),
        Action::WriteFirstLine(index) => words("W", output(*index)),
        Action::Substitute(substitution) => push_substitution(shown, substitution, output),
        Action::Translate(_) => words("y", b""),
        Action::Exchange => words("x", b""),
        Action::Zap => words("z", b""),
    }
}

fn push_substitution<'n>(shown: &mut Bytes, s: &Substitution, output: impl Fn(usize) -> &'n [u8]) {
    shown.extend_from_slice(b"s/");
    if let Some(pattern) = &s.pattern {
        shown.extend_from_slice(&pattern.written);
    }
    shown.push(b'/');
    for piece in &s.replacement {
        match piece {
            Piece::Text(text) => shown.extend_from_slice(text),
            Piece::Group(0) => shown.push(b'&'),
            Piece::Group(group) => shown.extend(format!("\\{group}").into_bytes()),
            Piece::Case(Case::Upper) => shown.extend_from_slice(b"\\U"),
            Piece::Case(Case::Lower) => shown.extend_from_slice(b"\\L"),
            Piece::Case(Case::UpperNext) => shown.extend_from_slice(b"\\u"),
            Piece::Case(Case::LowerNext) => shown.extend_from_slice(b"\\l"),
            Piece::Case(Case::Same) => shown.extend_from_slice(b"\\E"),
        }
    }
    shown.push(b'/');
    if s.number > 1 {
        shown.extend(s.number.to_string().into_bytes());
    }
    let pattern = s.pattern.as_ref();
    for (flag, is_set) in [
        (b'g', s.global),
        (b'i', pattern.is_some_and(|p| p.ignore_case)),
        (b'm', pattern.is_some_and(|p| p.multi_line)),
        (b'e', s.evaluate),
        (b'p', s.print.before || s.print.after),
    ] {
        shown.extend(is_set.then_some(flag));
    }
    if let Some(index) = s.output {
        shown.extend([b"w ", output(index)].concat());
    }
}
