//! `net.BlockList` and `net.SocketAddress`.

use super::printed;
use crate::support::vm;

#[tokio::test]
async fn clones_of_a_block_list_are_the_same_list_on_every_thread() {
    let vm = vm().await;
    let program = r#"
        const { BlockList } = require('net');
        const { Worker } = require('worker_threads');
        const list = new BlockList();
        list.addSubnet('10.1.2.3', 16);
        list.addAddress('1.1.1.1');
        list.addRange('::1', '::f', 'ipv6');
        new Worker(`
            const { workerData } = require('worker_threads');
            workerData.addAddress('::ffff:2.2.2.2', 'ipv6');
        `, { eval: true, workerData: list }).on('exit', () => {
            console.log(list.check('2.2.2.2'), list.check('::ffff:10.1.0.0', 'ipv6'), list.check('::10', 'ipv6'), list.size);
            list.removeAddress('1.1.1.1');
            console.log(list.rules.join());
        });
    "#;
    let rules = "Address: IPv6 ::ffff:2.2.2.2,Subnet: IPv4 10.1.2.3/16,Range: IPv6 ::1-::f";
    assert_eq!(printed(&vm, program).await, format!("true true false 4\n{rules}\n"));
}

#[tokio::test]
async fn connections_to_blocked_addresses_are_refused() {
    let vm = vm().await;
    let program = r#"
        const { connect, BlockList, SocketAddress } = require('net');
        const blockList = new BlockList();
        blockList.addAddress(new SocketAddress({ address: '127.0.0.1', port: 1 }));
        connect({ port: 80, host: '127.0.0.1', blockList }).on('error', (error) => console.log(error.code));
        try { new SocketAddress({ address: '1.2.3' }); } catch (error) { console.log(error.code); }
    "#;
    assert_eq!(printed(&vm, program).await, "ERR_INVALID_ADDRESS\nERR_IP_BLOCKED\n");
}
