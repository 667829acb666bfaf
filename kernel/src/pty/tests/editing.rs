//! Editing a line, and what it looks like.

use super::*;

#[test]
fn a_line_can_be_read_when_it_is_ended() {
    let mut terminal = Terminal::new();
    assert_eq!(terminal.types("ls"), "ls");
    assert_eq!(terminal.reads(), None);
    assert_eq!(terminal.types("\r"), "\r\n");
    terminal.types("pwd\r");
    assert_eq!(terminal.reads().as_deref(), Some("ls\n"));
    assert_eq!(terminal.reads().as_deref(), Some("pwd\n"));
    assert_eq!(terminal.reads(), None);
}

#[test]
fn a_short_read_leaves_the_rest_of_the_line() {
    let mut terminal = Terminal::new();
    terminal.types("abcdef\rxyz\r");
    assert_eq!(terminal.line.read(4), b"abcd");
    assert_eq!(terminal.line.read(4), b"ef\n");
    assert_eq!(terminal.line.read(4), b"xyz\n");
}

#[test]
fn erase_takes_one_character() {
    let mut terminal = Terminal::new();
    assert_eq!(terminal.types("ab\x7f"), "ab\x08 \x08");
    assert_eq!(terminal.types("\x7f\x7f\x7f"), "\x08 \x08");
    terminal.types("c\n");
    assert_eq!(terminal.reads().as_deref(), Some("c\n"));
}

#[test]
fn erase_takes_all_bytes_of_a_utf8_character() {
    let mut terminal = Terminal::new();
    terminal.types("aé漢");
    assert_eq!(terminal.types("\x7f"), "\x08 \x08");
    assert_eq!(terminal.types("\x7f\x7f"), "\x08 \x08\x08 \x08");
    terminal.types("\n");
    assert_eq!(terminal.reads().as_deref(), Some("\n"));
}

#[test]
fn erase_of_control_characters_and_tabs_takes_their_width() {
    let mut terminal = Terminal::new();
    assert_eq!(terminal.types("\x01"), "^A");
    assert_eq!(terminal.types("\x7f"), "\x08 \x08\x08 \x08");
    terminal.types("abc\t");
    assert_eq!(terminal.types("\x7f"), "\x08".repeat(5));
    terminal.writes("prompt> ");
    let mut after_prompt = Terminal::new();
    after_prompt.writes("12345> ");
    after_prompt.types("\t");
    assert_eq!(after_prompt.types("\x7f"), "\x08");
}

#[test]
fn word_erase_takes_blanks_and_the_word_before() {
    let mut terminal = Terminal::new();
    terminal.types("one two  \x17");
    terminal.types("\n");
    assert_eq!(terminal.reads().as_deref(), Some("one \n"));
}

#[test]
fn kill_takes_the_line() {
    let mut terminal = Terminal::new();
    assert_eq!(terminal.types("abc\x15"), format!("abc{}", "\x08 \x08".repeat(3)));
    terminal.types("\n");
    assert_eq!(terminal.reads().as_deref(), Some("\n"));
    let mut plain = Terminal::with(|attributes| attributes.local.remove(LocalModes::ECHOKE));
    assert_eq!(plain.types("abc\x15"), "abc^U\r\n");
}

#[test]
fn erased_characters_are_shown_on_paper() {
    let mut terminal = Terminal::with(|attributes| attributes.local.insert(LocalModes::ECHOPRT));
    assert_eq!(terminal.types("abc\x7f\x7fx\n"), "abc\\cb/x\r\n");
    assert_eq!(terminal.reads().as_deref(), Some("ax\n"));
}

#[test]
fn literal_next_takes_away_a_meaning() {
    let mut terminal = Terminal::new();
    assert_eq!(terminal.types("\x16\x03"), "^\x08^C");
    assert!(terminal.signals.is_empty());
    terminal.types("\x16\n\n");
    assert_eq!(terminal.reads().as_deref(), Some("\x03\n\n"));
}

#[test]
fn reprint_shows_the_line_again() {
    let mut terminal = Terminal::new();
    terminal.types("abc");
    assert_eq!(terminal.types("\x12"), "^R\r\nabc");
}

#[test]
fn end_of_file_ends_a_line_without_a_character() {
    let mut terminal = Terminal::new();
    assert_eq!(terminal.types("abc\x04"), "abc");
    assert_eq!(terminal.reads().as_deref(), Some("abc"));
    assert_eq!(terminal.reads(), None);
    terminal.types("\x04");
    assert_eq!(terminal.reads().as_deref(), Some(""));
    assert_eq!(terminal.reads(), None);
}

#[test]
fn other_ends_of_line() {
    let mut terminal = Terminal::with(|attributes| attributes.characters[Control::Eol as usize] = b';');
    terminal.types("a;b\n");
    assert_eq!(terminal.reads().as_deref(), Some("a;"));
    assert_eq!(terminal.reads().as_deref(), Some("b\n"));
}

#[test]
fn a_line_too_long_loses_its_end_and_rings() {
    let mut terminal = Terminal::new();
    let echo = terminal.types(vec![b'x'; 4095]);
    assert_eq!(echo.len(), 4095);
    assert_eq!(terminal.types("yz"), "\x07\x07");
    terminal.types("\n");
    assert_eq!(terminal.reads().map(|line| line.len()), Some(4096));
}
