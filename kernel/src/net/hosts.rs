//! The format of /etc/hosts (hosts(5)).

use std::net::IpAddr;

/// One line: an address and its names, the official one first.
pub(super) struct HostsEntry<'a> {
    pub(super) ip: IpAddr,
    pub(super) names: Vec<&'a str>,
}

/// The lines of a hosts file. Lines that make no sense are passed over.
pub(super) fn parse_hosts(text: &[u8]) -> impl Iterator<Item = HostsEntry<'_>> {
    text.split(|&byte| byte == b'\n').filter_map(|line| {
        let line = std::str::from_utf8(line).ok()?;
        let mut fields = line.split('#').next()?.split_ascii_whitespace();
        let ip = fields.next()?.parse().ok()?;
        let names: Vec<_> = fields.collect();
        (!names.is_empty()).then_some(HostsEntry { ip, names })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_nonsense_are_passed_over() {
        let text =
            b"# hosts\n127.0.0.1\tlocalhost me # me\n::1 localhost\n\nnonsense x\n10.0.0.1\n\xff\xff\n1.2.3.4 a#b";
        let entries: Vec<_> = parse_hosts(text).map(|entry| (entry.ip.to_string(), entry.names.join(","))).collect();
        let expected = [("127.0.0.1", "localhost,me"), ("::1", "localhost"), ("1.2.3.4", "a")];
        assert_eq!(entries, expected.map(|(ip, names)| (ip.to_owned(), names.to_owned())));
    }
}
