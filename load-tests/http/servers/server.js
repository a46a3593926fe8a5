// Answers each request with a description of what Node's http understood, and returns the messages of
// WebSockets. Some paths answer in a special way; conformance.py lists them.
'use strict';
const crypto = require('crypto');
const http = require('http');

const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', part => parts.push(part));
  request.on('end', () => answer(request, response, Buffer.concat(parts)));
});

function answer(request, response, body) {
  response.setHeader('X-Seen', seen(request, body));
  switch (request.url.replace(/^http:\/\/[^/]*/, '').split('?')[0]) {
    case '/chunked':
      for (const part of ['one', 'two', 'three']) response.write(part);
      return response.end();
    case '/close':
      request.socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok');
      return request.socket.end();
    case '/empty':
      return response.writeHead(204).end();
    case '/unchanged':
      return response.writeHead(304, { ETag: '"1"' }).end();
    case '/hints':
      return response.writeEarlyHints({ link: '</shop.css>; rel=preload' }, () => response.end('ok'));
    case '/trailers':
      response.writeHead(200, { Trailer: 'X-Sum' });
      response.write('ok');
      response.addTrailers({ 'X-Sum': '42' });
      return response.end();
    case '/large':
      return response.writeHead(200, { 'X-Large': 'a'.repeat(60000) }).end('ok');
    case '/never':
      return;
    default:
      return response.end('ok');
  }
}

function seen(request, body) {
  const cases = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    if (request.rawHeaders[i].toLowerCase() === 'x-case') cases.push(request.rawHeaders[i + 1]);
  }
  return [request.method, request.url, request.headers.host || '',
    cases.map(value => value.replace(/^[ \t]+|[ \t]+$/g, '')).join(','),
    String(body.length), crypto.createHash('sha1').update(body).digest('hex'),
  ].map(part => Buffer.from(part, 'latin1').toString('hex')).join('.');
}

// The differential requests need no WebSockets, and so not the package.
if (process.argv[3] === 'websockets') {
  const sockets = new (require('ws').WebSocketServer)({ noServer: true });
  server.on('upgrade', (request, socket, head) => sockets.handleUpgrade(request, socket, head,
    websocket => websocket.on('message', (data, binary) => websocket.send(data, { binary }))));
}
server.listen(Number(process.argv[2]), '0.0.0.0');
