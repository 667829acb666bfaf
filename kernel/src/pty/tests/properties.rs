//! What holds for any input in any mode.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::pty::line_discipline::{MAX_ECHO, MAX_INPUT, MAX_OUTPUT};

#[derive(Clone, Debug)]
enum Step {
    Type(Vec<u8>),
    Write(Vec<u8>),
    Read(usize),
    Show(usize),
    Modes(u16, u8, u16, [u8; 16]),
    Flush,
}

fn attributes(step: (u16, u8, u16, [u8; 16])) -> Attributes {
    Attributes {
        input: InputModes::from_bits_truncate(step.0),
        output: OutputModes::from_bits_truncate(step.1),
        local: LocalModes::from_bits_truncate(step.2),
        characters: step.3,
        ..Attributes::default()
    }
}

/// Bytes of which many mean something.
fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![0..32u8, any::<u8>(), Just(b'\n'), Just(0x7f)], 0..max)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        bytes(300).prop_map(Step::Type),
        (any::<u8>(), 0..9000usize).prop_map(|(byte, count)| Step::Type(vec![byte; count])),
        bytes(300).prop_map(Step::Write),
        (any::<u8>(), 0..70_000usize).prop_map(|(byte, count)| Step::Write(vec![byte; count])),
        (0..5000usize).prop_map(Step::Read),
        (0..70_000usize).prop_map(Step::Show),
        (any::<u16>(), any::<u8>(), any::<u16>(), any::<[u8; 16]>()).prop_map(|(i, o, l, c)| Step::Modes(i, o, l, c)),
        (any::<u16>(), any::<u8>(), any::<u16>()).prop_map(|(i, o, l)| Step::Modes(
            i,
            o,
            l,
            Attributes::default().characters
        )),
        Just(Step::Flush),
    ]
}

proptest! {
    #[test]
    fn no_input_breaks_it_or_its_bounds(steps in vec(step(), 0..60)) {
        let mut line = LineDiscipline::default();
        let mut signals = Vec::new();
        for step in steps {
            match step {
                Step::Type(data) => prop_assert!(line.receive(&data, &mut signals) <= data.len()),
                Step::Write(data) => {
                    let (room, length) = (line.output_room(), data.len());
                    let count = line.write(data);
                    prop_assert!(count <= length && (count > 0 || room == 0 || length == 0));
                }
                Step::Read(max) => prop_assert!(line.read(max).len() <= max),
                Step::Show(max) => prop_assert!(line.output.pop(max).len() <= max),
                Step::Modes(i, o, l, c) => line.set_attributes(attributes((i, o, l, c))),
                Step::Flush => line.flush_input(),
            }
            prop_assert!(line.input.is_valid(line.attributes.is_canonical()));
            prop_assert!(line.input.len() <= 2 * MAX_INPUT);
            prop_assert!(line.output.len() <= MAX_OUTPUT + 2 * MAX_ECHO);
        }
    }

    #[test]
    fn raw_bytes_come_out_as_they_went_in(pieces in vec(bytes(2000), 0..20), max in 1..3000usize) {
        let mut terminal = Terminal::raw();
        let (mut typed, mut read) = (Vec::new(), Vec::new());
        for piece in pieces {
            let mut rest = &piece[..];
            while !rest.is_empty() {
                rest = &rest[terminal.line.receive(rest, &mut terminal.signals)..];
                read.extend(terminal.line.read(max));
            }
            typed.extend(piece);
        }
        while terminal.line.is_readable() {
            read.extend(terminal.line.read(max));
        }
        prop_assert_eq!(typed, read);
    }

    #[test]
    fn plain_lines_come_out_as_they_went_in(lines in vec("[a-z é]{0,80}", 0..60), max in 1..100usize) {
        let mut terminal = Terminal::with(|attributes| attributes.local = LocalModes::ICANON);
        let mut read = Vec::new();
        for line in &lines {
            let line = format!("{line}\n");
            let mut rest = line.as_bytes();
            while !rest.is_empty() {
                let count = terminal.line.receive(rest, &mut terminal.signals);
                rest = &rest[count..];
                if count == 0 {
                    read.extend(terminal.line.read(max));
                }
            }
        }
        while terminal.line.is_readable() {
            read.extend(terminal.line.read(max));
        }
        let all: String = lines.iter().map(|line| format!("{line}\n")).collect();
        prop_assert_eq!(all.into_bytes(), read);
    }
}
