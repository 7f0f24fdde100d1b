import { request } from 'node:http';

// Asks the origin without `fetch`, so that no cache has a part in it.
export function call(key, kind = 'value') {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: process.env.ORIGIN_PORT, path: `/${kind}/${key}` }, (reply) => {
      let text = '';
      reply.on('data', (chunk) => (text += chunk));
      reply.on('end', () => resolve({ status: reply.statusCode, text }));
      reply.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

// What came, or what was thrown.
export async function outcome(run) {
  try {
    return await run();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}
