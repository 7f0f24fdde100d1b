// `fetch` itself: how it is called, replaced and switched off.
import { at, FC, text, tried } from '../lib/probe.js';

export const whole = {
  'fetch-call-apply': async (K) => {
    return [
      await fetch.call(undefined, at('v', K), FC).then((r) => r.text()),
      await fetch.apply(globalThis, [at('v', K), FC]).then((r) => r.text()),
      await Reflect.apply(fetch, null, [at('v', K), FC]).then((r) => r.text()),
      await tried(() => globalThis.fetch.call({}, at('v', K), FC).then((r) => r.text()))
    ];
  },
  'fetch-replaced': async (K) => {
    const own = globalThis.fetch;
    try {
      globalThis.fetch = (async (i, init) => {
        const r = await own(i, init);
        return new Response('wrapped ' + (await r.text()));
      });
      return [await text(at('v', K), FC), await text(at('v', K), FC)];
    }
    finally {
      globalThis.fetch = own;
    }
  },
  'fetch-mocked': async (K) => {
    const own = globalThis.fetch;
    try {
      globalThis.fetch = (async () => new Response('mock'));
      return [await text(at('v', K), FC), await text(at('v', K), FC)];
    }
    finally {
      globalThis.fetch = own;
    }
  },
  'draft-mode': async (K) => {
    const { draftMode } = await import('next/headers');
    const d = await draftMode();
    const a = await text(at('v', K), FC);
    d.enable();
    return [
      a, await text(at('v', K), FC), await text(at('v', K), FC), (d.disable(), await text(at('v', K), FC))
    ];
  },
  'global-scope-lost': async (K) => {
    return new Promise((resolve) => {
      setTimeout(async () => resolve([await text(at('v', K), FC), await text(at('v', K), FC)]), 10);
    });
  },
};
