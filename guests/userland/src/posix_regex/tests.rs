use super::*;

fn find(dialect: Dialect, pattern: &str, text: &str) -> Option<(usize, usize)> {
    let syntax = Syntax { utf8: true, ..Syntax::new(dialect) };
    Regex::new(pattern.as_bytes(), &syntax).unwrap_or_else(|e| panic!("{pattern}: {e}")).find_at(text.as_bytes(), 0)
}

fn basic(pattern: &str, text: &str) -> Option<(usize, usize)> {
    find(Dialect::Basic, pattern, text)
}

fn extended(pattern: &str, text: &str) -> Option<(usize, usize)> {
    find(Dialect::Extended, pattern, text)
}

#[test]
fn basic_expressions() {
    assert_eq!(basic("a\\+b", "xaab"), Some((1, 4)));
    assert_eq!(basic("a+b", "aab a+b"), Some((4, 7)));
    assert_eq!(basic("*a", "b*a"), Some((1, 3)));
    assert_eq!(basic("\\(*a\\)", "*a"), Some((0, 2)));
    assert_eq!(basic("^*a", "*a"), Some((0, 2)));
    assert_eq!(basic("a^b$c", "a^b$c"), Some((0, 5)));
    assert_eq!(basic("a\\{2,3\\}", "aaaa"), Some((0, 3)));
    assert_eq!(basic("\\(a\\)\\1", "baa"), Some((1, 3)));
    assert_eq!(basic("x\\|y", "ay"), Some((1, 2)));
    assert_eq!(basic("a{2}", "a{2}"), Some((0, 4)));
    assert_eq!(basic("\\<b", "ab b"), Some((3, 4)));
}

#[test]
fn extended_expressions() {
    assert_eq!(extended("a|ab", "ab"), Some((0, 2)));
    assert_eq!(extended("a*(ab)?", "aab"), Some((0, 3)));
    assert_eq!(extended("a+?", "aa"), Some((0, 2)));
    assert_eq!(extended("a{,2}", "aaa"), Some((0, 2)));
    assert_eq!(extended("a{x", "a{x"), Some((0, 3)));
    assert_eq!(extended("(a)(b)\\2", "abb"), Some((0, 3)));
    assert_eq!(extended("()", "a"), Some((0, 0)));
    assert_eq!(extended("a\\.b", "a.b"), Some((0, 3)));
}

#[test]
fn brackets() {
    assert_eq!(basic("[]a]*", "]a]b"), Some((0, 3)));
    assert_eq!(basic("[^]a]", "]ab"), Some((2, 3)));
    assert_eq!(basic("[a\\]", "\\"), Some((0, 1)));
    assert_eq!(basic("[[:digit:]x-]*", "1-x."), Some((0, 3)));
    assert_eq!(basic("[[:punct:]]", "a!"), Some((1, 2)));
    assert_eq!(basic("[[:alpha:]_]*", "é_1"), Some((0, 3)));
    assert_eq!(basic("[[:upper:][:digit:]]*", "A1b"), Some((0, 2)));
    assert_eq!(basic("[a&&b~~-]*", "&~-"), Some((0, 3)));
    assert_eq!(basic("[[.-.]]", "-"), Some((0, 1)));
    assert_eq!(find(Dialect::Awk, "[\\t\\]]", "a]"), Some((1, 2)));
    assert_eq!(find(Dialect::Awk, "[\\/]\\/", "//"), Some((0, 2)));
}

#[test]
fn errors_are_gnus() {
    let error = |dialect, pattern: &str| Regex::new(pattern.as_bytes(), &Syntax::new(dialect)).unwrap_err();
    assert_eq!(error(Dialect::Basic, "[a"), "Unmatched [, [^, [:, [., or [=");
    assert_eq!(error(Dialect::Basic, "\\(a"), "Unmatched ( or \\(");
    assert_eq!(error(Dialect::Extended, "a)"), "Unmatched ) or \\)");
    assert_eq!(error(Dialect::Basic, "a\\"), "Trailing backslash");
    assert_eq!(error(Dialect::Basic, "\\(a\\)\\2"), "Invalid back reference");
    assert_eq!(error(Dialect::Basic, "[b-a]"), "Invalid range end");
    assert_eq!(error(Dialect::Basic, "[[:foo:]]"), "Invalid character class name");
    assert_eq!(error(Dialect::Basic, "a\\{1"), "Unmatched \\{");
    assert_eq!(error(Dialect::Extended, "b{1,4294967298}"), "Regular expression too big");
}

#[test]
fn bytes_that_are_no_text() {
    let syntax = Syntax::new(Dialect::Basic);
    assert_eq!(Regex::new(b"\xff", &syntax).unwrap().find_at(b"a\xff", 0), Some((1, 2)));
    assert_eq!(Regex::new(b"\\(b\\)\\1", &syntax).unwrap().find_at(b"\xffabb", 0), Some((2, 4)));
}

#[test]
fn words_and_whole_lines() {
    let syntax = Syntax { word: true, ..Syntax::new(Dialect::Basic) };
    assert_eq!(Regex::new(b"foo", &syntax).unwrap().find_at(b"foobar foo", 0), Some((7, 10)));
    let syntax = Syntax { whole: true, lines: true, ..Syntax::new(Dialect::Extended) };
    assert!(!Regex::new(b"a|b", &syntax).unwrap().is_match(b"ab"));
}
