// What a response is like, kept or not.
import { at, FC, info, text, tried } from '../lib/probe.js';

export const replies = {
  'reply-gz': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('gz', K), FC);
      return [await info(r), await r.text()];
    });
    return [await one(), await one()];
  },
  'reply-br': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('br', K), FC);
      return [await info(r), await r.text()];
    });
    return [await one(), await one()];
  },
  'reply-deflate': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('deflate', K), FC);
      return [await info(r), await r.text()];
    });
    return [await one(), await one()];
  },
  'reply-chunked': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('chunked', K), FC);
      return [await info(r), await r.text()];
    });
    return [await one(), await one()];
  },
  'reply-empty': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('empty', K), FC);
      return [await info(r), await r.text()];
    });
    return [await one(), await one()];
  },
  'reply-slow-50': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('slow/50', K), FC);
      return [await info(r), await r.text()];
    });
    return [await one(), await one()];
  },
  'reply-slowbody-50': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('slowbody/50', K), FC);
      return [await info(r), await r.text()];
    });
    return [await one(), await one()];
  },
  'reply-hdr': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('hdr', K), FC);
      return [await info(r), await r.text()];
    });
    return [await one(), await one()];
  },
  'reply-json': async (K) => {
    const one = async () => tried(async () => {
      const r = await fetch(at('json', K), FC);
      return [await info(r), await r.text()];
    });
    return [await one(), await one()];
  },
  'reply-info-uncached': async (K) => {
    const one = async (init) => tried(async () => {
      const r = await fetch(at('hdr', K), init);
      return [await info(r), await r.text()];
    });
    return [await one(undefined), await one({ cache: 'no-store' }), await one({ next: { revalidate: 0 } })];
  },
  'reply-bin': async (K) => {
    const one = async () => {
      const r = await fetch(at('bin', K), FC);
      const b = new Uint8Array(await r.arrayBuffer());
      return [b.length, b[0], b[255]];
    };
    return [await one(), await one()];
  },
  'reply-readers': async (K) => {
    const out = [];
    for (let i = 0; i < 2; i++) {
      const g = () => fetch(at('json', K), FC);
      out.push(await (await g()).json(),
      await (await g()).text(), (await (await g()).arrayBuffer()).byteLength, (await (await g()).blob()).type, await tried(async () => (await (await g()).bytes()).length),
      await tried(async () => [...await (await g()).formData()]));
    }
    return out;
  },
  'reply-formdata': async (K) => {
    const out = [];
    for (let i = 0; i < 2; i++) {
      const r = await fetch(at('form', K), FC);
      out.push([...await r.formData()]);
    }
    return out;
  },
  'reply-badjson': async (K) => {
    const out = [];
    for (let i = 0; i < 2; i++)
      out.push(await tried(async () => (await fetch(at('badjson', K), FC)).json()));
    return out;
  },
  'reply-clone': async (K) => {
    const out = [];
    for (let i = 0; i < 2; i++) {
      const r = await fetch(at('v', K), FC);
      const d = r.clone();
      out.push(d.url === r.url, d.status, d.constructor.name, await r.text(),
      await d.text(),
      await tried(() => r.clone()),
      await tried(() => r.text()));
    }
    return out;
  },
  'reply-body-stream': async (K) => {
    const out = [];
    for (let i = 0; i < 2; i++) {
      const r = await fetch(at('chunked', K), FC);
      const parts = [];
      for await (const p of r.body)
        parts.push(p.constructor.name);
      out.push(parts.length > 0 && parts[0], r.bodyUsed, await tried(() => r.text()));
    }
    return out;
  },
  'reply-headers-mutable': async (K) => {
    const out = [];
    for (let i = 0; i < 2; i++) {
      const r = await fetch(at('v', K), FC);
      out.push(await tried(() => {
        r.headers.set('x-mine', '1');
        return r.headers.get('x-mine');
      }));
      await r.text();
    }
    const u = await fetch(at('v', K + '-u'));
    out.push(await tried(() => {
      u.headers.set('x-mine', '1');
      return 'set';
    }));
    await u.text();
    return out;
  },
  'reply-returned': async (K) => { return fetch(at('hdr', K), FC); },
  'reply-returned-uncached': async (K) => { return fetch(at('hdr', K)); },
  'reply-rewrapped': async (K) => {
    const r = await fetch(at('hdr', K), FC);
    return new Response(r.body, r);
  },
  'reply-size-under': async (K) => {
    const one = async () => (await (await fetch(at('size/1500000', K), FC)).text()).length;
    return [await one(), await one()];
  },
  'fetch-returned-twice': async (K) => {
    const r = await fetch(at('v', K), FC);
    const body = await r.text();
    return new Response(body, { headers: r.headers });
  },
};
