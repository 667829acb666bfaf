use super::*;
use crate::testing::{MemoryStore, errno};

const HOSTS: &str = "127.0.0.1 localhost loop # comment\n::1 localhost ip6-localhost\n10.1.2.3 db.example.com db\n";

fn names(addresses: Vec<Address>) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

fn check(mut system: System) {
    let tid = system.tid;
    let mut resolve = |name: &str, family| system.kernel.resolve_name(tid, name, family).map(names);
    assert_eq!(resolve("localhost", None), Ok(vec!["127.0.0.1:0".into(), "[::1]:0".into()]));
    assert_eq!(resolve("LOOP", None), Ok(vec!["127.0.0.1:0".into()]));
    assert_eq!(resolve("db.example.com.", None), Ok(vec!["10.1.2.3:0".into()]));
    assert_eq!(resolve("localhost", Some(Family::Ipv6)), Ok(vec!["[::1]:0".into()]));
    assert_eq!(resolve("192.0.2.1", None), Ok(vec!["192.0.2.1:0".into()]));
    assert_eq!(errno(resolve("192.0.2.1", Some(Family::Ipv6))), Errno::NOENT);
    assert_eq!(errno(resolve("example.com", None)), Errno::NOENT);
    assert_eq!(errno(resolve("", None)), Errno::NOENT);
    let audit = system.host.take_audit();
    assert!(audit.iter().any(|event| event.operation == "resolve" && event.object == b"example.com"), "{audit:?}");
    let mut reverse = |address: Address| system.kernel.resolve_address(tid, &address);
    assert_eq!(reverse(Address::Ipv4(0x0a01_0203, 80)).as_deref(), Ok("db.example.com"));
    assert_eq!(reverse(Address::Ipv4(0x7f00_0009, 0)).as_deref(), Ok("localhost"));
    assert_eq!(errno(reverse(Address::Ipv4(0x0a01_0204, 80))), Errno::NOENT);
}

#[test]
fn by_a_hosts_file_in_memory() {
    let mut system = System::new();
    system.mkdir("/etc").unwrap();
    system.write_file("/etc/hosts", HOSTS).unwrap();
    check(system);
}

#[test]
fn by_a_hosts_file_on_the_host() {
    check(System::builder().store("/", MemoryStore::new().file("etc/hosts", HOSTS), false).boot());
    check(System::builder().overlay("/", [MemoryStore::new().file("etc/hosts", HOSTS)]).boot());
}

#[test]
fn without_a_hosts_file() {
    let mut system = System::new();
    let both = || Ok(vec!["127.0.0.1:0".to_owned(), "[::1]:0".to_owned()]);
    for name in ["localhost", "a.localhost", "test"] {
        assert_eq!(system.kernel.resolve_name(system.tid, name, None).map(names), both(), "{name}");
    }
}
