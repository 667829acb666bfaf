// Serves a scripted model on the loopback and lets the Pi coding agent answer one prompt with it.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const chunk = (delta, finish = null) =>
  `data: ${JSON.stringify({
    id: 'scripted',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'scripted',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;
const call = { index: 0, id: 'call-1', type: 'function', function: { name: 'bash', arguments: '{"command":"echo $((6*7))"}' } };

// First it asks for a command, then it tells what that printed.
const server = createServer(async (request, response) => {
  let text = '';
  for await (const part of request) text += part;
  const answer = JSON.parse(text).messages.findLast((message) => message.role === 'tool');
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (answer) {
    const said = typeof answer.content === 'string' ? answer.content : answer.content.map((part) => part.text).join('');
    response.write(chunk({ role: 'assistant', content: `The command printed ${said.trim()}.` }));
    response.write(chunk({}, 'stop'));
  } else {
    response.write(chunk({ role: 'assistant', tool_calls: [call] }));
    response.write(chunk({}, 'tool_calls'));
  }
  response.end('data: [DONE]\n\n');
});

server.listen(0, '127.0.0.1', () => {
  const models = {
    providers: {
      scripted: {
        baseUrl: `http://127.0.0.1:${server.address().port}/v1`,
        api: 'openai-completions',
        apiKey: 'none',
        models: [{ id: 'scripted' }],
      },
    },
  };
  mkdirSync('/root/.pi/agent', { recursive: true });
  writeFileSync('/root/.pi/agent/models.json', JSON.stringify(models));
  const args = ['/root/node_modules/@mariozechner/pi-coding-agent/dist/cli.js', '--provider', 'scripted', '--model', 'scripted'];
  const agent = spawn(process.execPath, [...args, '--no-session', '-p', 'What is six times seven?'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PI_OFFLINE: '1' },
  });
  agent.on('exit', (code, signal) => {
    console.log('ended', code, signal);
    server.close();
    server.closeAllConnections();
  });
});
