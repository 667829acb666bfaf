//! What the modes change.

use super::*;
use crate::proc::number::{INT, QUIT, TSTP};
use crate::pty::line_discipline::{MAX_INPUT, MAX_OUTPUT};

#[test]
fn signals_drop_what_was_typed() {
    let mut terminal = Terminal::new();
    terminal.types("abc\ndef");
    assert_eq!(terminal.types("\x03"), "^C");
    assert_eq!(terminal.reads(), None);
    terminal.types("\x1c\x1a");
    assert_eq!(terminal.signals, [INT, QUIT, TSTP]);
}

#[test]
fn noflsh_keeps_it() {
    let mut terminal = Terminal::with(|attributes| attributes.local.insert(LocalModes::NOFLSH));
    terminal.types("abc\x03\n");
    assert_eq!(terminal.reads().as_deref(), Some("abc\n"));
}

#[test]
fn a_disabled_character_means_itself() {
    let mut terminal = Terminal::with(|attributes| attributes.characters[Control::Intr as usize] = 0);
    terminal.types("\x03\0\n");
    assert!(terminal.signals.is_empty());
    assert_eq!(terminal.reads().as_deref(), Some("\x03\0\n"));
}

#[test]
fn without_echo_nothing_is_seen_but_with_echonl_the_newline() {
    let mut terminal = Terminal::with(|attributes| attributes.local.remove(LocalModes::ECHO));
    assert_eq!(terminal.types("secret\n"), "");
    let mut terminal = Terminal::with(|attributes| {
        attributes.local.remove(LocalModes::ECHO);
        attributes.local.insert(LocalModes::ECHONL);
    });
    assert_eq!(terminal.types("secret\x7f\n"), "\r\n");
    assert_eq!(terminal.reads().as_deref(), Some("secre\n"));
}

#[test]
fn carriage_returns_and_newlines_of_input() {
    let read = |modes: InputModes| {
        let mut terminal = Terminal::raw();
        terminal.line.set_attributes(Attributes { input: modes, ..terminal.line.attributes });
        terminal.types("\r\n");
        terminal.reads().unwrap()
    };
    assert_eq!(read(InputModes::empty()), "\r\n");
    assert_eq!(read(InputModes::ICRNL), "\n\n");
    assert_eq!(read(InputModes::INLCR), "\r\r");
    assert_eq!(read(InputModes::IGNCR | InputModes::ICRNL), "\n");
    assert_eq!(read(InputModes::ICRNL | InputModes::INLCR), "\n\r");
}

#[test]
fn bits_and_case_of_input() {
    let mut terminal = Terminal::with(|attributes| attributes.input |= InputModes::ISTRIP | InputModes::IUCLC);
    terminal.types(b"A\xc2\n");
    assert_eq!(terminal.reads().as_deref(), Some("ab\n"));
    let mut marking = Terminal::raw();
    marking.line.set_attributes(Attributes { input: InputModes::PARMRK, ..marking.line.attributes });
    marking.types(b"\xff");
    assert_eq!(marking.line.read(9), b"\xff\xff");
}

#[test]
fn output_modes() {
    let shown = |modes: OutputModes, text: &str| Terminal::with(|attributes| attributes.output = modes).writes(text);
    assert_eq!(shown(OutputModes::OPOST | OutputModes::ONLCR, "a\nb"), "a\r\nb");
    assert_eq!(shown(OutputModes::ONLCR, "a\nb"), "a\nb");
    assert_eq!(shown(OutputModes::OPOST | OutputModes::OCRNL, "a\rb"), "a\nb");
    assert_eq!(shown(OutputModes::OPOST | OutputModes::ONOCR, "\ra\r"), "a\r");
    assert_eq!(shown(OutputModes::OPOST | OutputModes::OLCUC, "abc\n"), "ABC\n");
    assert_eq!(shown(OutputModes::OPOST | OutputModes::ONLRET | OutputModes::ONOCR, "a\n\rb"), "a\nb");
}

#[test]
fn stop_holds_output_and_echo_until_start() {
    let mut terminal = Terminal::new();
    assert_eq!(terminal.types("a\x13b"), "a");
    assert_eq!(terminal.line.write(b"text".to_vec()), 0);
    assert_eq!(terminal.types("\x11"), "b");
    assert_eq!(terminal.writes("text"), "text");
    let mut any = Terminal::with(|attributes| attributes.input.insert(InputModes::IXANY));
    any.types("\x13");
    assert_eq!(any.types("x"), "x");
}

#[test]
fn a_full_terminal_asks_the_other_side_to_stop() {
    let mut terminal = Terminal::raw();
    terminal.line.set_attributes(Attributes { input: InputModes::IXOFF, ..terminal.line.attributes });
    assert_eq!(terminal.types(vec![b'x'; 3000]), "");
    assert_eq!(terminal.types(vec![b'x'; 1000]), "\x13");
    terminal.line.read(1000);
    assert_eq!(terminal.screen(), "");
    terminal.line.read(2500);
    assert_eq!(terminal.screen(), "\x11");
}

#[test]
fn queues_are_bounded() {
    let mut terminal = Terminal::raw();
    assert_eq!(terminal.line.receive(&[b'x'; 2 * MAX_INPUT], &mut Vec::new()), MAX_INPUT);
    assert_eq!(terminal.line.receive(b"x", &mut Vec::new()), 0);
    assert_eq!(terminal.line.write(vec![b'x'; 2 * MAX_OUTPUT]), MAX_OUTPUT);
    assert_eq!(terminal.line.write(vec![b'x']), 0);
    let mut lines = Terminal::new();
    let taken = lines.line.receive(&b"x\n".repeat(MAX_INPUT), &mut Vec::new());
    assert!((MAX_INPUT..=MAX_INPUT + 1).contains(&taken));
}

#[test]
fn changing_the_mode_loses_nothing() {
    let mut terminal = Terminal::new();
    terminal.types("one\ntwo");
    let canonical = terminal.line.attributes;
    let raw = Attributes { local: LocalModes::empty(), ..canonical };
    terminal.line.set_attributes(raw);
    assert_eq!(terminal.line.read(2), b"on");
    terminal.line.set_attributes(canonical);
    assert_eq!(terminal.reads().as_deref(), Some("e\ntwo"));
    assert_eq!(terminal.reads(), None);
}
