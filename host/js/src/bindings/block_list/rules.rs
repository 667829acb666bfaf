//! The rules of a block list. An IPv4 address and the IPv6 address that maps it are one.

use std::collections::VecDeque;
use std::net::IpAddr;

use super::address::text;

/// Addresses, subnets and ranges, the newest of each first.
#[derive(Default)]
pub(super) struct Rules {
    addresses: VecDeque<IpAddr>,
    subnets: VecDeque<(IpAddr, u32)>,
    ranges: VecDeque<(IpAddr, IpAddr)>,
}

/// An address as 128 bits.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Whether one comes before the other or is the same. Addresses of two families have an order only where the one of IPv6 maps
/// an IPv4 address.
fn ordered(low: IpAddr, high: IpAddr) -> Option<bool> {
    let mapped = |address: IpAddr| match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(address) => address.to_ipv4_mapped().is_some(),
    };
    let comparable = low.is_ipv4() == high.is_ipv4() || mapped(low) && mapped(high);
    comparable.then(|| bits(low) <= bits(high))
}

fn is_in_subnet(address: IpAddr, network: IpAddr, prefix: u32) -> bool {
    let length = prefix + if network.is_ipv4() { 96 } else { 0 };
    // No bits are left to compare in a subnet of length 0.
    let mask = u128::MAX.checked_shl(128_u32.saturating_sub(length)).unwrap_or(0);
    (bits(address) ^ bits(network)) & mask == 0
}

/// Takes out the newest that is equal.
fn remove<T>(all: &mut VecDeque<T>, is: impl Fn(&T) -> bool) {
    if let Some(index) = all.iter().position(is) {
        all.remove(index);
    }
}

impl Rules {
    pub(super) fn add_address(&mut self, address: IpAddr) {
        if !self.addresses.iter().any(|other| bits(*other) == bits(address)) {
            self.addresses.push_front(address);
        }
    }

    /// Whether the range is one: it is refused if its end comes before its start.
    pub(super) fn add_range(&mut self, start: IpAddr, end: IpAddr) -> bool {
        let refused = ordered(start, end) == Some(false);
        if !refused {
            self.ranges.push_front((start, end));
        }
        !refused
    }

    /// `prefix` is at most 32 or 128.
    pub(super) fn add_subnet(&mut self, network: IpAddr, prefix: u32) {
        self.subnets.push_front((network, prefix));
    }

    pub(super) fn remove_address(&mut self, address: IpAddr) {
        remove(&mut self.addresses, |other| bits(*other) == bits(address));
    }

    pub(super) fn remove_range(&mut self, start: IpAddr, end: IpAddr) {
        remove(&mut self.ranges, |range| (bits(range.0), bits(range.1)) == (bits(start), bits(end)));
    }

    pub(super) fn remove_subnet(&mut self, network: IpAddr, prefix: u32) {
        remove(&mut self.subnets, |subnet| *subnet == (network, prefix));
    }

    pub(super) fn matches(&self, address: IpAddr) -> bool {
        let in_range = |(start, end): &(IpAddr, IpAddr)| {
            ordered(*start, address) == Some(true) && ordered(address, *end) == Some(true)
        };
        self.addresses.iter().any(|other| bits(*other) == bits(address))
            || self.subnets.iter().any(|(network, prefix)| is_in_subnet(address, *network, *prefix))
            || self.ranges.iter().any(in_range)
    }

    pub(super) fn len(&self) -> usize {
        self.addresses.len() + self.subnets.len() + self.ranges.len()
    }

    /// Each rule as programs see it.
    pub(super) fn lines(&self) -> Vec<String> {
        let family = |address: &IpAddr| if address.is_ipv4() { "IPv4" } else { "IPv6" };
        let addresses = self.addresses.iter().map(|one| format!("Address: {} {}", family(one), text(*one)));
        let subnets = self.subnets.iter().map(|(network, prefix)| {
            let family = family(network);
            format!("Subnet: {family} {}/{prefix}", text(*network))
        });
        let ranges = self.ranges.iter().map(|(start, end)| {
            let family = family(start);
            format!("Range: {family} {}-{}", text(*start), text(*end))
        });
        addresses.chain(subnets).chain(ranges).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn mapped_addresses_are_those_they_map() {
        let mut rules = Rules::default();
        rules.add_address(ip("1.1.1.1"));
        rules.add_subnet(ip("10.0.0.0"), 8);
        assert!(rules.matches(ip("::ffff:1.1.1.1")) && rules.matches(ip("::ffff:10.9.9.9")));
        assert!(!rules.matches(ip("::1.1.1.1")) && !rules.matches(ip("11.0.0.0")));
        rules.remove_address(ip("::ffff:1.1.1.1"));
        assert!(!rules.matches(ip("1.1.1.1")));
    }

    #[test]
    fn ranges_have_their_ends_and_hold_one_family() {
        let mut rules = Rules::default();
        assert!(rules.add_range(ip("::"), ip("5::")) && rules.add_range(ip("2.0.0.1"), ip("2.0.0.3")));
        assert!(!rules.add_range(ip("2.0.0.2"), ip("2.0.0.1")));
        assert!(rules.matches(ip("5::")) && !rules.matches(ip("5::1")) && !rules.matches(ip("9.9.9.9")));
        assert!(rules.matches(ip("2.0.0.1")) && rules.matches(ip("2.0.0.3")) && !rules.matches(ip("2.0.0.4")));
    }

    #[test]
    fn a_subnet_of_length_0_holds_its_family() {
        let mut rules = Rules::default();
        rules.add_subnet(ip("1.0.0.0"), 0);
        assert!(rules.matches(ip("200.1.1.1")) && !rules.matches(ip("ff::")));
        rules.add_subnet(ip("ab::"), 0);
        assert!(rules.matches(ip("ff::")));
    }
}
