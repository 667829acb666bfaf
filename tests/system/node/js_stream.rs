//! Streams of JavaScript's that stand for native ones (`JSStream`).

use crate::support::vm;

/// What `node --expose-internals -e` prints.
async fn printed(program: &str) -> String {
    let vm = vm().await;
    let output = vm.command("node").args(["--expose-internals", "-e", program]).output().await.expect("node starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test]
async fn a_duplex_is_read_written_and_ended_as_a_socket() {
    let program = r#"
        const { Duplex } = require('stream');
        const Wrap = require('internal/js_stream_socket');
        const duplex = new Duplex({
            read() {},
            write(chunk, encoding, done) { console.log('written', chunk.toString('latin1')); setImmediate(done); },
            final(done) { console.log('final'); done(); },
        });
        const socket = new Wrap(duplex);
        socket.on('data', (data) => console.log('read', data.toString()));
        socket.on('end', () => console.log('end', socket.bytesRead, socket.bytesWritten));
        socket.cork();
        socket.write('a');
        socket.write(Buffer.from('b'));
        socket.uncork();
        socket.write('c', 'utf16le');
        socket.end(() => { duplex.push('hello'); duplex.push(null); });
    "#;
    let expected = "written a\nwritten b\nwritten c\0\nfinal\nread hello\nend 5 4\n";
    assert_eq!(printed(program).await, expected);
}

#[tokio::test]
async fn what_a_stream_throws_is_uncaught() {
    let program = r#"
        const { JSStream } = require('internal/test/binding').internalBinding('js_stream');
        process.on('uncaughtException', (error) => console.log(error.message));
        const stream = new JSStream();
        stream.onreadstart = () => { throw new Error('on start'); };
        console.log(stream.readStart(), stream.bytesRead, require('util').types.isExternal(stream._externalStream));
    "#;
    assert_eq!(printed(program).await, "on start\n-71 0 true\n");
}
