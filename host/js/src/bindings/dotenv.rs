//! `.env` files, as Node reads them.

/// Names and values in order; a later line overrides an earlier one.
pub(crate) fn parse(text: &str) -> Vec<(String, String)> {
    let text = text.replace("\r\n", "\n");
    let mut entries: Vec<(String, String)> = Vec::new();
    let mut rest = text.trim_matches([' ', '\t', '\n', '\r']);
    while !rest.is_empty() {
        if rest.starts_with('\n') {
            rest = &rest[1..];
            continue;
        }
        let line_end = rest.find('\n').unwrap_or(rest.len());
        if rest.trim_start().starts_with('#') && rest.find('#').is_some_and(|at| at < line_end) {
            rest = rest[line_end..].trim_start_matches('\n');
            continue;
        }
        let Some(equals) = rest.find('=').filter(|at| *at < line_end) else {
            // A line without a value says nothing.
            rest = rest[line_end..].trim_start_matches('\n');
            continue;
        };
        let key = rest[..equals].trim();
        let key = key.strip_prefix("export ").map_or(key, str::trim);
        rest = &rest[equals + 1..];
        if key.is_empty() {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
            continue;
        }
        let key = key.to_owned();
        let value_start = rest.trim_start_matches([' ', '\t']);
        let quote = value_start.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'));
        let quoted = quote.and_then(|quote| value_start[1..].find(quote).map(|end| (quote, end)));
        let value = if let Some((quote, end)) = quoted {
            let value = &value_start[1..=end];
            rest = &value_start[end + 2..];
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
            if quote == '"' { value.replace("\\n", "\n") } else { value.to_owned() }
        } else {
            let line_end = rest.find('\n').unwrap_or(rest.len());
            let line = &rest[..line_end];
            let value = line.split('#').next().unwrap_or_default().trim();
            rest = &rest[line_end..];
            value.to_owned()
        };
        entries.retain(|(other, _)| *other != key);
        entries.push((key, value));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_comments_and_lines() {
        let text = "A=1\n# no\nexport B = two # why\nC=\"x\\ny # z\"\nD='a\nb'\nE=\n";
        let pairs = parse(text);
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("A", "1"), ("B", "two"), ("C", "x\ny # z"), ("D", "a\nb"), ("E", "")]);
    }
}
