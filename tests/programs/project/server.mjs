// An express app that answers a client in the same machine.
import express from 'express';

const app = express();
app.use(express.json());
app.get('/hello/:name', (request, response) => response.json({ hello: request.params.name, query: request.query }));
app.post('/sum', (request, response) => response.send(String(request.body.reduce((a, b) => a + b, 0))));
const server = app.listen(0, '127.0.0.1', async () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  const hello = await fetch(`${base}/hello/world?x=1`);
  console.log(hello.status, hello.headers.get('content-type'), await hello.text());
  const body = JSON.stringify([1, 2, 3]);
  const sum = await fetch(`${base}/sum`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  console.log(sum.status, await sum.text());
  const none = await fetch(`${base}/none`);
  console.log(none.status, await none.text());
  server.close();
  server.closeAllConnections();
});
