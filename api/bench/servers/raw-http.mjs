import http from 'node:http';
import { sample } from '../lib/sample.mjs';
import { serveBench } from '../lib/target.mjs';

const server = http.createServer((_req, res) => {
  const body = JSON.stringify(sample);
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Content-Length', Buffer.byteLength(body));
  res.end(body);
});
server.listen(0, '127.0.0.1', () => serveBench({ url: `http://127.0.0.1:${server.address().port}/` }, { stop: async () => server.closeAllConnections() }));
