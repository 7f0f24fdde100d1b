// Bodies of all kinds.
import { at, FC, text, twice } from '../lib/probe.js';

export const bodies = {
  'body-string': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: 'hello' })); },
  'body-empty': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: '' })); },
  'body-formdata': async (K) => {
    return twice(() => at('echo', K), () => ({
      ...FC, method: 'POST', body: (() => {
        const f = new FormData();
        f.append('a', '1');
        f.append('a', '2');
        return f;
      })()
    }));
  },
  'body-formfile': async (K) => {
    return twice(() => at('echo', K), () => ({
      ...FC, method: 'POST', body: (() => {
        const f = new FormData();
        f.append('f', new File(['abc'], 'n.txt', { type: 'text/plain' }));
        return f;
      })()
    }));
  },
  'body-params': async (K) => {
    return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: new URLSearchParams([['a', '1'], ['b', '2']]) }));
  },
  'body-blob': async (K) => {
    return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: new Blob(['hello'], { type: 'text/x' }) }));
  },
  'body-blobnotype': async (K) => {
    return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: new Blob(['hello']) }));
  },
  'body-arraybuffer': async (K) => {
    return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: new TextEncoder().encode('hello').buffer }));
  },
  'body-typed': async (K) => {
    return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: new TextEncoder().encode('hello') }));
  },
  'body-dataview': async (K) => {
    return twice(() => at('echo', K),
    () => ({ ...FC, method: 'POST', body: new DataView(new TextEncoder().encode('hello').buffer) }));
  },
  'body-buffer': async (K) => {
    return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: Buffer.from('hello') }));
  },
  'body-json': async (K) => {
    return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: JSON.stringify({ a: 1 }) }));
  },
  'body-number': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: 5 })); },
  'body-object': async (K) => { return twice(() => at('echo', K),
  () => ({ ...FC, method: 'POST', body: ({ a: 1 }) })); },
  'body-date': async (K) => { return twice(() => at('echo', K),
  () => ({ ...FC, method: 'POST', body: new Date(0) })); },
  'body-nullbody': async (K) => { return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: null })); },
  'body-request-formfile': async (K) => {
    const r = () => new Request(at('echo', K), {
      ...FC, method: 'POST', body: (() => {
        const f = new FormData();
        f.append('f', new File(['abc'], 'n.txt', { type: 'text/plain' }));
        return f;
      })()
    });
    return [await text(r()), await text(r())];
  },
  'body-request-params': async (K) => {
    const r = () => new Request(at('echo', K), { ...FC, method: 'POST', body: new URLSearchParams([['a', '1'], ['b', '2']]) });
    return [await text(r()), await text(r())];
  },
  'body-request-blob': async (K) => {
    const r = () => new Request(at('echo', K), { ...FC, method: 'POST', body: new Blob(['hello'], { type: 'text/x' }) });
    return [await text(r()), await text(r())];
  },
  'body-request-typed': async (K) => {
    const r = () => new Request(at('echo', K), { ...FC, method: 'POST', body: new TextEncoder().encode('hello') });
    return [await text(r()), await text(r())];
  },
  'body-request-string': async (K) => {
    const r = () => new Request(at('echo', K), { ...FC, method: 'POST', body: 'hello' });
    return [await text(r()), await text(r())];
  },
  'body-stream': async (K) => {
    const s = () => new ReadableStream({
      start(k) {
        k.enqueue(new TextEncoder().encode('he'));
        k.enqueue(new TextEncoder().encode('llo'));
        k.close();
      }
    });
    return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: s(), duplex: 'half' }));
  },
  'body-stream-no-duplex': async (K) => {
    const s = () => new ReadableStream({ start(k) {
        k.enqueue(new TextEncoder().encode('x'));
        k.close();
      } });
    return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: s() }));
  },
  'body-stream-nostore': async (K) => {
    const s = () => new ReadableStream({ start(k) {
        k.enqueue(new TextEncoder().encode('he'));
        k.close();
      } });
    return twice(() => at('echo', K), () => ({ cache: 'no-store', method: 'POST', body: s(), duplex: 'half' }));
  },
  'body-stream-text-chunks': async (K) => {
    const s = () => new ReadableStream({ start(k) {
        k.enqueue('hel');
        k.enqueue('lo');
        k.close();
      } });
    return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: s(), duplex: 'half' }));
  },
  'body-generator': async (K) => {
    const s = async function* () { yield new TextEncoder().encode('gen'); };
    return twice(() => at('echo', K), () => ({ ...FC, method: 'POST', body: s(), duplex: 'half' }));
  },
  'body-node-readable': async (K) => {
    const { Readable } = await import('node:stream');
    return twice(() => at('echo', K),
    () => ({ ...FC, method: 'POST', body: Readable.from([Buffer.from('abc')]), duplex: 'half' }));
  },
  'body-kinds-apart': async (K) => {
    const bodies = ['a=1', new URLSearchParams('a=1'), new Blob(['a=1']), new TextEncoder().encode('a=1')];
    const out = [];
    for (const body of bodies)
      out.push(await text(at('echo', K), { ...FC, method: 'POST', body }));
    return out;
  },
  'body-joined': async (K) => {
    const f = (xs) => {
      const f = new FormData();
      xs.forEach((x) => f.append('a', x));
      return f;
    };
    return [
      await text(at('echo', K),
      { ...FC, method: 'POST', body: f(['a', 'b']) }),
      await text(at('echo', K),
      { ...FC, method: 'POST', body: f(['a,b']) })
    ];
  },
  'body-binary-apart': async (K) => {
    return [
      await text(at('echo', K),
      { ...FC, method: 'POST', body: new Uint8Array([0xff, 0xfe]) }),
      await text(at('echo', K),
      { ...FC, method: 'POST', body: new Uint8Array([0xfe, 0xff]) }),
      await text(at('echo', K),
      { ...FC, method: 'POST', body: new Uint8Array([0xef, 0xbf, 0xbd, 0xef, 0xbf, 0xbd]) })
    ];
  },
  'body-request-binary-apart': async (K) => {
    const r = (b) => new Request(at('echo', K), { ...FC, method: 'POST', body: new Uint8Array(b) });
    return [await text(r([0xff])), await text(r([0xfe])), await text(r([0xff]))];
  },
  'body-get': async (K) => {
    return [
      await text(at('echo', K),
      { ...FC, body: 'x' }),
      await text(at('echo', K),
      { ...FC, method: 'HEAD', body: 'x' }),
      await text(at('echo', K),
      { body: 'x' })
    ];
  },
};
