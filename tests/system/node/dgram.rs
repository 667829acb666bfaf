//! `node:dgram`, and processes that talk: `fork`, `cluster`.

use super::printed;
use crate::support::vm;

#[tokio::test]
async fn datagrams_go_between_sockets_of_both_families() {
    let vm = vm().await;
    let program = r#"
        const dgram = require('dgram');
        const { once } = require('events');
        (async () => {
            for (const [type, address] of [['udp4', '127.0.0.1'], ['udp6', '::1']]) {
                const server = dgram.createSocket(type), client = dgram.createSocket(type);
                server.bind(0, address);
                await once(server, 'listening');
                client.send(['a', Buffer.from('b'), new Uint8Array()], server.address().port, address,
                    (error, sent) => console.log(error, sent));
                const [message, from] = await once(server, 'message');
                console.log(String(message), from.address, from.family, from.size, from.port === client.address().port);
                server.close();
                client.close();
            }
        })();
    "#;
    assert_eq!(printed(&vm, program).await, "null 2\nab 127.0.0.1 IPv4 2 true\nnull 2\nab ::1 IPv6 2 true\n");
}

#[tokio::test]
async fn a_connected_socket_sends_to_its_peer_and_empty_datagrams_arrive() {
    let vm = vm().await;
    let program = r#"
        const dgram = require('dgram');
        const server = dgram.createSocket('udp4'), client = dgram.createSocket('udp4');
        const heard = [];
        server.on('message', (message) => {
            heard.push(message.length);
            if (heard.length < 3) return;
            console.log(heard.join());
            client.disconnect();
            try { client.remoteAddress() } catch (error) { console.log(error.code) }
            client.close();
            server.close();
        });
        server.bind(0, '127.0.0.1', () => client.connect(server.address().port, '127.0.0.1', () => {
            console.log(client.remoteAddress().address);
            client.send('');
            client.send(Buffer.alloc(9000));
            client.send('end');
        }));
    "#;
    assert_eq!(printed(&vm, program).await, "127.0.0.1\n0,9000,3\nERR_SOCKET_DGRAM_NOT_CONNECTED\n");
}

#[tokio::test]
async fn what_a_machines_network_has_not_is_refused() {
    let vm = vm().await;
    let program = r#"
        const dgram = require('dgram');
        const socket = dgram.createSocket('udp4');
        const other = dgram.createSocket('udp4');
        const tried = (attempt) => { try { return attempt() } catch (error) { return error.code } };
        console.log(tried(() => socket.setTTL(16)), tried(() => socket.getSendBufferSize()));
        socket.bind(0, '127.0.0.1', () => {
            console.log(tried(() => socket.setTTL(16)), tried(() => socket.setTTL(256)));
            console.log(tried(() => socket.addMembership('224.0.0.114')), tried(() => socket.addMembership('1.2.3.4')));
            socket.setRecvBufferSize(20000);
            console.log(socket.getRecvBufferSize() >= 20000, socket.getSendQueueSize());
            other.on('error', (error) => { console.log(error.code, error.syscall); other.close(); socket.close() });
            other.bind(socket.address().port, '127.0.0.1');
        });
    "#;
    let expected = "EBADF ERR_SOCKET_BUFFER_SIZE\n16 EINVAL\nENODEV EINVAL\ntrue 0\nEADDRINUSE bind\n";
    assert_eq!(printed(&vm, program).await, expected);
}

#[tokio::test]
async fn forked_processes_exchange_messages_and_sockets() {
    let vm = vm().await;
    let child = r#"
        process.on('message', (message, handle) => {
            if (message === 'server') return handle.on('connection', (socket) => socket.end('from the child'));
            if (message === 'socket') return handle.on('message', (data) => handle.close(() => process.disconnect()));
            process.send(message);
        });
    "#;
    vm.fs().write("/root/child.js", child).await.expect("written");
    let program = r#"
        const { fork } = require('child_process');
        const { once } = require('events');
        const net = require('net'), dgram = require('dgram');
        (async () => {
            const child = fork('/root/child.js', { serialization: 'advanced' });
            const message = { big: 1n, map: new Map([[1, new Set('a')]]), bytes: Buffer.from('b'), floats: new Float64Array([1.5]) };
            message.self = message;
            child.send(message);
            console.log((await once(child, 'message'))[0]);
            const server = net.createServer();
            server.listen(0, '127.0.0.1');
            await once(server, 'listening');
            const { port } = server.address();
            await new Promise((resolve) => child.send('server', server, resolve));
            server.close();
            console.log(String((await once(net.connect(port, '127.0.0.1'), 'data'))[0]));
            const socket = dgram.createSocket('udp4');
            socket.bind(0, '127.0.0.1');
            await once(socket, 'listening');
            const address = socket.address();
            await new Promise((resolve) => child.send('socket', socket, resolve));
            socket.close();
            const sender = dgram.createSocket('udp4');
            sender.send('x', address.port, '127.0.0.1', () => sender.close());
            await once(child, 'disconnect');
            child.kill();
            console.log('over');
        })();
    "#;
    let expected = "<ref *1> {\n  big: 1n,\n  map: Map(1) { 1 => Set(1) { 'a' } },\n  bytes: <Buffer 62>,\n  \
        floats: Float64Array(1) [ 1.5 ],\n  self: [Circular *1]\n}\nfrom the child\nover\n";
    assert_eq!(printed(&vm, program).await, expected);
}

#[tokio::test]
async fn workers_of_a_cluster_share_a_port() {
    let vm = vm().await;
    let script = r#"
        const cluster = require('cluster'), net = require('net');
        if (cluster.isPrimary) {
            const heard = new Set();
            let listening = 0, ended = 0;
            for (let i = 0; i < 2; i++) cluster.fork();
            cluster.on('exit', (worker, code) => { if (++ended === 2) console.log('ended', code) });
            cluster.on('listening', (worker, { port }) => {
                if (++listening < 2) return;
                let left = 8;
                for (let i = 0; i < 8; i++) net.connect(port, '127.0.0.1').on('data', (data) => {
                    heard.add(String(data));
                    if (--left > 0) return;
                    console.log(heard.size);
                    for (const id in cluster.workers) cluster.workers[id].disconnect();
                });
            });
        } else {
            net.createServer((socket) => socket.end(String(process.pid))).listen(8123, '127.0.0.1');
        }
    "#;
    vm.fs().write("/root/cluster.js", script).await.expect("written");
    assert_eq!(
        printed(&vm, "require('child_process').execFileSync('node', ['/root/cluster.js'], { stdio: 'inherit' })").await,
        "2\nended 0\n"
    );
}
