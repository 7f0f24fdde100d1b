// Does what `/odd` has told it: `get=throws&set=rejects`.
const { note } = require('../lib/calls.cjs');
const { keeping, streamOf } = require('./keeping.cjs');

const inner = keeping('odd');
const known = Symbol.for('conformance.odd');
globalThis[known] ??= {};

const life = { tags: [], stale: 300, timestamp: Date.now(), expire: 3600, revalidate: 900 };
const broken = () =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array([91]));
    },
    pull(controller) {
      controller.error(new Error('the store has gone'));
    },
  });

const ways = {
  throws: (what) => {
    throw new Error(`${what} throws`);
  },
  rejects: (what) => Promise.reject(new Error(`${what} rejects`)),
  hangs: () => new Promise(() => {}),
  null: () => null,
  number: () => 7,
  text: () => 'text',
  empty: () => ({}),
  plain: () => ({ ...life, value: 'text' }),
  rubbish: () => ({ ...life, value: streamOf(Buffer.from('rubbish')) }),
  nothing: () => ({ ...life, value: streamOf(Buffer.alloc(0)) }),
  untagged: () => ({ ...life, tags: undefined, value: streamOf(Buffer.from('rubbish')) }),
  old: () => ({ ...life, timestamp: 0, value: streamOf(Buffer.from('rubbish')) }),
  broken: () => ({ ...life, value: broken() }),
};

const entry = (what) =>
  function odd(...given) {
    const way = globalThis[known][what];
    if (way === undefined) {
      return inner[what](...given);
    }
    note('odd', what, way);
    if (what === 'set' && way === 'twice') {
      return Promise.all([inner.set(...given), inner.set(...given)]);
    }
    if (what === 'set' && way === 'ignores') {
      return undefined;
    }
    return ways[way](what);
  };

module.exports = {
  get: entry('get'),
  set: entry('set'),
  refreshTags: entry('refreshTags'),
  getExpiration: entry('getExpiration'),
  updateTags: entry('updateTags'),
};
