/** `cacheHandler` of next.config under `fetch` and `unstable_cache`: whatever it gives costs a value, never a reply. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';

import { noteSequence } from '../cache/copies.ts';
import { whenAfterWorkIsDone } from '../handler/after.ts';
import type { Ask, ConfigModules } from '../handler/ports.ts';
import { unstable_cache } from '../next/cache.ts';
import { route } from './harness.ts';

let server: Server;
let origin = '';
let serial = 0;

before(async () => {
  server = createServer((_, response) => response.end('origin'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.close();
  server.closeAllConnections();
});

const answers: Ask = async () => ({ touched: 'no' });

/** What a request shows that asks for one thing twice, and what the log has, where the store's `get` is this. */
async function shown(get: () => unknown, what: 'fetch' | 'function', ask: Ask = answers): Promise<{ text: string; logs: string[] }> {
  const Store = class {
    async get(): Promise<unknown> {
      return get();
    }

    async set(): Promise<void> {}

    async revalidateTag(): Promise<void> {}
  };
  serial += 1;
  const configModules: ConfigModules = { cacheHandler: { file: `./store${serial}.mjs`, entry: 'store' } };
  const load = unstable_cache(async () => 'made', [`function ${serial}`]);
  const fetched = async (): Promise<string> => {
    const response = await fetch(`${origin}/${serial}`, { cache: 'force-cache', next: { tags: ['t'] } } as RequestInit);
    return `${response.status} ${await response.text()}`;
  };
  const one = what === 'fetch' ? fetched : load;
  const GET = async (): Promise<Response> => new Response(`${await one()}, ${await one()}`);
  const bench = route({ GET }, {}, {}, ask, { configModules, loadConfigExport: async () => ({ value: Store }) });
  const { text } = await bench.call();
  await whenAfterWorkIsDone();
  return { text, logs: bench.logs };
}

const data = { headers: {}, body: 'a2VwdA==', status: 200, url: '' };

const entry = (given: unknown): unknown => ({ lastModified: Date.now(), value: { kind: 'FETCH', revalidate: 60, data: given } });

function throws(): never {
  throw new Error('secret');
}

const RUBBISH: Readonly<Record<string, () => unknown>> = {
  'a number': () => 42,
  'a function': () => throws,
  'an object whose parts throw': () => ({ get value(): unknown { return throws(); } }),
  'a value whose parts throw': () => ({ lastModified: 1, value: { get kind(): unknown { return throws(); } } }),
  'what throws at every touch': () => new Proxy({}, { get: (_, name): unknown => (name === 'then' ? undefined : throws()) }),
  'fields that no response has': () => entry({ ...data, headers: { 'bad name': 'x\r\ny' } }),
  'a field beyond latin-1': () => entry({ ...data, headers: { name: '€' } }),
  'fields of no text': () => entry({ ...data, headers: { name: Symbol('x') } }),
  'a status that is none': () => entry({ ...data, status: 99999 }),
  'a status without a body': () => entry({ ...data, status: 204 }),
  'a body that is none': () => entry({ ...data, body: 12 }),
};

describe('a store of the user', () => {
  for (const [name, get] of Object.entries(RUBBISH)) {
    it(`that gives ${name} is told of once, and no reply shows it`, async () => {
      // What is wrong is told until it is right again.
      await shown(() => entry(data), 'fetch');
      const fetched = await shown(get, 'fetch');
      assert.equal(fetched.text, '200 origin, 200 origin');
      assert.equal(fetched.logs.length, 1, fetched.logs.join('\n'));
      assert.equal((await shown(get, 'function')).text, 'made, made');
    });
  }

  it('is believed where it gives an entry', async () => {
    const headers = { 'X-A': 'é', n: 5n };
    assert.equal((await shown(() => entry({ ...data, headers, status: 201 }), 'fetch')).text, '201 kept, 201 kept');
    assert.equal((await shown(() => entry({ ...data, body: '"kept"' }), 'function')).text, 'kept, kept');
  });

  it('that gives something else than JSON for a function is told of once, and the function is called', async () => {
    const { text, logs } = await shown(() => entry({ ...data, body: '}{' }), 'function');
    assert.equal(text, 'made, made');
    assert.equal(logs.length, 1, logs.join('\n'));
  });

  it('is not believed where the front cannot say what was invalidated, and nobody waits for it', async () => {
    const failing: Ask = async (topic) => {
      throw new Error(`no ${topic}`);
    };
    noteSequence(1);
    assert.equal((await shown(() => entry(data), 'fetch', failing)).text, '200 origin, 200 origin');
    assert.equal((await shown(() => entry({ ...data, body: '"kept"' }), 'function', failing)).text, 'made, made');
  });
});
