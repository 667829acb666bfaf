//! Addresses as text, read and written as `inet_pton` and `inet_ntop` do.

use std::net::{IpAddr, Ipv4Addr};

/// Reads an address of the family. A zone behind an IPv6 address is left out.
pub(super) fn parse(text: &str, version_6: bool) -> Option<IpAddr> {
    if version_6 {
        let address = text.split_once('%').map_or(text, |(address, _)| address);
        address.parse().ok().map(IpAddr::V6)
    } else {
        text.parse().ok().map(IpAddr::V4)
    }
}

/// The address as text; what is in the last half of an IPv4-compatible address is written as IPv4 has it.
pub(super) fn text(address: IpAddr) -> String {
    match address {
        IpAddr::V6(address) => match u32::try_from(address.to_bits()) {
            Ok(low) if low > 0xFFFF => format!("::{}", Ipv4Addr::from_bits(low)),
            _ => address.to_string(),
        },
        IpAddr::V4(address) => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_the_system_writes_them() {
        let again = |address: &str| parse(address, true).map(text);
        assert_eq!(again("ABCD:0::0001").as_deref(), Some("abcd::1"));
        assert_eq!(again("::102:304").as_deref(), Some("::1.2.3.4"));
        assert_eq!(again("::ffff:102:304").as_deref(), Some("::ffff:1.2.3.4"));
        assert_eq!(again("::1%lo").as_deref(), Some("::1"));
        assert_eq!(again("1.2.3.4"), None);
        assert_eq!(parse("01.2.3.4", false), None);
    }
}
