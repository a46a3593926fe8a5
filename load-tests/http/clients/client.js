// Clients for Node, for one case: client.js http|undici|ws CASE BASE. Fails if the case does.
'use strict';
const assert = require('assert');
const http = require('http');
const https = require('https');

const [library, name, base] = process.argv.slice(2);
const LARGE = 100000; // bytes of headers; the default of both libraries is 16 KB

// Each library's `ask` resolves to {status, headers, trailers, body}.
const libraries = {
  http() {
    const options = { keepAlive: true, maxSockets: 1, rejectUnauthorized: false };
    const secure = base.startsWith('https:');
    const agent = new (secure ? https : http).Agent(options);
    return (method, path, body, headers = {}) => new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(base + path, { method, headers, agent, maxHeaderSize: LARGE });
      request.on('error', reject);
      request.on('response', response => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', part => { text += part; });
        response.on('error', reject);
        response.on('end', () => resolve(
          { status: response.statusCode, headers: response.headers, trailers: response.trailers, body: text }));
      });
      if (headers.Expect) {
        request.on('continue', () => request.end(body));
        request.flushHeaders();
      } else if (Array.isArray(body)) {
        for (const part of body) request.write(part);
        request.end();
      } else {
        request.end(body);
      }
    });
  },
  undici() {
    const { Client } = require('undici');
    const client = new Client(base, { maxHeaderSize: LARGE, connect: { rejectUnauthorized: false } });
    return async (method, path, body, headers = {}) => {
      const content = Array.isArray(body) ? require('stream').Readable.from(body) : body;
      const response = await client.request({ method, path, body: content, headers });
      const text = await response.body.text();
      return { status: response.statusCode, headers: response.headers, trailers: response.trailers, body: text };
    };
  },
};

function length(answer) {
  return Number(Buffer.from(answer.headers['x-seen'].split('.')[4], 'hex').toString());
}

async function main() {
  if (library === 'ws') return websocket();
  const ask = libraries[library]();
  const check = async (method, path, status, body) => {
    const answer = await ask(method, path);
    assert.deepStrictEqual([answer.status, answer.body], [status, body]);
    return answer;
  };
  const cases = {
    get: () => check('GET', '/', 200, 'ok'),
    tls: () => check('GET', '/', 200, 'ok'),
    head: () => check('HEAD', '/', 200, ''),
    post: async () => assert.strictEqual(length(await ask('POST', '/', 'hello')), 5),
    upload: async () => assert.strictEqual(
      length(await ask('POST', '/', ['a'.repeat(1 << 19), 'a'.repeat(1 << 19)])), 1 << 20),
    three: async () => { for (let i = 0; i < 3; i++) await check('GET', '/', 200, 'ok'); },
    chunked: () => check('GET', '/chunked', 200, 'onetwothree'),
    close: () => check('GET', '/close', 200, 'ok'),
    empty: async () => { await check('GET', '/empty', 204, ''); await check('GET', '/', 200, 'ok'); },
    unchanged: async () => { await check('GET', '/unchanged', 304, ''); await check('GET', '/', 200, 'ok'); },
    hints: () => check('GET', '/hints', 200, 'ok'),
    trailers: async () => assert.strictEqual(
      (await ask('GET', '/trailers', undefined, { TE: 'trailers' })).trailers['x-sum'], '42'),
    large: async () => assert.strictEqual((await check('GET', '/large', 200, 'ok')).headers['x-large'].length, 60000),
  };
  if (library === 'http') {
    cases.expect = async () => assert.strictEqual(
      length(await ask('POST', '/', 'hello', { Expect: '100-continue', 'Content-Length': 5 })), 5);
    cases.absolute = () => new Promise((resolve, reject) => {
      const { hostname, port, host } = new URL(base);
      http.get({ hostname, port: port || 80, path: base + '/', headers: { host } }, response => {
        response.resume();
        if (response.statusCode === 200) response.on('end', resolve);
        else reject(new Error(`status ${response.statusCode}`));
      }).on('error', reject);
    });
  }
  assert(cases[name], 'this client has no such feature');
  await cases[name]();
}

// A text and a binary message of 1 MB, a ping, and the close code.
async function websocket() {
  assert(name === 'websocket', 'this client has no such feature');
  const WebSocket = require('ws');
  const socket = new WebSocket(base.replace(/^http/, 'ws') + '/websocket');
  const next = event => new Promise((resolve, reject) => {
    socket.once(event, (...values) => resolve(values));
    socket.once('error', reject);
  });
  await next('open');
  for (const message of ['hello', Buffer.alloc(1 << 20, 7)]) {
    const answer = next('message');
    socket.send(message);
    const [data, binary] = await answer;
    assert.strictEqual(binary, typeof message !== 'string');
    assert(Buffer.from(message).equals(data), 'the message came back changed');
  }
  const pong = next('pong');
  socket.ping('ping');
  assert.strictEqual(String((await pong)[0]), 'ping');
  const closed = next('close');
  socket.close(4000, 'bye');
  assert.strictEqual((await closed)[0], 4000);
}

main().then(() => process.exit(0), error => { console.error(error.message); process.exit(1); });
