//! `node:http` on the machine's loopback network.

use super::printed;
use crate::support::vm;

#[tokio::test]
async fn a_server_answers_a_client_of_the_same_program() {
    let vm = vm().await;
    let program = "const http = require('http');
        const server = http.createServer((request, response) => {
            let body = '';
            request.on('data', data => body += data).on('end', () => {
                response.setHeader('X-Method', request.method);
                response.end(request.url + ' ' + body);
            });
        });
        server.listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            const agent = new http.Agent({ keepAlive: true });
            let left = 3;
            const ask = () => http.request({ port, agent, method: 'POST', path: '/' + left }, response => {
                let text = '';
                response.on('data', data => text += data).on('end', () => {
                    console.log(response.statusCode, response.headers['x-method'], text, response.req.reusedSocket);
                    if (--left) setImmediate(ask); else { agent.destroy(); server.close(() => console.log('closed')); }
                });
            }).end('body');
            ask();
        });";
    let expected = "200 POST /3 body false\n200 POST /2 body true\n200 POST /1 body true\nclosed\n";
    assert_eq!(printed(&vm, program).await, expected);
}

#[tokio::test]
async fn fetch_streams_a_chunked_answer() {
    let vm = vm().await;
    let program = "const server = require('http').createServer(async (request, response) => {
            for (let i = 0; i < 3; i++) { response.write('x'.repeat(100_000)); await new Promise(setImmediate); }
            response.end();
        }).listen(0, async () => {
            const answer = await fetch(`http://127.0.0.1:${server.address().port}/`);
            console.log(answer.status, answer.headers.get('transfer-encoding'), (await answer.text()).length);
            server.closeAllConnections(); server.close();
        });";
    assert_eq!(printed(&vm, program).await, "200 chunked 300000\n");
}

#[tokio::test]
async fn bad_requests_are_answered_with_their_status() {
    let vm = vm().await;
    let program = "const net = require('net');
        const server = require('http').createServer((_, response) => response.end('fine')).listen(0, async () => {
            for (const text of ['nonsense\\r\\n\\r\\n', 'GET / HTTP/1.1\\r\\nHost: x\\r\\nA: ' + 'b'.repeat(20_000) + '\\r\\n\\r\\n',
                'GET / HTTP/1.1\\r\\n\\r\\n', 'GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n']) {
                const socket = net.connect(server.address().port).end(text);
                let answer = '';
                for await (const data of socket) answer += data;
                console.log(answer.split('\\r\\n')[0]);
            }
            server.close();
        });";
    let expected = "HTTP/1.1 400 Bad Request\nHTTP/1.1 431 Request Header Fields Too Large\n\
        HTTP/1.1 400 Bad Request\nHTTP/1.1 200 OK\n";
    assert_eq!(printed(&vm, program).await, expected);
}

#[tokio::test]
async fn a_connection_is_upgraded() {
    let vm = vm().await;
    let program = "const http = require('http');
        const server = http.createServer().on('upgrade', (request, socket, head) => {
            socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n' + head);
            socket.pipe(socket);
        }).listen(0, () => {
            const headers = { Connection: 'Upgrade', Upgrade: 'echo' };
            http.get({ port: server.address().port, headers }).on('upgrade', (response, socket, head) => {
                console.log(response.statusCode, head.toString());
                socket.end('through').setEncoding('latin1').on('data', data => console.log(data));
                socket.on('close', () => server.close());
            });
        });";
    assert_eq!(printed(&vm, program).await, "101 \nthrough\n");
}

#[tokio::test]
async fn buffers_that_callbacks_take_away_are_no_way_out() {
    let vm = vm().await;
    let program = "const { HTTPParser } = require('_http_common');
        const bytes = new Uint8Array(Buffer.from('POST / HTTP/1.1\\r\\nContent-Length: 100000\\r\\n\\r\\n' + 'x'.repeat(100_000)));
        const parser = new HTTPParser();
        parser.initialize(HTTPParser.REQUEST, {});
        parser[HTTPParser.kOnHeadersComplete] = () => { structuredClone(bytes.buffer, { transfer: [bytes.buffer] }); };
        let body = '';
        parser[HTTPParser.kOnBody] = data => body += data;
        parser.execute(bytes);
        console.log(bytes.length, body.length, /^x*$/.test(body));
        const other = new HTTPParser();
        other.initialize(HTTPParser.REQUEST, {});
        other[HTTPParser.kOnMessageBegin] = () => { console.log(other.execute(Buffer.from('GET'))); other.close(); };
        other[HTTPParser.kOnHeadersComplete] = () => { throw new Error('thrown') };
        try { other.execute(Buffer.from('GET / HTTP/1.1\\r\\n\\r\\n')) } catch (error) { console.log(error.message) }";
    assert_eq!(printed(&vm, program).await, "0 100000 true\nundefined\nthrown\n");
}

#[tokio::test]
async fn what_needs_tls_can_be_loaded_without_it() {
    let vm = vm().await;
    let program = "const https = require('https'); console.log(typeof https.get, typeof require('tls').connect)";
    assert_eq!(printed(&vm, program).await, "function function\n");
}
