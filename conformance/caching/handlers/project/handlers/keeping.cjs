// A handler in memory, as the documentation shows one, that notes what it is asked. Bytes go through text on their way, as
// they would on the way to a store elsewhere.
const { note } = require('../lib/calls.cjs');

const sorts = (tags) => tags.map((tag) => tag.replace(/^_N_T_/, '~'));
// Where it is called is in most of them.
const soft = (tags) => (tags.every((tag) => tag.startsWith('_N_T_/')) ? `${tags.length} of ${tags.at(-1).slice(5)}` : tags);
const seconds = ({ tags, stale, timestamp, expire, revalidate }) => ({
  tags,
  stale,
  expire,
  revalidate,
  isNow: Math.abs(Date.now() - timestamp) < 60_000,
});

async function bytesOf(stream) {
  const chunks = [];
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) {
      throw new Error(`a chunk is a ${typeof chunk}`);
    }
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

// In parts that end within letters.
function streamOf(bytes) {
  const size = 5 + (bytes.length >> 6);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) {
        controller.close();
        return;
      }
      controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
      at += size;
    },
  });
}

function keeping(name, entries = new Map(), changed = () => {}) {
  const pending = new Map();
  const tagged = new Map();
  return {
    async get(key, softTags) {
      await pending.get(key);
      const kept = entries.get(key);
      let revalidate = kept?.revalidate;
      for (const tag of kept?.tags ?? []) {
        const { stale = 0, expired = 0 } = tagged.get(tag) ?? {};
        if (expired > kept.timestamp && expired <= Date.now()) {
          note(name, 'get', typeof key, soft(softTags), 'expired');
          return undefined;
        }
        revalidate = stale > kept.timestamp ? -1 : revalidate;
      }
      note(name, 'get', typeof key, soft(softTags), kept === undefined ? 'nothing' : revalidate === -1 ? 'stale' : 'found');
      return kept && { ...kept, revalidate, value: streamOf(Buffer.from(kept.text, 'latin1')) };
    },
    async set(key, entry) {
      note(name, 'set', typeof key, entry instanceof Promise);
      let done;
      pending.set(key, new Promise((resolve) => (done = resolve)));
      try {
        const { value, ...rest } = await entry;
        const text = (await bytesOf(value)).toString('latin1');
        entries.set(key, { ...rest, text });
        changed(entries);
        note(name, 'kept', seconds(rest), value instanceof ReadableStream, text.length > 0);
      } catch (failure) {
        note(name, 'not kept', `${failure.name}: ${failure.message}`);
        throw failure;
      } finally {
        pending.delete(key);
        done();
      }
    },
    async refreshTags(...rest) {
      note(name, 'refreshTags', rest.length);
    },
    async getExpiration(tags) {
      note(name, 'getExpiration', soft(tags));
      return Math.max(0, ...tags.map((tag) => tagged.get(tag)?.expired ?? 0));
    },
    async updateTags(...rest) {
      const [tags, durations] = rest;
      note(name, 'updateTags', sorts(tags), rest.length, durations ?? null);
      const now = Date.now();
      for (const tag of tags) {
        const known = { ...tagged.get(tag) };
        if (durations === undefined) {
          known.expired = now;
        } else {
          known.stale = now;
          known.expired = durations.expire === undefined ? known.expired : now + durations.expire * 1000;
        }
        tagged.set(tag, known);
      }
    },
  };
}

module.exports = { keeping, streamOf };
