// A server that says hello, and a process that asks it over connections that are kept: prints the requests per second.
const CONNECTIONS = 32;
const SECONDS = 2;

if (process.argv[2]) {
    const net = require('node:net');
    let answered = 0;
    let counted = 0;
    const request = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n';
    for (let i = 0; i < CONNECTIONS; i++) {
        const socket = net.connect(Number(process.argv[2]), '127.0.0.1', () => socket.write(request));
        socket.setNoDelay(true);
        socket.setEncoding('latin1');
        let text = '';
        socket.on('data', (data) => {
            text += data;
            if (!text.endsWith('hello world')) return;
            text = '';
            answered++;
            socket.write(request);
        });
    }
    // The first second is for the compilers.
    setTimeout(() => {
        const before = answered;
        const start = process.hrtime.bigint();
        setTimeout(() => {
            counted = (answered - before) / (Number(process.hrtime.bigint() - start) / 1e9);
            console.log(counted);
            process.exit();
        }, SECONDS * 1000);
    }, 1000);
} else {
    const { spawn } = require('node:child_process');
    const server = require('node:http').createServer((request, response) => {
        response.setHeader('Content-Type', 'text/plain');
        response.end('hello world');
    });
    server.listen(0, '127.0.0.1', () => {
        const client = spawn(process.execPath, [__filename, String(server.address().port)], {
            stdio: ['ignore', 'inherit', 'inherit'],
        });
        client.on('exit', (code) => process.exit(code ?? 1));
    });
}
